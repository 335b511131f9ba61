// A photograph of the square code, for phones that give the page no camera: sent at once, read by the
// server. One code fills the screen as a scan does; several stand in a list.
import { clientId } from "./sender.js";

const PATIENCE = 40000; // ms: a large picture on a slow line, and its reading

export class Photo {
  /** `onAnswer(answer)` fills the screen; `onCounts(counts)`; `sessionId()`: of now. */
  constructor(form, { onAnswer, onCounts, sessionId }) {
    Object.assign(this, { form, onAnswer, onCounts, sessionId, texts: JSON.parse(form.dataset.texts), busy: false, waiting: [] });
    this.input = form.querySelector("input[type=file]");
    this.button = form.querySelector("[data-photo-send]");
    this.button.hidden = true; // until something was not sent
    form.noValidate = true; // the field is empty while a photo waits
    this.input.addEventListener("change", () => { if (this.input.files.length) this.begin(); });
    form.addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
  }

  /** Another photo has another id; the same one sent again keeps it, and adds nothing. */
  begin() {
    this.waiting.push({ file: this.input.files[0], id: clientId() });
    this.input.value = ""; // the same one can be chosen again
    if (this.busy) this.sayReading();
    else this.send();
  }

  /** Those that wait, one after another, until one cannot be sent. */
  async send() {
    if (this.busy) return;
    this.busy = true;
    this.list([]);
    while (this.waiting.length && await this.sendFirst());
    this.busy = false;
  }

  sayReading() {
    const more = this.waiting.length - 1;
    this.say([this.texts.reading, more ? this.texts.more.replace("{n}", more) : ""].join(" ").trim());
  }

  /** → whether the next can go. */
  async sendFirst() {
    this.sayReading();
    this.button.hidden = true;
    try {
      const answers = await this.ask(this.waiting[0]);
      this.waiting.shift();
      this.say("");
      if (answers.length > 1) this.list(answers);
      // Each that fills the screen waits for the one before; who is let in among several is in the list.
      answers.filter((one) => answers.length === 1 || !one.admitted).forEach((one) => this.onAnswer(one));
      this.onCounts(answers[answers.length - 1].counts);
      return true;
    } catch (error) {
      this.say(error.sentence || this.texts.lost);
      if (!(error.again ?? true)) this.waiting.shift();
      this.button.hidden = this.waiting.length === 0;
      return false;
    }
  }

  async ask({ file, id }) {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), PATIENCE);
    try {
      const body = new FormData(this.form);
      body.set("photo", file);
      body.set("client_id", id);
      body.set("session_id", String(this.sessionId()));
      const answer = await fetch(this.form.action, {
        method: "POST", body, headers: { Accept: "application/json" }, redirect: "manual", signal: abort.signal,
      });
      if (answer.type === "opaqueredirect") throw this.refusal(this.texts.gone, false);
      const isJson = (answer.headers.get("Content-Type") || "").startsWith("application/json");
      const said = isJson ? await answer.json() : {};
      if (answer.ok) return said.answers;
      throw this.refusal(said.error || this.texts.failed, answer.status >= 500 || answer.status === 429);
    } finally {
      clearTimeout(timer);
    }
  }

  refusal(sentence, again) {
    return Object.assign(new Error(sentence), { sentence, again });
  }

  say(sentence) {
    const box = this.form.querySelector("[data-photo-said]");
    box.textContent = sentence;
    box.hidden = !sentence;
  }

  list(answers) {
    const box = this.form.querySelector("[data-photo-answers]");
    box.hidden = answers.length === 0;
    if (answers.length) this.say(this.texts.several.replace("{n}", answers.length));
    box.replaceChildren(...answers.map((answer) => {
      const item = document.createElement("li");
      item.className = `photo-answer ${answer.admitted ? "tone-done" : "tone-look"}`;
      const title = document.createElement("b");
      title.textContent = [answer.title, answer.when.replaceAll("**", "")].join(" ").trim();
      const words = document.createElement("p");
      words.append(title);
      for (const text of [answer.name, ...answer.lines, answer.todo]) {
        if (!text) continue;
        const line = document.createElement("span");
        line.textContent = text;
        if (text === answer.name) line.className = "photo-name";
        words.append(line);
      }
      item.append(words);
      return item;
    }));
    if (answers.length) box.scrollIntoView({ block: "nearest" });
  }
}

/** Where the page has the form. */
export function startPhoto(options) {
  const form = document.querySelector("[data-photo]");
  return form && new Photo(form, options);
}
