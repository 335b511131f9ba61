// Vietnamese text as app/core/vietnamese.py has it: without marks for searching, and in order of names.

const LOOKALIKES = { "Ð": "Đ", "ð": "đ", "Ɖ": "Đ", "ɖ": "đ" };
const BLANKS = /[\s\u115F\u1160\u2800\u3164\uFFA0]+/gu;
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Cn}\p{Co}\uFE00-\uFE0F\u034F]/gu;
const PUNCTUATION = { "’": "'", "‘": "'", "‚": "'", "ʼ": "'", "ʻ": "'", "`": "'", "´": "'", "…": "..." };
const TONES = { "\u0300": "2", "\u0309": "3", "\u0303": "4", "\u0301": "5", "\u0323": "6" };
const LETTER_MARKS = "\u0302\u0306\u031b";
const SORTED = " _-,;:!?.'\"()[]{}§@*/\\&#%`^°+<=>|~$0123456789aăâbcdđeêfghijklmnoôơpqrstuưvwxyz";
const PRIMARY = new Map([...SORTED].map((char, index) => [char, String.fromCharCode(0x100 + index)]));

function clean(text) {
  const plain = text.replace(BLANKS, " ").replace(INVISIBLE, "").normalize("NFC");
  return plain.replace(/[ÐðƉɖ]/g, (char) => LOOKALIKES[char]).trim();
}

function plainSigns(text) {
  return text.replace(/[‐‑‒–—―−]/g, "-").replace(/[“”„«»]/g, '"').replace(/[‘’‚ʼʻ`´…]/g, (char) => PUNCTUATION[char]);
}

/** "Đỗ Thủy" → "do thuy": no marks, no case. */
export function fold(text) {
  let plain = clean(text);
  for (let turn = 0; turn < 2; turn += 1) plain = plainSigns(plain.normalize("NFKD").toLowerCase()).replace(/\p{Mn}/gu, "");
  return plain.replace(/đ/g, "d").replace(BLANKS, " ").trim();
}

// Tones behind the letters of their word: Thủy and Thuỷ are one spelling.
function moveTones(text) {
  return text.normalize("NFD").replace(/[\p{L}\p{Mn}]+/gu, (word) => {
    const letters = word.replace(/[\u0300\u0309\u0303\u0301\u0323]/g, "");
    return letters === word ? word : letters + word.replace(/[^\u0300\u0309\u0303\u0301\u0323]/g, "");
  });
}

function baseLetters(text) {
  const letters = [];
  for (const char of moveTones(plainSigns(clean(text)))) {
    const last = letters[letters.length - 1];
    if (TONES[char] && last) last.marks += TONES[char];
    else if (LETTER_MARKS.includes(char) && last) {
      const joined = (last.base + char).normalize("NFC");
      if (PRIMARY.has(joined)) last.base = joined;
      else last.marks += "7";
    } else if (/\p{Mn}/u.test(char) && last) last.marks += "8";
    else letters.push({ base: char.toLowerCase(), capital: char !== char.toLowerCase(), marks: "" });
  }
  return letters;
}

function levels(text) {
  const letters = baseLetters(text);
  return [
    letters.map(({ base }) => PRIMARY.get(base) || `\uffff${base}`).join(""),
    letters.map(({ marks }) => `1${marks}`).join("").replace(/1+$/, ""),
    letters.map(({ capital }) => (capital ? "2" : "1")).join("").replace(/1+$/, ""),
  ];
}

/** For sorting people: by tên, then họ, then đệm, each by letters, then tones; case last of all. */
export function personSortKey(name) {
  const words = clean(name).split(" ");
  const [given, family, middle] = words.length === 1
    ? [words[0], "", ""]
    : [words[words.length - 1], words[0], words.slice(1, -1).join(" ")];
  const parts = [given, family, middle].map(levels);
  return [...parts.flatMap((part) => part.slice(0, 2)), ...parts.map((part) => part[2])].join("0");
}

/** [[text, is marked], …]: the words that begin with a word of the query. */
export function markedParts(text, words) {
  return text.split(" ").flatMap((word, number) => {
    const part = [word, words.some((one) => fold(word).startsWith(one))];
    return number ? [[" ", false], part] : [part];
  });
}

const SHORT = [
  ["phong giao duc va dao tao", "pgd pgddt gddt"], ["giao duc va dao tao", "gddt"], ["ban chi dao", "bcd"],
  ["giao duc nghe nghiep", "gdnn"], ["giao duc thuong xuyen", "gdtx"],
  ["giao duc nghe nghiep - giao duc thuong xuyen", "gdnn-gdtx"], ["trung tam", "tt"],
]; // how units are written in a hurry

/** A unit's folded name and, behind it, its usual short forms. */
export function withShortForms(unit) {
  return [unit, ...SHORT.filter(([long]) => unit.includes(long)).map(([, forms]) => forms)].join(" ");
}
