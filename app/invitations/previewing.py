"""Whose letter the editor shows: by name, or the telling ones (first, longest, without a name)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_babel import gettext as _

from app.events.models import Event, Participation
from app.invitations.letter_words import Body
from app.invitations.letters import make_letter
from app.invitations.queries import Addressed
from app.printing.letter_picture import letter_png, letters_refused
from app.printing.press import printed
from app.registration.models import Registration

FIRST, LONGEST, UNNAMED = "first", "longest", "unnamed"
LISTED = 300  # names in the list of the page; the telling ones stand for the rest
CHECKED = 300  # letters looked through for what cannot be printed, the longest


@dataclass(frozen=True)
class Sample:
    """A delegate to show the letter of."""

    participation: Participation
    registration: Registration

    @property
    def label(self) -> str:
        name = self.registration.full_name or _("Đại diện")
        return f"{name}, {self.participation.name}"


def sample_of(row: Addressed) -> Sample:
    """A representative nobody entered yet has a letter too, without a code."""
    return Sample(row.participation, row.registration or unnamed(row.participation.event_id))


def unnamed(event_id: int) -> Registration:
    return Registration(event_id=event_id, full_name=None, position="", code_version=1)


def invented(event: Event) -> Sample:
    """For an event nobody is invited to yet."""
    unit = Participation(
        event_id=event.id, name="Trường THPT Thử Nghiệm", kind="high_school", code=""
    )
    person = Registration(
        event_id=event.id, full_name="Người dự thử", position="Hiệu trưởng", code_version=1
    )
    return Sample(unit, person)


def chosen(event: Event, rows: Sequence[Addressed], choice: str) -> Sample:
    """The delegate the page asks for; the first with a name where there is no such."""
    samples = [sample_of(row) for row in rows]
    if not samples:
        return invented(event)
    if choice == LONGEST:
        return max(samples, key=_length)
    if choice == UNNAMED:
        nameless = [one for one in samples if not one.registration.full_name]
        if nameless:
            return max(nameless, key=_length)
        return Sample(samples[0].participation, unnamed(event.id))
    for one in samples:
        if str(one.participation.id) == choice:
            return one
    return next((one for one in samples if one.registration.full_name), samples[0])


def _length(sample: Sample) -> int:
    person = sample.registration
    texts = (person.full_name, person.position, sample.participation.name)
    return sum(len(text or "") for text in texts)


def choices(rows: Sequence[Addressed]) -> list[tuple[str, str]]:
    """(value, words) of the page's list: the telling ones, then everybody by name."""
    telling = [
        (FIRST, _("Người đầu danh sách")),
        (LONGEST, _("Tên và đơn vị dài nhất")),
        (UNNAMED, _("Đại diện chưa có tên")),
    ]
    return telling + [(str(row.participation.id), sample_of(row).label) for row in rows[:LISTED]]


def picture(event: Event, sample: Sample, body: Body | None = None) -> bytes:
    """The letter as PNG, what was filled in on a coloured ground. Raises PrintingError."""
    letter = make_letter(event, sample.participation, sample.registration, body, preview=True)
    return printed(letter_png, letter, current_app.config["SETTINGS"].fonts_dir)


def refused_letters(event: Event, rows: Sequence[Addressed]) -> list[str]:
    """Sentences of the letters that could not be printed, each naming whose it is."""
    samples = sorted(map(sample_of, rows), key=_length, reverse=True)[:CHECKED]
    return _refused(event, samples, None)


def body_refused(event: Event, body: Body) -> str | None:
    """Why no letter at all could be made of these words, or None."""
    sentences = _refused(event, [invented(event)], body)
    return sentences[0] if sentences else None


def _refused(event: Event, samples: Sequence[Sample], body: Body | None) -> list[str]:
    if not samples:
        return []
    letters = [make_letter(event, one.participation, one.registration, body) for one in samples]
    told: Any = json.loads(
        printed(letters_refused, letters, current_app.config["SETTINGS"].fonts_dir)
    )
    return [str(sentence) for _index, sentence in told]
