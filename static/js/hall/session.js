// Which session is scanned: by its link. On a phone with a list the page stays, so that it also
// changes without a network; when the session is over it goes on to the next that is open, or offers
// it to whoever chose by hand.
import { openInstead, sessionTime } from "./decide.js";

const TOLD = 60_000; // ms: how long the page says that it went on

export class SessionChoice {
  constructor(root, texts) {
    Object.assign(this, { root, texts, inPlace: false, timer: 0, offered: null });
    this.links = [...document.querySelectorAll("#sessions a")];
    this.id = Number(root.dataset.session);
    this.line = root.querySelector("[data-session-line]");
    this.button = root.querySelector("[data-session-next]");
  }

  focus() { this.links.find((link) => !link.hasAttribute("aria-current"))?.focus(); }

  idOf(link) { return Number(new URL(link.href).searchParams.get("session")); }

  /** What was chosen by hand stands in the address, so that it outlives a reload; 0: nothing. */
  get asked() { return Number(new URLSearchParams(location.search).get("session")); }

  /** From now on the page changes by itself; `onChange()` after each. */
  changeInPlace(onChange) {
    this.inPlace = true;
    const byHand = (id) => {
      const address = new URL(location.href);
      address.searchParams.set("session", id);
      history.replaceState(null, "", address);
      this.choose(id);
      this.say("");
      onChange();
    };
    this.links.forEach((link) => link.addEventListener("click", (event) => { event.preventDefault(); byHand(this.idOf(link)); }));
    this.button.addEventListener("click", () => byHand(this.offered));
  }

  /** The list says which sessions this gate serves; a page kept from before may show another. */
  fit({ sessions, gate }, now) {
    const own = sessions.filter((session) => !gate.sessions.length || gate.sessions.includes(session.id));
    this.links.forEach((link) => { link.hidden = !own.some((session) => session.id === this.idOf(link)); });
    if (this.links.length) this.links[0].parentElement.hidden = own.length < 2;
    const asked = own.find((session) => session.id === this.asked);
    const chosen = asked || own.find((session) => session.id === this.id && this.fitted)
      || own.find((session) => sessionTime(session, now) !== "over") || own[own.length - 1];
    this.fitted = true;
    if (chosen) this.goOn(chosen, openInstead(own, chosen.id, now), asked !== undefined);
  }

  goOn(chosen, next, byHand) {
    const session = next && !byHand ? next : chosen;
    this.choose(session.id, session.name);
    if (session === next) {
      this.say(this.texts.session_moved.replace("{session}", () => next.name));
      this.timer = setTimeout(() => this.say(""), TOLD);
    } else if (next && this.offered !== next.id) {
      this.say(this.texts.session_over.replace("{session}", () => chosen.name), next);
    } else if (!next && this.offered !== null) this.say("");
  }

  /** One line under the bar; with `next`, its button goes there. */
  say(sentence, next = null) {
    clearTimeout(this.timer);
    this.offered = next && next.id;
    this.line.hidden = !sentence;
    this.line.querySelector("[data-session-said]").textContent = sentence;
    if (sentence) document.querySelector("[data-spoken]").textContent = sentence;
    this.button.hidden = !next;
    this.button.textContent = next ? this.texts.session_next.replace("{session}", () => next.name) : "";
  }

  choose(id, name = null) {
    this.id = id;
    this.links.forEach((link) => {
      if (this.idOf(link) === id) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    });
    document.querySelectorAll("input[name=session_id], input[name=session]").forEach((input) => { input.value = id; });
    const where = document.querySelector("[data-where]");
    if (name && where) where.textContent = this.root.dataset.where.replace("{session}", () => name);
  }
}
