// The scan page: camera, scanners, typed codes and names go to the server; its answer fills the screen.
import { Answers } from "./hall/answers.js";
import { Camera } from "./hall/camera.js";
import { ScannerKeys } from "./hall/keys.js";
import { FrameReader, Held, prepareReader } from "./hall/reader.js";
import { Refused, Sender, post } from "./hall/sender.js";
import { CodeField, Search, Sheets } from "./hall/sheets.js";
import { Sounds } from "./hall/sounds.js";

const root = document.querySelector("[data-hall]");
const texts = JSON.parse(root.dataset.texts);
const $ = (name, base = document) => base.querySelector(`[data-${name}]`);
const sounds = new Sounds();
const held = new Held();

/* ---------------------------------------------------------------- answers */

const answers = new Answers(root, texts, {
  onShow: (answer) => sounds.play(answer.sound),
  onAction: (action, answer) => ACTIONS[action.do](action, answer),
});

const ACTIONS = {
  check_in: (action) => scan({ registration_id: action.registration_id, how: "search" }),
  undo: (action) => undo(action.presence_id),
  search: () => sheets.open("search"),
  sessions: () => { const first = document.querySelector("#sessions a:not([aria-current])"); if (first) first.focus(); },
  desk: (_action, answer) => act(root.dataset.desk, { client_id: answer.client_id }, (done) => note(done.sentence, "", true)),
};

function showCounts({ arrived, expected }) {
  document.querySelectorAll("[data-count]").forEach((box) => {
    $("arrived", box).textContent = arrived;
    $("expected", box).textContent = expected;
  });
}

let noteTimer = 0;

/** A sentence in the band: not an answer, and gone with the next one. Good news leaves by itself. */
function note(title, more = "", good = false) {
  clearTimeout(noteTimer);
  if (good) noteTimer = setTimeout(() => note(""), 5000);
  $("band").hidden = !title;
  $("band-bad").hidden = good;
  $("band-good").hidden = !good;
  $("band-title").textContent = title;
  $("band-more").textContent = more;
}

/* ---------------------------------------------------------------- scans */

const sender = new Sender(root.dataset.scans, root.dataset.csrf, {
  onAnswer(_scan, answer, late) {
    network(true);
    showCounts(answer.counts);
    if (answer.outcome === "welcome") remember(answer);
    if (!late || !answer.admitted) answers.show(answer);
    if (!late && !sender.kept.length) note("");
  },
  onRefused(_scan, refused) {
    sounds.play("low");
    note(refusal(refused));
  },
  onState({ waiting, since, network: cut }) {
    network(waiting === 0);
    if (!waiting) { note(texts.sent, "", true); return; }
    const time = since.toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit" });
    note(cut ? texts.offline : texts.failed, texts.waiting.replace("{n}", waiting).replace("{time}", time));
    sounds.play("low");
  },
});

function refusal(refused) { return refused.status === 403 && !refused.message ? texts.gate_gone : refused.message || texts.failed; }

function scan(what) {
  if (answers.holds) return;
  sender.send({ ...what, session_id: Number(root.dataset.session) });
}

async function act(url, body, done) {
  try {
    done(await post(url, body, root.dataset.csrf));
  } catch (error) {
    sounds.play("low");
    note(error instanceof Refused ? refusal(error) : texts.search_failed);
  }
}

function network(on) {
  const tag = $("net");
  tag.hidden = false;
  $("net-on").hidden = !on;
  $("net-off").hidden = on;
  $("net-word").textContent = on ? tag.dataset.on : tag.dataset.off;
}

/* ---------------------------------------------------------------- the last person */

let lastPresence = 0;

function remember(answer) {
  lastPresence = answer.presence_id;
  $("last").hidden = false;
  $("last-in").hidden = false;
  $("last-undone").hidden = true;
  $("last-name").textContent = answer.name;
  $("last-unit").textContent = answer.lines[answer.lines.length - 1] || "";
  $("last-undo").hidden = false;
}

function undo(presenceId) {
  return act(root.dataset.undo.replace("/0/", `/${presenceId}/`), {}, (done) => {
    showCounts(done.counts);
    if (presenceId !== lastPresence) return;
    $("last-in").hidden = true;
    $("last-undone").hidden = false;
    $("last-unit").textContent = done.sentence;
    $("last-undo").hidden = true;
    $("spoken").textContent = done.sentence;
  });
}

$("last-undo").addEventListener("click", () => undo(lastPresence));

/* ---------------------------------------------------------------- sheets */

const search = new Search(root, texts, {
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
const sheets = new Sheets(root, {
  onOpen(name) {
    if (name === "search") search.reset();
    else codeField.reset();
  },
});
new ScannerKeys((code) => {
  if (answers.holds) { sounds.play("low"); return; }
  sheets.close();
  scan({ code, how: "scan" });
});

/* ---------------------------------------------------------------- camera */

const camera = new Camera($("video"), new FrameReader(), {
  onText(text) {
    const now = performance.now();
    if (sheets.current || answers.holds) held.keep(text, now);
    else if (held.isNew(text, now)) scan({ code: text, how: "scan" });
  },
  onFault() { problem(texts.reader_failed); },
});
const CAMERA_PROBLEMS = {
  NotAllowedError: texts.camera_denied,
  SecurityError: texts.camera_insecure,
  NotFoundError: texts.camera_none,
  OverconstrainedError: texts.camera_none,
};

function problem(sentence) {
  $("problem").hidden = !sentence;
  $("problem-text").textContent = sentence;
  for (const name of ["frame", "hint"]) $(name).toggleAttribute("hidden", Boolean(sentence)); // the frame is SVG
}

async function openCamera(deviceId = "") {
  problem("");
  try {
    await prepareReader(root.dataset.wasm);
  } catch {
    problem(texts.reader_failed);
    return;
  }
  try {
    await camera.start(deviceId);
    $("torch").hidden = !camera.hasTorch;
    $("camera").hidden = (await camera.devices()).length < 2;
  } catch (error) {
    problem(CAMERA_PROBLEMS[error.name] || texts.camera_busy);
  }
}

$("retry").addEventListener("click", () => openCamera());
$("camera").addEventListener("click", async () => openCamera((await camera.devices())[1]));

let torch = false;
$("torch").addEventListener("click", async () => {
  try {
    await camera.setTorch(!torch);
  } catch {
    $("torch").hidden = true; // the phone promised a torch and does not light it
    return;
  }
  torch = !torch;
  $("torch").setAttribute("aria-label", torch ? texts.torch_on : texts.torch_off);
  $("torch").setAttribute("aria-pressed", String(torch));
});

function drawSound() {
  $("sound").hidden = false;
  $("sound-on").hidden = !sounds.on;
  $("sound-off").hidden = sounds.on;
  $("sound").setAttribute("aria-label", sounds.on ? texts.sound_on : texts.sound_off);
}

$("sound").addEventListener("click", () => { sounds.set(!sounds.on); drawSound(); });
for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, () => sounds.wake(), true);

/* ---------------------------------------------------------------- the screen stays awake */

async function stayAwake() {
  if (!navigator.wakeLock || document.visibilityState !== "visible") return;
  try {
    await navigator.wakeLock.request("screen");
  } catch (error) {
    console.info("wake lock refused:", error.name); // low battery: the phone decides
  }
}

document.addEventListener("visibilitychange", () => {
  stayAwake();
  if (document.visibilityState === "visible" && camera.stream && camera.ended) openCamera();
});

document.documentElement.classList.add("js");
drawSound();
network(navigator.onLine);
window.addEventListener("offline", () => network(false));
window.addEventListener("online", () => network(sender.kept.length === 0));
stayAwake();
openCamera();
