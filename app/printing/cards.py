"""What badges, name plates, code labels and posters share: sheets of cards, fitted text, the press.

Plain working papers, not official ones. Lengths are mm, sizes pt, y of a text is its baseline.
Words are never broken, sizes never fall under the smallest given; what has no room is refused
with a sentence that names the person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import product
from typing import Any

from flask_babel import lazy_gettext as _l

from app.printing.compiler import compile_pdf, join_pdfs
from app.printing.errors import MissingGlyphError, PrintingError, named_characters
from app.printing.fonts import FontSet
from app.printing.linebreak import balanced_lines, break_lines, clean
from app.printing.nd30 import MM_PER_PT, SINGLE_SPACING, Style
from app.printing.qr import qr_svg

A4 = (210.0, 297.0)
CAP = 0.66  # height of a capital letter over the type size
MARK_PT, MARK, MARK_GREY = 0.35, 4.0, "#808080"
PAPER_EDGE = 5.0  # printers leave it white
PAGES_A_RUN = 25  # the typesetter keeps some MB a page

Drawing = dict[str, list[dict[str, Any]]]  # texts, codes, lines, bands, shapes of one page


class CardTooLongError(PrintingError):
    """Something has no room on its card in the smallest type. ``who``: whose card."""

    status = 422

    def __init__(self, who: str, what: Any) -> None:
        self.who = who
        super().__init__(
            _l(
                "“%(who)s”: %(what)s dài quá chỗ in. Hãy rút gọn hoặc chọn khổ lớn hơn.",
                who=who,
                what=what,
            )
        )


class CardGlyphError(MissingGlyphError):
    """A card holds what cannot be printed."""

    def __init__(self, characters: str, who: str) -> None:
        self.who = who
        super().__init__(
            characters,
            _l(
                "“%(who)s” có ký tự không in được: %(characters)s. Hãy sửa họ tên, chức vụ hoặc "
                "đơn vị rồi in lại.",
                who=who,
                characters=named_characters(characters),
            ),
        )


class NothingToPrintError(PrintingError):
    status = 422
    message = _l("Không có ai để in. Hãy chọn những người khác.")


@dataclass(frozen=True)
class Grid:
    """Cards on A4 in columns and rows; ``left``, ``top``: of the first; ``gaps`` between them."""

    columns: int
    rows: int
    width: float
    height: float
    left: float = 0.0
    top: float = 0.0
    gaps: tuple[float, float] = (0.0, 0.0)

    @property
    def cards(self) -> int:
        return self.columns * self.rows

    def corner(self, cell: int) -> tuple[float, float]:
        """Top left of the card, counted along the rows from 0."""
        row, column = divmod(cell, self.columns)
        return (
            self.left + column * (self.width + self.gaps[0]),
            self.top + row * (self.height + self.gaps[1]),
        )

    def cut_marks(self) -> list[dict[str, Any]]:
        """Grey ticks outside the cards, crosses where four meet; at the paper's edge they stand
        where printers still print."""
        across = _edges(self.columns, self.width, self.left, self.gaps[0])
        down = _edges(self.rows, self.height, self.top, self.gaps[1])
        marks = []
        for x, free in across:
            for y0, y1 in _ticks(down, A4[1]):
                marks += [_rule(x, y0, x, y1)] if free else []
        for y, free in down:
            for x0, x1 in _ticks(across, A4[0]):
                marks += [_rule(x0, y, x1, y)] if free else []
        return marks


def _edges(count: int, size: float, start: float, gap: float) -> list[tuple[float, bool]]:
    """Places of cuts; False for one that is the paper's own edge."""
    step = size + gap
    places = {round(start + number * step, 4) for number in range(count)}
    places |= {round(start + number * step + size, 4) for number in range(count)}
    ends = sorted(places)
    return [(place, start > 0 or place not in (ends[0], ends[-1])) for place in ends]


def _ticks(edges: Sequence[tuple[float, bool]], paper: float) -> list[tuple[float, float]]:
    """Where, along the other direction, a cut is marked: in the margins, gaps and at crossings."""
    first, last = edges[0][0], edges[-1][0]
    if first < PAPER_EDGE:
        ticks = [(PAPER_EDGE, PAPER_EDGE + MARK), (paper - PAPER_EDGE - MARK, paper - PAPER_EDGE)]
        return ticks + [(place - MARK / 2, place + MARK / 2) for place, _free in edges[1:-1]]
    return [(first - 1 - MARK, first - 1), (last + 1, last + 1 + MARK)]


def _rule(x0: float, y0: float, x1: float, y1: float) -> dict[str, Any]:
    return {"x0": x0, "y0": y0, "x1": x1, "y1": y1, "points": MARK_PT, "colour": MARK_GREY}


# ---------------------------------------------------------------- text


@dataclass(frozen=True)
class Part:
    """A text of a block: its sizes from the wanted to the smallest."""

    text: str
    sizes: tuple[float, ...]
    bold: bool = False


@dataclass(frozen=True)
class Line:
    """``below``: from the baseline above (or from the block's top for the first)."""

    text: str
    size: float
    bold: bool
    below: float


def pitch(size: float, spacing: float = SINGLE_SPACING) -> float:
    return size * spacing * MM_PER_PT


class Setter:
    """Measures and breaks texts in the paper's font."""

    def __init__(self, fonts: FontSet) -> None:
        self.fonts = fonts
        self._measures: dict[tuple[float, bool], Callable[[str], float]] = {}

    def measure(self, size: float, bold: bool) -> Callable[[str], float]:
        found = self._measures.get((size, bold))
        if found is None:
            style = Style(size, size, size, bold=bold)
            found = self._measures[size, bold] = partial(self.fonts.width, style=style)
        return found

    def lines(
        self, text: str, width: float, size: float, bold: bool, balanced: bool = False
    ) -> list[str] | None:
        """None when a word is wider than the room; no lines for an empty text."""
        text = clean(text)
        if not text:
            return []
        measure = self.measure(size, bold)
        if measure(text) <= width:
            return [text]
        if any(measure(word) > width for word in text.split(" ")):
            return None
        return (balanced_lines if balanced else break_lines)(text, width, measure)

    def block(
        self,
        parts: Sequence[Part],
        width: float,
        height: float,
        *,
        gap: float = 0.0,
        balanced: bool = False,
    ) -> list[Line] | None:
        """The parts one below the other in the largest sizes that have room, all giving way alike,
        the last one first. ``gap``: mm for each point of size, more between parts than between
        lines. None when there is no room."""
        for sizes in _size_choices(tuple(part.sizes for part in parts)):
            lines = self._set(parts, sizes, width, gap, balanced)
            if lines is not None and block_height(lines) <= height:
                return lines
        return None

    def _set(
        self,
        parts: Sequence[Part],
        sizes: Sequence[float],
        width: float,
        gap: float,
        balanced: bool,
    ) -> list[Line] | None:
        lines: list[Line] = []
        for part, size in zip(parts, sizes, strict=True):
            broken = self.lines(part.text, width, size, part.bold, balanced)
            if broken is None:
                return None
            for number, text in enumerate(broken):
                below = pitch(size) if lines else CAP * size * MM_PER_PT
                more = gap * size if lines and not number else 0.0
                lines.append(Line(text, size, part.bold, below + more))
        return lines

    def centred(
        self, text: str, centre: float, size: float, bold: bool, tracking: float = 0
    ) -> float:
        """x at which the line begins."""
        wide = self.measure(size, bold)(text) + (len(text) - 1) * tracking * MM_PER_PT
        return centre - wide / 2


@lru_cache(maxsize=64)
def _size_choices(sizes: tuple[tuple[float, ...], ...]) -> tuple[tuple[float, ...], ...]:
    """One size for each part, from all the wanted to all the smallest."""
    steps = sorted(product(*(range(len(one)) for one in sizes)), key=lambda at: (max(at), sum(at)))
    return tuple(tuple(one[step] for one, step in zip(sizes, at, strict=True)) for at in steps)


def block_height(lines: Sequence[Line]) -> float:
    """From the first line's capitals to the last baseline."""
    return sum(line.below for line in lines)


def put(page: Drawing, text: str, x: float, y: float, size: float, bold: bool, **more: Any) -> None:
    page.setdefault("texts", []).append(
        {"text": text, "x": x, "y": y, "size": size, "bold": bold, **more}
    )


def put_block(
    page: Drawing, lines: Iterable[Line], x: float, top: float,
    centred_on: tuple[Setter, float] | None = None,
) -> None:  # fmt: skip
    """Lines one below the other from ``top``; left at ``x`` or each centred on a place."""
    y = top
    for line in lines:
        y += line.below
        if centred_on is not None:
            setter, centre = centred_on
            x = setter.centred(line.text, centre, line.size, line.bold)
        put(page, line.text, x, y, line.size, line.bold)


def put_code(page: Drawing, digits: str, x: float, y: float, size: float) -> None:
    """The square code without its quiet zone: what is beside it stays four modules away."""
    page.setdefault("codes", []).append(
        {"svg": qr_svg(digits, quiet_zone=0), "alt": digits, "x": x, "y": y, "size": size}
    )


# ---------------------------------------------------------------- the press


def check_glyphs(cards: Iterable[tuple[str, Sequence[str]]], fonts: FontSet) -> None:
    """``cards``: (who, texts) of each. Raises CardGlyphError for the first that cannot be shown."""
    known: set[str] = set()
    for who, texts in cards:
        fresh = set("".join(texts)) - known
        if not fresh:
            continue
        try:
            fonts.check([clean(text) for text in texts])
        except MissingGlyphError as error:
            raise CardGlyphError(error.characters, clean(who)) from error
        known |= fresh


def compile_cards(
    pages: Sequence[Drawing],
    fonts: FontSet,
    title: str,
    *,
    size: tuple[float, float] = A4,
    lines: Sequence[dict[str, Any]] = (),
) -> bytes:
    """One PDF; ``lines`` stand on every page."""
    common = {"title": title, "width": size[0], "height": size[1], "lines": list(lines)}
    runs = [pages[start : start + PAGES_A_RUN] for start in range(0, len(pages), PAGES_A_RUN)]
    return join_pdfs([compile_pdf("cards.typ", {**common, "pages": run}, fonts) for run in runs])
