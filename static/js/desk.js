import "htmx.org/dist/htmx.js";
import { startCopying } from "./shared/copy.js";
import { startCountdowns } from "./shared/countdown.js";
import { startDesk } from "./shared/desk.js";
import { refreshPage, startPage } from "./shared/page.js";

startPage();
startCountdowns();
startCopying();
startDesk();
document.addEventListener("htmx:load", (event) => {
  if (event.detail.elt !== document.body) refreshPage(event.detail.elt);
});
