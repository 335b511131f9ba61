// What stands around the camera: count, network, the band, the last person, how old the list is.
import { clockTime } from "./words.js";

const AGE_FROM = 5; // minutes from which a list's age is said beside its time

export class Frame {
  constructor(root, texts) {
    Object.assign(this, { root, texts, noteTimer: 0 });
  }

  part(name, base = document) { return base.querySelector(`[data-${name}]`); }

  counts({ arrived, expected, rough = false }) {
    document.querySelectorAll("[data-count]").forEach((box) => {
      this.part("arrived", box).textContent = `${rough ? "~" : ""}${arrived}`;
      this.part("expected", box).textContent = expected;
    });
  }

  network(on) {
    const tag = this.part("net");
    tag.hidden = false;
    this.part("net-on").hidden = !on;
    this.part("net-off").hidden = on;
    this.part("net-word").textContent = on ? tag.dataset.on : tag.dataset.off;
  }

  /** A sentence in the band: not an answer, and gone with the next one. Good news leaves by itself. */
  note(title, more = "", kind = "bad") {
    clearTimeout(this.noteTimer);
    if (kind === "good") this.noteTimer = setTimeout(() => this.note(""), 5000);
    this.part("band").hidden = !title;
    for (const name of ["bad", "good", "off"]) this.part(`band-${name}`).hidden = name !== kind;
    this.part("band-title").textContent = title;
    this.part("band-more").textContent = more;
  }

  /** How old the list is, how many scans wait, how many the server answered otherwise. */
  status({ listedAt, now, waiting, later }) {
    this.part("status").hidden = false;
    this.part("status-list").textContent = listedAt === null ? this.texts.no_list : this.list(listedAt, now);
    this.part("status-waiting").textContent = this.texts.waiting_short.replace("{n}", waiting);
    const button = this.part("status-later");
    button.hidden = later === 0;
    button.textContent = this.texts.later_short.replace("{n}", later);
  }

  list(listedAt, now) {
    const said = this.texts.list_at.replace("{time}", clockTime(listedAt));
    const minutes = Math.floor((now - listedAt) / 60_000);
    return minutes < AGE_FROM ? said : `${said} (${this.texts.minutes_ago.replace("{n}", minutes)})`;
  }

  last(answer, kept) {
    this.part("last").hidden = false;
    this.lastState(kept ? "kept" : "in");
    this.part("last-name").textContent = answer.name;
    this.part("last-unit").textContent = answer.lines[answer.lines.length - 1] || "";
    this.part("last-undo").hidden = false;
  }

  /** in | kept (on this phone only) | undone */
  lastState(state) {
    for (const name of ["in", "kept", "undone"]) this.part(`last-${name}`).hidden = name !== state;
    this.part("last-kept-word").hidden = state !== "kept";
  }

  /** What was kept here has reached the server. */
  sent() { if (!this.part("last-kept").hidden) this.lastState("in"); }

  undone(sentence) {
    this.lastState("undone");
    this.part("last-unit").textContent = sentence;
    this.part("last-undo").hidden = true;
    this.part("spoken").textContent = sentence;
  }

  problem(sentence, retry = true) {
    this.part("problem").hidden = !sentence;
    this.part("problem-text").textContent = sentence;
    this.part("retry").hidden = !retry;
    for (const name of ["frame", "hint"]) this.part(name).toggleAttribute("hidden", Boolean(sentence)); // the frame is SVG
  }

  /** This device is no gate any more: nothing is left to do here. */
  over(sentence) {
    this.problem(sentence, false);
    this.note("");
    for (const name of ["status", "last", "buttons", "tools", "photo"]) {
      if (this.part(name)) this.part(name).hidden = true;
    }
  }
}
