// A paired phone: decides by its own list, keeps every scan, and hears the server's word later.
import { ask } from "./contact.js";
import { ServerClock } from "./clock.js";
import { findSubject, outcomeOf } from "./decide.js";
import { Roster, metaOf, prepare, prepareAll } from "./roster.js";
import { clientId } from "./sender.js";
import { changesOf } from "./small.js";
import { Store, arrivalKey } from "./store.js";
import { answerOf } from "./words.js";

const FRESH = 15_000; // ms: who was scanned is still at the door
const ACTIVE = new Set(["confirmed", "waitlisted", "late"]);
export const ADMITTED = new Set(["welcome", "already"]);

/** No scan is let in that is not kept. `cause`: QuotaExceededError and the like. */
export class NotKept extends Error {}

export class Gate {
  /** Rejects when this browser keeps nothing. `templates`, `texts`: of the page. */
  static async open({ slug, syncUrl, templates, texts }, events) {
    const store = await Store.open(`hall-${slug}`);
    const kept = await store.load();
    return new Gate({ store, kept, slug, syncUrl, templates, texts }, events);
  }

  /** `events`: onWord(answer, row) for the server's word about who is at the door; onChange(). */
  constructor({ store, kept, slug, syncUrl, templates, texts }, events) {
    Object.assign(this, { store, syncUrl, templates, texts, events });
    this.clock = new ServerClock(kept.meta.clock);
    this.roster = new Roster(kept.people, kept.meta.roster || {});
    this.roster.lookups.warm();
    this.arrived = kept.arrived;
    this.queue = new Map(kept.scans.map((row) => [row.client_id, row]));
    this.later = kept.later;
    this.last = kept.meta.last || null; // the answer of the last person let in here
    this.known = new Set(kept.meta.doubles || []); // greens of two gates that were told
    this.channel = "BroadcastChannel" in window ? new BroadcastChannel(`hall-${slug}`) : null;
    if (this.channel) this.channel.onmessage = ({ data }) => this.hear(data);
  }

  get isEmpty() { return this.roster.meta.version === undefined; }

  get version() { return this.roster.meta.version ?? null; }

  get isSupervisor() { return !this.isEmpty && this.roster.gate.role === "supervisor"; }

  get waitingRows() { return [...this.queue.values()].filter((row) => !row.aside); }

  get waiting() { return this.waitingRows.length; }

  /** When the list was made, by the server's clock, ms; null: there is none. */
  get listedAt() { return this.isEmpty ? null : Date.parse(this.roster.meta.server_time); }

  /** {arrived, expected, rough}: the server's last word and what has happened here since. */
  counts(sessionId) {
    const { arrived = 0, expected = 0 } = (this.roster.meta.counts || {})[sessionId] || {};
    const own = this.waitingRows.filter((row) => row.session_id === sessionId && row.told === "welcome");
    return { arrived: arrived + own.length, expected, rough: this.clock.now() - this.listedAt > 60_000 };
  }

  arrivalOf(person, sessionId) {
    return (person.in || {})[sessionId] || this.arrived.get(arrivalKey(person.id, sessionId)) || null;
  }

  /* ------------------------------------------------------------ a scan */

  /** `what`: {code or registration_id, how, session_id} → the answer. Throws NotKept. */
  async scan(what) {
    const moment = this.clock.now();
    const session = this.roster.sessionOf(what.session_id);
    const subject = await findSubject(this.roster, what);
    const { person } = subject;
    const present = person ? this.arrivalOf(person, session.id) : null;
    const { outcome, time } = outcomeOf(subject, session, moment, present !== null);
    const row = { ...this.stamp("scan"), ...what, told: outcome, person_id: person ? person.id : null };
    const mine = outcome === "welcome" ? [new Date(moment).toISOString(), this.roster.gate.name] : null;
    const { scan, already } = await this.keep(() => this.store.keepScan(row, mine), row);
    this.remember(scan, mine && !already ? mine : null);
    if (already) this.arrived.set(arrivalKey(person.id, session.id), already);
    return this.answer({ ...subject, outcome: scan.told, time, at: moment, session, code: what.code }, scan);
  }

  stamp(kind) {
    return { kind, client_id: clientId(), device_at: new Date().toISOString(), offset_ms: this.clock.offset };
  }

  async keep(write, row) {
    try {
      return await write();
    } catch (error) {
      throw new NotKept("not kept", { cause: { error, row } });
    }
  }

  remember(row, arrival) {
    this.queue.set(row.client_id, row);
    const key = arrivalKey(row.person_id, row.session_id);
    if (arrival) this.arrived.set(key, arrival);
    this.tell({ kind: "kept", row, arrival, key });
    this.events.onChange();
  }

  answer(found, scan) {
    const { person, session } = found;
    const successor = person && ["replaced", "withdrawn"].includes(found.outcome) ? this.roster.successorOf(person) : null;
    const answer = answerOf(this.templates, {
      ...found,
      successor,
      arrival: person ? this.arrivalOf(person, session.id) : null,
      successorArrival: successor ? this.arrivalOf(successor, session.id) : null,
      number: this.counts(session.id).arrived,
    }, this.texts.leader);
    const registrationId = person ? person.id : null;
    return { ...answer, client_id: scan.client_id, admitted: ADMITTED.has(found.outcome), registration_id: registrationId, own: true };
  }

  /** The way out when the phone cannot keep a scan: the server alone, at once. → its answer, or throws. */
  async direct({ row }) {
    const sent = { ...row, told: null };
    ["kind", "person_id"].forEach((name) => delete sent[name]);
    const isScan = row.kind === "scan";
    const device = { unsent: this.waiting, battery: null, list_version: this.version, offset_ms: this.clock.offset, sent_at: new Date().toISOString() };
    const answer = await ask(this.syncUrl, { device, scans: isScan ? [sent] : [], walk_ins: isScan ? [] : [sent] });
    const [result] = answer.sent.results;
    if (result && result.answer) return result.answer;
    if (!result || result.outcome !== "welcome") throw new Error("no answer");
    return this.walkInAnswer(row); // the server has it
  }

  /** A walk-in or a substitute: kept like a scan. Throws NotKept. → the answer. */
  async walkIn(given) {
    const row = { ...this.stamp("walk_in"), ...given, told: "welcome" };
    const { scan } = await this.keep(() => this.store.keepScan(row), row);
    this.remember(scan, null);
    return this.walkInAnswer(scan);
  }

  walkInAnswer(given) {
    const person = { id: null, n: given.name, p: given.position, u: given.unit || this.unitName(given.participation_id), s: "confirmed" };
    const session = this.roster.sessionOf(given.session_id);
    return this.answer({ outcome: "welcome", time: "open", at: this.clock.now(), session, person }, given);
  }

  /** Who stands for a unit. */
  standingOf(unit) { return this.roster.those((person) => person.u === unit && ACTIVE.has(person.s)); }

  unitName(id) { return (this.roster.meta.units || []).find((unit) => unit.id === id)?.n || ""; }

  /** Takes back a scan that has not left the phone: → whether it did. */
  async withdraw(clientIdOfScan) {
    const row = await this.store.withdraw(clientIdOfScan);
    if (!row) return false;
    this.dropWithdrawn(row);
    this.tell({ kind: "withdrawn", row });
    return true;
  }

  dropWithdrawn(row) {
    this.queue.delete(row.client_id);
    this.arrived.delete(arrivalKey(row.person_id, row.session_id));
    this.events.onChange();
  }

  /* ------------------------------------------------------------ the server's word */

  /** A list, whole or what has changed. */
  async takeIn(sent) {
    const rows = await prepareAll(sent.people);
    const meta = metaOf(sent, this.roster.meta);
    try {
      await this.store.applyRoster({ full: sent.full, rows, gone: sent.gone || [], meta });
      await this.store.setMeta("clock", { offset: this.clock.offset });
    } catch (error) {
      this.events.onFull(error); // it serves while the page is open
    }
    this.applyList({ full: sent.full, gone: sent.gone || [], meta }, rows);
    this.tell({ kind: "list", sent: { ...meta, full: sent.full, gone: sent.gone || [] }, rows });
  }

  applyList(sent, rows) {
    this.roster.apply({ ...sent, ...sent.meta }, rows);
    this.roster.lookups.warm();
    this.events.onChange();
  }

  async settle(rows, sent) {
    const results = new Map(sent.results.map((result) => [result.client_id, result]));
    const said = rows.map((row) => this.wordOf(row, results.get(row.client_id))).filter(Boolean);
    const doubles = (sent.doubles || []).filter((one) => !this.known.has(one.client_id));
    const fresh = said.filter((word) => word.fresh);
    const later = [...said.filter((word) => !word.fresh), ...doubles.map((one) => this.doubleOf(one))];
    const list = sent.roster;
    if (list && list.full) await this.takeIn(list);
    const delta = this.deltaOf(list, rows, results);
    const known = doubles.map((one) => one.client_id);
    try {
      await this.store.finish(rows, { rosterSent: delta, later, known: [...this.known, ...known] });
    } catch (error) {
      this.events.onFull(error); // the server has them: sent again after a reload, they add nothing
    }
    this.applyFinish({ rows, later, delta, known });
    this.tell({ kind: "finished", rows, later, delta, known });
    fresh.forEach((word) => this.say(word));
  }

  /** What an answer changes in the list that is here: `list` is what came, whole ones are taken in already. */
  deltaOf(list, rows, results) {
    if (!list) return this.isEmpty ? null : changesOf(this.roster, rows, results);
    return list.full ? null : { rows: list.people.map(prepare), gone: list.gone || [], meta: metaOf(list, this.roster.meta) };
  }

  applyFinish({ rows, later, delta, known }) {
    known.forEach((one) => this.known.add(one));
    rows.forEach((row) => {
      this.queue.delete(row.client_id);
      if (row.kind === "scan" && row.told === "welcome") this.arrived.delete(arrivalKey(row.person_id, row.session_id));
    });
    this.later = [...this.later, ...later];
    if (delta) this.roster.apply({ full: false, gone: delta.gone, ...delta.meta }, delta.rows);
    this.roster.lookups.warm();
    this.events.onChange();
  }

  /** A green of this phone that another gate gave too: told once. */
  doubleOf({ client_id: id, at, name, unit, other_at: otherAt, other_gate: gate }) {
    return {
      client_id: `double-${id}`, at: Date.parse(at), kind: "scan", told: "welcome", outcome: "already", remark: "double",
      name: name || this.texts.leader, unit, answer: null, other: [otherAt, gate], fresh: false,
    };
  }

  /** What somebody should look at, or null: the server lets in whom the phone did not, or the other way. */
  wordOf(row, result) {
    const told = ADMITTED.has(row.told);
    const differs = result.outcome !== row.told && told !== ADMITTED.has(result.outcome);
    if (!differs && result.outcome !== "invalid") return null;
    const person = this.roster.people.get(row.person_id);
    const at = Date.parse(row.device_at) + (this.clock.offset || 0);
    return {
      client_id: row.client_id, at, kind: row.kind, told: row.told, outcome: result.outcome, remark: result.remark,
      name: row.name || (person && person.n) || result.answer?.name || this.texts.leader,
      unit: row.unit || (person && person.u) || "",
      answer: result.answer,
      fresh: result.answer !== null && this.clock.now() - at < FRESH,
    };
  }

  say(word) {
    this.tell({ kind: "word", word });
    this.events.onWord(word);
  }

  async settleLater() {
    await this.store.settleLater();
    this.later = [];
    this.tell({ kind: "settled" });
    this.events.onChange();
  }

  /** One that the server cannot read is not sent again, and said. */
  async setAside(row) {
    const word = { ...this.wordOf(row, { outcome: "invalid", remark: null, answer: null }), fresh: false };
    await this.store.setAside(row, word);
    this.applyAside(row, word);
    this.tell({ kind: "aside", row, word });
  }

  applyAside(row, word) {
    this.queue.set(row.client_id, { ...row, aside: true });
    this.later = [...this.later, word];
    this.events.onChange();
  }

  /* ------------------------------------------------------------ other tabs of this gate */

  tell(message) { if (this.channel) this.channel.postMessage(message); }

  hear(message) {
    if (message.kind === "kept") {
      this.queue.set(message.row.client_id, message.row);
      if (message.arrival) this.arrived.set(message.key, message.arrival);
      this.events.onChange();
    } else if (message.kind === "withdrawn") this.dropWithdrawn(message.row);
    else if (message.kind === "list") this.applyList(message.sent, message.rows);
    else if (message.kind === "finished") this.applyFinish(message);
    else if (message.kind === "aside") this.applyAside(message.row, message.word);
    else if (message.kind === "word") this.events.onWord(message.word);
    else if (message.kind === "settled") { this.later = []; this.events.onChange(); }
    else if (message.kind === "wiped") this.events.onWiped();
  }

  /** The phone forgets the event. */
  async wipe() {
    this.tell({ kind: "wiped" });
    await this.store.wipe();
  }
}
