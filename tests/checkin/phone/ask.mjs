// Runs functions of the phone's modules under node: reads [{call, with}, …], writes what they gave.
import { codeKey, decide, findSubject, openInstead, outcomeOf, sessionTime } from "../../../static/js/hall/decide.js";
import { Roster, prepare } from "../../../static/js/hall/roster.js";
import { changesOf, isSmall, wantsList } from "../../../static/js/hall/small.js";
import { find } from "../../../static/js/hall/search.js";
import { ServerClock } from "../../../static/js/hall/clock.js";
import { fold, markedParts, personSortKey } from "../../../static/js/hall/text.js";
import { answerOf, clockTime, codeLines, shortDate } from "../../../static/js/hall/words.js";

const listOf = ({ people, ...meta }) => new Roster(people.map(prepare), meta);

const CALLS = {
  fold: ({ text }) => fold(text),
  order: ({ names }) => names.map((name) => [personSortKey(name), name]).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, name]) => name),
  marked: ({ text, words }) => markedParts(text, words),
  key: ({ digits }) => codeKey(digits),
  decide: (finding) => decide(finding),
  session: ({ session, at }) => sessionTime(session, Date.parse(at)),
  instead: ({ sessions, id, at }) => openInstead(sessions, id, Date.parse(at))?.id ?? null,
  answer: ({ templates, found, leader }) => answerOf(templates, { ...found, at: Date.parse(found.at) }, leader),
  times: ({ at }) => [clockTime(Date.parse(at)), shortDate(Date.parse(at))],
  lines: ({ text }) => codeLines(text),
  search: ({ list, query }) => find(listOf(list), query).map((person) => person.id),
  // The list changes after `pieces` of its second lookup, which is then finished or not.
  searchChanged: ({ list, rows, gone, pieces, finished, queries }) => {
    const roster = listOf(list);
    find(roster, "thu");
    for (let piece = 0; piece < pieces; piece += 1) roster.lookups.step();
    roster.apply({ gone }, rows.map(prepare));
    while (finished && roster.lookups.next) roster.lookups.step();
    return queries.map((query) => find(roster, query).map((person) => person.id));
  },
  small: ({ rows, age }) => isSmall(rows, age),
  answered: ({ list, rows, results }) => {
    const [roster, of] = [listOf(list), new Map(results.map((one) => [one.client_id, one]))];
    const changes = changesOf(roster, rows, of);
    if (changes) roster.apply({ full: false, gone: changes.gone, ...changes.meta }, changes.rows);
    const arrivals = [...roster.people.values()].map((person) => person.in || {});
    return { counts: roster.meta.counts, in: arrivals, version: roster.meta.version, wants: wantsList(rows, of) };
  },
  keys: ({ list, next }) => {
    const roster = listOf(list);
    const found = (key) => { const one = roster.ofCode(key); return one ? [one.person.id, one.currentCode] : null; };
    const before = "abcd".split("").map(found);
    roster.put(prepare(next));
    return [before, "abcd".split("").map(found)];
  },
  scan: async ({ list, what, session_id: sessionId, at }) => {
    const roster = listOf(list);
    const subject = await findSubject(roster, what);
    const present = Boolean(subject.person && (subject.person.in || {})[sessionId]);
    const { outcome } = outcomeOf(subject, roster.sessionOf(sessionId), Date.parse(at), present);
    const successor = subject.person ? roster.successorOf(subject.person) : null;
    return { outcome, person: subject.person ? subject.person.id : null, successor: successor ? successor.id : null };
  },
  clock: ({ kept, contacts }) => {
    let [device, steady] = [0, 0];
    const clock = new ServerClock(kept, { device: () => device, steady: () => steady });
    return contacts.map((contact) => {
      [device, steady] = [contact.device, contact.steady];
      const set = clock.wasSet();
      if (contact.server !== undefined) clock.measure(contact.device - contact.trip, contact.trip, contact.server);
      return [clock.offset, set];
    });
  },
};

let text = "";
for await (const part of process.stdin) text += part;
const given = [];
for (const { call, with: values } of JSON.parse(text)) given.push(await CALLS[call](values));
process.stdout.write(JSON.stringify(given));
