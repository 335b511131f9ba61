// Sends what waits and asks what is new, again and again, one tab of a gate at a time.
import { Gone, Unfit, ask } from "./contact.js";
import { isSmall, wantsList } from "./small.js";

const EVERY = 20_000; // ms between two contacts of a page that is looked at
const HIDDEN = 60_000;
const PAUSES = [2000, 4000, 8000, 15_000, 30_000]; // after a contact that failed
const MOST_SCANS = 500;
const MOST_WALK_INS = 20;
const OWN = ["n", "kind", "tries", "aside", "person_id", "shown"]; // of a kept scan: not for the server

function outward(row) {
  const sent = { ...row };
  OWN.forEach((name) => delete sent[name]);
  if (row.kind === "walk_in") delete sent.told;
  return sent;
}

async function battery() {
  if (!navigator.getBattery) return null;
  try {
    return Math.round((await navigator.getBattery()).level * 100);
  } catch {
    return null; // the browser does not say
  }
}

export class Sync {
  /**
   * `gate` does what follows: waiting → how many scans wait; version; isEmpty; takeIn(sent) for a
   * list; settle(rows, sent) for answers; setAside(row).
   * `onState({online, gone})` after each contact; `onWipe()` when the phone is to forget all.
   */
  constructor({ urls, store, clock, turns, gate, onState, onWipe }) {
    Object.assign(this, { urls, store, clock, turns, gate, onState, onWipe });
    Object.assign(this, { timer: 0, failures: 0, running: false, again: false, over: false, most: MOST_SCANS });
    this.listAt = -Infinity; // when the last list came, by performance.now()
  }

  start() {
    window.addEventListener("online", () => this.poke());
    window.addEventListener("offline", () => this.onState({ online: false, gone: false }));
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") this.poke(); });
    return this.poke();
  }

  /** As soon as possible. */
  async poke() {
    if (this.over) return;
    clearTimeout(this.timer);
    if (this.running) { this.again = true; return; }
    this.running = true;
    try {
      do {
        this.again = false;
        await this.turns.take(() => this.contacts());
      } while (this.again && !this.failures);
    } finally {
      this.running = false;
    }
    this.plan();
  }

  /** As soon as possible, with the list: something of it was changed elsewhere. */
  renew() {
    this.listAt = -Infinity;
    return this.poke();
  }

  plan() {
    if (this.over) return;
    const quiet = document.visibilityState === "visible" || this.gate.waiting ? EVERY : HIDDEN;
    const pause = this.failures ? PAUSES[Math.min(this.failures, PAUSES.length) - 1] : quiet;
    this.timer = setTimeout(() => this.poke(), pause * (0.9 + Math.random() * 0.2));
  }

  /** Until nothing waits; never throws: what fails is tried again. */
  async contacts() {
    try {
      // Nothing is marked as tried before something has answered: it may still be taken back.
      if (this.failures || !navigator.onLine) await this.exchange([]);
      if (this.gate.isEmpty) await this.wholeList();
      let more = true;
      while (more && !this.over) more = await this.batch();
      this.failures = 0;
    } catch (error) {
      this.failures += 1;
      if (!(error instanceof Gone && await this.isGone())) this.onState({ online: false, gone: false, error });
      else if (this.gate.waiting) this.onState({ online: true, gone: true });
      else await this.end();
    }
  }

  /** Refused twice, by two addresses: nothing is forgotten for the whim of a proxy. */
  async isGone() {
    try {
      await ask(this.urls.roster);
    } catch (error) {
      return error instanceof Gone;
    }
    return false;
  }

  async wholeList() {
    try {
      const { sent, trip, sentAt } = await ask(this.urls.roster);
      this.clock.measure(sentAt, trip, Date.parse(sent.server_time));
      await this.gate.takeIn(sent);
      this.listAt = performance.now();
    } catch (error) {
      if (!(error instanceof Gone)) throw error; // a revoked gate may still send what it has
    }
  }

  /** One batch → whether another follows. */
  async batch() {
    const rows = await this.store.takeBatch(this.most, Math.min(this.most, MOST_WALK_INS));
    return this.exchange(rows);
  }

  async exchange(rows) {
    const of = (kind) => rows.filter((row) => row.kind === kind).map(outward);
    const small = isSmall(rows, performance.now() - this.listAt);
    const device = {
      unsent: this.gate.waiting, battery: await battery(), list_version: small ? null : this.gate.version,
      offset_ms: this.clock.offset, sent_at: new Date().toISOString(),
    };
    let answer;
    try {
      answer = await ask(this.urls.sync, { device, scans: of("scan"), walk_ins: of("walk_in") });
    } catch (error) {
      if (error instanceof Unfit && rows.length) return this.smaller(rows);
      throw error;
    }
    return this.takeAnswer(rows, answer);
  }

  async takeAnswer(rows, { sent, trip, sentAt }) {
    this.clock.measure(sentAt, trip, Date.parse(sent.server_time));
    const answered = new Set(sent.results.map((result) => result.client_id));
    const done = rows.filter((row) => answered.has(row.client_id));
    await this.gate.settle(done, sent);
    const wants = !sent.roster && wantsList(done, new Map(sent.results.map((one) => [one.client_id, one])));
    if (sent.roster) this.listAt = performance.now();
    if (wants) this.listAt = -Infinity;
    this.onState({ online: true, gone: false });
    if (sent.wipe && !this.gate.waiting) { await this.end(); return false; }
    if (rows.length && !done.length) throw new Error("a batch was answered with nothing");
    this.most = MOST_SCANS;
    return wants || this.gate.waiting > 0;
  }

  /** A batch that was refused as a whole: halves of it, until the one that is wrong is alone. */
  async smaller(rows) {
    if (rows.length > 1) this.most = Math.ceil(rows.length / 2);
    else await this.gate.setAside(rows[0]);
    return this.gate.waiting > 0;
  }

  async end() {
    this.over = true;
    clearTimeout(this.timer);
    await this.onWipe();
    try {
      await ask(this.urls.sync, { device: { wiped: true }, scans: [], walk_ins: [] });
    } catch (error) {
      console.info("the server does not hear of it:", error.message); // it knows no such phone
    }
  }
}
