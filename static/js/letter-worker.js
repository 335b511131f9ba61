// Keeps a delegate's letter page for a hall without a network. Its scope is /invitations/ alone.
// The network comes first: a page is answered from the cache only when no answer of ours came.
// Our answers carry X-Letter: "keep; seconds=<so long, from its Date>" or "void"; a portal of a foreign network,
// an error page or nothing at all carry none.
const CACHE = "letters-1";
const PAGE = /^\/invitations\/[\w-]+$/;
const WITHIN = /^(\/invitations\/[\w-]+)\/.+/;
const PATIENCE = 4000; // ms for the network, when there is a page to show instead

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(tidy().then(() => self.clients.claim())));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (PAGE.test(url.pathname)) event.respondWith(page(event, url.pathname));
    else if (WITHIN.test(url.pathname)) event.respondWith(within(event, url.pathname));
  } else if (url.pathname.startsWith("/static/dist/")) {
    event.respondWith(asset(request));
  }
});

async function page(event, path) {
  const kept = await standing(path);
  try {
    const answer = await (kept ? inTime(event.request) : fetch(event.request));
    const word = answer.headers.get("X-Letter");
    if (word) {
      event.waitUntil(word === "void" ? forget(path) : keep(path, answer.clone()));
      return answer;
    }
    if (!kept || answer.status === 404) return answer;
  } catch (error) {
    if (!kept) throw error;
  }
  event.waitUntil(say(event.resultingClientId, "offline"));
  return kept;
}

// The answer's form and the files need the network; without it one is back at the letter.
async function within(event, path) {
  try {
    return await fetch(event.request);
  } catch (error) {
    const [, letter] = path.match(WITHIN);
    if (!(await standing(letter))) throw error;
    return Response.redirect(letter, 302);
  }
}

async function asset(request) {
  const kept = await caches.match(request.url, { cacheName: CACHE });
  return kept || fetch(request);
}

function inTime(request) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("slow")), PATIENCE);
    fetch(request).then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

async function keep(path, answer) {
  const cache = await caches.open(CACHE);
  await cache.put(path, answer);
}

async function standing(path) {
  const kept = await caches.match(path, { cacheName: CACHE });
  if (!kept) return undefined;
  if (isOver(kept)) {
    await forget(path);
    return undefined;
  }
  return kept;
}

function isOver(kept) {
  const seconds = /seconds=(\d+)/.exec(kept.headers.get("X-Letter") || "");
  const made = Date.parse(kept.headers.get("Date") || "");
  return !seconds || !(made + Number(seconds[1]) * 1000 > Date.now());
}

async function forget(path) {
  const cache = await caches.open(CACHE);
  await cache.delete(path);
}

async function tidy() {
  const cache = await caches.open(CACHE);
  for (const request of await cache.keys()) {
    const kept = await cache.match(request);
    if (PAGE.test(new URL(request.url).pathname) && isOver(kept)) await cache.delete(request);
  }
}

async function say(clientId, word) {
  const client = clientId && (await self.clients.get(clientId));
  if (client) client.postMessage(word);
}
