// USB and Bluetooth scanners type like a keyboard, wherever the focus is: digits, then Enter or Tab.
// The physical key is read, so that Telex and VNI, which change letters, cannot change a code.

const DIGITS = 32;
const ENOUGH = 20; // digits without a pause: outside the field for codes no hand types so many
const GAP = 400; // ms: a longer pause begins a new burst; a busy old PC hands keys on late
const REST = 250; // ms of silence after a whole code without an Enter

function digitOf(event) {
  const match = /^(?:Digit|Numpad)(\d)$/.exec(event.code);
  if (match && !event.shiftKey) return match[1];
  return /^\d$/.test(event.key) ? event.key : "";
}

/** `onCode(text)` for each burst; what it typed into a field is taken out of it again. */
export class ScannerKeys {
  constructor(onCode) {
    Object.assign(this, { onCode, digits: "", lastAt: 0, field: null, before: "", timer: 0 });
    document.addEventListener("keydown", (event) => this.key(event), true);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const now = event.timeStamp; // when the key came, not when we got to it
    const digit = digitOf(event);
    if (digit) {
      if (now - this.lastAt > GAP) this.begin(event.target);
      this.digits += digit;
      this.lastAt = now;
      clearTimeout(this.timer);
      const byHand = this.field && this.field.matches("[data-code]"); // there the code is sent by Enter or the button
      if (this.digits.length >= DIGITS && !byHand) this.timer = setTimeout(() => this.finish(), REST);
      return;
    }
    const ends = event.key === "Enter" || event.key === "Tab" || event.code === "Enter" || event.code === "NumpadEnter";
    if (ends && this.digits.length >= ENOUGH && now - this.lastAt <= GAP + REST) {
      event.preventDefault();
      event.stopImmediatePropagation();
      this.finish();
    }
  }

  begin(target) {
    this.digits = "";
    this.field = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement ? target : null;
    this.before = this.field ? this.field.value : "";
  }

  finish() {
    clearTimeout(this.timer);
    const { digits, field } = this;
    if (field) {
      field.value = this.before;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    this.digits = "";
    this.lastAt = 0;
    this.onCode(digits);
  }
}
