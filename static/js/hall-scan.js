// The scan page: camera, scanners, typed codes and names become answers that fill the screen. A
// paired phone decides by its own list (hall/phone.js), an account asks the server (hall/online.js).
import { Answers } from "./hall/answers.js";
import { Frame } from "./hall/frame.js";
import { ScannerKeys } from "./hall/keys.js";
import { LaterSheet } from "./hall/later.js";
import { Lens } from "./hall/lens.js";
import { Online } from "./hall/online.js";
import { Phone } from "./hall/phone.js";
import { startPhoto } from "./hall/photo.js";
import { Held } from "./hall/reader.js";
import { SessionChoice } from "./hall/session.js";
import { CodeField, Search, Sheets } from "./hall/sheets.js";
import { Sounds } from "./hall/sounds.js";
import { WalkInSheet } from "./hall/walk-in.js";

const root = document.querySelector("[data-hall]");
const texts = { ...JSON.parse(root.dataset.texts), ...JSON.parse(root.dataset.phoneTexts || "{}") };
const frame = new Frame(root, texts);
const isPhone = root.dataset.gate !== undefined;
const session = new SessionChoice(root, texts);
const sounds = new Sounds();
const held = new Held();
const low = () => sounds.play("low");

/* ---------------------------------------------------------------- answers */

const answers = new Answers(root, texts, {
  onShow: (answer) => sounds.play(answer.sound),
  onAction: (action, answer) => ACTIONS[action.do](action, answer),
});

const ACTIONS = {
  check_in: (action) => scan({ registration_id: action.registration_id, how: "search" }),
  undo: (_action, answer) => undo(answer),
  search: () => sheets.open("search"),
  sessions: () => session.focus(),
  desk: (_action, answer) => way.callDesk(answer),
};

let last = null;

function showLast(answer, kept) {
  last = answer;
  frame.last(answer, kept);
}

function show(answer, late = false, kept = false) {
  if (answer.outcome === "welcome") showLast(answer, kept);
  if (!late || !answer.admitted) answers.show(answer);
}

function undo(answer) {
  return way.undo(answer, (sentence) => { if (last && last.client_id === answer.client_id) frame.undone(sentence); });
}

frame.part("last-undo").addEventListener("click", () => undo(last));

/* ---------------------------------------------------------------- the way a scan goes */

const { scans, search: searchUrl, undo: undoUrl, desk } = root.dataset;
const online = new Online({
  urls: { scans, search: searchUrl, undo: undoUrl, desk }, csrf: root.dataset.csrf, texts, frame,
  onAnswer: show, onFault: low,
});

async function chooseWay() {
  if (!isPhone || !window.isSecureContext) return online;
  try {
    return await Phone.open({
      root, texts, frame, session, online,
      onAnswer: show,
      onLast: showLast,
      onWord: (answer) => {
        answers.correct(answer);
        if (last && last.client_id === answer.client_id && !answer.admitted) frame.part("last").hidden = true;
      },
      onOver: () => { sheets.close(); answers.close(); lens.stop(); },
      onFault: low,
      onDraw: () => drawPhone(),
    });
  } catch (error) {
    console.info("nothing can be kept here:", error.name);
    return online;
  }
}

const opened = chooseWay(); // what is scanned meanwhile waits for it
let way = online;

async function scan(what) {
  if (answers.holds) return;
  await opened;
  await way.scan({ ...what, session_id: session.id });
}

/* ---------------------------------------------------------------- sheets */

const search = new Search(root, texts, {
  ask: (query, signal) => way.search(query, signal),
  pause: isPhone ? 30 : 160,
  onChoose(person) {
    sheets.close();
    scan({ registration_id: person.registration_id, how: "search" });
  },
});
const codeField = new CodeField(root, texts, {
  onCode(code) {
    sheets.close();
    scan({ code, how: "typed" });
  },
});
const later = isPhone && new LaterSheet(root, texts, {
  onSettled: () => { way.gate.settleLater(); sheets.close(); },
});
const walkIn = isPhone && new WalkInSheet(root, texts, {
  unitsOf: () => way.gate.roster.meta.units || [],
  peopleOf: (unit) => way.gate.standingOf(unit),
  seatsOf: () => way.gate.roster.meta.seats,
  onGiven(given) {
    sheets.close();
    way.walkIn(given);
  },
});
const OPENED = {
  search: () => search.reset(),
  code: () => codeField.reset(),
  later: () => later.draw(way.gate.later),
  walk_in: () => walkIn.reset(search.nobody ? search.input.value : ""),
};
const sheets = new Sheets(root, { onOpen: (name) => OPENED[name]() });
new ScannerKeys((code) => {
  if (answers.holds) { low(); return; }
  sheets.close();
  scan({ code, how: "scan" });
});

function drawPhone() {
  if (last && last.own && !way.gate.queue.has(last.client_id)) frame.sent();
  root.querySelector("[data-walk-in]").hidden = !way.gate || !way.gate.isSupervisor;
  root.querySelector("[data-no-walk-in]").hidden = way.gate !== undefined && way.gate.isSupervisor;
}

/* ---------------------------------------------------------------- camera, sound, the page itself */

const lens = new Lens(frame, texts, {
  wasm: root.dataset.wasm,
  onText(text) {
    const now = performance.now();
    if (sheets.current || answers.holds) held.keep(text, now);
    else if (held.isNew(text, now)) scan({ code: text, how: "scan" });
  },
});

function drawSound() {
  frame.part("sound").hidden = false;
  frame.part("sound-on").hidden = !sounds.on;
  frame.part("sound-off").hidden = sounds.on;
  frame.part("sound").setAttribute("aria-label", sounds.on ? texts.sound_on : texts.sound_off);
}

frame.part("sound").addEventListener("click", () => { sounds.set(!sounds.on); drawSound(); });
for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, () => sounds.wake(), true);

startPhoto({ onAnswer: (answer) => show(answer), onCounts: (counts) => frame.counts(counts), sessionId: () => session.id });
document.documentElement.classList.add("js");
drawSound();
frame.network(navigator.onLine);
lens.stayAwake();
lens.open();
opened.then((chosen) => {
  way = chosen;
  if (way instanceof Phone) { way.start(); return; }
  window.addEventListener("offline", () => frame.network(false));
  window.addEventListener("online", () => frame.network(online.sender.kept.length === 0));
});
