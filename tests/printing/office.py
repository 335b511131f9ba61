"""LibreOffice as a reader of our Word files: with the widths of Times New Roman, or with wider ones."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from fontTools.ttLib import TTFont

from app.printing.fonts import DEFAULT_FONTS_DIR, FACES

_CONFIG = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir>
<match target="pattern"><test name="family"><string>Times New Roman</string></test>
<edit name="family" mode="assign" binding="same"><string>Tinos</string></edit></match>
</fontconfig>
"""


def widened_fonts(directory: Path, factor: float) -> Path:
    """Our faces with every letter wider: what a machine without Times New Roman may put for it."""
    directory.mkdir()
    for _, name in FACES.values():
        font = TTFont(DEFAULT_FONTS_DIR / name)
        font["hmtx"].metrics = {
            glyph: (round(advance * factor), bearing)
            for glyph, (advance, bearing) in font["hmtx"].metrics.items()
        }
        font.save(directory / name)
    return directory


def as_pdf(
    files: dict[str, bytes], directory: Path, fonts: Path = DEFAULT_FONTS_DIR
) -> dict[str, bytes]:
    """Each file as LibreOffice prints it, with these fonts only; a name without an ending is .docx."""
    directory.mkdir()
    config = directory / "fonts.conf"
    config.write_text(_CONFIG.format(fonts=fonts, cache=directory / "cache"))
    sources = []
    for name, content in files.items():
        sources.append(directory / (name if "." in name else f"{name}.docx"))
        sources[-1].write_bytes(content)
    done = subprocess.run(
        ["soffice", f"-env:UserInstallation={(directory / 'profile').as_uri()}", "--headless",
         "--convert-to", "pdf", "--outdir", str(directory / "out"), *map(str, sources)],
        env={**os.environ, "FONTCONFIG_FILE": str(config), "HOME": str(directory)},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    made = [(directory / "out" / f"{source.stem}.pdf").read_bytes() for source in sources]
    return dict(zip(files, made, strict=True))
