// Which session is scanned: by its link. On a phone with a list the page stays, so that it also
// changes without a network.
import { sessionTime } from "./decide.js";

export class SessionChoice {
  constructor(root) {
    this.root = root;
    this.links = [...document.querySelectorAll("#sessions a")];
    this.id = Number(root.dataset.session);
    this.inPlace = false;
  }

  focus() { this.links.find((link) => !link.hasAttribute("aria-current"))?.focus(); }

  idOf(link) { return Number(new URL(link.href).searchParams.get("session")); }

  /** From now on the page changes by itself; `onChange()` after each. */
  changeInPlace(onChange) {
    this.inPlace = true;
    this.links.forEach((link) => link.addEventListener("click", (event) => {
      event.preventDefault();
      this.choose(this.idOf(link));
      history.replaceState(null, "", link.href);
      onChange();
    }));
  }

  /** The list says which sessions this gate serves; a page kept from before may show another. */
  fit({ sessions, gate }, now) {
    const own = sessions.filter((session) => !gate.sessions.length || gate.sessions.includes(session.id));
    this.links.forEach((link) => { link.hidden = !own.some((session) => session.id === this.idOf(link)); });
    if (this.links.length) this.links[0].parentElement.hidden = own.length < 2;
    const asked = Number(new URLSearchParams(location.search).get("session"));
    const chosen = own.find((session) => session.id === asked)
      || own.find((session) => session.id === this.id && this.fitted)
      || own.find((session) => sessionTime(session, now) !== "over") || own[own.length - 1];
    this.fitted = true;
    if (chosen) this.choose(chosen.id, chosen.name);
  }

  choose(id, name = null) {
    this.id = id;
    this.links.forEach((link) => {
      if (this.idOf(link) === id) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    });
    document.querySelectorAll("input[name=session_id], input[name=session]").forEach((input) => { input.value = id; });
    const where = document.querySelector("[data-where]");
    if (name && where) where.textContent = this.root.dataset.where.replace("{session}", name);
  }
}
