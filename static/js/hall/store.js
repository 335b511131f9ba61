// What the phone keeps in IndexedDB: the list, the scans that wait, and what the server said later.
// people: rows of the list · scans: what waits, in its order · arrived: who was let in here and is
// not in the list's answer yet, "<registration>:<session>" → [ISO, gate] · later · meta.

const STORES = ["people", "scans", "arrived", "later", "meta"];
const SLICE = 1000; // rows written before the page may draw again
const STRICT = { durability: "strict" }; // on the disk, not only with the operating system

const arrivalKey = (registrationId, sessionId) => `${registrationId}:${sessionId}`;

function create(db) {
  db.createObjectStore("people", { keyPath: "id" });
  db.createObjectStore("scans", { keyPath: "n", autoIncrement: true }).createIndex("client_id", "client_id", { unique: true });
  db.createObjectStore("arrived");
  db.createObjectStore("later", { keyPath: "client_id" });
  db.createObjectStore("meta");
}

function chosen(rows, mostScans, mostWalkIns) {
  let [scans, walkIns] = [0, 0];
  const batch = [];
  for (const row of rows.filter((one) => !one.aside)) {
    if (row.kind === "walk_in" ? ++walkIns > mostWalkIns : ++scans > mostScans) break;
    batch.push(row);
  }
  return batch;
}

const answerOf = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

export class Store {
  /** Rejects when this browser keeps nothing (a private window, no room at all). */
  static async open(name) {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => create(request.result);
    return new Store(name, await answerOf(request));
  }

  constructor(name, db) {
    Object.assign(this, { name, db, onGone: () => {} });
    db.onversionchange = () => this.close(); // another tab wipes the phone
    db.onclose = () => this.onGone();
  }

  close() {
    this.db.close();
    this.onGone();
  }

  /** Runs `work(stores)`, resolves with what it gave once all of it is on the disk. */
  async write(names, work, options = {}) {
    const transaction = this.db.transaction(names, "readwrite", options);
    const done = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error || new DOMException("aborted", "AbortError"));
    });
    const stores = Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)]));
    try {
      const given = await work(stores);
      await done;
      return given;
    } catch (error) {
      done.catch(() => {}); // the same fault, told once
      if (transaction.error) throw transaction.error;
      throw error;
    }
  }

  all(name) { return answerOf(this.db.transaction(name).objectStore(name).getAll()); }

  /** {people, scans, arrived: Map, later, meta} */
  async load() {
    const transaction = this.db.transaction(STORES);
    const get = (name) => answerOf(transaction.objectStore(name).getAll());
    const keys = (name) => answerOf(transaction.objectStore(name).getAllKeys());
    const [people, scans, values, places, later, meta, metaKeys] = await Promise.all([
      get("people"), get("scans"), get("arrived"), keys("arrived"), get("later"), get("meta"), keys("meta"),
    ]);
    return {
      people, scans, later,
      arrived: new Map(places.map((key, index) => [key, values[index]])),
      meta: Object.fromEntries(metaKeys.map((key, index) => [key, meta[index]])),
    };
  }

  /** The list as the server sent it. `full`: instead of what was here. */
  applyRoster({ full, rows, gone, meta }) {
    return this.write(["people", "meta"], async (stores) => {
      if (full) stores.people.clear();
      for (let at = 0; at < rows.length; at += SLICE) await this.putAll(stores.people, rows.slice(at, at + SLICE));
      gone.forEach((id) => stores.people.delete(id));
      stores.meta.put(meta, "roster");
    });
  }

  putAll(store, rows) {
    const requests = rows.map((row) => store.put(row));
    return requests.length ? answerOf(requests[requests.length - 1]) : undefined;
  }

  setMeta(key, value) { return this.write(["meta"], (stores) => { stores.meta.put(value, key); }); }

  /**
   * Keep a scan before anybody is let in by it. With `arrival` ([ISO, gate]) the person is let in,
   * unless another tab did so meanwhile: → {scan, already: [ISO, gate]} and the scan says so.
   */
  keepScan(scan, arrival = null) {
    return this.write(["scans", "arrived"], async ({ scans, arrived }) => {
      const kept = { ...scan, tries: 0 };
      const key = arrivalKey(scan.person_id, scan.session_id);
      const already = arrival ? await answerOf(arrived.get(key)) : undefined;
      if (already) kept.told = "already";
      else if (arrival) arrived.put(arrival, key);
      kept.n = await answerOf(scans.add(kept));
      return { scan: kept, already: already || null };
    }, STRICT);
  }

  /** The oldest scans and walk-ins that wait, marked as tried: [] when none. */
  async takeBatch(mostScans, mostWalkIns) {
    let batch = [];
    try {
      await this.write(["scans"], async ({ scans }) => {
        batch = chosen(await answerOf(scans.getAll(null, mostScans + mostWalkIns)), mostScans, mostWalkIns);
        batch.forEach((row) => scans.put({ ...row, tries: row.tries + 1 }));
      });
    } catch (error) {
      if (error.name !== "QuotaExceededError") throw error; // unmarked, but sent
    }
    return batch;
  }

  /**
   * The server has answered these: they wait no more. `later`: what somebody should look at.
   * Were this lost, they would be sent again, which adds nothing.
   */
  finish(rows, { rosterSent = null, later = [], known = [] } = {}) {
    const names = ["scans", "arrived", "later", "meta", ...(rosterSent ? ["people"] : [])];
    return this.write(names, async (stores) => {
      rows.forEach((row) => {
        stores.scans.delete(row.n);
        if (row.kind === "scan" && row.told === "welcome") stores.arrived.delete(arrivalKey(row.person_id, row.session_id));
      });
      later.forEach((word) => stores.later.put(word));
      if (known.length) stores.meta.put(known, "doubles");
      if (!rosterSent) return;
      await this.putAll(stores.people, rosterSent.rows);
      rosterSent.gone.forEach((id) => stores.people.delete(id));
      stores.meta.put(rosterSent.meta, "roster");
    });
  }

  /** Takes back a scan that never left the phone: → whether it did. */
  withdraw(clientId) {
    return this.write(["scans", "arrived"], async ({ scans, arrived }) => {
      const row = await answerOf(scans.index("client_id").get(clientId));
      if (!row || row.tries) return null;
      scans.delete(row.n);
      arrived.delete(arrivalKey(row.person_id, row.session_id));
      return row;
    }, STRICT);
  }

  /** The server will never take this one: it stays here and is not sent again. */
  setAside(row, word) {
    return this.write(["scans", "later"], ({ scans, later }) => {
      scans.put({ ...row, aside: true });
      later.put(word);
    });
  }

  settleLater() { return this.write(["later"], ({ later }) => { later.clear(); }); }

  /** The lease of browsers without Web Locks: → whether it is ours until `until` (ms). */
  lease(owner, now, until) {
    return this.write(["meta"], async ({ meta }) => {
      const held = await answerOf(meta.get("lease"));
      if (held && held.owner !== owner && held.until > now) return false;
      meta.put({ owner, until }, "lease");
      return true;
    });
  }

  /** The phone forgets all of it. */
  async wipe() {
    this.db.onclose = null;
    this.db.close();
    await answerOf(indexedDB.deleteDatabase(this.name));
  }
}

export { arrivalKey };
