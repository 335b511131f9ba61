"""From event and delegate to the printed giấy mời; what was sent is kept word for word."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from flask import current_app

from app.core.vietnamese import clean_text
from app.events.models import Event, Participation
from app.invitations.letter_words import (
    USUAL_ADDRESSEE,
    USUAL_REPRESENTATIVE,
    Body,
    event_values,
    marked,
    person_values,
    unit_words,
)
from app.invitations.models import Invitation
from app.invitations.placeholders import fill
from app.invitations.rules import approval_demanded, issue_date, own_numbers
from app.invitations.templates import letter_body
from app.printing.letters import Addressee, InvitationLetter, invitation_pdf
from app.printing.model import Issuer, Numbering, Signature
from app.printing.press import printed
from app.registration.codes import entry_code
from app.registration.models import Registration

_OPTIONAL = ("bases", "programme", "addressee_words")  # left out of what is kept when empty
VALUES = "values"
_SPACED_NAME = re.compile(r"\{\{\s*ho_ten\s*\}\}")


def make_letter(
    event: Event,
    participation: Participation,
    registration: Registration,
    body: Body | None = None,
    *,
    preview: bool = False,
) -> InvitationLetter:
    """The letter as it would go out now. Number and date only as a person gave them (design 4.10).

    ``body``: words not saved yet; None: the newest saved ones. ``preview``: what was filled in is
    marked for a coloured ground; such a letter is looked at, never kept.
    """
    head: dict[str, Any] = event.letter
    words = letter_body(event)[0] if body is None else body
    issued_on = issue_date(head.get("issued_on"))
    code = entry_code(registration) if registration.id else ""
    values = {
        **event_values(event),
        **person_values(participation, registration, code),
    }
    plain, values = values, marked(values) if preview else values
    times = _lines(words["time"], values)
    return InvitationLetter(
        issuer=Issuer(tuple(head["superior"]), tuple(head["issuer"])),
        numbering=Numbering(
            symbol=head["symbol"],
            place=head["place"],
            year=(issued_on or event.valid_on).year,
            number=head.get("number") or None,
            date=issued_on,
        ),
        subject=_lines(words["subject"], values),
        inviter=_text(words["inviter"], values),
        addressee=Addressee(
            unit=unit_words(participation, registration),
            name=registration.full_name or "",
            position=registration.position,
            honorific=registration.honorific or "",
        ),
        addressee_words=_addressee(words, registration, plain, values, preview),
        bases=_lines(words["bases"], values),
        purpose=_text(words["purpose"], values),
        time=times[0] if times else "",
        programme=times[1:],
        place=_text(words["place"], values),
        signature=Signature(
            (_text(words["authority"], plain), _text(words["sign_title"], plain)),
            _text(words["signer"], plain),
        ),
        recipients=_lines(words["recipients"], values),
        chair=_text(words["chair"], values),
        notes=_lines(words["notes"], values),
        code=code,
    )


def raw_letter(event: Event) -> InvitationLetter:
    """The words with their places unfilled: what a Word file of the department begins with."""
    head, words = event.letter, letter_body(event)[0]
    time = words["time"]
    return InvitationLetter(
        issuer=Issuer(tuple(head["superior"]), tuple(head["issuer"])),
        numbering=Numbering(head["symbol"], head["place"], event.valid_on.year),
        subject=tuple(words["subject"]),
        inviter=words["inviter"],
        addressee=Addressee("{{don_vi}}"),
        addressee_words=((words["addressee"], False), (".", False)),
        bases=tuple(words["bases"]),
        purpose=words["purpose"],
        time=time[0] if time else "",
        programme=tuple(time[1:]),
        place=words["place"],
        signature=Signature((words["authority"], words["sign_title"]), words["signer"]),
        recipients=tuple(words["recipients"]),
        chair=words["chair"],
        notes=tuple(words["notes"]),
    )


def _text(text: str, values: Mapping[str, str]) -> str:
    return " ".join(fill(text, values).split())


def _lines(lines: list[str], values: Mapping[str, str]) -> tuple[str, ...]:
    """Filled lines; a place of several lines makes several, an empty line falls away."""
    filled = [part for line in lines for part in fill(line, values).split("\n")]
    return tuple(" ".join(part.split()) for part in filled if part.strip())


def _addressee(
    words: Body,
    registration: Registration,
    plain: Mapping[str, str],
    values: Mapping[str, str],
    preview: bool,
) -> tuple[tuple[str, bool], ...]:
    """The line after "kính mời:" as runs, the name bold; () where it is the usual line.

    A part between commas whose places are all empty falls away with its comma.
    """
    named = bool(registration.full_name)
    text = words["addressee"] if named else words["representative"]
    usual = USUAL_ADDRESSEE if named else USUAL_REPRESENTATIVE
    if text == usual and not preview:
        return ()
    parts = []
    for part in text.split(","):
        if "{{" in part and not clean_text(fill(part, plain)):
            continue
        parts.append(part.strip())
    runs: list[tuple[str, bool]] = []
    for number, piece in enumerate(_SPACED_NAME.split(", ".join(parts).rstrip(" ."))):
        if number:
            runs.append((values["ho_ten"], True))
        if filled := fill(piece, values).replace("\n", " "):
            runs.append((filled, False))
    return (*runs, (".", False))


def to_content(letter: InvitationLetter) -> dict[str, Any]:
    """JSON of every word of the letter, as it comes back from the database: lists, no tuples."""
    content = asdict(letter)
    issued_on = content["numbering"]["date"]
    content["numbering"]["date"] = issued_on.isoformat() if issued_on else None
    for name in _OPTIONAL:
        if not content[name]:
            del content[name]
    stored: dict[str, Any] = json.loads(json.dumps(content))
    return stored


def fresh_content(
    event: Event,
    participation: Participation,
    registration: Registration,
    standing: Invitation | None = None,
) -> dict[str, Any]:
    """What the letter would say now. ``standing``: the letter whose number and date it keeps,
    where those are that letter's own: given one by one, or out after a leader's approval.

    ``values`` beside the words: what the places of the event said, for the department's own Word
    file; they are no part of the letter and make no new version.
    """
    content = to_content(make_letter(event, participation, registration))
    content[VALUES] = event_values(event)
    if standing is not None and (own_numbers(event.delivery) or approval_demanded(event.delivery)):
        kept = standing.content["numbering"]
        for name in ("number", "date", "year"):
            content["numbering"][name] = kept[name]
    return content


def words_of(content: dict[str, Any]) -> dict[str, Any]:
    """The words a leader approves: all but number, date and the year that goes with it."""
    numbering = content["numbering"]
    return {
        **_said(content),
        "numbering": {"symbol": numbering["symbol"], "place": numbering["place"]},
    }


def same_letter(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether both papers say the same, number and date included."""
    return _said(one) == _said(other)


def _said(content: dict[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in content.items() if name != VALUES}


def from_content(content: dict[str, Any]) -> InvitationLetter:
    """The letter as it was sent."""
    numbering = dict(content["numbering"])
    numbering["date"] = date.fromisoformat(numbering["date"]) if numbering["date"] else None
    signature = content["signature"]
    return InvitationLetter(
        issuer=Issuer(tuple(content["issuer"]["superior"]), tuple(content["issuer"]["issuing"])),
        numbering=Numbering(**numbering),
        subject=tuple(content["subject"]),
        addressee=Addressee(**content["addressee"]),
        signature=Signature(tuple(signature["lines"]), signature["signer"]),
        recipients=tuple(content["recipients"]),
        notes=tuple(content["notes"]),
        bases=tuple(content.get("bases", ())),
        programme=tuple(content.get("programme", ())),
        addressee_words=tuple((text, bold) for text, bold in content.get("addressee_words", ())),
        **{
            name: content[name]
            for name in ("inviter", "purpose", "time", "place", "chair", "code", "type_name")
        },
    )


def letters_pdf(letters: list[InvitationLetter]) -> bytes:
    return printed(invitation_pdf, letters, current_app.config["SETTINGS"].fonts_dir)


def sent_pdf(invitation: Invitation) -> bytes:
    return letters_pdf([from_content(invitation.content)])
