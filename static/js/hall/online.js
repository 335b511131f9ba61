// The way of accounts without a gate, and of a phone that has no list yet: each scan to the server.
import { Refused, Sender, post } from "./sender.js";
import { clockTime } from "./words.js";

export class Online {
  /** `urls`: {scans, search, undo, desk}; `onAnswer(answer, late)` shows one; `onFault()` sounds. */
  constructor({ urls, csrf, texts, frame, onAnswer, onFault }) {
    Object.assign(this, { urls, csrf, texts, frame, onAnswer, onFault });
    this.sender = new Sender(urls.scans, csrf, {
      onAnswer: (_scan, answer, late) => this.heard(answer, late),
      onRefused: (_scan, refused) => this.say(this.refusal(refused)),
      onState: (state) => this.state(state),
    });
  }

  heard(answer, late) {
    this.frame.network(true);
    this.frame.counts(answer.counts);
    this.onAnswer(answer, late);
    if (!late && !this.sender.kept.length) this.frame.note("");
  }

  state({ waiting, since, network: cut }) {
    this.frame.network(waiting === 0);
    if (!waiting) { this.frame.note(this.texts.sent, "", "good"); return; }
    const more = this.texts.waiting.replace("{n}", waiting).replace("{time}", clockTime(since.getTime()));
    this.frame.note(cut ? this.texts.offline : this.texts.failed, more);
    this.onFault();
  }

  say(sentence) {
    this.onFault();
    this.frame.note(sentence);
  }

  refusal(refused) { return refused.status === 403 && !refused.message ? this.texts.gate_gone : refused.message || this.texts.failed; }

  scan(what) { this.sender.send(what); }

  async act(url, body, done) {
    try {
      done(await post(url, body, this.csrf));
    } catch (error) {
      this.say(error instanceof Refused ? this.refusal(error) : this.texts.search_failed);
    }
  }

  undo(answer, onDone) {
    return this.act(this.urls.undo.replace("/0/", `/${answer.presence_id}/`), {}, (done) => {
      this.frame.counts(done.counts);
      onDone(done.sentence);
    });
  }

  callDesk(answer) {
    return this.act(this.urls.desk, { client_id: answer.client_id }, (done) => this.frame.note(done.sentence, "", "good"));
  }

  /** People for the search sheet. */
  async search(query, signal) {
    const address = new URL(this.urls.search, window.location.href);
    address.searchParams.set("q", query);
    const answer = await fetch(address, { headers: { Accept: "application/json" }, redirect: "manual", signal });
    if (!answer.ok) throw new Error(`search: ${answer.status || answer.type}`);
    return answer.json();
  }
}
