// Search on the phone: every word of the query somewhere in name or unit, best first, as
// checkin/rules.search_rank has it.
import { GONE, inOrder, partOf } from "./lookup.js";
import { fold, markedParts } from "./text.js";

const MOST = 20;
const MOST_WORDS = 8; // as the server takes them

/** The folded words that are looked for; none for fewer than two letters. */
function wordsOf(query) {
  const words = fold(query).split(" ").filter(Boolean);
  return words.join("").length < 2 ? [] : words.slice(0, MOST_WORDS);
}

/** 0 the tên begins with the last word · 1 every word begins a word of the name · 2 … some word ·
 * 3 only inside words; behind them the gone. `begins`: the words, a blank before each, as rows have it. */
function place(begins, person) {
  const behind = partOf(person) === "gone" ? 4 : 0;
  if (begins.every((word) => person.f.includes(word))) return behind + (person.g.startsWith(begins[begins.length - 1]) ? 0 : 1);
  return behind + (begins.every((word) => person.a.includes(word)) ? 2 : 3);
}

/** Those of a part of the lookup in that order, some more than once. */
function* fitting({ given, name, all }, words, begins, most) {
  const some = [];
  for (const person of all.having(words)) if (some.push(person) === most) break;
  if (some.length < most) { // all of them
    yield* some.sort((a, b) => place(begins, a) - place(begins, b) || inOrder(a, b));
    return;
  }
  for (const person of given.having(begins.slice(-1))) {
    if (begins.every((word) => person.f.includes(word))) yield person;
  }
  yield* name.having(begins);
  yield* all.having(begins);
  yield* all.having(words);
}

/** The first of the lookup, no more than are wanted. */
function known(lookups, words, begins, most) {
  const { standing, gone } = lookups.ready();
  const found = new Set();
  for (const part of [standing, gone]) {
    for (const row of fitting(part, words, begins, most)) {
      const person = lookups.current(row);
      if (person) found.add(person);
      if (found.size === most) return [...found];
    }
  }
  return [...found];
}

/** People of the list, best first. */
export function find({ lookups }, query, most = MOST) {
  const words = wordsOf(query);
  if (!words.length) return [];
  const begins = words.map((word) => ` ${word}`);
  const found = known(lookups, words, begins, most);
  const fresh = [...lookups.fresh.values()].filter((person) => partOf(person) && words.every((word) => person.a.includes(word)));
  if (!fresh.length) return found;
  return [...found, ...fresh].sort((a, b) => place(begins, a) - place(begins, b) || inOrder(a, b)).slice(0, most);
}

/** The answer of GET /search, made here. `arrivalOf(person)` → [ISO, gate] or null. */
export function found(roster, query, texts, { arrivalOf, clock }) {
  const plain = query.trim().replace(/\s+/g, " ");
  const words = fold(plain).split(" ").filter(Boolean);
  const people = find(roster, plain).map((person) => row(person, words, texts, arrivalOf(person), clock));
  return { query: plain, sentence: sentence(plain, words, people.length, texts), people };
}

function sentence(query, words, number, texts) {
  if (words.join("").length < 2) return texts.found_short;
  const text = number === 0 ? texts.found_none : number === 1 ? texts.found_one : texts.found_many;
  return text.replace("{num}", number).replace("{query}", () => query);
}

function row(person, words, texts, arrival, clock) {
  const name = person.n || texts.leader;
  let [state, word] = ["none", ""];
  if (GONE.has(person.s)) [state, word] = [person.s, texts[person.s]];
  else if (arrival) [state, word] = ["arrived", texts.arrived.replace("{time}", clock(Date.parse(arrival[0])))];
  else if (person.s !== "confirmed") [state, word] = [person.s, texts[person.s]];
  return { registration_id: person.id, name, parts: markedParts(name, words), position: person.p || "", unit: person.u || "", state, word };
}
