// The server's time on a phone whose clock may be wrong: measured at each contact, the one with
// the shortest way there and back counts.

const FORGET_AFTER = 10 * 60_000; // ms: clocks drift, an old measure gives way
const JUMP = 1500; // ms between two ways of counting: somebody has set the clock

export class ServerClock {
  /** `kept`: {offset, trip} of an earlier page, or undefined. `device`: the phone's own time. */
  constructor(kept, { device = () => Date.now(), steady = () => performance.now() } = {}) {
    Object.assign(this, { device, steady });
    this.offset = kept ? kept.offset : null; // server minus phone, ms; null: never measured
    this.trip = Infinity; // of this page: an older page's clock may have been set meanwhile
    this.measuredAt = -Infinity;
    this.base = device() - steady();
  }

  /** Of the server, ms. */
  now() { return this.device() + (this.offset || 0); }

  /** True once after the phone's clock was set (or the phone slept): measure anew. */
  wasSet() {
    const base = this.device() - this.steady();
    if (Math.abs(base - this.base) < JUMP) return false;
    this.base = base;
    this.trip = Infinity;
    return true;
  }

  /** A contact: `sentAt` of the phone's clock, its `trip` in ms, and the server's time in between. */
  measure(sentAt, trip, serverTime) {
    const old = this.steady() - this.measuredAt > FORGET_AFTER;
    if (trip > this.trip && !old) return;
    this.offset = Math.round(serverTime - (sentAt + trip / 2));
    this.trip = trip;
    this.measuredAt = this.steady();
  }
}
