// The desk's own comforts: "/" to search, the off-canvas menu, selecting rows.
import { each } from "./page.js";

function onSlash(event) {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const search = document.querySelector("[data-search]");
  if (search) { event.preventDefault(); search.focus(); search.select(); }
}

/** The menu opens by its address (#menu) without this; here focus follows, Escape closes. */
function startMenu() {
  const menu = document.getElementById("menu");
  const opener = document.querySelector("[data-menu-open]");
  if (!menu || !opener) return;
  const show = (open) => {
    menu.classList.toggle("open", open);
    opener.setAttribute("aria-expanded", String(open));
    (open ? menu.querySelector("[data-menu-close]") : opener).focus();
  };
  opener.setAttribute("role", "button");
  opener.setAttribute("aria-expanded", "false");
  opener.addEventListener("click", (event) => { event.preventDefault(); show(true); });
  each("[data-menu-close]", (close) => close.addEventListener("click", (event) => {
    event.preventDefault();
    show(false);
  }), menu);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.classList.contains("open")) show(false);
  });
  document.addEventListener("click", (event) => {
    if (menu.classList.contains("open") && !menu.contains(event.target) && !opener.contains(event.target)) show(false);
  });
}

/** Row check boxes, "all on this page", and the bar that appears with a selection. */
function startSelection(form) {
  const bar = form.querySelector("[data-bulk]");
  const whole = form.querySelector("[data-check-all]");
  const everything = form.querySelector("[data-everything]");
  const rows = () => [...form.querySelectorAll("[data-check-row]")];
  if (!bar) return;

  const draw = () => {
    const all = rows();
    const chosen = all.filter((box) => box.checked).length;
    const everyone = Boolean(everything && everything.value);
    bar.hidden = chosen === 0;
    each("[data-bulk-number]", (place) => {
      place.textContent = everyone ? bar.dataset.total : String(chosen);
    }, bar);
    if (whole) {
      whole.checked = chosen > 0 && chosen === all.length;
      whole.indeterminate = chosen > 0 && chosen < all.length;
    }
  };
  const setAll = (checked) => rows().forEach((box) => { box.checked = checked; });
  const choose = (checked, everyone) => {
    setAll(checked);
    if (everything) everything.value = everyone ? "1" : "";
    draw();
  };

  form.addEventListener("change", (event) => {
    if (event.target === whole) choose(whole.checked, false);
    else if (event.target.matches("[data-check-row]")) {
      if (everything) everything.value = "";
      draw();
    }
  });
  form.addEventListener("submit", () => { // when everyone is chosen the rows need not be named
    if (everything && everything.value) rows().forEach((box) => { box.disabled = true; });
  });
  form.addEventListener("click", (event) => {
    if (event.target.closest("[data-bulk-all]")) choose(true, true);
    if (event.target.closest("[data-bulk-none]")) choose(false, false);
  });
  draw();
}

export function startDesk() {
  document.addEventListener("keydown", onSlash);
  startMenu();
  each("[data-selection]", startSelection);
}
