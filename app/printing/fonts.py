"""The paper fonts: built from the Tinos web fonts, measured and checked for missing glyphs.

Tinos has the widths of Times New Roman (Nghị định 30, Phụ lục I). The package
``@fontsource/tinos`` ships it cut into scripts; :func:`build_fonts` joins the three we need.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from fontTools.ttLib import TTFont

from app.printing.errors import FontsMissingError, MissingGlyphError
from app.printing.nd30 import FONT_FAMILY, MM_PER_PT, Style

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_SOURCE_DIR = ROOT / "node_modules" / "@fontsource" / "tinos" / "files"
DEFAULT_FONTS_DIR = ROOT / "build" / "fonts"

SCRIPTS = ("latin", "latin-ext", "vietnamese")
FACES: Mapping[tuple[bool, bool], tuple[str, str]] = {
    # (bold, italic): (name in the package, our file)
    (False, False): ("400-normal", "Tinos-Regular.ttf"),
    (False, True): ("400-italic", "Tinos-Italic.ttf"),
    (True, False): ("700-normal", "Tinos-Bold.ttf"),
    (True, True): ("700-italic", "Tinos-BoldItalic.ttf"),
}
_FOREIGN_WIDTH = 1.0  # em
_HINTING = ("fpgm", "prep", "cvt ", "gasp")


def build_fonts(source_dir: Path, out_dir: Path) -> list[Path]:
    """Join the scripts of each of the four faces into one TTF in ``out_dir``; return the files.

    Raises :class:`FontsMissingError` when a source file is not there.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    built = []
    for name, file_name in FACES.values():
        sources = [source_dir / f"tinos-{script}-{name}.woff2" for script in SCRIPTS]
        absent = [path for path in sources if not path.is_file()]
        if absent:
            raise FontsMissingError(absent[0])
        built.append(_merge(sources, out_dir / file_name))
    return built


def _merge(sources: Sequence[Path], target: Path) -> Path:
    from fontTools.merge import Merger  # here: only the build needs it, 5 MB in every process

    with TemporaryDirectory() as folder:
        plain = []
        for number, source in enumerate(sources):
            font = TTFont(source)
            for table in _HINTING:
                if table in font:
                    del font[table]
            font.flavor = None
            plain.append(str(Path(folder) / f"{number}.ttf"))
            font.save(plain[-1])
        merged = Merger().merge(plain)
    partial = target.with_suffix(".part")
    merged.save(partial)
    partial.replace(target)
    return target


class Face:
    """One face: which characters it has and how wide they are."""

    def __init__(self, path: Path) -> None:
        font = TTFont(path, lazy=True)
        advances = font["hmtx"].metrics
        units = font["head"].unitsPerEm
        self._widths = {
            chr(code): advances[glyph][0] / units for code, glyph in font.getBestCmap().items()
        }
        font.close()

    def has(self, character: str) -> bool:
        """Whether the character can be seen; control and format characters never can."""
        return character in self._widths and unicodedata.category(character)[0] != "C"

    def width(self, text: str, size: float) -> float:
        """Width of the text in mm at ``size`` points, without kerning (as Word sets it).

        Characters without a glyph count as wide ones: Word takes them from another font, and
        what is typeset here is refused by :meth:`FontSet.check`.
        """
        widths = self._widths
        ems = sum(widths.get(character, _FOREIGN_WIDTH) for character in text)
        return float(ems * size * MM_PER_PT)


class FontSet:
    """The four faces in one folder."""

    def __init__(self, fonts_dir: Path) -> None:
        self.fonts_dir = fonts_dir
        self._faces: dict[tuple[bool, bool], Face] = {}
        for key, (_, file_name) in FACES.items():
            path = fonts_dir / file_name
            if not path.is_file():
                raise FontsMissingError(path)
            self._faces[key] = Face(path)

    def width(self, text: str, style: Style, size: float | None = None) -> float:
        """Width in mm of one line in the style, at its own or another size."""
        face = self._faces[style.bold, style.italic]
        return face.width(text, size if size is not None else style.size)

    def check(self, texts: Iterable[str]) -> None:
        """Raise :class:`MissingGlyphError` unless every face has every character."""
        characters = dict.fromkeys(character for text in texts for character in text)
        missing = [
            character
            for character in characters
            if not all(face.has(character) for face in self._faces.values())
        ]
        if missing:
            raise MissingGlyphError("".join(missing))


@lru_cache(maxsize=4)
def load_fonts(fonts_dir: Path | None = None) -> FontSet:
    """The fonts in ``fonts_dir`` (default: ``build/fonts``), read once in a process."""
    return FontSet(fonts_dir or DEFAULT_FONTS_DIR)


def main(arguments: Sequence[str]) -> int:
    """``python -m app.printing.fonts [source_dir [out_dir]]``."""
    source = Path(arguments[0]) if arguments else DEFAULT_SOURCE_DIR
    target = Path(arguments[1]) if len(arguments) > 1 else DEFAULT_FONTS_DIR
    built = build_fonts(source, target)
    sys.stdout.write(f"{FONT_FAMILY}: {len(built)} → {target}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
