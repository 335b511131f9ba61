"""Disarming of cells that a spreadsheet would take for a formula."""

from __future__ import annotations

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def is_formula_like(text: str) -> bool:
    """Whether a spreadsheet may calculate the text instead of showing it."""
    return text.startswith(_DANGEROUS)


def disarmed(text: str) -> str:
    """The text with an apostrophe before it when a spreadsheet would calculate it."""
    return f"'{text}" if is_formula_like(text) else text
