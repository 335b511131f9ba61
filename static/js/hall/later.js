// What the server said afterwards, otherwise than the phone: a sheet to read and to settle.
import { clockTime } from "./words.js";

const ADMITTED = new Set(["welcome", "already"]);

function reason(word, texts) {
  const { title = "", name = "", tone = "" } = word.answer || {};
  const said = tone === "replaced" ? `${title} ${name}` : title;
  if (word.outcome === "invalid") return texts.later_invalid;
  if (word.kind === "walk_in") return texts.later_walk_in;
  if (word.remark === "double") return texts.later_double.replace("{time}", clockTime(Date.parse(word.other[0]))).replace("{gate}", () => word.other[1]);
  return (ADMITTED.has(word.told) ? texts.later_stale : texts.later_unlisted).replace("{title}", () => said);
}

export class LaterSheet {
  constructor(root, texts, { onSettled }) {
    Object.assign(this, { root, texts });
    root.querySelector("[data-settle]").addEventListener("click", onSettled);
  }

  draw(words) {
    const rows = words.map((word) => {
      const row = this.root.querySelector("[data-later-row]").content.cloneNode(true).firstElementChild;
      row.querySelector("[data-name]").textContent = word.name;
      row.querySelector("[data-unit]").textContent = [clockTime(word.at), word.unit].filter(Boolean).join(" · ");
      row.querySelector("[data-reason]").textContent = reason(word, this.texts);
      return row;
    });
    this.root.querySelector("[data-later-list]").replaceChildren(...rows);
  }
}
