// The camera: environment first, another by choice, its torch, and a loop that nothing can stop but us.

const PAUSE = 70; // ms between two frames: the page stays quick on an old phone
const MOST_FAULTS = 40; // frames in a row that could not be read at all

export class Camera {
  /** `onText(text)` for each frame with a code; `onFault(error)` when reading itself keeps failing. */
  constructor(video, reader, { onText, onFault }) {
    Object.assign(this, { video, reader, onText, onFault, stream: null, running: 0, faults: 0 });
  }

  /** Rejects with the browser's own error (NotAllowedError, NotFoundError, NotReadableError …). */
  async start(deviceId = "") {
    this.stop();
    if (!navigator.mediaDevices) throw new DOMException("no secure context", "SecurityError");
    const wanted = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: { ideal: "environment" } };
    this.stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { ...wanted, width: { ideal: 1280 }, height: { ideal: 720 } },
    });
    this.video.srcObject = this.stream;
    await this.video.play();
    this.running += 1;
    this.loop(this.running);
  }

  stop() {
    this.running += 1;
    if (this.stream) this.stream.getTracks().forEach((track) => track.stop());
    this.stream = null;
  }

  get track() { return this.stream ? this.stream.getVideoTracks()[0] : null; }

  /** True when the camera was taken away (a call, another app). */
  get ended() { return !this.track || this.track.readyState === "ended"; }

  get hasTorch() {
    const can = this.track && this.track.getCapabilities ? this.track.getCapabilities() : {};
    return Boolean(can.torch);
  }

  async setTorch(on) { await this.track.applyConstraints({ advanced: [{ torch: on }] }); }

  /** Ids of all cameras, the one in use first. */
  async devices() {
    const all = await navigator.mediaDevices.enumerateDevices();
    const ids = all.filter((device) => device.kind === "videoinput").map((device) => device.deviceId);
    const own = this.track ? this.track.getSettings().deviceId : "";
    const place = Math.max(0, ids.indexOf(own));
    return [...ids.slice(place), ...ids.slice(0, place)];
  }

  async loop(turn) {
    while (turn === this.running) {
      if (document.visibilityState === "visible" && this.video.readyState >= 2) await this.frame();
      await new Promise((resolve) => { setTimeout(resolve, PAUSE); });
    }
  }

  async frame() {
    try {
      const text = await this.reader.read(this.video);
      this.faults = 0;
      if (text) this.onText(text);
    } catch (error) {
      this.faults += 1; // one bad frame is nothing; many mean that the reader is broken
      if (this.faults === MOST_FAULTS) this.onFault(error);
    }
  }
}
