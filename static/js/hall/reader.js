// The reader of square codes: zxing's WebAssembly, served by us.
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";

const OPTIONS = { formats: ["QRCode"], tryHarder: true, maxNumberOfSymbols: 1 };
const LONGEST_SIDE = 960; // pixels given to the reader: enough for a code a quarter of the picture wide

/** Fetches and starts the reader; rejects when the file cannot be had. */
export function prepareReader(wasmUrl) {
  return prepareZXingModule({
    overrides: { locateFile: (file, prefix) => (file.endsWith(".wasm") ? wasmUrl : prefix + file) },
    fireImmediately: true,
  });
}

/** Reads one frame of a playing video, or a picture: the text of a square code, or "". */
export class FrameReader {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
  }

  async read(source) {
    const [width, height] = [source.videoWidth ?? source.width, source.videoHeight ?? source.height];
    if (!width || !height) return "";
    const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
    this.canvas.width = Math.round(width * scale);
    this.canvas.height = Math.round(height * scale);
    this.context.drawImage(source, 0, 0, this.canvas.width, this.canvas.height);
    const frame = this.context.getImageData(0, 0, this.canvas.width, this.canvas.height);
    const [found] = await readBarcodes(frame, OPTIONS);
    return found && found.isValid ? found.text : "";
  }
}

/** The same code held before the camera counts once, until it has been gone for a while. */
export class Held {
  constructor(gone = 2500) {
    this.gone = gone;
    this.text = "";
    this.seenAt = -Infinity;
  }

  /** While nothing can be taken: the held code goes on being held, another waits for its turn. */
  keep(text, now) {
    if (text === this.text) this.seenAt = now;
  }

  isNew(text, now) {
    const held = text === this.text && now - this.seenAt < this.gone;
    this.text = text;
    this.seenAt = now;
    return !held;
  }
}
