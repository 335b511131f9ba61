// Redraws the time left. The server wrote it first, and its clock counts: data-now is the server's
// time when the answer left. What passed since is counted by the steady clock of the page, so that
// a wrong clock of the phone, or one set right meanwhile, changes nothing. A steady clock may stand
// still while a phone sleeps: when the page comes back, the server is asked anew.

const MINUTE = 60, HOUR = 3600, DAY = 86400, LAST = 10 * MINUTE;
const SPOKEN = [HOUR, LAST, MINUTE];

/** The server's clock, in ms: what it said at `mark`, and what passed since. */
function serverClock(element) {
  const [page] = performance.getEntriesByType("navigation");
  let said = Date.parse(element.dataset.now);
  let mark = page && page.responseStart ? page.responseStart : performance.now();
  return {
    now: () => said + performance.now() - mark,
    async ask() {
      const sent = performance.now();
      const answer = await fetch(element.dataset.clock, { cache: "no-store", credentials: "omit" });
      const words = Date.parse((await answer.text()).trim());
      if (!answer.ok || Number.isNaN(words)) return;
      said = words;
      mark = (sent + performance.now()) / 2;
    },
  };
}

function start(element) {
  const deadline = Date.parse(element.dataset.deadline);
  const clock = serverClock(element);
  const part = (name) => element.querySelector(`[data-part="${name}"]`);
  const voice = element.querySelector("[data-voice]");
  let before = Infinity;
  let timer = 0;

  const set = (name, value, shown) => {
    const box = part(name);
    box.hidden = !shown;
    box.querySelector("b").textContent = String(value);
  };

  const draw = () => {
    window.clearTimeout(timer);
    const exact = (deadline - clock.now()) / 1000;
    const left = Math.max(0, Math.floor(exact));
    element.querySelector("[data-running]").hidden = exact <= 0;
    element.querySelector("[data-over]").hidden = exact > 0;
    if (exact <= 0) return;
    const last = left < LAST;
    set("days", Math.floor(left / DAY), left >= DAY);
    set("hours", Math.floor((left % DAY) / HOUR), left >= HOUR);
    set("minutes", Math.floor((left % HOUR) / MINUTE), true);
    set("seconds", left % MINUTE, last);
    for (const moment of SPOKEN) {
      if (before > moment && left <= moment && before !== Infinity && voice) {
        voice.textContent = voice.dataset[`at${moment}`];
      }
    }
    before = left;
    // Wake when the shown figure changes: each second at the end, each minute before.
    const untilMinute = (exact - LAST) % MINUTE || MINUTE;
    timer = window.setTimeout(draw, last ? (exact % 1 || 1) * 1000 + 5 : untilMinute * 1000 + 20);
  };

  const again = () => {
    if (document.hidden) return;
    draw();
    clock.ask().then(draw, () => {}); // without a network the steady clock goes on
  };

  draw();
  document.addEventListener("visibilitychange", again);
  window.addEventListener("pageshow", (event) => { if (event.persisted) again(); });
}

export function startCountdowns() {
  document.querySelectorAll("[data-countdown]").forEach(start);
}
