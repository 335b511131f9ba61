"""Limits of a signed scan and the words of its states, as plain functions of values."""

from __future__ import annotations

import re
import unicodedata
from datetime import timedelta
from enum import StrEnum
from pathlib import PurePosixPath, PureWindowsPath

MEGABYTE = 1024 * 1024
MOST_BYTES = 20 * MEGABYTE
MOST_FILES = 10
MOST_PAGES = 20
MOST_KEPT = 40  # of one unit: a link that got about cannot fill the disk
MOST_UPLOADS, UPLOADS_WITHIN = 20, timedelta(hours=1)
FILENAME_MAX = 120


class FormState(StrEnum):
    """Of one upload as stored. NONE: an entry that has none."""

    NONE = "none"
    RECEIVED = "received"
    DOUBTFUL = "doubtful"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    OLD = "old"


#: Of several uploads of one entry the best stands; of equals the newest.
RANK = {
    FormState.ACCEPTED: 5,
    FormState.RECEIVED: 4,
    FormState.DOUBTFUL: 3,
    FormState.REFUSED: 2,
    FormState.OLD: 1,
}
#: Nothing is asked of the unit while one of these stands.
IN_HAND = frozenset({FormState.ACCEPTED, FormState.RECEIVED, FormState.DOUBTFUL})


class Verdict(StrEnum):
    """What became of an upload. The first two are stored."""

    RECEIVED = "received"
    DOUBTFUL = "doubtful"
    SAME_SCAN = "same_scan"
    ACCEPTED_BEFORE = "accepted_before"
    OLDER_VERSION = "older_version"
    REPLACED = "replaced"
    OTHER_UNIT = "other_unit"
    OTHER_EVENT = "other_event"
    NOT_A_FORM = "not_a_form"
    CONTRADICTORY = "contradictory"


STORED = frozenset({Verdict.RECEIVED, Verdict.DOUBTFUL})
NOTHING_ADDED = frozenset({Verdict.SAME_SCAN, Verdict.ACCEPTED_BEFORE})
_BLANKS = re.compile(r"\s+")


def cleaned_filename(name: str) -> str:
    """The name as people may see it: no path, no control or direction marks, at most 120 letters.

    Shown only, never used as a path. What is cut falls out of the middle, so that the ending stays.
    """
    last = PurePosixPath(PureWindowsPath(name).name).name
    plain = "".join(c for c in last if unicodedata.category(c)[0] != "C")
    plain = _BLANKS.sub(" ", unicodedata.normalize("NFC", plain)).strip(" .")
    if len(plain) > FILENAME_MAX:
        stem, ending = plain[: FILENAME_MAX - 12], plain[-11:]
        plain = f"{stem}…{ending}"
    return plain or "ban-ky"


def megabytes(size: int) -> int:
    """Rounded up, so that a file over the limit never seems to be within it."""
    return -(-size // MEGABYTE)
