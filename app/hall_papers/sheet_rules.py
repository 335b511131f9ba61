"""What a signed sheet's page and cell can be, as plain values."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """Of a cell, by the reader; a person decides SIGNED or EMPTY."""

    SIGNED = "signed"
    EMPTY = "empty"
    DOUBTFUL = "doubtful"


class ScanState(StrEnum):
    UNREAD = "unread"
    TO_REVIEW = "to_review"
    CONFIRMED = "confirmed"
    DISCARDED = "discarded"


class Problem(StrEnum):
    """Why a page was not read."""

    NO_CODE = "no_code"
    OTHER_EVENT = "other_event"
    TWO_PAGES = "two_pages"
    MARKS = "marks"
    DAMAGED = "damaged"
