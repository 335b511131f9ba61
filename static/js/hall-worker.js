// Keeps the scan page of a paired phone for a hall without a network. Its scope is /hall/ alone.
// The network comes first, but not for long: a page that is kept is shown when no answer of ours
// came. Our answers carry X-Hall: "keep" (a gate's page) or "online" (an account's, never kept);
// a portal of a foreign network, a sign-in page or an error carry none. A gate that was revoked
// still gets its page, which sends what it has and then forgets all (hall/keep.js).
const CACHE = "hall-1";
const PAGE = /^\/hall\/(?!pair\/)[\w-]+\/$/;
const PATIENCE = 3000; // ms for the network, when there is a page to show instead

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (url.pathname === "/hall/") event.respondWith(start(request));
    else if (PAGE.test(url.pathname)) event.respondWith(page(event, url.pathname));
  } else if (url.pathname.startsWith("/static/dist/")) {
    event.respondWith(asset(request));
  }
});

const match = (path) => caches.match(path, { cacheName: CACHE, ignoreVary: true });

async function page(event, path) {
  const kept = await match(path);
  try {
    const answer = await (kept ? inTime(event.request) : fetch(event.request));
    const word = answer.headers.get("X-Hall");
    if (word === "keep") event.waitUntil(keep(path, answer.clone()));
    if (word || !kept) return answer;
  } catch (error) {
    if (!kept) throw error;
  }
  return kept;
}

// The installed page begins at /hall/, from where the server leads to the event; a phone that keeps
// one page goes there itself, also when the server would not know it any more.
async function start(request) {
  const cache = await caches.open(CACHE);
  const kept = (await cache.keys()).filter((one) => PAGE.test(new URL(one.url).pathname));
  return kept.length === 1 ? Response.redirect(kept[0].url, 302) : fetch(request);
}

async function asset(request) {
  const kept = await match(request.url);
  return kept || fetch(request);
}

async function keep(path, answer) {
  const cache = await caches.open(CACHE);
  await cache.put(path, answer);
}

function inTime(request) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("slow")), PATIENCE);
    fetch(request).then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
