// A message is copied with one touch; without this the box is selected by hand.

async function copied(box) {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(box.value);
      return true;
    } catch {
      // An app's own browser may forbid it: the old way below needs no leave.
    }
  }
  box.focus();
  box.select();
  return document.execCommand("copy");
}

/** As high as what it holds, at any width. */
function fit(box) {
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight + box.offsetHeight - box.clientHeight}px`;
}

export function startCopying() {
  document.querySelectorAll("[data-copy]").forEach((button) => {
    const box = document.getElementById(button.dataset.copy);
    const said = button.parentElement.querySelector("[data-copy-said]");
    button.hidden = false;
    box.rows = 1;
    fit(box);
    window.addEventListener("resize", () => fit(box));
    if (document.fonts) document.fonts.ready.then(() => fit(box));
    button.addEventListener("click", async () => {
      said.textContent = (await copied(box)) ? button.dataset.done : button.dataset.failed;
    });
  });
}
