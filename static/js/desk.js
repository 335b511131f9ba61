import "htmx.org/dist/htmx.js";
import { startCountdowns } from "./shared/countdown.js";
import { startDesk } from "./shared/desk.js";
import { startPage } from "./shared/page.js";

startPage();
startCountdowns();
startDesk();
