// Builds what browsers load, from static/css, static/js, static/img and the packages of package.json,
// into static/dist: content-hashed names, their .gz and .br siblings, and manifest.json, which
// app/core/assets.py reads. Every static/js/*.js is an entry of its own; shared code is in js/shared.
import { build } from "esbuild";
import * as sass from "sass";
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import zlib from "node:zlib";

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.dirname(here);
const modules = path.join(root, "node_modules");
const target = path.join(here, "dist");
const dist = path.join(here, `dist.new-${process.pid}`); // finished here, then swapped in
const manifest = { files: {}, icons: [] };

const STYLES = ["public", "unit", "choices", "desk", "hall"];
const COPIED = { "zxing_reader.wasm": path.join(modules, "zxing-wasm/dist/reader/zxing_reader.wasm") };

const scss = {
  name: "scss",
  setup(builder) {
    builder.onLoad({ filter: /\.scss$/ }, ({ path: file }) => ({
      contents: sass.compile(file, {
        loadPaths: [modules],
        quietDeps: true,
        silenceDeprecations: ["import", "global-builtin", "color-functions", "if-function"],
      }).css,
      loader: "css",
    }));
  },
};

async function bundle(entryPoints, extra) {
  const result = await build({
    entryPoints,
    bundle: true,
    minify: true,
    metafile: true,
    outdir: dist,
    entryNames: "[name]-[hash]",
    assetNames: "media/[name]-[hash]",
    loader: { ".woff2": "file", ".svg": "file" },
    target: ["chrome87", "firefox78", "safari14.1"],
    absWorkingDir: root,
    nodePaths: [modules],
    logLevel: "warning",
    ...extra,
  });
  for (const [output, { entryPoint }] of Object.entries(result.metafile.outputs)) {
    if (!entryPoint) continue;
    const name = path.basename(entryPoint);
    manifest.files[name] = path.relative(dist, path.join(root, output));
  }
}

async function keep(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 10);
  const { name: stem, ext } = path.parse(name);
  const hashed = `${stem}-${hash}${ext}`;
  await writeFile(path.join(dist, hashed), content);
  manifest.files[name] = hashed;
}

async function walk(folder, wanted) {
  let entries;
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
  const found = [];
  for (const entry of entries) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await walk(full, wanted)));
    else if (wanted.test(entry.name)) found.push(full);
  }
  return found;
}

// An icon is used where a template calls icon("name"), or where icon= / icon: / "icon": names one.
const CALLS = /\bicon\(([^()]*)\)/g;
const NAMED = /\bicon["']?\s*[=:]\s*\(?\s*["']([a-z0-9-]+)["']/g;
const STATE_ROWS = /\),\s*"([a-z0-9-]+)",\s*"(?:done|waiting|look|stop|ended|none)"|: "([a-z0-9-]+)",$/gm;
const QUOTED = /["']([a-z0-9]+(?:-[a-z0-9]+)*)["']/g;

async function usedIcons() {
  const names = new Map();
  const sources = [
    ...(await walk(path.join(root, "templates"), /\.html$/)),
    ...(await walk(path.join(root, "app"), /\.py$/)),
  ];
  for (const file of sources) {
    const text = await readFile(file, "utf8");
    const strict = new Set();
    for (const [, name] of text.matchAll(NAMED)) strict.add(name);
    if (file.endsWith(".html")) {
      for (const [, call] of text.matchAll(CALLS)) {
        for (const [, name] of call.split(",")[0].matchAll(QUOTED)) strict.add(name);
      }
    }
    if (file.endsWith("core/states.py")) {
      for (const [, row, notice] of text.matchAll(STATE_ROWS)) strict.add(row ?? notice);
    }
    for (const name of strict) if (!names.has(name)) names.set(name, path.relative(root, file));
  }
  return names;
}

async function sprite() {
  const symbols = [];
  for (const [name, file] of [...(await usedIcons())].sort(([a], [b]) => (a < b ? -1 : 1))) {
    let svg;
    try {
      svg = await readFile(path.join(modules, "bootstrap-icons/icons", `${name}.svg`), "utf8");
    } catch {
      throw new Error(`${file} uses the icon "${name}", which bootstrap-icons does not have.`);
    }
    const body = svg.replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "").replace(/\s*\n\s*/g, "");
    symbols.push(`<symbol id="${name}" viewBox="0 0 16 16">${body}</symbol>`);
    manifest.icons.push(name);
  }
  await keep("icons.svg", `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`);
}

async function compress() {
  for (const file of await walk(dist, /\.(css|js|svg|wasm)$/)) {
    const content = await readFile(file);
    const brotli = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 11 } };
    await writeFile(`${file}.gz`, zlib.gzipSync(content, { level: 9 }));
    await writeFile(`${file}.br`, zlib.brotliCompressSync(content, brotli));
  }
}

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
try {
  const scripts = (await readdir(path.join(here, "js"))).filter((name) => name.endsWith(".js"));
  await bundle(STYLES.map((name) => path.join(here, "css", `${name}.css`)), { plugins: [scss] });
  await bundle(scripts.map((name) => path.join(here, "js", name)), { format: "esm" });
  for (const file of await walk(path.join(here, "img"), /\.(svg|png|ico)$/)) {
    await keep(path.basename(file), await readFile(file));
  }
  for (const [name, file] of Object.entries(COPIED)) await keep(name, await readFile(file));
  await sprite();
  await compress();
  await writeFile(path.join(dist, "manifest.json"), JSON.stringify(manifest, null, 1));
  await rm(target, { recursive: true, force: true });
  await rename(dist, target);
} finally {
  await rm(dist, { recursive: true, force: true });
}
