// The screens of the answers, filled on the phone. Their words come with the page, made by the
// server from app/checkin/answers.py (see answer_templates.py there), so they are the same ones.
import { isForm, readCode } from "./decide.js";

const LOCAL_MS = 7 * 3600_000;
const SUCCESSOR = -1; // stands in a template for the id of who stands instead
const PAPER_PLACE = "Danh sách giấy"; // app/checkin/places.py
const ACTIVE = new Set(["confirmed", "waitlisted", "late"]);

const local = (moment) => new Date(moment + LOCAL_MS).toISOString();

/** "07:42" in Việt Nam, wherever the phone thinks it is. */
export const clockTime = (moment) => local(moment).slice(11, 16);

/** "05/03/2024". */
export function shortDate(moment) {
  const [year, month, day] = local(moment).slice(0, 10).split("-");
  return `${day}/${month}/${year}`;
}

/** Digits in fours, four groups a line; any other text as it was read. */
export function codeLines(text) {
  const digits = text.replace(/[ .\-\t\r\n]/g, "");
  if (!/^\d+$/.test(digits)) return text.trim().slice(0, 60);
  const fours = digits.match(/\d{1,4}/g);
  const lines = [];
  for (let at = 0; at < fours.length; at += 4) lines.push(fours.slice(at, at + 4).join(" "));
  return lines.join("\n");
}

function fill(template, values) {
  if (typeof template === "string") return template.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
  if (Array.isArray(template)) return template.map((one) => fill(one, values));
  if (template && typeof template === "object") {
    return Object.fromEntries(Object.entries(template).map(([key, one]) => [key, fill(one, values)]));
  }
  return template === SUCCESSOR ? values.new_id : template;
}

const onPaper = (arrival) => Boolean(arrival) && arrival[1] === PAPER_PLACE;

function aboutSuccessor(found) {
  const { successor, successorArrival } = found;
  if (!successor) return "alone";
  if (successorArrival) return onPaper(successorArrival) ? "arrived_paper" : "arrived";
  return ACTIVE.has(successor.s) ? successor.s : "gone";
}

function variant(found) {
  const { outcome, person, time, code, arrival } = found;
  if (outcome === "replaced" || outcome === "withdrawn") return `${outcome}.${aboutSuccessor(found)}`;
  if (outcome === "already") return onPaper(arrival) ? "already.paper" : outcome;
  if (outcome === "waitlisted") return person.w ? "waitlisted.placed" : "waitlisted";
  if (outcome === "not_confirmed") return `not_confirmed.${person.s}`;
  if (outcome === "wrong_session") return `wrong_session.${time}`;
  if (outcome === "unknown" && isForm(readCode(code || ""))) return "unknown.form";
  return outcome;
}

function sessionWords(session, time, at) {
  const closed = session.closed_at && Date.parse(session.closed_at) <= at ? session.closed_at : session.ends_at;
  const moment = time === "too_early" ? session.starts_at : closed;
  if (!moment) return { session: session.name };
  return { session: session.name, session_time: clockTime(Date.parse(moment)), session_day: shortDate(Date.parse(moment)) };
}

function personWords(person, arrival, leader, prefix) {
  if (!person) return {};
  const words = { name: person.n || leader, position: person.p || "", unit: person.u || "" };
  if (arrival) Object.assign(words, { time: clockTime(Date.parse(arrival[0])), gate: arrival[1] });
  return Object.fromEntries(Object.entries(words).map(([key, one]) => [prefix + key, one]));
}

/**
 * The answer as POST /scans gives it. `found`: {outcome, time, at (ms), session, code, person,
 * arrival, successor, successorArrival, number}; `leader`: how somebody without a name is called.
 */
export function answerOf(templates, found, leader) {
  const { person, successor, session, at } = found;
  const values = {
    ...personWords(person, found.arrival, leader, ""),
    ...personWords(successor, found.successorArrival, leader, "new_"),
    ...(session ? sessionWords(session, found.time, at) : {}),
    new_id: successor ? successor.id : null,
    at: clockTime(at),
    number: String(found.number ?? ""),
    place: person ? String(person.w ?? "") : "",
    code: codeLines(found.code || ""),
  };
  const answer = fill(templates[variant(found)], values);
  answer.lines = answer.lines.filter(Boolean);
  return answer;
}
