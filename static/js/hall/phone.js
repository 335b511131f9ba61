// The way of a paired phone: its own list decides, its own store keeps, the server hears of it.
import { ask } from "./contact.js";
import { ADMITTED, Gate, NotKept } from "./gate.js";
import { forgetPage, keepPage } from "./keep.js";
import { found } from "./search.js";
import { Sync } from "./sync.js";
import { Turns } from "./turns.js";
import { clockTime } from "./words.js";

const REDRAW = 15_000; // ms: ages and "~" grow without news

export class Phone {
  /** Rejects when this browser keeps nothing. `online`: the way while there is no list yet. */
  static async open(parts) {
    const phone = new Phone(parts);
    const { root, texts } = parts;
    phone.gate = await Gate.open({
      slug: root.dataset.slug, syncUrl: root.dataset.sync, templates: JSON.parse(root.dataset.words), texts,
    }, { onWord: (word) => phone.word(word), onChange: () => phone.draw(), onWiped: () => phone.over(), onFull: (error) => phone.sayFull(error) });
    return phone;
  }

  /** `parts`: {root, texts, frame, session, online, onAnswer, onLast, onWord, onOver, onFault}. */
  constructor(parts) {
    Object.assign(this, parts, { own: new Set(), connected: navigator.onLine, isOver: false, gone: false });
  }

  start() {
    const { slug, roster, sync, worker } = this.root.dataset;
    this.session.changeInPlace(() => this.draw());
    this.sync = new Sync({
      urls: { roster, sync }, store: this.gate.store, clock: this.gate.clock, gate: this.gate,
      turns: new Turns(`hall-${slug}`, this.gate.store),
      onState: (state) => this.state(state),
      onWipe: () => this.wipe(),
    });
    this.showLast();
    setInterval(() => { if (this.gate.clock.wasSet()) this.sync.poke(); this.draw(); }, REDRAW);
    this.draw();
    this.sync.start().then(() => keepPage({ worker, assets: JSON.parse(this.root.dataset.assets) })).then((kept) => {
      if (kept) this.root.dataset.kept = "yes";
    });
  }

  get usesServer() { return this.gate.isEmpty || !this.gate.roster.sessionOf(this.session.id); }

  /* ------------------------------------------------------------ scans */

  async scan(what) {
    if (this.isOver) return;
    this.fitSession(); // a session may have ended since the page was drawn
    const asked = { ...what, session_id: this.session.id };
    if (this.usesServer) { this.online.scan(asked); return; }
    await this.attempt(() => this.gate.scan(asked));
  }

  async walkIn(given) {
    await this.attempt(() => this.gate.walkIn({ ...given, session_id: this.session.id, how: "walk_in" }));
  }

  async attempt(work) {
    try {
      this.show(await work());
    } catch (error) {
      if (!(error instanceof NotKept)) throw error;
      await this.unkept(error.cause);
    }
    this.sync.poke();
  }

  show(answer) {
    this.own.add(answer.client_id);
    const kept = answer.outcome === "welcome" && !this.connected;
    if (kept) answer.foot = `${answer.foot} · ${this.texts.kept_here}`;
    this.onAnswer(answer, false, kept);
    if (answer.outcome === "welcome") this.keepLast(answer);
  }

  /** The last person let in outlives a reload, so that it can still be taken back. null: nobody. */
  async keepLast(answer) {
    this.gate.last = answer;
    try {
      await this.gate.store.setMeta("last", answer);
    } catch (error) {
      console.info("the last one is not kept:", error.name); // the scan itself is
    }
  }

  showLast() {
    const { last, queue } = this.gate;
    if (!last) return;
    this.own.add(last.client_id);
    this.onLast(last, queue.has(last.client_id));
  }

  forgetLast({ client_id: clientId }) {
    if (this.gate.last && this.gate.last.client_id === clientId) this.keepLast(null);
  }

  /** No green that is not kept: the server keeps it at once, or the scan is refused. */
  async unkept({ error, row }) {
    this.sayFull(error);
    try {
      this.onAnswer(await this.gate.direct({ row }), false, false);
    } catch {
      this.onAnswer({ ...this.refused(), client_id: row.client_id }, false, false);
    }
  }

  /** Stays until another network state has something to say. */
  sayFull(error) {
    const full = error.name === "QuotaExceededError";
    this.frame.note(full ? this.texts.full : this.texts.not_kept, this.texts.not_kept_more);
  }

  refused() {
    const { not_kept_title: title, not_kept_todo: todo, not_kept_more: more, next: label } = this.texts;
    return {
      outcome: "not_kept", tone: "stop", stays: 0, sound: "low", title, name: "", when: "", lines: [], more: [more],
      code: "", todo, foot: "", actions: [{ do: "next", label }], spoken: `${title}. ${more}`, admitted: false,
    };
  }

  async undo(answer, onUndone) {
    const onDone = (...said) => { this.forgetLast(answer); onUndone(...said); };
    if (answer.presence_id) { await this.online.undo(answer, (...said) => { onDone(...said); this.sync.renew(); }); return; }
    const sentence = this.texts.undone.replace("{name}", answer.name);
    if (await this.gate.withdraw(answer.client_id)) { onDone(sentence); return; }
    await this.act(this.root.dataset.scanUndo, answer, (sent) => { onDone(sent.sentence); this.sync.renew(); });
  }

  callDesk(answer) {
    return this.act(this.root.dataset.scanDesk, answer, (sent) => this.frame.note(sent.sentence, "", "good"));
  }

  /** What needs the server: said when it cannot be had. The scan itself is sent first. */
  async act(url, answer, onDone) {
    await this.sync.poke();
    try {
      const { sent } = await ask(url.replace("client-id", answer.client_id), {});
      onDone(sent);
    } catch {
      this.onFault();
      this.frame.note(this.texts.needs_network);
    }
  }

  async search(query, signal) {
    if (this.usesServer) return this.online.search(query, signal);
    const arrivalOf = (person) => this.gate.arrivalOf(person, this.session.id);
    return found(this.gate.roster, query, this.texts, { arrivalOf, clock: clockTime });
  }

  /* ------------------------------------------------------------ what the page says */

  word(word) {
    if (!ADMITTED.has(word.outcome)) this.forgetLast(word);
    if (this.own.has(word.client_id)) this.onWord({ ...word.answer, client_id: word.client_id });
  }

  state({ online, gone, error }) {
    this.connected = online;
    this.gone = gone;
    if (error && !(error instanceof TypeError) && error.name !== "AbortError") console.info("sync:", error.message);
    this.draw();
  }

  draw() {
    if (this.isOver) return;
    const { gate } = this;
    this.fitSession();
    this.frame.network(this.connected);
    if (!gate.isEmpty) this.frame.counts(gate.counts(this.session.id));
    this.frame.status({ listedAt: gate.listedAt, now: gate.clock.now(), waiting: gate.waiting, later: gate.later.length });
    this.band();
    this.onDraw();
  }

  fitSession() {
    if (!this.gate.isEmpty) this.session.fit(this.gate.roster.meta, this.gate.clock.now());
  }

  band() {
    const rows = this.gate.waitingRows;
    const since = rows.length ? Date.parse(rows[0].device_at) + (rows[0].offset_ms || 0) : 0;
    const more = rows.length ? this.texts.waiting_since.replace("{n}", rows.length).replace("{time}", clockTime(since)) : "";
    const said = this.gone ? "gone" : this.connected ? "" : "off";
    if (said === "gone") this.frame.note(this.texts.gate_gone, more);
    else if (said === "off" && !this.gate.isEmpty) this.frame.note(this.texts.offline_gate, more, "off");
    else if (this.said) this.frame.note("");
    this.said = said;
  }

  /* ------------------------------------------------------------ the end */

  async wipe() {
    await this.gate.wipe();
    await forgetPage();
    this.over();
  }

  over() {
    this.isOver = true;
    if (this.sync) this.sync.over = true;
    this.frame.over(this.texts.gate_gone);
    this.onOver();
  }
}
