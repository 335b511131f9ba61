"""Justified paragraphs broken into lines before they are typeset, so that their height is known.

First fit, as Word does it, by the rules of :mod:`app.printing.linebreak`. Typst justifies the
lines it is given and decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.printing.fonts import FontSet
from app.printing.linebreak import split_word
from app.printing.nd30 import BODY, MM_PER_PT, SINGLE_SPACING, Style

_DASHES = ("-", "–", "—")
_SLACK = 0.02  # mm; keeps the typesetter's rounding from breaking a line again

Run = tuple[str, int]  # text and its look: BOLD, MARKED, both or neither (False, True in data)
BOLD = 1
MARKED = 2  # on a coloured ground, in previews only


@dataclass(frozen=True)
class Line:
    """One line: its runs, spaces included."""

    runs: tuple[Run, ...]


@dataclass(frozen=True)
class _Word:
    """What must not be broken: one or more runs, a dash with the word before it."""

    runs: tuple[Run, ...]
    width: float


class ParagraphBreaker:
    """Breaks paragraphs of one type size into lines of ``width`` mm."""

    def __init__(self, fonts: FontSet, size: float, width: float, *, italic: bool = False) -> None:
        self._fonts = fonts
        self._styles = [Style(size, size, size, bold=bold, italic=italic) for bold in (False, True)]
        self._width = width - _SLACK
        self._space = self._measure(" ", 0)

    def _measure(self, text: str, look: int) -> float:
        return self._fonts.width(text, self._styles[look & BOLD])

    def lines(self, runs: Sequence[Run]) -> list[Line]:
        """Lines of one paragraph whose first line is indented."""
        lines: list[Line] = []
        words: list[_Word] = []
        used, room = 0.0, self._width - BODY["first_line_indent"]
        for word in self._words(runs):
            needed = word.width + (self._space if words else 0.0)
            if words and used + needed > room:
                lines.append(_line(words))
                words, used, room = [word], word.width, self._width
            else:
                words.append(word)
                used += needed
        return [*lines, _line(words)]

    def _words(self, runs: Sequence[Run]) -> list[_Word]:
        words: list[_Word] = []
        for segments in _segments(runs):
            is_dash = len(segments) == 1 and segments[0][0] in _DASHES
            if is_dash and words:
                before = words.pop()
                segments = (*before.runs, (" " + segments[0][0], segments[0][1]))
            width = sum(self._measure(text, bold) for text, bold in segments)
            if width <= self._width / 2:
                words.append(_Word(segments, width))
                continue
            for text, bold in segments:
                words += self._parts(text, bold)
        return words

    def _parts(self, text: str, bold: int) -> list[_Word]:
        parts = split_word(text, self._width / 2, lambda part: self._measure(part, bold))
        return [_Word(((part, bold),), self._measure(part, bold)) for part in parts]


def paragraphs_height(line_counts: Sequence[int], size: float) -> float:
    """mm from the first baseline to the last of paragraphs with so many lines each."""
    pitch = size * SINGLE_SPACING * MM_PER_PT
    between = BODY["paragraph_space_pt"] * MM_PER_PT
    return (sum(line_counts) - 1) * pitch + (len(line_counts) - 1) * between


def _segments(runs: Sequence[Run]) -> list[tuple[Run, ...]]:
    """Words as tuples of runs: ``Thảo,`` may be bold with a regular comma."""
    words: list[list[Run]] = [[]]
    for text, bold in runs:
        for number, piece in enumerate(text.split(" ")):
            if number:
                words.append([])
            if piece:
                words[-1].append((piece, bold))
    return [tuple(word) for word in words if word]


def _line(words: Sequence[_Word]) -> Line:
    merged: list[Run] = []
    for number, word in enumerate(words):
        for place, (text, bold) in enumerate(word.runs):
            spaced = f" {text}" if number and not place else text
            if merged and merged[-1][1] == bold:
                merged[-1] = (merged[-1][0] + spaced, bold)
            else:
                merged.append((spaced, bold))
    return Line(tuple(merged))
