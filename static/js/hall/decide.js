// What a scan is answered, on the phone: the rules of app/checkin/rules.py and scanning.py.
// A test compares every case with the server's.

const DIGITS = 32;
const ENTRY = "1";
const FORM = "2";
const LOCAL_MS = 7 * 3600_000; // Việt Nam has one time zone and no summer time
const DAY_MS = 86_400_000;

const BY_STATE = {
  replaced: "replaced",
  withdrawn: "withdrawn",
  rejected: "not_confirmed",
  late: "not_confirmed",
  waitlisted: "waitlisted",
};

/** {purpose, event, digits} of a code of ours, else null. */
export function readCode(text) {
  const digits = text.replace(/[ .\-\t\r\n]/g, "");
  if (!/^\d{32}$/.test(digits)) return null;
  return { purpose: digits[0], event: Number(digits.slice(1, 5)), digits };
}

export const isForm = (code) => code !== null && code.purpose === FORM;

/** What the list knows a code by: the phone holds no codes. */
export async function codeKey(digits) {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(digits));
  const text = btoa(String.fromCharCode(...new Uint8Array(hash).slice(0, 9)));
  return text.replaceAll("+", "-").replaceAll("/", "_"); // 9 bytes are 12 characters
}

const day = (moment) => Math.floor((moment + LOCAL_MS) / DAY_MS);

/** too_early | open | over at a moment (ms): the hand comes before the clock. */
export function sessionTime(session, moment) {
  const at = (text) => (text ? Date.parse(text) : null);
  const [starts, ends, opened, closed] = ["starts_at", "ends_at", "opened_at", "closed_at"].map((name) => at(session[name]));
  if (closed !== null && moment >= closed) return "over";
  if (opened !== null && moment >= opened) return "open";
  if (ends !== null && moment >= ends) return "over";
  if (starts !== null && day(moment) < day(starts)) return "too_early";
  return "open";
}

/** The session to go on with when this one is over: the next after it that is open; null: stay. */
export function openInstead(sessions, id, moment) {
  const index = sessions.findIndex((session) => session.id === id);
  if (index === -1 || sessionTime(sessions[index], moment) !== "over") return null;
  return sessions.slice(index + 1).find((session) => sessionTime(session, moment) === "open") || null;
}

/** The first reason that holds: whose code, which event, state, code, session. */
export function decide({ state, sameEvent = true, currentCode = true, session = "open", present = false }) {
  if (state === null) return "unknown";
  if (!sameEvent) return "wrong_event";
  if (BY_STATE[state]) return BY_STATE[state];
  if (!currentCode) return "void_code";
  if (session !== "open") return "wrong_session";
  return present ? "already" : "welcome";
}

/** Whom a scan means: {person, currentCode, sameEvent}; person null: nobody on the list. */
export async function findSubject(roster, { code, registration_id: id }) {
  if (code === undefined) return { person: roster.people.get(id) || null, currentCode: true, sameEvent: true };
  const read = readCode(code);
  const nobody = { person: null, currentCode: true, sameEvent: true };
  if (!read || read.purpose !== ENTRY) return nobody;
  const found = roster.ofCode(await codeKey(read.digits));
  if (found) return { ...found, sameEvent: true };
  return { ...nobody, sameEvent: read.event === roster.event.number };
}

/** → {outcome, session}: `present` says whether the person is in already. */
export function outcomeOf({ person, currentCode, sameEvent }, session, moment, present) {
  const time = sessionTime(session, moment);
  const state = person ? person.s : sameEvent ? null : "elsewhere";
  return { outcome: decide({ state, sameEvent, currentCode, session: time, present }), time };
}

export const isWhole = (text) => text.replace(/\D/g, "").length >= DIGITS;
