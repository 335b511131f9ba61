// The answer that fills the screen (look 6). Dark: go in, leaves by itself. Light: stays until tapped.

const DARK = new Set(["in", "already"]);

function line(className, text) {
  const element = document.createElement("p");
  element.className = className;
  text.split("**").forEach((part, index) => {
    if (!part) return;
    if (index % 2) {
      const bold = document.createElement("b");
      bold.textContent = part;
      element.append(bold);
    } else element.append(part);
  });
  return element;
}

function runningBar(stays, word) {
  const space = "http://www.w3.org/2000/svg";
  const bar = document.createElementNS(space, "svg");
  bar.setAttribute("class", "answer-run");
  bar.setAttribute("viewBox", "0 0 100 8");
  bar.setAttribute("preserveAspectRatio", "none");
  bar.setAttribute("aria-hidden", "true");
  const rest = document.createElementNS(space, "rect");
  rest.setAttribute("width", "100");
  rest.setAttribute("height", "8");
  bar.append(rest);
  const said = line("answer-run-word", word);
  return stays === 1500 ? [bar, said] : [];
}

export class Answers {
  /** `onAction(action, answer)` for every button but "next". */
  constructor(root, texts, { onAction, onShow }) {
    Object.assign(this, { root, texts, onAction, onShow, timer: 0, showing: null, next: [] });
    this.box = root.querySelector("[data-answer]");
    this.spoken = root.ownerDocument.querySelector("[data-spoken]");
    this.box.addEventListener("click", (event) => {
      if (!event.target.closest("button") && this.showing && DARK.has(this.showing.tone)) this.close();
    });
    document.addEventListener("keydown", (event) => { if (event.key === "Escape" && this.showing) this.close(); });
  }

  /** A light answer is up: nothing may take its place. */
  get holds() { return this.showing !== null && !DARK.has(this.showing.tone); }

  show(answer) {
    if (this.holds) { this.next.push(answer); return; }
    clearTimeout(this.timer);
    this.showing = answer;
    this.draw(answer);
    this.spoken.textContent = answer.spoken;
    this.onShow(answer);
    if (answer.stays) this.timer = setTimeout(() => this.close(), answer.stays);
  }

  /** The server's word on a scan that was shown otherwise: in its place, if it is still up. */
  correct(answer) {
    this.next = this.next.filter((one) => one.client_id !== answer.client_id);
    if (this.showing && this.showing.client_id === answer.client_id) this.showing = null;
    this.show(answer);
  }

  close() {
    clearTimeout(this.timer);
    this.showing = null;
    this.box.hidden = true;
    this.box.replaceChildren();
    this.spoken.textContent = "";
    if (this.next.length) this.show(this.next.shift());
  }

  draw(answer) {
    const dark = DARK.has(answer.tone);
    this.box.className = `answer answer-${answer.tone}${dark ? " dark-answer on-dark" : ""}`;
    const text = document.createElement("div");
    text.className = "answer-text";
    text.append(this.root.querySelector(`[data-shape="${answer.tone}"]`).content.cloneNode(true));
    const title = document.createElement("h2");
    title.className = "answer-word";
    title.id = "answer-title";
    title.textContent = answer.title;
    text.append(title);
    if (answer.when) text.append(line("answer-when", answer.when));
    if (answer.name) text.append(line("answer-name", answer.name));
    answer.lines.forEach((one) => text.append(line("answer-unit", one)));
    answer.more.forEach((one) => text.append(line("answer-more", one)));
    if (answer.code) text.append(this.code(answer.code));
    const parts = dark ? runningBar(answer.stays, this.texts.next_in) : [];
    parts.push(text);
    if (answer.todo) parts.push(line("answer-todo", `**${this.texts.todo}** ${answer.todo}`));
    if (answer.foot) parts.push(line("answer-foot", answer.foot));
    parts.push(this.buttons(answer, dark));
    this.box.replaceChildren(...parts);
    this.box.hidden = false;
    this.box.scrollTop = 0;
    this.box.focus({ preventScroll: true });
  }

  code(text) {
    const box = line("answer-more answer-code", "");
    const label = document.createElement("span");
    label.textContent = this.texts.code_read;
    const digits = document.createElement("span");
    digits.className = "num";
    digits.textContent = text;
    box.append(label, digits);
    return box;
  }

  buttons(answer, dark) {
    const box = document.createElement("div");
    box.className = "actions actions-tall";
    answer.actions.forEach((action, index) => {
      const button = document.createElement("button");
      button.type = "button";
      const first = dark ? "btn-light" : "btn-ink";
      button.className = `btn ${index ? (dark ? "btn-ghost" : "btn-clear") : first}`;
      if (action.do === "search") button.append(this.root.querySelector("[data-search-icon]").content.cloneNode(true), " ");
      button.append(action.label);
      button.addEventListener("click", () => this.act(action, answer));
      box.append(button);
    });
    return box;
  }

  act(action, answer) {
    this.close();
    if (action.do !== "next") this.onAction(action, answer);
  }
}
