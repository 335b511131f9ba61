import { startCopying } from "./shared/copy.js";
import { startCountdowns } from "./shared/countdown.js";
import { startPage } from "./shared/page.js";

startPage();
startCountdowns();
startCopying();
