// The page's own reader, for pictures instead of a camera: bundled by door_reader.py.
import { FrameReader, prepareReader } from "../../static/js/hall/reader.js";

const reader = new FrameReader();

window.readPictures = async (wasm, pictures) => {
  await prepareReader(wasm);
  const found = [];
  for (const picture of pictures) {
    const bytes = Uint8Array.from(atob(picture), (char) => char.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));
    const began = performance.now();
    found.push([await reader.read(bitmap), performance.now() - began]);
  }
  return found;
};
