"""Where lines may break in names, cells and paragraphs.

Rules of our paper: break at spaces only; a line does not begin with a dash; the last two
syllables of a name or place stay together; ``GDNN-GDTX`` stays whole without U+2011 (the paper
font has no such glyph). Nothing is hyphenated, shortened or clipped.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

NO_BREAK_SPACE = "\u00a0"
_DASHES = ("-", "–", "—")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_BREAK_AFTER = "@.-_/"

Measure = Callable[[str], float]


def clean(text: str) -> str:
    """NFC, every run of white space one plain space, none at the ends, no control characters."""
    return without_controls(" ".join(unicodedata.normalize("NFC", text).split()))


def without_controls(text: str) -> str:
    """The text without the characters that neither paper nor XML can hold."""
    return _UNPRINTABLE.sub("", text)


def groups(text: str, keep_last: int = 2) -> list[str]:
    """Cut cleaned text into pieces that must not be broken; inside a piece spaces are plain.

    ``keep_last`` syllables at the end stay together; a dash stays with the word before it.
    """
    pieces: list[str] = []
    for word in clean(text).split(" "):
        if pieces and word in _DASHES:
            pieces[-1] += " " + word
        elif word:
            pieces.append(word)
    tail = min(keep_last, len(pieces))
    if tail > 1 and " " not in pieces[-tail]:
        pieces[-tail:] = [" ".join(pieces[-tail:])]
    return pieces


def break_lines(text: str, width: float, measure: Measure, keep_last: int = 2) -> list[str]:
    """Lines of the text, none wider than ``width`` (in the unit of ``measure``).

    A kept-together piece that is too wide is broken at its spaces, and a single word that is
    too wide (an e-mail address) after one of ``@ . - _ /`` or, failing that, anywhere.
    Empty text gives one empty line.
    """
    lines: list[str] = []
    current = ""
    for piece in _fitting(groups(text, keep_last), width, measure):
        candidate = f"{current} {piece}" if current else piece
        if current and measure(candidate) > width:
            lines.append(current)
            current = piece
        else:
            current = candidate
    return [*lines, current]


def _fitting(pieces: Sequence[str], width: float, measure: Measure) -> list[str]:
    fitting: list[str] = []
    for piece in pieces:
        if measure(piece) <= width:
            fitting.append(piece)
            continue
        for word in piece.split(" "):
            fitting.extend(split_word(word, width, measure))
    return fitting


def split_word(word: str, width: float, measure: Measure) -> list[str]:
    """A word in parts no wider than ``width``, cut after ``@ . - _ /`` where that is possible."""
    parts: list[str] = []
    while measure(word) > width and len(word) > 1:
        fits = 1
        while fits < len(word) and measure(word[: fits + 1]) <= width:
            fits += 1
        natural = max(word.rfind(mark, 0, fits) for mark in _BREAK_AFTER) + 1
        cut = natural if natural > fits // 3 else fits
        parts.append(word[:cut])
        word = word[cut:]
    return [*parts, word]


def balanced_lines(text: str, width: float, measure: Measure) -> list[str]:
    """Lines of nearly equal width: for titles, which are centred."""
    lines = break_lines(text, width, measure)
    if len(lines) == 1:
        return lines
    narrow, wide = measure(text) / len(lines), width
    for _ in range(12):
        middle = (narrow + wide) / 2
        trial = break_lines(text, middle, measure)
        fits = len(trial) <= len(lines) and max(map(measure, trial)) <= middle
        narrow, wide = (narrow, middle) if fits else (middle, wide)
    return break_lines(text, wide, measure)
