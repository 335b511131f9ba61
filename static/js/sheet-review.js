// A signed page: one key settles a doubtful cell and goes on to the next. Without this the form works as it stands.
const cells = [...document.querySelectorAll("[data-cell]")];
const keys = document.querySelector("[data-keys]");
if (keys) keys.hidden = !window.matchMedia("(pointer: fine)").matches;

let current = 0;

function go(place, focus = true) {
  if (!cells.length) return;
  current = Math.max(0, Math.min(place, cells.length - 1));
  cells.forEach((cell, index) => cell.classList.toggle("current", index === current));
  document.querySelectorAll("[data-box].current").forEach((box) => box.classList.remove("current"));
  const box = document.querySelector(`[data-box="${cells[current].dataset.cell}"]`);
  if (box) box.classList.add("current");
  if (!focus) return;
  cells[current].focus({ preventScroll: true });
  cells[current].scrollIntoView({ block: "center" });
}

function settle(value) {
  cells[current].querySelector(`input[value="${value}"]`).checked = true;
  const next = cells.findIndex((cell) => !cell.querySelector("input:checked"));
  if (next >= 0) go(next);
  else document.querySelector("[data-sheet-form] [type=submit]").focus();
}

const KEYS = {
  1: () => settle("signed"),
  2: () => settle("empty"),
  ArrowDown: () => go(current + 1),
  ArrowUp: () => go(current - 1),
};

document.addEventListener("keydown", (event) => {
  if (!cells.length || event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});
cells.forEach((cell, index) => cell.addEventListener("focusin", () => go(index, false)));
go(Math.max(0, cells.findIndex((cell) => !cell.querySelector("input:checked"))));
