// One tab of a gate sends at a time: Web Locks, or a lease in the store where there are none.
import { clientId } from "./sender.js";

const LEASE = 25_000; // ms: longer than a request may take

export class Turns {
  constructor(name, store) {
    Object.assign(this, { name, store, owner: clientId() });
  }

  /** Runs `work` when it is our turn; without Web Locks: not at all while another tab has it. */
  async take(work) {
    if (navigator.locks) return navigator.locks.request(this.name, work);
    if (!(await this.store.lease(this.owner, Date.now(), Date.now() + LEASE))) return undefined;
    try {
      return await work();
    } finally {
      await this.store.lease(this.owner, Date.now(), 0);
    }
  }
}
