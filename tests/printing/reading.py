"""Reads a PDF back: every run of text with its place (mm, y is the baseline), every drawn rule."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import pdfplumber
import pypdfium2
import zxingcpp
from pdfplumber.page import Page

MM = 25.4 / 72
_GAP = 2.2  # mm beside printed spaces: more white than this separates two texts on a baseline


@dataclass(frozen=True)
class Text:
    text: str
    font: str
    size: float
    x0: float
    x1: float
    y: float

    @property
    def centre(self) -> float:
        return (self.x0 + self.x1) / 2


@dataclass(frozen=True)
class DrawnRule:
    x0: float
    x1: float
    y: float
    points: float

    @property
    def length(self) -> float:
        return self.x1 - self.x0

    @property
    def centre(self) -> float:
        return (self.x0 + self.x1) / 2


def pages(pdf: bytes) -> list[Page]:
    return pdfplumber.open(BytesIO(pdf)).pages


def texts(page: Page) -> list[Text]:
    """Runs in one font on one baseline, from top to bottom and left to right."""
    found: list[list[dict]] = []
    chars = [(round((page.height - char["matrix"][5]) * MM, 1), char) for char in page.chars]
    for y, char in sorted(chars, key=lambda item: (item[0], item[1]["x0"])):
        char = {**char, "y_mm": y}
        last = found[-1][-1] if found else None
        if (
            last is not None
            and last["y_mm"] == y
            and last["fontname"] == char["fontname"]
            and last["size"] == char["size"]
            and (char["x0"] - last["x1"]) * MM < _GAP
        ):
            found[-1].append(char)
        else:
            found.append([char])
    return [_text(run) for run in found if "".join(c["text"] for c in run).strip()]


def _text(run: list[dict]) -> Text:
    while run[-1]["text"].isspace():
        run = run[:-1]
    while run[0]["text"].isspace():
        run = run[1:]
    first = run[0]
    return Text(
        "".join(char["text"] for char in run),
        first["fontname"].split("+")[-1],
        round(first["size"], 2),
        first["x0"] * MM,
        run[-1]["x1"] * MM,
        first["y_mm"],
    )


def find(page: Page, start: str) -> Text:
    """The one text on the page that begins so."""
    hits = [text for text in texts(page) if text.text.startswith(start)]
    assert len(hits) == 1, (start, [text.text for text in texts(page)])
    return hits[0]


def rules(page: Page) -> list[DrawnRule]:
    """Drawn rules outside the table, from top to bottom."""
    drawn = [
        DrawnRule(line["x0"] * MM, line["x1"] * MM, line["top"] * MM, line["linewidth"])
        for line in page.lines
        if line["linewidth"] > 0.6
    ]
    return sorted(drawn, key=lambda rule: rule.y)


def codes(pdf: bytes, page: int = 0) -> list[str]:
    """Every QR code on the page as a camera would read it."""
    image = pypdfium2.PdfDocument(pdf)[page].render(scale=200 / 72).to_pil()
    return [code.text for code in zxingcpp.read_barcodes(image)]
