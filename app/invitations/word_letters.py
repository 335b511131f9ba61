"""Letters in Word: ours, or the department's own file filled for each delegate."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from flask import current_app
from flask_babel import lazy_gettext as _l

from app.events.models import Event
from app.invitations.letter_words import event_values, person_values
from app.invitations.letters import VALUES, from_content, make_letter, raw_letter
from app.invitations.models import LetterTemplate
from app.invitations.placeholders import WORD_PLACEHOLDERS, unknown_sentence
from app.invitations.previewing import Sample, sample_of
from app.invitations.queries import Addressed
from app.invitations.rules import LetterState
from app.invitations.templates import WORD, newest_template
from app.printing.letter_docxtpl import FilledWord, WordRefused, fill_word
from app.printing.letters import UNKNOWN_HONORIFIC, InvitationLetter
from app.printing.makers import letters_docx
from app.printing.model import Numbering, long_date, padded_number
from app.printing.press import printed
from app.printing.qr import group_digits
from app.registration.codes import entry_code

NAMES = tuple(WORD_PLACEHOLDERS)
TOGETHER_MOST = 1_000  # letters of one Word file
_MOVING = (LetterState.VOID, LetterState.DRAFT)  # their words are still those of today
_WHITE = "\u00a0"


def letter_of_row(event: Event, row: Addressed) -> InvitationLetter:
    """The letter as it was laid before a leader or went out, or as it would go out now."""
    invitation = row.invitation
    if invitation is not None and invitation.state not in _MOVING:
        return from_content(invitation.content)
    sample = sample_of(row)
    return make_letter(event, sample.participation, sample.registration)


def _frozen_values(row: Addressed) -> dict[str, str]:
    """What the event's places said when the letter was frozen; {} while it is not, or was before
    those were kept."""
    invitation = row.invitation
    if invitation is None or invitation.state in _MOVING:
        return {}
    values: dict[str, str] = invitation.content.get(VALUES, {})
    return values


def word_letters(event: Event, rows: Sequence[Addressed]) -> bytes:
    """One .docx of these letters, in the order given: by the department's own file where there is
    one. Raises WordRefused, PrintingError."""
    own = newest_template(event, WORD)
    if own is not None:
        letters = [letter_of_row(event, row) for row in rows]
        samples = [sample_of(row) for row in rows]
        frozen = [_frozen_values(row) for row in rows]
        return fill_content(event, own.content or b"", samples, letters, frozen).content
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
    letters: Sequence[InvitationLetter] | None = None,
    frozen: Sequence[dict[str, str]] | None = None,
) -> FilledWord:
    """The same for a file not taken yet. ``letters``: as they stand, whose words are taken before
    today's, and what the event's places said then (``frozen``); None: as they would be now.

    Raises WordRefused, unknown places with the nearest.
    """
    shared = event_values(event)
    contexts, codes = [], []
    if letters is None:
        letters = [make_letter(event, one.participation, one.registration) for one in samples]
    for one, letter, kept in zip(samples, letters, frozen or [{}] * len(samples), strict=True):
        code = entry_code(one.registration) if one.registration.id else ""
        person = person_values(one.participation, one.registration, code)
        contexts.append(
            {**shared, **kept, **person, **letter_person(letter), **_numbered(letter.numbering)}
        )
        codes.append(letter.code)
    try:
        filled = fill_word(content, contexts, codes, NAMES)
    except WordRefused as refusal:
        if refusal.code == "unknown":
            refusal.message = unknown_sentence(refusal.detail, NAMES)
        raise
    if not filled.places:
        raise NoPlaces()
    return filled


def letter_person(letter: InvitationLetter) -> dict[str, str]:
    """The delegate as the letter names them, whatever their entry says by now."""
    who = letter.addressee
    code = {"ma_so": " ".join(group_digits(letter.code)) if letter.code else ""}
    if not who.name:
        return {**code, "ho_ten": "", "chuc_vu": "", "dai_dien": f"Đại diện {who.unit}"}
    return {
        **code, "ong_ba": who.honorific or UNKNOWN_HONORIFIC, "ho_ten": who.name,
        "chuc_vu": who.position, "don_vi": who.unit,
    }  # fmt: skip


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
