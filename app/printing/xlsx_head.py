"""The common head of official papers on an Excel sheet; the left block stands over two columns."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from app.printing import nd30
from app.printing.fonts import FontSet
from app.printing.head import issuing_lines, measure_of, subject_lines, superior_lines
from app.printing.linebreak import clean
from app.printing.model import Issuer, Numbering, Part, Title
from app.printing.xlsx_sheet import Entry, Look, PrintedSheet

LEFT_LAST, RIGHT_FIRST = 1, 2


def left_entry(style: str, text: str, align: str = "center") -> Entry:
    """Over the first two columns."""
    return Entry(text, Look(style, align), 0, LEFT_LAST)


def right_entry(last: int, style: str, text: str) -> Entry:
    """Over the other columns up to ``last``."""
    return Entry(text, Look(style, "center"), RIGHT_FIRST, last)


def across(last: int, style: str, text: str, align: str = "center") -> Entry:
    """Over all columns."""
    return Entry(text, Look(style, align), 0, last)


class XlsxHead:
    """``widths``: of the sheet's columns, in mm."""

    def __init__(self, sheet: PrintedSheet, fonts: FontSet, widths: Sequence[float]) -> None:
        self._sheet, self._fonts, self._widths = sheet, fonts, widths
        self._last = len(widths) - 1

    def write(self, issuer: Issuer, numbering: Numbering | None, title: Title) -> None:
        """Without ``numbering`` (working papers) that row is left out."""
        self._columns(issuer)
        self._sheet.add(height=10)
        if numbering is not None:
            number = self._with_gaps("number", numbering.number_parts(nd30.HEAD["number_gap"]))
            day = self._with_gaps("place_date", numbering.date_parts(nd30.HEAD["date_gap"]))
            self._sheet.add(
                left_entry("number", number), right_entry(self._last, "place_date", day)
            )
            self._sheet.add(height=14)
        self._title(title)

    def _columns(self, issuer: Issuer) -> None:
        bold = measure_of(self._fonts, "issuing_body")
        widest = sum(self._widths[: LEFT_LAST + 1]) - 2
        superior = superior_lines(issuer.superior, measure_of(self._fonts, "superior_body"), widest)
        issuing = issuing_lines(issuer.issuing, bold, widest)
        ours = [("superior_body", line) for line in superior]
        ours += [("issuing_body", line) for line in issuing]
        state = [("quoc_hieu", nd30.QUOC_HIEU), ("tieu_ngu", nd30.TIEU_NGU)]
        rule = nd30.issuing_rule_length([bold(line) for line in issuing])
        state_rule = measure_of(self._fonts, "tieu_ngu")(nd30.TIEU_NGU)
        for place, (mine, theirs) in enumerate(zip_longest(ours, state), start=1):
            entries = [left_entry(*mine)] if mine else []
            entries += [right_entry(self._last, *theirs)] if theirs else []
            self._sheet.add(*entries)
            if place == len(state):
                self._sheet.draw_rule(RIGHT_FIRST, self._last, state_rule)
            if place == len(ours):
                self._sheet.draw_rule(0, LEFT_LAST, rule)

    def _title(self, title: Title) -> None:
        measure = measure_of(self._fonts, "subject")
        lines = subject_lines(title, measure)
        self._sheet.add(across(self._last, "type_name", clean(title.type_name)))
        for line in lines:
            self._sheet.add(across(self._last, "subject", line))
        self._sheet.draw_rule(0, self._last, nd30.subject_rule_length(measure(lines[-1])))
        self._sheet.add(height=14)

    def _with_gaps(self, style: str, parts: tuple[Part, ...]) -> str:
        space = measure_of(self._fonts, style)(" ")
        return "".join(
            part if isinstance(part, str) else " " * round(part / space) for part in parts
        )
