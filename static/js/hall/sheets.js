// The two sheets over the camera: search by name, and typing a code.

const PAUSE = 160; // ms after the last letter
const GONE = new Set(["replaced", "withdrawn"]);
const SEEN = 8; // rows on a phone's screen: drawn at once, the others with the next frame

export class Sheets {
  constructor(root, { onOpen }) {
    this.root = root;
    this.onOpen = onOpen;
    this.opener = null;
    root.querySelectorAll("[data-open]").forEach((link) => {
      link.setAttribute("role", "button");
      link.addEventListener("click", (event) => { event.preventDefault(); this.open(link.dataset.open, link); });
      link.addEventListener("keydown", (event) => { if (event.key === " ") { event.preventDefault(); link.click(); } });
    });
    root.querySelectorAll("[data-close]").forEach((button) => button.addEventListener("click", () => this.close()));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.current && root.querySelector("[data-answer]").hidden) this.close();
    });
  }

  get current() { return this.root.querySelector("[data-sheet].open"); }

  open(name, opener = null) {
    this.close();
    this.opener = opener;
    const sheet = this.root.querySelector(`[data-sheet="${name}"]`);
    sheet.classList.add("open");
    reachOnly(this.root, sheet);
    this.onOpen(name);
    (sheet.querySelector("input:not([type=hidden]), textarea") || sheet.querySelector("[data-close]")).focus();
  }

  close() {
    const sheet = this.current;
    if (!sheet) return;
    sheet.classList.remove("open");
    reachOnly(this.root, null);
    if (this.opener) this.opener.focus();
    this.opener = null;
  }
}

/** What a sheet hides can be reached by no key either. `sheet`: what stays, with the answer; null: all. */
function reachOnly(root, sheet) {
  const around = document.querySelectorAll("body > .hall-bar, body > .hall-sessions, body > .rehearsal-band, body > .skip-link");
  const within = [...root.children].filter((part) => part !== sheet && !part.matches("[data-answer]"));
  for (const part of [...around, ...within]) part.inert = sheet !== null;
}

/** Names as they are typed; only the newest answer is drawn. `ask(query, signal)` → {sentence, people}. */
export class Search {
  constructor(root, texts, { ask, onChoose, pause = PAUSE }) {
    Object.assign(this, { root, texts, ask, onChoose, pause, timer: 0, abort: null });
    this.input = root.querySelector("[data-query]");
    this.sentence = root.querySelector("[data-found-sentence]");
    this.list = root.querySelector("[data-found]");
    this.first = this.sentence.textContent;
    this.input.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.run(), this.pause);
    });
    root.querySelector("[data-search-form]").addEventListener("submit", (event) => { event.preventDefault(); this.run(); });
  }

  /** Whether what was typed fits nobody. */
  get nobody() { return !this.list.children.length; }

  reset() {
    this.input.value = "";
    this.sentence.textContent = this.first;
    this.drawn = null;
    this.list.replaceChildren();
  }

  async run() {
    clearTimeout(this.timer);
    if (this.abort) this.abort.abort();
    this.abort = new AbortController();
    const { signal } = this.abort;
    try {
      const found = await this.ask(this.input.value, signal);
      if (!signal.aborted) this.draw(found);
    } catch {
      if (signal.aborted) return; // a newer question is on its way
      this.sentence.textContent = this.texts.search_failed;
    }
  }

  draw(found) {
    this.sentence.textContent = found.sentence;
    this.list.replaceChildren(...found.people.slice(0, SEEN).map((person) => this.row(person)));
    const drawn = (this.drawn = found);
    requestAnimationFrame(() => {
      if (this.drawn === drawn) this.list.append(...found.people.slice(SEEN).map((person) => this.row(person)));
    });
  }

  row(person) {
    const row = this.root.querySelector("[data-person]").content.cloneNode(true).firstElementChild;
    const name = row.querySelector("[data-name]");
    person.parts.forEach(([text, marked]) => {
      if (!marked) { name.append(text); return; }
      const mark = document.createElement("mark");
      mark.textContent = text;
      name.append(mark);
    });
    row.querySelector("[data-position]").textContent = person.position;
    row.querySelector("[data-unit]").textContent = person.unit;
    row.append(this.end(person));
    return row;
  }

  /** Who can be let in has a button; who was replaced or withdrew a tag, and a button that says more. */
  end(person) {
    if (person.state === "none") return this.button(person, "check_in", "btn-primary");
    if (!GONE.has(person.state)) return this.tag(person);
    const end = document.createElement("div");
    end.className = "found-in";
    end.append(this.tag(person), this.button(person, "look", "btn-text"));
    return end;
  }

  button(person, word, kind) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = `btn ${kind}`;
    button.textContent = this.texts[word];
    button.setAttribute("aria-label", this.texts[`${word}_who`].replace("{name}", () => person.name));
    button.addEventListener("click", () => this.onChoose(person));
    return button;
  }

  tag(person) {
    const tag = this.root.querySelector(`[data-tag="${person.state}"]`).content.cloneNode(true).firstElementChild;
    tag.querySelector("[data-word]").textContent = person.word;
    return tag;
  }
}

const DIGITS = 32;

/** The typed code, in fours; `onCode(digits)` when whole. */
export class CodeField {
  constructor(root, texts, { onCode }) {
    Object.assign(this, { root, texts, onCode });
    this.input = root.querySelector("[data-code]");
    this.count = root.querySelector("[data-code-count]");
    this.field = root.querySelector("[data-code-field]");
    this.error = root.querySelector("[data-code-error]");
    this.input.addEventListener("input", () => this.format());
    root.querySelector("[data-code-form]").addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
    this.input.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); this.send(); } });
  }

  get digits() { return this.input.value.replace(/\D/g, "").slice(0, DIGITS); }

  reset() {
    this.input.value = "";
    this.format();
  }

  format() {
    const atEnd = this.input.selectionStart === this.input.value.length;
    const grouped = this.digits.replace(/(\d{4})(?=\d)/g, "$1 ");
    if (this.input.value !== grouped && (atEnd || /[^\d ]/.test(this.input.value))) this.input.value = grouped;
    this.count.textContent = this.digits ? this.texts.digits.replace("{n}", this.digits.length) : "";
    this.fault("");
  }

  fault(sentence) {
    this.error.hidden = !sentence;
    this.error.querySelector("span").textContent = sentence;
    this.field.classList.toggle("has-error", Boolean(sentence));
    if (sentence) this.input.setAttribute("aria-invalid", "true");
    else this.input.removeAttribute("aria-invalid");
  }

  send() {
    const { digits } = this;
    if (digits.length < DIGITS) {
      this.fault(this.texts.digits_missing.replace("{n}", digits.length));
      this.input.focus();
      return;
    }
    this.onCode(digits);
  }
}
