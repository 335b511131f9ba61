"""From event and delegate to the printed giấy mời; what was sent is kept word for word."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from typing import Any

from flask import current_app

from app.events.models import Event, Participation
from app.invitations.models import Invitation
from app.invitations.rules import issue_date, letter_time
from app.printing.letters import Addressee, InvitationLetter, invitation_pdf
from app.printing.model import Issuer, Numbering, Signature
from app.printing.press import printed
from app.registration.codes import entry_code
from app.registration.models import Registration

REPRESENTATIVE = {"district_committee": "", "department": "Lãnh đạo "}


def make_letter(
    event: Event, participation: Participation, registration: Registration
) -> InvitationLetter:
    """The letter as it would go out now. Number and date only as a person gave them (design 4.10)."""
    words: dict[str, Any] = event.letter
    issued_on = issue_date(words.get("issued_on"))
    return InvitationLetter(
        issuer=Issuer(tuple(words["superior"]), tuple(words["issuer"])),
        numbering=Numbering(
            symbol=words["symbol"],
            place=words["place"],
            year=(issued_on or event.valid_on).year,
            number=words.get("number") or None,
            date=issued_on,
        ),
        subject=tuple(words["subject"]),
        inviter=words["inviter"],
        addressee=Addressee(
            unit=_unit_words(participation, registration),
            name=registration.full_name or "",
            position=registration.position,
            honorific=registration.honorific or "",
        ),
        purpose=words["purpose"],
        time=letter_time(
            event.starts_at,
            [(one.name, one.starts_at) for one in event.sessions],
            event.tentative_time,
        ),
        place=f"{event.venue} ({event.venue_address})",
        signature=Signature((words["authority"], words["sign_title"]), words.get("signer") or ""),
        recipients=tuple(words["recipients"]),
        chair=words.get("chair", ""),
        notes=(_notes(event),),
        code=entry_code(registration) if registration.id else "",
    )


def _unit_words(participation: Participation, registration: Registration) -> str:
    """ "Đại diện Ban Chỉ đạo …", "Đại diện Lãnh đạo Phòng …" while nobody is named (P13, P14)."""
    if registration.full_name:
        return participation.name
    return REPRESENTATIVE.get(participation.kind, "Lãnh đạo ") + participation.name


def _notes(event: Event) -> str:
    contact = event.contact
    parts = [contact.get("department") and f"phòng {_lower_first(contact['department'])}"]
    parts += [contact.get("phone") and f"điện thoại: {contact['phone']}"]
    parts += [contact.get("email") and f"email: {contact['email']}"]
    told = ", ".join(part for part in parts if part)
    return f"{event.letter.get('notes', '')} Thông tin chi tiết liên hệ {told}".strip()


def _lower_first(department: str) -> str:
    """ "Phòng Giáo dục …" inside a sentence: the word phòng is not said twice."""
    return department.removeprefix("Phòng ").removeprefix("phòng ")


def to_content(letter: InvitationLetter) -> dict[str, Any]:
    """JSON of every word of the letter, as it comes back from the database: lists, no tuples."""
    content = asdict(letter)
    issued_on = content["numbering"]["date"]
    content["numbering"]["date"] = issued_on.isoformat() if issued_on else None
    stored: dict[str, Any] = json.loads(json.dumps(content))
    return stored


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
        **{
            name: content[name]
            for name in ("inviter", "purpose", "time", "place", "chair", "code", "type_name")
        },
    )


def letters_pdf(letters: list[InvitationLetter]) -> bytes:
    return printed(invitation_pdf, letters, current_app.config["SETTINGS"].fonts_dir)


def sent_pdf(invitation: Invitation) -> bytes:
    return letters_pdf([from_content(invitation.content)])
