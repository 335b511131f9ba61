// What every page may use. Nothing here is needed to read a page or to send a form.

/** Runs `work(element)` for each match under `root`. */
export function each(selector, work, root = document) {
  root.querySelectorAll(selector).forEach(work);
}

/** Chips fill their input; they only show up where they work. */
function showChips(root) {
  each("[data-chips]", (chips) => { chips.hidden = false; }, root);
}

/** A sent form's button says so, keeps its width, and cannot be pressed twice. */
function markBusy(event) {
  const form = event.target;
  if (form.dataset.sent) { event.preventDefault(); return; }
  const button = event.submitter;
  if (event.defaultPrevented || !button || !button.dataset.busy) return;
  form.dataset.sent = "yes";
  button.style.minWidth = `${button.offsetWidth}px`;
  button.dataset.label = button.innerHTML;
  button.textContent = button.dataset.busy;
  button.setAttribute("aria-disabled", "true");
}

/** A page taken out of the back-forward store is ready to send again. */
function unmarkBusy() {
  each("form[data-sent]", (form) => { delete form.dataset.sent; });
  each("[data-busy][aria-disabled]", (button) => {
    button.innerHTML = button.dataset.label;
    button.removeAttribute("aria-disabled");
  });
}

function onClick(event) {
  const target = event.target instanceof Element ? event.target : null;
  if (!target) return;
  const chip = target.closest("[data-fill]");
  if (chip) {
    const input = document.getElementById(chip.dataset.fill);
    input.value = chip.dataset.value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.focus();
  }
  const reveal = target.closest("[data-reveal]");
  if (reveal) {
    const input = document.getElementById(reveal.dataset.reveal);
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    reveal.setAttribute("aria-pressed", String(!shown));
    reveal.querySelector("[data-reveal-word]").textContent = shown ? reveal.dataset.show : reveal.dataset.hide;
  }
  const back = target.closest("[data-back]");
  if (back && history.length > 1) { event.preventDefault(); history.back(); }
  if (target.closest("[data-print]")) window.print();
  each("details.menu[open]", (menu) => { if (!menu.contains(target)) menu.open = false; });
}

function onKey(event) {
  if (event.key !== "Escape") return;
  each("details.menu[open]", (menu) => { menu.open = false; menu.querySelector("summary").focus(); });
}

/** The name of the chosen file stands under its button; data-auto sends it at once. */
function onChange(event) {
  const input = event.target;
  if (!(input instanceof HTMLInputElement) || input.type !== "file" || !input.files.length) return;
  const box = input.closest("[data-upload]");
  if (!box) return;
  const chosen = box.querySelector("[data-chosen]");
  const files = [...input.files];
  const tooBig = box.dataset.most && files.reduce((sum, file) => sum + file.size, 0) > Number(box.dataset.most);
  if (chosen) {
    const names = files.map((file) => file.name).join(", ");
    chosen.textContent = tooBig ? box.dataset.tooBig : `${chosen.dataset.sending} ${names}`.trim();
    chosen.hidden = false;
  }
  if (tooBig) { input.value = ""; return; }
  if (!box.hasAttribute("data-auto")) return;
  if (input.form.requestSubmit) input.form.requestSubmit();
  else input.form.submit();
}

/** Toasts leave after six seconds, later when looked at. */
function startToasts(root = document) {
  each("[data-toast]", (toast) => {
    let timer = 0;
    const go = () => { timer = window.setTimeout(() => toast.remove(), 6000); };
    const stay = () => window.clearTimeout(timer);
    toast.addEventListener("mouseenter", stay);
    toast.addEventListener("focusin", stay);
    toast.addEventListener("mouseleave", go);
    go();
  }, root);
}

/** What came into the page later gets the same treatment. */
export function refreshPage(root) {
  showChips(root);
  startToasts(root);
}

export function startPage() {
  document.documentElement.classList.add("js");
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
  document.addEventListener("change", onChange);
  document.addEventListener("submit", markBusy);
  window.addEventListener("pageshow", (event) => { if (event.persisted) unmarkBusy(); });
  refreshPage(document);
  const summary = document.querySelector("[data-error-summary]");
  if (summary) summary.focus();
}
