// The board keeps itself up to date: it asks for its figures again and again, and replaces the parts
// that differ. Without the script the page reloads itself (see board.html).
import { startBoard } from "./hall/board.js";

const root = document.querySelector("[data-board]");
if (root) startBoard(root);
