// The letter's editor: places go in at the caret, the picture beside it follows the typing.
// Without this the page has a button "Xem thử" that does the same.

const form = document.querySelector("[data-letter-editor]");
const picture = form.querySelector("[data-letter-picture]");
const problem = form.querySelector("[data-letter-problem]");
const status = form.querySelector("[data-letter-status]");
const WAIT = 700; // ms after the last letter typed
let field = form.querySelector("#notes");
let timer = 0;
let asked = null;
let drawnUrl = "";

form.addEventListener("focusin", (event) => {
  if (event.target.matches("[data-letter-field]")) field = event.target;
});

form.querySelector("[data-places]").hidden = false;
form.querySelectorAll("[data-place]").forEach((button) => {
  button.addEventListener("click", () => {
    const [start, end] = [field.selectionStart, field.selectionEnd];
    field.setRangeText(button.dataset.place, start, end, "end");
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
});

function tell(sentence) {
  problem.hidden = !sentence;
  problem.querySelector("span").textContent = sentence;
}

async function draw() {
  if (asked) asked.abort();
  const mine = new AbortController();
  asked = mine;
  picture.classList.add("stale");
  try {
    const answer = await fetch(form.dataset.preview, {
      method: "POST", body: new FormData(form), signal: mine.signal, credentials: "same-origin",
    });
    if (answer.status === 422) {
      const told = await answer.json();
      tell([told.sentence, ...Object.values(told.errors)].filter(Boolean).join(" "));
      return;
    }
    if (!answer.ok) { tell(""); return; }
    const url = URL.createObjectURL(await answer.blob());
    picture.src = url;
    if (drawnUrl) URL.revokeObjectURL(drawnUrl);
    drawnUrl = url;
    tell("");
    picture.classList.remove("stale");
  } catch (error) {
    if (error.name !== "AbortError") tell("");
  }
}

function later(wait) {
  window.clearTimeout(timer);
  timer = window.setTimeout(draw, wait);
}

form.addEventListener("input", (event) => {
  if (!event.target.matches("[data-letter-field]")) return;
  status.textContent = status.dataset.unsaved;
  later(WAIT);
});
form.querySelector("[data-letter-sample]").addEventListener("change", () => later(0));
form.addEventListener("click", (event) => {
  const button = event.target.closest("button[value=preview]");
  if (button) { event.preventDefault(); later(0); }
});
