// A scan of this moment is sent without asking for the list: its answer says who is in, and the list
// follows every few seconds.
import { prepare } from "./roster.js";

const LIST_FOR = 10_000; // ms a list counts as new

/** Whether these rows go without the list. `age`: of the last one heard, ms. What was sent before may
 * have been undone since: the list says so. */
export function isSmall(rows, age) {
  return rows.length > 0 && age < LIST_FOR && rows.every((row) => row.kind === "scan" && !row.tries);
}

/** Whether the list should be asked for now: the server saw another than this phone. */
export function wantsList(rows, results) {
  return rows.some((row) => {
    const result = results.get(row.client_id);
    return result.outcome !== row.told || result.repeat || (result.outcome === "welcome" && !result.in);
  });
}

/** What an answer without a list changes in it: {rows, gone, meta}, null when nothing. */
export function changesOf(roster, rows, results) {
  const people = new Map();
  const counts = { ...roster.meta.counts };
  rows.forEach((row) => {
    const { outcome, in: arrival } = results.get(row.client_id);
    if (!arrival) return;
    const person = people.get(row.person_id) || roster.people.get(row.person_id);
    const isNew = outcome === "welcome" && !(person && person.in && person.in[row.session_id]);
    const known = counts[row.session_id];
    if (isNew && known) counts[row.session_id] = { ...known, arrived: known.arrived + 1 };
    if (person) people.set(person.id, prepare({ ...person, in: { ...person.in, [row.session_id]: arrival } }));
  });
  if (!people.size) return null;
  return { rows: [...people.values()], gone: [], meta: { ...roster.meta, counts } };
}
