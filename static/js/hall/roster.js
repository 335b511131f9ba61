// The list of the event in memory: looked up by code and by id, kept in the order of names.
import { Lookups, inOrder } from "./lookup.js";
import { fold, personSortKey, withShortForms } from "./text.js";

/** A row of the server's list with what searching needs: `f` the folded name, `g` its tên, `a` name and
 * unit with its short forms (a blank before each, so that " x" is "a word begins with x"), `k` for sorting. */
export function prepare(row) {
  const name = fold(row.n || "");
  const given = name.slice(name.lastIndexOf(" ") + 1);
  return { ...row, f: ` ${name}`, g: ` ${given}`, a: ` ${name} ${withShortForms(fold(row.u || ""))}`, k: personSortKey(row.n || "") };
}

const SLICE = 100; // rows prepared before the page may answer a scan

/** A whole list's rows, without holding up the page. A message comes at once, in a hidden page too. */
export async function prepareAll(rows) {
  const prepared = [];
  const { port1, port2 } = new MessageChannel();
  for (let at = 0; at < rows.length; at += SLICE) {
    rows.slice(at, at + SLICE).forEach((row) => prepared.push(prepare(row)));
    await new Promise((resolve) => { port1.onmessage = resolve; port2.postMessage(null); });
  }
  port1.close();
  return prepared;
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
    this.lookups = new Lookups(this.people);
    rows.forEach((row) => this.put(row));
  }

  put(row) {
    const before = this.people.get(row.id);
    if (before) this.forgetCodes(before);
    this.lookups.changed(before, row);
    this.people.set(row.id, row);
    this.current(row).forEach((key) => this.codes.set(key, row.id));
    (row.old || []).forEach((key) => this.old.set(key, row.id));
  }

  remove(id) {
    const row = this.people.get(id);
    if (!row) return;
    this.forgetCodes(row);
    this.people.delete(id);
    this.lookups.removed(id);
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

  /** Those of a kind, in the order of names. */
  those(isMeant) { return [...this.people.values()].filter(isMeant).sort(inOrder); }

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
