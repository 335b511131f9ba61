// Tones and vibration of the answers (look 6). Silent until the first tap, which browsers demand.

const TONES = {
  high: [[1320, 0, 0.12]],
  double: [[660, 0, 0.1], [660, 0.16, 0.1]],
  fall: [[660, 0, 0.14], [330, 0.16, 0.2]],
  low: [[220, 0, 0.4]],
};
const VIBRATIONS = { high: [60], double: [60, 60, 60], fall: [200], low: [400] };
const KEY = "hall-sound";

export class Sounds {
  constructor() {
    this.context = null;
    this.on = localStorage.getItem(KEY) !== "off";
    this.tapped = false;
  }

  /** Call it from a tap or a key. */
  wake() {
    this.tapped = true;
    const Context = window.AudioContext || window.webkitAudioContext;
    if (!this.context && Context) this.context = new Context();
    if (this.context && this.context.state === "suspended") this.context.resume();
  }

  set(on) {
    this.on = on;
    localStorage.setItem(KEY, on ? "on" : "off");
  }

  play(kind) {
    if (this.tapped && navigator.vibrate) navigator.vibrate(VIBRATIONS[kind]);
    if (!this.on || !this.context || this.context.state !== "running") return;
    for (const [pitch, delay, length] of TONES[kind]) this.tone(pitch, delay, length);
  }

  tone(pitch, delay, length) {
    const start = this.context.currentTime + delay;
    const source = this.context.createOscillator();
    const level = this.context.createGain();
    source.frequency.value = pitch;
    level.gain.setValueAtTime(0.0001, start);
    level.gain.exponentialRampToValueAtTime(0.4, start + 0.01);
    level.gain.setValueAtTime(0.4, start + length - 0.03);
    level.gain.exponentialRampToValueAtTime(0.0001, start + length);
    source.connect(level).connect(this.context.destination);
    source.start(start);
    source.stop(start + length);
  }
}
