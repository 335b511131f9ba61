"""Badges on A4 sheets: eight A7, ten of 86 × 54 mm, four of 90 × 130 mm for a lanyard.

The A7's measures are those of the look (paper 3.6). Group and role are told by a word, a numeral,
the lightness of the band and the pattern of its ends, so that they hold in grey, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flask_babel import lazy_gettext as _l

from app.printing.cards import (
    CAP,
    CardTooLongError,
    Drawing,
    Grid,
    NothingToPrintError,
    Part,
    Setter,
    block_height,
    check_glyphs,
    compile_cards,
    pitch,
    put,
    put_block,
    put_code,
)
from app.printing.fonts import load_fonts
from app.printing.linebreak import clean
from app.printing.nd30 import MM_PER_PT
from app.printing.qr import group_digits

DELEGATE = "ĐẠI BIỂU"


@dataclass(frozen=True)
class Look:
    """How a group is told: ``numeral`` of the plan's group or "", colours, pattern of the ends."""

    role: str
    numeral: str
    fill: str
    ink: str
    pattern: str
    colour: str = "#000"


#: From light to dark; in grey no two neighbours are alike.
LOOKS = {
    "I": Look(DELEGATE, "I", "#e3edf7", "#1f4e8c", "solid"),
    "II": Look(DELEGATE, "II", "#c4dfc6", "#1f6b2a", "diagonal"),
    "III": Look(DELEGATE, "III", "#e6bd7a", "#7a4300", "dots"),
    "IV": Look(DELEGATE, "IV", "#b79ac8", "#4a1a6b", "level"),
    "other": Look(DELEGATE, "", "#f4f4f4", "#000", "none"),
    "presenter": Look("BÁO CÁO VIÊN", "", "#2a7287", "#fff", "diagonal", "#fff"),
    "guest": Look("KHÁCH MỜI", "", "#7a1414", "#fff", "none", "#fff"),
    "organiser": Look("BAN TỔ CHỨC", "", "#111111", "#fff", "grid", "#fff"),
}


@dataclass(frozen=True)
class Badge:
    """``look``: a key of LOOKS; ``code``: the digits of the entrance code."""

    name: str
    position: str
    unit: str
    code: str
    look: str = "I"


@dataclass(frozen=True)
class BadgeHead:
    """Above the rule of every badge: who invites, the event's short title."""

    body: str
    title: str


@dataclass(frozen=True)
class BadgeForm:
    """One size of badge. ``names``: (size, most lines) in the order they are tried; ``long_names``:
    those for more than LONG_NAME letters. A name of three lines pushes the lower part ``down``.
    ``text``: left, width, middle, height of position and unit; ``centred``: whether they are.
    """

    grid: Grid
    inset: float
    body: tuple[float, float]  # size, y
    titles: tuple[float, ...]
    title_y: float
    title_lines: int
    rule_y: float
    band: tuple[float, float, float]  # top, height, length of the patterned ends
    role: tuple[float, float]
    names: tuple[tuple[float, int], ...]
    long_names: tuple[tuple[float, int], ...]
    name_middle: float
    down: float
    position: tuple[float, ...]
    unit: tuple[float, ...]
    text: tuple[float, float, float, float]
    code: tuple[float, float, float]  # left, top, size
    digits: tuple[float, float, float]  # size, first y, pitch
    centred: bool = False


LONG_NAME, LONG_UNIT = 32, 80
_A7_LONG = ((16.0, 2), (16.0, 3))
_CARD_LONG = ((12.0, 2), (12.0, 3), (11.0, 3))
_LANYARD_LONG = ((20.0, 2), (20.0, 3), (18.0, 3), (16.0, 3))
FORMS = {
    "a7-8": BadgeForm(
        Grid(2, 4, 105.0, 74.25), 8.0, (10, 10.1), (10, 9, 8), 14.2, 2, 16.4,
        (17.9, 5.7, 12.0), (11, 22.1), ((22, 1), (20, 1), (18, 1), (16, 1), *_A7_LONG), _A7_LONG,
        31.7, 2.0, (12, 10), (12, 10), (8.0, 61.0, 54.4, 27.0), (75.0, 40.8, 20.0), (7, 64.3, 3.0),
    ),
    "86x54-10": BadgeForm(
        Grid(2, 5, 86.0, 54.0, 14.0, 13.5, (10.0, 0.0)), 5.0, (8, 7.0), (8.5, 8, 7.5, 7), 10.5,
        2, 12.3, (13.1, 4.6, 10.0), (9, 16.5), ((17, 1), (15, 1), (13, 1), *_CARD_LONG), _CARD_LONG,
        23.4, 1.6, (10, 9), (10, 9, 8), (5.0, 52.0, 40.5, 21.5), (62.5, 30.4, 15.0),
        (6.5, 48.0, 2.6),
    ),
    "90x130-4": BadgeForm(
        Grid(2, 2, 90.0, 130.0, 15.0, 18.5), 7.0, (10, 17.0), (12, 11, 10), 21.7, 3, 24.5,
        (26.5, 8.6, 9.0), (15, 32.6),
        ((28, 1), (26, 2), (24, 2), (22, 2), *_LANYARD_LONG), _LANYARD_LONG,
        47.5, 0.0, (15, 13, 12), (14, 12, 11), (7.0, 76.0, 73.5, 28.0), (31.0, 90.0, 28.0),
        (8, 121.6, 3.4), centred=True,
    ),
}  # fmt: skip


def badges_pdf(
    badges: Sequence[Badge], layout: str, head: BadgeHead, *, fonts_dir: Path | None = None
) -> bytes:
    """``layout``: a key of FORMS. Raises NothingToPrintError, CardTooLongError, CardGlyphError."""
    if not badges:
        raise NothingToPrintError()
    form, fonts = FORMS[layout], load_fonts(fonts_dir)
    check_glyphs([("", (head.body, head.title))], fonts)
    check_glyphs(((one.name, (one.name, one.position, one.unit)) for one in badges), fonts)
    press = _Press(form, Setter(fonts), head)
    pages: list[Drawing] = []
    for place, badge in enumerate(badges):
        cell = place % form.grid.cards
        if not cell:
            pages.append({})
        press.draw(pages[-1], badge, *form.grid.corner(cell))
    return compile_cards(pages, fonts, "Thẻ đại biểu", lines=form.grid.cut_marks())


class _Press:
    """Draws badges of one form with one head."""

    def __init__(self, form: BadgeForm, setter: Setter, head: BadgeHead) -> None:
        self.form, self.setter = form, setter
        self.width = form.grid.width - 2 * form.inset
        self.head = self._head_lines(head)

    def draw(self, page: Drawing, badge: Badge, x: float, y: float) -> None:
        form, centre = self.form, x + self.form.grid.width / 2
        for text, size, bold, below in self.head:
            put(page, text, self.setter.centred(text, centre, size, bold), y + below, size, bold)
        rule = y + form.rule_y
        page.setdefault("lines", []).append(
            {"x0": x + form.inset, "y0": rule, "x1": x + form.inset + self.width, "y1": rule,
             "points": 0.5, "colour": "#000"}
        )  # fmt: skip
        self._band(page, LOOKS[badge.look], x, y)
        down = self._name(page, badge, centre, y)
        self._lower(page, badge, x, y, down)

    def _head_lines(self, head: BadgeHead) -> list[tuple[str, float, bool, float]]:
        """(text, size, bold, y) of body and title."""
        form, what = self.form, _l("tên ngắn của sự kiện")
        size, body_y = form.body
        body = clean(head.body)
        if self.setter.measure(size, False)(body) > self.width:
            raise CardTooLongError(body, _l("tên cơ quan"))
        for title_size in form.titles:
            lines = self.setter.lines(head.title, self.width, title_size, True, balanced=True)
            if lines is not None and len(lines) <= 1:
                return [(body, size, False, body_y)] + [
                    (line, title_size, True, form.title_y) for line in lines
                ]
        title_size = form.titles[-1]
        lines = self.setter.lines(head.title, self.width, title_size, True, balanced=True)
        if lines is None or len(lines) > form.title_lines:
            raise CardTooLongError(clean(head.title), what)
        step, last = pitch(title_size), form.rule_y - 0.5 * title_size * MM_PER_PT
        first = last - (len(lines) - 1) * step
        placed = [(line, title_size, True, first + at * step) for at, line in enumerate(lines)]
        return [(body, size, False, first - step - 0.2), *placed]

    def _band(self, page: Drawing, look: Look, x: float, y: float) -> None:
        form = self.form
        top, height, end = form.band
        left = x + form.inset
        page.setdefault("bands", []).append(
            {"x": left, "y": y + top, "width": self.width, "height": height, "end": end,
             "fill": look.fill, "ink": look.ink, "pattern": look.pattern}
        )  # fmt: skip
        size, base = form.role
        at = self.setter.centred(look.role, x + form.grid.width / 2, size, True, tracking=1)
        put(page, look.role, at, y + base, size, True, tracking=1, colour=look.colour)
        if look.numeral:
            for centre in (left + end + 4.5, left + self.width - end - 4.5):
                at = self.setter.centred(look.numeral, centre, size, True)
                put(page, look.numeral, at, y + base, size, True, colour=look.colour)

    def _name(self, page: Drawing, badge: Badge, centre: float, y: float) -> float:
        """→ how far the lower part goes down."""
        form, name = self.form, clean(badge.name)
        for size, most in form.names if len(name) <= LONG_NAME else form.long_names:
            found = self.setter.lines(name, self.width, size, True, balanced=True)
            if found is not None and len(found) <= most:
                break
        else:
            raise CardTooLongError(name, _l("họ tên"))
        step = pitch(size, 1.07 if len(found) == 3 else 1.149)
        high = (len(found) - 1) * step + CAP * size * MM_PER_PT
        down = form.down if len(found) == 3 else 0.0
        first = y + form.name_middle + 0.8 * down - high / 2 + CAP * size * MM_PER_PT
        for number, line in enumerate(found):
            at = self.setter.centred(line, centre, size, True)
            put(page, line, at, first + number * step, size, True)
        return down

    def _lower(self, page: Drawing, badge: Badge, x: float, y: float, down: float) -> None:
        form = self.form
        left, width, middle, height = form.text
        units = form.unit[1:] if len(clean(badge.unit)) > LONG_UNIT else form.unit
        parts = (Part(badge.position, form.position, bold=True), Part(badge.unit, units))
        lines = self.setter.block(parts, width, height - down, gap=0.05, balanced=form.centred)
        if lines is None:
            raise CardTooLongError(clean(badge.name), _l("chức vụ, đơn vị"))
        top = y + middle + down - block_height(lines) / 2
        middle_x = x + form.grid.width / 2
        put_block(page, lines, x + left, top, (self.setter, middle_x) if form.centred else None)
        code_left, code_top, code_size = form.code  # smaller where the name needs its room
        put_code(
            page, badge.code, x + code_left + down / 2, y + code_top + 2 * down, code_size - down
        )
        size, first, step = form.digits
        for number, digits in enumerate(group_digits(badge.code)):
            at = self.setter.centred(digits, x + code_left + code_size / 2, size, False)
            put(page, digits, at, y + first + down + number * step, size, False)
