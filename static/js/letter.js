import { each, startPage } from "./shared/page.js";

// A letter's page: kept on the phone for the hall, the code over the whole screen, the screen awake.
const CACHE = "letters-1"; // as in letter-worker.js
const { letter, worker } = document.body.dataset;

startPage();
if (letter && "serviceWorker" in navigator && "caches" in window) {
  if (letter === "keep") keepPage();
  else forgetPage();
}
if (letter === "keep") {
  showNetwork();
  startLargeCode();
}

async function keepPage() {
  navigator.serviceWorker.addEventListener("message", (event) => {
    if (event.data !== "offline") return;
    showNetwork(false);
    if (navigator.onLine) askAgain(); // the network was only slow
  });
  navigator.serviceWorker.startMessages();
  try {
    await navigator.serviceWorker.register(worker, { scope: "/invitations/" });
    await navigator.serviceWorker.ready;
    if (!navigator.onLine) return;
    await document.fonts.ready;
    const cache = await caches.open(CACHE);
    await dropOldAssets(cache, ownAssets());
    const page = await fetch(location.pathname, { headers: { "X-Purpose": "preview" } });
    if ((page.headers.get("X-Letter") || "").startsWith("keep")) await cache.put(location.pathname, page);
    each("[data-kept]", (one) => { one.hidden = false; });
  } catch (error) {
    // A browser inside another program may refuse to keep anything: the page works online.
    console.info("page not kept", error.name);
  }
}

/** Style, scripts, fonts that this page has loaded; their names change with their content. */
function ownAssets() {
  const loaded = performance.getEntriesByType("resource").map((one) => one.name);
  const named = [...document.querySelectorAll("link[href], script[src]")].map((one) => one.href || one.src);
  const start = `${location.origin}/static/dist/`;
  return [...new Set([...loaded, ...named])].filter((one) => one.startsWith(start));
}

async function dropOldAssets(cache, wanted) {
  await Promise.all(wanted.map(async (one) => {
    if (!(await cache.match(one))) await cache.add(one);
  }));
  const kept = (await cache.keys()).filter((one) => new URL(one.url).pathname.startsWith("/static/"));
  await Promise.all(kept.filter((one) => !wanted.includes(one.url)).map((one) => cache.delete(one)));
}

/** The letter died: its page leaves the phone, and the worker with the last one. */
async function forgetPage() {
  const cache = await caches.open(CACHE);
  await cache.delete(location.pathname);
  const left = (await cache.keys()).some((one) => new URL(one.url).pathname.startsWith("/invitations/"));
  if (left) return;
  await caches.delete(CACHE);
  const found = await navigator.serviceWorker.getRegistration("/invitations/");
  if (found) await found.unregister();
}

function showNetwork(online = navigator.onLine) {
  const show = (there) => each("[data-offline] > .notice", (one) => { one.hidden = there; });
  show(online);
}

const PAUSES = [2000, 5000, 10_000, 20_000]; // ms between two questions whether the server answers

/** The page on the phone is shown though there is a network: as soon as the server answers, the page is asked anew. */
async function askAgain(tries = 0) {
  await new Promise((resolve) => { setTimeout(resolve, PAUSES[Math.min(tries, PAUSES.length - 1)]); });
  try {
    const page = await fetch(location.pathname, { headers: { "X-Purpose": "preview" } });
    if (page.headers.get("X-Letter")) { location.reload(); return; }
  } catch (error) {
    console.info("no answer yet", error.name);
  }
  if (navigator.onLine) await askAgain(tries + 1);
}

window.addEventListener("offline", () => showNetwork(false));
window.addEventListener("online", () => { if (letter === "keep") location.reload(); });

function startLargeCode() {
  const large = document.querySelector("[data-code-large]");
  const isOpen = () => location.hash === `#${large.id}`;
  let awake = null;

  async function stayAwake() {
    if (!("wakeLock" in navigator) || document.visibilityState !== "visible") return;
    try {
      awake = await navigator.wakeLock.request("screen");
    } catch (error) {
      console.info("screen may sleep", error.name); // low battery: the phone decides
    }
  }
  function follow() {
    if (isOpen()) {
      large.focus();
      stayAwake();
    } else if (awake) {
      awake.release();
      awake = null;
    }
  }
  window.addEventListener("hashchange", follow);
  document.addEventListener("visibilitychange", () => { if (isOpen()) stayAwake(); });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isOpen()) location.hash = "code";
  });
  follow();
}
