// Scans on their way to the server. What could not be sent is kept and sent again with the same
// client id, so that an answer lost on the way adds nothing. (Kept in memory: see the page's warning.)

const PATIENCE = 8000; // ms for one answer
const PAUSES = [1500, 3000, 5000, 10000]; // ms before the next try

export class Refused extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

export function clientId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** POST as JSON. Rejects with Refused when the server said no, with another error when it said nothing. */
export async function post(url, body, csrf) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), PATIENCE);
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrf },
      body: JSON.stringify(body),
      redirect: "manual", // to the sign-in page: this device is no gate any more
      signal: abort.signal,
    });
    if (answer.type === "opaqueredirect") throw new Refused(403, "");
    const isJson = (answer.headers.get("Content-Type") || "").startsWith("application/json");
    if (answer.ok && isJson) return await answer.json();
    const said = isJson ? (await answer.json()).error : "";
    if (answer.status >= 500 || answer.ok) throw new Error(`server: ${answer.status}`);
    throw new Refused(answer.status, said || "");
  } finally {
    clearTimeout(timer);
  }
}

export class Sender {
  /**
   * `onAnswer(scan, answer, late)`; `onRefused(scan, refused)`;
   * `onState({ waiting, since, network })` whenever the number of kept scans changes.
   */
  constructor(url, csrf, { onAnswer, onRefused, onState }) {
    Object.assign(this, { url, csrf, onAnswer, onRefused, onState, kept: [], tries: 0, timer: 0, busy: false });
    window.addEventListener("online", () => this.flush());
    window.addEventListener("beforeunload", (event) => { if (this.kept.length) event.preventDefault(); });
  }

  /** At once; several may be on their way together. */
  async send(scan) {
    const whole = { ...scan, client_id: clientId(), device_at: new Date().toISOString() };
    try {
      const answer = await post(this.url, whole, this.csrf);
      this.onAnswer(whole, answer, false);
      if (this.kept.length) this.flush();
    } catch (error) {
      this.failed(whole, error);
    }
  }

  failed(scan, error) {
    if (error instanceof Refused) { this.onRefused(scan, error); return; }
    this.kept.push(scan);
    this.tell(error);
    this.later();
  }

  tell(error) {
    const network = !error || error instanceof TypeError || error.name === "AbortError";
    this.onState({ waiting: this.kept.length, since: this.kept.length ? new Date(this.kept[0].device_at) : null, network });
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), PAUSES[Math.min(this.tries, PAUSES.length - 1)]);
    this.tries += 1;
  }

  /** The oldest first, one at a time; stops at the first that fails. */
  async flush() {
    if (this.busy) return;
    this.busy = true;
    clearTimeout(this.timer);
    try {
      while (this.kept.length) {
        const scan = this.kept[0];
        try {
          const answer = await post(this.url, scan, this.csrf);
          this.kept.shift();
          this.onAnswer(scan, answer, true);
        } catch (error) {
          if (!(error instanceof Refused)) { this.tell(error); this.later(); return; }
          this.kept.shift();
          this.onRefused(scan, error);
        }
        this.tell(null);
      }
      this.tries = 0;
    } finally {
      this.busy = false;
    }
  }
}
