// What the board does in the browser: ask, replace, tell the time, and say since when it is old.

const PATIENCE = 8000; // ms for one answer
const SPEAK = 10000; // ms between two sentences for screen readers
const FORBIDDEN = [401, 403, 404];
const ZONE = "Asia/Ho_Chi_Minh";

const clockWords = new Intl.DateTimeFormat("vi-VN", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: ZONE });

/** The server's clock: what it said last, and what passed since by the page's steady clock. */
class ServerClock {
  constructor(iso) { this.set(iso); }

  set(iso) {
    const said = Date.parse(iso);
    if (Number.isNaN(said)) return;
    this.said = said;
    this.mark = performance.now();
  }

  now() { return this.said + performance.now() - this.mark; }

  words(moment = this.now()) { return clockWords.format(new Date(moment)); }
}

/** Puts the new parts in the place of those that differ; what was unfolded stays so. */
export function replaceParts(root, html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  let changed = false;
  fresh.content.querySelectorAll("[data-part]").forEach((part) => {
    const old = root.querySelector(`[data-part="${part.dataset.part}"]`);
    if (!old) return;
    const next = part.innerHTML;
    if (old.source === undefined ? old.innerHTML === next : old.source === next) { old.source = next; return; }
    const open = [...old.querySelectorAll("details[open][data-keep]")].map((one) => one.dataset.keep);
    const focused = old.contains(document.activeElement) && document.activeElement.tagName === "SUMMARY";
    old.innerHTML = next;
    old.source = next;
    open.forEach((name) => { old.querySelector(`details[data-keep="${name}"]`)?.setAttribute("open", ""); });
    if (focused) old.querySelector("summary")?.focus({ preventScroll: true });
    changed = true;
  });
  return changed;
}

/** One session was over: the figures are the next one's. */
function markSession(id) {
  if (!id) return;
  document.querySelectorAll("a[data-session]").forEach((link) => {
    if (link.dataset.session === id) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  });
}

export function startBoard(root) {
  const texts = JSON.parse(root.dataset.texts);
  const find = (name) => document.querySelector(`[data-board-${name}]`);
  const clock = new ServerClock(root.dataset.now);
  let wait = Number(root.dataset.next) * 1000;
  let etag = "";
  let asOf = clock.now();
  let timer = 0;
  let spokenAt = 0;
  let asking = false;

  function tell(title, since) {
    const band = find("band");
    band.hidden = !title;
    find("trouble").textContent = title;
    find("since").textContent = title ? ` ${since.replace("{time}", clock.words(asOf))}` : "";
  }

  function speak() {
    if (performance.now() - spokenAt < SPEAK && spokenAt) return;
    spokenAt = performance.now();
    const count = root.querySelector("[data-spoken]");
    if (count) find("spoken").textContent = count.dataset.spoken;
  }

  async function ask() {
    const abort = new AbortController();
    const limit = setTimeout(() => abort.abort(), PATIENCE);
    try {
      const answer = await fetch(root.dataset.live, {
        headers: etag ? { "If-None-Match": etag } : {},
        cache: "no-store", redirect: "manual", signal: abort.signal,
      });
      if (answer.type === "opaqueredirect" || FORBIDDEN.includes(answer.status)) return "closed";
      if (answer.status !== 304 && !answer.ok) return "failed";
      if (answer.status !== 304) {
        if (replaceParts(root, await answer.text())) speak();
        etag = answer.headers.get("ETag") || "";
      }
      markSession(answer.headers.get("Board-Session"));
      clock.set(answer.headers.get("Board-Now"));
      asOf = clock.now();
      wait = (Number(answer.headers.get("Board-Next")) || 3) * 1000;
      return "";
    } catch {
      return "lost";
    } finally {
      clearTimeout(limit);
    }
  }

  /** Never two questions at once; a hidden page asks nothing until it is looked at again. */
  async function run() {
    clearTimeout(timer);
    if (asking || document.hidden) return;
    asking = true;
    const trouble = await ask();
    asking = false;
    tell(trouble && texts[trouble], trouble === "closed" ? texts.closed_since : texts.since);
    tick();
    timer = setTimeout(run, wait * (0.85 + Math.random() * 0.3)); // viewers spread out
  }

  function tick() {
    const shown = find("clock");
    const words = clock.words();
    if (shown.textContent !== words) shown.textContent = words;
  }

  const full = find("full");
  full.hidden = !document.documentElement.requestFullscreen;
  full.addEventListener("click", () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen();
  });
  window.addEventListener("online", run);
  document.addEventListener("visibilitychange", run);
  window.addEventListener("offline", () => tell(texts.lost, texts.since));
  setInterval(tick, 1000);
  timer = setTimeout(run, wait);
}
