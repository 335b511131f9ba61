// The camera's part of the page: opened, chosen, lit, kept awake.
import { Camera } from "./camera.js";
import { FrameReader, prepareReader } from "./reader.js";

export class Lens {
  /** `onText(text)` for each picture with a code. */
  constructor(frame, texts, { wasm, onText }) {
    Object.assign(this, { frame, texts, wasm, torch: false, over: false });
    this.camera = new Camera(frame.part("video"), new FrameReader(), {
      onText,
      onFault: () => frame.problem(texts.reader_failed),
    });
    frame.part("retry").addEventListener("click", () => this.open());
    frame.part("camera").addEventListener("click", () => this.next());
    frame.part("torch").addEventListener("click", () => this.light());
    document.addEventListener("visibilitychange", () => this.comeBack());
  }

  async open(deviceId = "") {
    this.frame.problem("");
    try {
      await prepareReader(this.wasm);
    } catch {
      this.frame.problem(this.texts.reader_failed);
      return;
    }
    try {
      await this.camera.start(deviceId);
      this.frame.part("torch").hidden = !this.camera.hasTorch;
      this.frame.part("camera").hidden = (await this.camera.devices()).length < 2;
    } catch (error) {
      this.frame.problem(this.reason(error.name));
    }
  }

  reason(name) {
    const reasons = {
      NotAllowedError: this.texts.camera_denied,
      SecurityError: this.texts.camera_insecure,
      NotFoundError: this.texts.camera_none,
      OverconstrainedError: this.texts.camera_none,
    };
    return reasons[name] || this.texts.camera_busy;
  }

  async next() { this.open((await this.camera.devices())[1]); }

  async light() {
    const button = this.frame.part("torch");
    try {
      await this.camera.setTorch(!this.torch);
    } catch {
      button.hidden = true; // the phone promised a torch and does not light it
      return;
    }
    this.torch = !this.torch;
    button.setAttribute("aria-label", this.torch ? this.texts.torch_on : this.texts.torch_off);
    button.setAttribute("aria-pressed", String(this.torch));
  }

  async stayAwake() {
    if (!navigator.wakeLock || document.visibilityState !== "visible") return;
    try {
      await navigator.wakeLock.request("screen");
    } catch (error) {
      console.info("wake lock refused:", error.name); // low battery: the phone decides
    }
  }

  comeBack() {
    if (this.over) return;
    this.stayAwake();
    if (document.visibilityState === "visible" && this.camera.stream && this.camera.ended) this.open();
  }

  stop() {
    this.over = true;
    this.camera.stop();
  }
}
