// The list of the event in memory: looked up by code and by id, kept in the order of names.
import { fold, personSortKey, withShortForms } from "./text.js";

/** A row of the server's list with what searching needs: `f` the folded name, `g` its tên, `a` name and
 * unit with its short forms (a blank before each, so that " x" is "a word begins with x"), `k` for sorting. */
export function prepare(row) {
  const name = fold(row.n || "");
  const given = name.slice(name.lastIndexOf(" ") + 1);
  return { ...row, f: ` ${name}`, g: ` ${given}`, a: ` ${name} ${withShortForms(fold(row.u || ""))}`, k: personSortKey(row.n || "") };
}

export class Roster {
  /** `rows` as prepare() makes them; `meta`: {version, server_time, event, gate, sessions, counts, units}. */
  constructor(rows, meta) {
    this.meta = meta;
    this.fill(rows);
  }

  get event() { return this.meta.event; }

  get gate() { return this.meta.gate; }

  fill(rows) {
    this.people = new Map();
    this.codes = new Map();
    this.old = new Map();
    this.sorted = null;
    rows.forEach((row) => this.put(row));
  }

  put(row) {
    const before = this.people.get(row.id);
    if (before) this.forgetCodes(before);
    if (before && this.sorted && before.k === row.k && before.a === row.a) this.sorted[this.sorted.indexOf(before)] = row;
    else this.sorted = null;
    this.people.set(row.id, row);
    this.current(row).forEach((key) => this.codes.set(key, row.id));
    (row.old || []).forEach((key) => this.old.set(key, row.id));
  }

  remove(id) {
    const row = this.people.get(id);
    if (!row) return;
    this.forgetCodes(row);
    this.people.delete(id);
    this.sorted = null;
  }

  /** Keys of the code that holds: `also` as it was printed under an older key of the server. */
  current(row) { return [row.c, ...(row.also || [])].filter(Boolean); }

  forgetCodes(row) {
    this.current(row).forEach((key) => this.codes.delete(key));
    (row.old || []).forEach((key) => this.old.delete(key));
  }

  /** {person, currentCode} of a code's key, or null. */
  ofCode(key) {
    if (this.codes.has(key)) return { person: this.people.get(this.codes.get(key)), currentCode: true };
    if (this.old.has(key)) return { person: this.people.get(this.old.get(key)), currentCode: false };
    return null;
  }

  get ordered() {
    if (!this.sorted) {
      this.sorted = [...this.people.values()].sort((a, b) => (a.k < b.k ? -1 : a.k > b.k ? 1 : a.id - b.id));
      this.text = this.sorted.map((row) => row.a).join("\n");
      this.starts = new Int32Array(this.sorted.length + 1);
      this.sorted.forEach((row, index) => { this.starts[index + 1] = this.starts[index] + row.a.length + 1; });
    }
    return this.sorted;
  }

  /** Those in whose name or unit a word stands, in their order: one text is looked through, not each row. */
  * having(word) {
    const { ordered } = this;
    const { text, starts } = this;
    let index = 0;
    for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, starts[index])) {
      while (starts[index + 1] <= at) index += 1;
      yield ordered[index];
      index += 1;
      if (index === ordered.length) return;
    }
  }

  /** Sort now, while nobody waits for it. */
  warm() { (window.requestIdleCallback || setTimeout)(() => this.ordered); }

  /** The end of the chain of replacements that stands, as the server names it. */
  successorOf(person) { return person.next ? this.people.get(person.next) || null : null; }

  sessionOf(id) { return this.meta.sessions.find((session) => session.id === id) || null; }

  /** What the server sent: a whole list, or what has changed. `rows` are prepared. */
  apply(sent, rows) {
    if (sent.full) this.fill(rows);
    else rows.forEach((row) => this.put(row));
    (sent.gone || []).forEach((id) => this.remove(id));
    this.meta = metaOf(sent, this.meta);
  }
}

/** What is kept of an answer beside its people. */
export function metaOf(sent, before = {}) {
  const kept = { ...before };
  for (const name of ["version", "server_time", "event", "gate", "sessions", "counts", "units", "seats"]) {
    if (sent[name] !== undefined && sent[name] !== null) kept[name] = sent[name];
  }
  return kept;
}
