// One question to the server and its answer, with the time it took.

const PATIENCE = 20_000; // ms: a batch of 500 on a slow network

export class Gone extends Error {} // this device is no gate any more
export class Unfit extends Error {} // the server will not take what was sent

/** → {sent, trip, sentAt} or an error: Gone, Unfit, or another when nothing of ours answered. */
export async function ask(url, body = null) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), PATIENCE);
  const [sentAt, began] = [Date.now(), performance.now()];
  try {
    const answer = await fetch(url, {
      method: body ? "POST" : "GET",
      headers: { Accept: "application/json", ...(body ? { "Content-Type": "application/json" } : {}) },
      body: body ? JSON.stringify(body) : undefined,
      redirect: "manual",
      cache: "no-store",
      signal: abort.signal,
    });
    const trip = performance.now() - began; // the head of the answer: a long list does not count
    const isJson = (answer.headers.get("Content-Type") || "").startsWith("application/json");
    if (answer.ok && isJson) return { sent: await answer.json(), trip, sentAt };
    if (isJson && [401, 403].includes(answer.status)) throw new Gone(String(answer.status));
    if (isJson && [400, 413, 422].includes(answer.status)) throw new Unfit(String(answer.status));
    throw new Error(`server: ${answer.status || answer.type}`);
  } finally {
    clearTimeout(timer);
  }
}
