// Search on the phone: every word of the query somewhere in name or unit, best first, as
// checkin/rules.search_rank has it.
import { fold, markedParts } from "./text.js";

const MOST = 20;
const GONE = new Set(["replaced", "withdrawn"]); // found last, answered as their code would be
const SHOWN = new Set(["confirmed", "waitlisted", "late", ...GONE]);
const BEHIND = 4; // ranks that come before those of the gone

/** 0 the tên begins with the last word · 1 every word begins a word of the name · 2 … some word ·
 * 3 only inside words. `begins`: the words, a blank before each. */
function rank(begins, person) {
  if (begins.every((word) => person.f.includes(word))) return person.g.startsWith(begins[begins.length - 1]) ? 0 : 1;
  return begins.every((word) => person.a.includes(word)) ? 2 : 3;
}

/** Whether this person could only come after those that were found already. `first`: the best rank of their kind. */
function tooLate(ranks, most, begins, person, first) {
  if (first && ranks[1].length === most) return true;
  return ranks[first + 1].length === most && !person.g.startsWith(begins[begins.length - 1]);
}

/** People of the list, best first; none for fewer than two letters. */
export function find(roster, query, most = MOST) {
  const words = fold(query).split(" ").filter(Boolean);
  if (words.join("").length < 2) return [];
  const begins = words.map((word) => ` ${word}`);
  const ranks = Array.from({ length: 2 * BEHIND }, () => []);
  const longest = words.reduce((a, b) => (b.length > a.length ? b : a)); // the rarest, most likely: tried first
  for (const person of roster.having(longest)) {
    const first = GONE.has(person.s) ? BEHIND : 0;
    if (!SHOWN.has(person.s) || tooLate(ranks, most, begins, person, first)) continue;
    if (words.length > 1 && !words.every((word) => person.a.includes(word))) continue;
    const place = first + rank(begins, person);
    if (ranks[place].length < most) ranks[place].push(person);
    if (ranks[0].length === most) break;
  }
  return ranks.flat().slice(0, most);
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
