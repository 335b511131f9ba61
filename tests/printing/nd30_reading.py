"""Components of an official paper found on a page and held against the table of Nghị định 30.

The table is app.printing.nd30 (domain.md 1.2–1.3, the measures of the paper pictures); nothing of
the code that makes papers is used here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pdfplumber.page import Page

from app.printing.nd30 import (
    END,
    HEAD,
    MARGIN_RANGES,
    NOI_NHAN,
    PAGE,
    QUOC_HIEU,
    STYLES,
    TABLE_LINE_PT,
    TEXT_CENTRE,
    TEXT_LEFT,
    TEXT_RIGHT,
    TIEU_NGU,
)
from tests.printing.reading import MM, DrawnRule, Text, pages, rules, texts

FACES = {
    "Tinos-Regular": (False, False), "Tinos": (False, False), "Tinos-Bold": (True, False),
    "Tinos-Italic": (False, True), "Tinos-BoldItalic": (True, True),
}  # fmt: skip
# Where each component begins: x (left edge or centre) and y in mm; None: it follows what is above.
PLACES: dict[str, tuple[str, float, float | None]] = {
    "quoc_hieu": ("centre", HEAD["state_centre"], HEAD["first_y"]),
    "tieu_ngu": ("centre", HEAD["state_centre"], HEAD["tieu_ngu_y"]),
    "superior_body": ("centre", HEAD["issuer_centre"], None),
    "issuing_body": ("centre", HEAD["issuer_centre"], None),
    "type_name": ("centre", TEXT_CENTRE, None),
    "subject": ("centre", TEXT_CENTRE, None),
    "kinh_gui": ("centre", TEXT_CENTRE, None),
    "noi_nhan": ("x0", TEXT_LEFT, None),
    "noi_nhan_item": ("x0", TEXT_LEFT, None),
    "sign_title": ("centre", END["sign_centre"], None),
    "signer_name": ("centre", END["sign_centre"], None),
    "page_number": ("centre", TEXT_CENTRE, HEAD["page_number_y"]),
}
COMMON_HEAD = frozenset(
    {"quoc_hieu", "tieu_ngu", "superior_body", "issuing_body", "type_name", "subject"}
)
NUMBERED = frozenset({"number", "place_date"})
SIGNED = frozenset({"noi_nhan", "noi_nhan_item", "sign_title"})


@dataclass(frozen=True)
class Tolerance:
    """mm; of our own PDF and of LibreOffice, which lays Word's files out by itself."""

    place: float
    rule: float


OURS, OFFICE = Tolerance(0.5, 0.3), Tolerance(2.0, 1.0)


@dataclass
class Paper:
    """``below``: nothing but marks and the foot's codes stands under it (mm); ``outside``: texts that
    may stand outside the text box."""

    made: bytes
    must: frozenset[str]
    below: float = PAGE["height"] - MARGIN_RANGES["bottom"][0]
    outside: re.Pattern[str] = field(default_factory=lambda: re.compile(r"MẪU|\d{1,4}"))


def plain(text: str) -> str:
    return " ".join(text.replace("\xa0", " ").split())


def look(text: Text) -> tuple[bool, bool]:
    return FACES[text.font]


def fits(text: Text, key: str) -> bool:
    """Whether face and size are those of a component of the table."""
    style = STYLES[key]
    in_range = style.smallest - 0.05 <= text.size <= style.largest + 0.05
    return in_range and look(text) == (style.bold, style.italic)


def components(page: Page, number: int) -> dict[str, list[Text]]:
    """What the page shows of the decree's components, by their words and places alone."""
    found: dict[str, list[Text]] = {}
    run = [text for text in texts(page) if text.font in FACES]
    quoc = [text for text in run if plain(text.text) == QUOC_HIEU]
    if quoc:
        found |= {"quoc_hieu": quoc, **_head(run, quoc[0])}
    found |= _end(run)
    found["kinh_gui"] = [text for text in run if plain(text.text).startswith("Kính gửi:")]
    found["page_number"] = [
        text for text in run if text.y < 20 and plain(text.text).isdigit() and text.x0 > 20
    ]
    return {key: value for key, value in found.items() if value}


def _head(run: list[Text], quoc: Text) -> dict[str, list[Text]]:
    found: dict[str, list[Text]] = {
        "tieu_ngu": [text for text in run if plain(text.text) == TIEU_NGU]
    }
    numbers = [text for text in run if re.match(r"Số:", plain(text.text)) and text.x0 < 104]
    numbers = [text for text in numbers if text.y < 60]
    titles = [
        text
        for text in run
        if quoc.y + 8 < text.y < 70
        and abs(text.centre - TEXT_CENTRE) < 3
        and look(text) == (True, False)
    ]
    lowest = numbers[0].y if numbers else min((text.y for text in titles), default=60.0)
    left = [
        text
        for text in run
        if text.x1 < 104
        and quoc.y - 3 < text.y < lowest - 2
        and (text.text.isupper() or "..." in text.text)
    ]
    found["superior_body"] = [text for text in left if not look(text)[0]]
    found["issuing_body"] = [text for text in left if look(text)[0]]
    if numbers:
        line = [text for text in run if abs(text.y - lowest) < 1.5]
        found["number"] = [text for text in line if text.x1 < 110 and not look(text)[1]]
        found["place_date"] = [text for text in line if text.x0 > 95 and look(text)[1]]
    if titles:
        found["type_name"] = titles[:1]
        found["subject"] = [
            text for text in titles[1:] if text.y - titles[0].y < 30 and not text.text.isupper()
        ]
    return found


def _end(run: list[Text]) -> dict[str, list[Text]]:
    marks = [text for text in run if plain(text.text) == NOI_NHAN]
    if not marks:
        return {}
    level = marks[0].y
    below = [text for text in run if text.y > level - 1.5]
    signs = [
        text for text in below
        if abs(text.centre - END["sign_centre"]) < 8 and look(text) == (True, False)
    ]  # fmt: skip
    items = [text for text in below if plain(text.text).startswith("- ") and text.x0 < 35]
    return {
        "noi_nhan": marks,
        "noi_nhan_item": items,
        "sign_title": [text for text in signs if plain(text.text).isupper()],
        "signer_name": [text for text in signs if not plain(text.text).isupper()],
    }


def misfits(paper: Paper, tolerance: Tolerance = OURS) -> list[str]:
    """Everything that is not as the table says, in words; empty when the paper fits."""
    wrong: list[str] = []
    seen: set[str] = set()
    for number, page in enumerate(pages(paper.made), start=1):
        wrong += [f"page {number}: {one}" for one in _page(page, number, paper, tolerance)]
        found = components(page, number)
        seen |= set(found)
        for key, hits in found.items():
            for text in hits:
                if not fits(text, key):
                    wrong.append(f"page {number}: {key} “{text.text}” is {text.font} {text.size}")
                wrong += _misplaced(number, key, text, tolerance)
        if number == 1:
            wrong += _level(found) + _ruled(found, rules(page), tolerance)
    wrong += [f"no {key} was found" for key in sorted(paper.must - seen)]
    return wrong


def _page(page: Page, number: int, paper: Paper, tolerance: Tolerance) -> list[str]:
    wrong = []
    size = (float(page.width) * MM, float(page.height) * MM)
    if max(abs(size[0] - PAGE["width"]), abs(size[1] - PAGE["height"])) > 0.3:
        wrong.append(f"not A4: {size}")
    numbers = []
    for text in texts(page):
        if text.font not in FACES:
            wrong.append(f"“{text.text}” is in {text.font}")
            continue
        if not any(fits(text, key) for key in STYLES):
            wrong.append(f"no component is {text.font} {text.size}: “{text.text}”")
        if paper.outside.fullmatch(plain(text.text)) and (text.y < 20 or text.y > paper.below):
            numbers.append(text)
        elif (
            text.x0 < TEXT_LEFT - tolerance.rule
            or text.x1 > TEXT_RIGHT + tolerance.rule
            or text.y < MARGIN_RANGES["top"][0]
            or text.y > paper.below
        ):
            wrong.append(f"outside the text: “{text.text}” at {text.x0:.1f}, {text.y:.1f}")
    digits = [one for one in numbers if plain(one.text).isdigit() and one.y < 20]
    if number == 1 and digits:
        wrong.append("the first page is numbered")
    if number > 1 and [plain(one.text) for one in digits] not in ([str(number)], []):
        wrong.append(f"numbered {[one.text for one in digits]}")
    for edge in page.lines:
        if edge["linewidth"] > 0 and not 0.45 <= edge["linewidth"] <= 0.8:
            wrong.append(f"a line of {edge['linewidth']} pt; tables have {TABLE_LINE_PT}")
    return wrong


def _misplaced(number: int, key: str, text: Text, tolerance: Tolerance) -> list[str]:
    if key not in PLACES:
        return []
    how, x, y = PLACES[key]
    wrong = []
    if abs(getattr(text, how) - x) > tolerance.place:
        wrong.append(f"page {number}: {key} {how} {getattr(text, how):.1f} instead of {x}")
    if y is not None and abs(text.y - y) > tolerance.place:
        wrong.append(f"page {number}: {key} at y {text.y:.1f} instead of {y}")
    return wrong


def _level(found: dict[str, list[Text]]) -> list[str]:
    """Number and date on one baseline; "Nơi nhận:" and the first title on another."""
    wrong = []
    for one, other in (("number", "place_date"), ("noi_nhan", "sign_title")):
        if one in found and other in found and abs(found[one][0].y - found[other][0].y) > 0.3:
            wrong.append(f"{one} and {other} are not level")
    return wrong


def _ruled(found: dict[str, list[Text]], drawn: list[DrawnRule], tolerance: Tolerance) -> list[str]:
    """The three rules: as long as the motto; a third to a half of the last line."""
    wrong = []
    for key in ("tieu_ngu", "issuing_body", "subject"):
        if key not in found:
            continue
        last = found[key][-1]
        under = [
            one for one in drawn
            if 0 < one.y - last.y < 5 and abs(one.centre - last.centre) < 1 + tolerance.rule
        ]  # fmt: skip
        if not under:
            wrong.append(f"no rule under {key}")
            continue
        share = under[0].length / (last.x1 - last.x0)
        least, most = (0.99, 1.01) if key == "tieu_ngu" else (1 / 3 - 0.01, 0.5 + 0.01)
        if not least - tolerance.rule / 50 <= share <= most + tolerance.rule / 50:
            wrong.append(f"the rule under {key} is {share:.2f} of its line")
    return wrong
