"""What changed between two versions of a letter's words, word by word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from app.invitations.letter_words import LINES, TEXTS, Body

KEPT, GONE, NEW = "kept", "gone", "new"
_WORDS = re.compile(r"\s*[^\s]+|\s+$")


@dataclass(frozen=True)
class FieldChange:
    """``pieces``: (kept | gone | new, text) in reading order."""

    name: str
    pieces: tuple[tuple[str, str], ...]


def text_changes(before: Body, after: Body) -> list[FieldChange]:
    """The fields that differ, in the order of the paper."""
    order = ("subject", "bases", *TEXTS[:4], "chair", "time", "place", "notes", "recipients")
    names = [*order, *(name for name in (*TEXTS, *LINES) if name not in order)]
    changes = []
    for name in names:
        old, new = _text(before, name), _text(after, name)
        if old != new:
            changes.append(FieldChange(name, _pieces(old, new)))
    return changes


def _text(body: Body, name: str) -> str:
    value = body.get(name, "")
    return "\n".join(value) if isinstance(value, list) else value


def _pieces(old: str, new: str) -> tuple[tuple[str, str], ...]:
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    found: list[tuple[str, str]] = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for what, i1, i2, j1, j2 in matcher.get_opcodes():
        if what == "equal":
            found.append((KEPT, "".join(before[i1:i2])))
            continue
        if i2 > i1:
            found.append((GONE, "".join(before[i1:i2])))
        if j2 > j1:
            found.append((NEW, "".join(after[j1:j2])))
    return tuple(found)
