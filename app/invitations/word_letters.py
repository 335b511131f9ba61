"""Letters in Word: ours, or the department's own file filled for each delegate."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from flask import current_app
from flask_babel import lazy_gettext as _l

from app.events.models import Event
from app.invitations.letter_words import event_values, person_values
from app.invitations.letters import from_content, make_letter, raw_letter
from app.invitations.models import LetterTemplate
from app.invitations.placeholders import WORD_PLACEHOLDERS, unknown_sentence
from app.invitations.previewing import Sample, sample_of
from app.invitations.queries import Addressed
from app.invitations.rules import LetterState
from app.invitations.templates import WORD, newest_template
from app.printing.letter_docxtpl import FilledWord, WordRefused, fill_word
from app.printing.letters import InvitationLetter
from app.printing.makers import letters_docx
from app.printing.model import Numbering, long_date, padded_number
from app.printing.press import printed
from app.registration.codes import entry_code

NAMES = tuple(WORD_PLACEHOLDERS)
TOGETHER_MOST = 1_000  # letters of one Word file
_WHITE = "\u00a0"


def letter_of_row(event: Event, row: Addressed) -> InvitationLetter:
    """The letter as it went out, or as it would go out now."""
    invitation = row.invitation
    if invitation is not None and invitation.state not in (LetterState.VOID, LetterState.DRAFT):
        return from_content(invitation.content)
    sample = sample_of(row)
    return make_letter(event, sample.participation, sample.registration)


def word_letters(event: Event, rows: Sequence[Addressed]) -> bytes:
    """One .docx of these letters, in the order given: by the department's own file where there is
    one. Raises WordRefused, PrintingError."""
    own = newest_template(event, WORD)
    if own is not None:
        numberings = [letter_of_row(event, row).numbering for row in rows]
        samples = [sample_of(row) for row in rows]
        return fill_content(event, own.content or b"", samples, numberings).content
    if len(rows) > TOGETHER_MOST:
        raise WordRefused("too_many")
    letters = [letter_of_row(event, row) for row in rows]
    return printed(letters_docx, letters, current_app.config["SETTINGS"].fonts_dir)


def fill_for(event: Event, own: LetterTemplate, samples: Sequence[Sample]) -> FilledWord:
    """The department's file, filled for these delegates."""
    return fill_content(event, own.content or b"", samples)


def fill_content(
    event: Event,
    content: bytes,
    samples: Sequence[Sample],
    numberings: Sequence[Numbering] | None = None,
) -> FilledWord:
    """The same for a file not taken yet. ``numberings``: of each letter; None: of the event.

    Raises WordRefused, unknown places with the nearest.
    """
    shared = event_values(event)
    contexts, codes = [], []
    if numberings is None:
        numberings = [
            make_letter(event, one.participation, one.registration).numbering for one in samples
        ]
    for one, numbering in zip(samples, numberings, strict=True):
        code = entry_code(one.registration) if one.registration.id else ""
        person = person_values(one.participation, one.registration, code)
        contexts.append({**shared, **person, **_numbered(numbering)})
        codes.append(code)
    try:
        filled = fill_word(content, contexts, codes, NAMES)
    except WordRefused as refusal:
        if refusal.code == "unknown":
            refusal.message = unknown_sentence(refusal.detail, NAMES)
        raise
    if not filled.places:
        raise NoPlaces()
    return filled


class NoPlaces(WordRefused):
    """A file in which every letter would be the same."""

    def __init__(self) -> None:
        super().__init__("no_places")
        self.message = _l(
            "Mẫu Word chưa có chỗ điền nào. Hãy viết ít nhất {{ho_ten}} hoặc {{don_vi}}."
        )

    def __str__(self) -> str:
        return str(self.message)


def _numbered(numbering: Numbering) -> dict[str, str]:
    number = numbering.number
    day = numbering.date
    return {
        "so": padded_number(number) if number else _WHITE * 8,
        "ngay_ky": long_date(day)
        if day
        else f"ngày{_WHITE * 6}tháng{_WHITE * 6}năm {numbering.year}",
    }


def starter_docx(event: Event) -> bytes:
    """Our own letter with its places unfilled: a Word file to begin with."""
    from docx import Document  # rarely asked for, and 17 MB of a web process

    content = printed(letters_docx, [raw_letter(event)], current_app.config["SETTINGS"].fonts_dir)
    word = Document(BytesIO(content))
    word.add_paragraph("{{ma_vuong}}")
    word.add_paragraph("{{ma_so}}")
    target = BytesIO()
    word.save(target)
    return target.getvalue()
