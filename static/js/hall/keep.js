// The page itself on the phone: a service worker, its files, and all of it gone when the gate is.
const CACHE = "hall-1"; // as in hall-worker.js
const FONTS = [
  ...[400, 500, 600, 700, 800].map((weight) => `${weight} 1rem "Be Vietnam Pro"`),
  ...[400, 600].map((weight) => `${weight} 1rem "IBM Plex Sans"`),
];
const LETTERS = "aắđƠư0"; // of each part a font comes in

/** Style, scripts, fonts and the reader that this page has loaded; their names change with their content. */
function ownAssets(more) {
  const loaded = performance.getEntriesByType("resource").map((one) => one.name);
  const named = [...document.querySelectorAll("link[href], script[src], img[src]")].map((one) => one.href || one.src);
  const start = `${location.origin}/static/dist/`;
  const given = more.map((one) => new URL(one, location.href).href);
  return [...new Set([...loaded, ...named, ...given])].map((one) => one.split("#")[0]).filter((one) => one.startsWith(start));
}

async function keepAssets(cache, wanted) {
  await Promise.all(wanted.map(async (one) => { if (!(await cache.match(one, { ignoreVary: true }))) await cache.add(one); }));
  const old = (await cache.keys()).filter((one) => new URL(one.url).pathname.startsWith("/static/") && !wanted.includes(one.url));
  await Promise.all(old.map((one) => cache.delete(one)));
}

/** → whether the page opens without a network from now on. */
export async function keepPage({ worker, assets }) {
  if (!("serviceWorker" in navigator) || !("caches" in window)) return false;
  try {
    await navigator.serviceWorker.register(worker, { scope: "/hall/" });
    await navigator.serviceWorker.ready;
    if (navigator.storage && navigator.storage.persist) await navigator.storage.persist();
    await Promise.all(FONTS.map((font) => document.fonts.load(font, LETTERS)));
    const cache = await caches.open(CACHE);
    const page = await fetch(location.pathname, { headers: { "X-Purpose": "keep" } });
    if (page.headers.get("X-Hall") !== "keep") return false;
    await keepAssets(cache, ownAssets(assets));
    await cache.put(location.pathname, page);
    return true;
  } catch (error) {
    // A browser inside another program may refuse to keep anything: the page works while it is open.
    console.info("page not kept:", error.name);
    return false;
  }
}

export async function forgetPage() {
  if ("caches" in window) await caches.delete(CACHE);
  const registration = "serviceWorker" in navigator ? await navigator.serviceWorker.getRegistration("/hall/") : null;
  if (registration) await registration.unregister();
}
