// Who stands at the door without an entry: three fields and who allowed it, on a supervisor's phone.
import { fold, withShortForms } from "./text.js";

const SUGGESTED = 8;

/** Units that have every word of `query` in their name or its short forms, marks and case ignored. */
export function unitsLike(units, query, most = SUGGESTED) {
  const words = fold(query).split(" ").filter(Boolean);
  if (words.join("").length < 2) return [];
  const has = (unit) => {
    const text = ` ${withShortForms(fold(unit.n))}`;
    return words.every((word) => text.includes(` ${word}`));
  };
  return units.filter(has).slice(0, most);
}

export class WalkInSheet {
  /** `unitsOf()` → [{id, n}], `peopleOf(unit name)` → standing rows, `seatsOf()` → {taken, planned}; `onGiven(walk-in)`. */
  constructor(root, texts, { unitsOf, peopleOf, seatsOf, onGiven }) {
    Object.assign(this, { root, texts, unitsOf, peopleOf, seatsOf, onGiven });
    this.form = root.querySelector("[data-walk-in-form]");
    this.fields = Object.fromEntries([...this.form.querySelectorAll("[data-field]")].map((box) => [box.dataset.field, box]));
    this.replaces = root.querySelector("[data-replaces]");
    this.input("unit").addEventListener("input", () => this.suggest());
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
  }

  input(name) { return this.fields[name].querySelector("input"); }

  /** `name`: what was searched for and not found. */
  reset(name = "") {
    const allowed = this.input("allowed_by").value; // the same person allows the next one too
    this.form.reset();
    this.input("allowed_by").value = allowed;
    this.input("name").value = name.trim().replace(/(^|\s)\p{L}/gu, (start) => start.toUpperCase());
    this.showSeats();
    Object.keys(this.fields).forEach((field) => this.fault(field, ""));
    this.suggest();
  }

  showSeats() {
    const seats = this.seatsOf();
    const line = this.root.querySelector("[data-seats]");
    line.hidden = !seats;
    if (!seats) return;
    const free = Math.max(0, seats.planned - seats.taken);
    const text = free ? this.texts.seats : this.texts.seats_full;
    line.textContent = text.replace("{taken}", seats.taken).replace("{planned}", seats.planned).replace("{free}", free);
  }

  get unit() {
    const typed = fold(this.input("unit").value);
    return this.unitsOf().find((unit) => fold(unit.n) === typed) || null;
  }

  /** Units to press below the field: a browser's own list would want the marks typed as well. */
  suggest() {
    const fitting = this.unit ? [] : unitsLike(this.unitsOf(), this.input("unit").value);
    const list = this.root.querySelector("[data-units]");
    list.hidden = fitting.length === 0;
    list.replaceChildren(...fitting.map((unit) => this.unitButton(unit)));
    this.offerReplaced();
  }

  unitButton(unit) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-outline", textContent: unit.n });
    button.addEventListener("click", () => {
      this.input("unit").value = unit.n;
      this.fault("unit", "");
      this.suggest();
      this.input("allowed_by").focus();
    });
    const item = document.createElement("li");
    item.append(button);
    return item;
  }

  offerReplaced() {
    const standing = this.unit ? this.peopleOf(this.unit.n) : [];
    this.replaces.hidden = standing.length === 0;
    const choices = standing.map((person) => new Option(`${person.n || this.texts.leader}${person.p ? `, ${person.p}` : ""}`, person.id));
    this.replaces.querySelector("select").replaceChildren(...choices);
  }

  fault(name, sentence) {
    const box = this.fields[name];
    const error = box.querySelector(".field-error");
    if (!error) return;
    error.hidden = !sentence;
    error.querySelector("span").textContent = sentence;
    box.classList.toggle("has-error", Boolean(sentence));
    this.input(name).toggleAttribute("aria-invalid", Boolean(sentence));
    if (sentence) this.input(name).setAttribute("aria-invalid", "true");
  }

  send() {
    const value = (name) => this.input(name).value.trim().replace(/\s+/g, " ");
    const missing = Object.keys(this.fields).filter((name) => this.input(name).required && !value(name));
    Object.keys(this.fields).forEach((name) => this.fault(name, missing.includes(name) ? this.texts[`missing_${name}`] : ""));
    if (missing.length) { this.input(missing[0]).focus(); return; }
    const { unit } = this;
    if (!unit && unitsLike(this.unitsOf(), value("unit")).length && this.asked !== value("unit")) {
      this.asked = value("unit"); // pressed again: it is a guest of another body
      this.fault("unit", this.texts.unit_unsure);
      this.input("unit").focus();
      return;
    }
    this.asked = "";
    const replaced = Number(this.replaces.querySelector("select").value);
    this.onGiven({
      name: value("name"), position: value("position"), allowed_by: value("allowed_by"),
      ...(unit ? { participation_id: unit.id } : { unit: value("unit") }),
      replaces: unit && replaced ? replaced : null,
    });
  }
}
