// Redraws the time left. The server wrote it first, and its clock counts: data-now is the server's
// time when the answer left, so a wrong clock on the phone changes nothing.

const MINUTE = 60, HOUR = 3600, DAY = 86400, LAST = 10 * MINUTE;
const SPOKEN = [HOUR, LAST, MINUTE];

function serverOffset(element) {
  const [page] = performance.getEntriesByType("navigation");
  const arrived = page && page.responseStart ? performance.timeOrigin + page.responseStart : Date.now();
  return Date.parse(element.dataset.now) - arrived;
}

function start(element) {
  const deadline = Date.parse(element.dataset.deadline);
  const offset = serverOffset(element);
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
    const exact = (deadline - (Date.now() + offset)) / 1000;
    const left = Math.max(0, Math.floor(exact));
    if (exact <= 0) {
      element.querySelector("[data-running]").hidden = true;
      element.querySelector("[data-over]").hidden = false;
      return;
    }
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

  draw();
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) { window.clearTimeout(timer); draw(); }
  });
}

export function startCountdowns() {
  document.querySelectorAll("[data-countdown]").forEach(start);
}
