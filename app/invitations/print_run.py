"""Letters, labels and envelopes for the messenger: which, in what order, and that they are printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flask import current_app
from sqlalchemy import select

from app.audit.services import record
from app.core.access import Actor
from app.core.filters import phone_display
from app.core.vietnamese import fold
from app.events.models import Event
from app.events.queries import lock_event
from app.extensions import db
from app.invitations.models import Invitation
from app.invitations.proof_rules import delivery_order
from app.invitations.queries import Addressed, addressed
from app.invitations.rules import LetterState
from app.printing.labels import PostalAddress, Sender, envelopes_pdf, labels_pdf
from app.printing.letters import UNKNOWN_HONORIFIC
from app.printing.press import printed

WITHOUT_ADDRESS, NOT_PRINTED, ALL = "without_address", "not_printed", "all"
CHOICES = (WITHOUT_ADDRESS, NOT_PRINTED, ALL)
PRINTABLE = frozenset(
    {LetterState.READY, LetterState.QUEUED, LetterState.SENT, LetterState.FAILED,
     LetterState.BOUNCED}
)  # fmt: skip


@dataclass(frozen=True)
class PrintLine:
    """One letter of the run, with whom it goes to."""

    row: Addressed
    letter: Invitation


def print_lines(event: Event) -> list[PrintLine]:
    """Every letter that may leave the house, in the order of delivery: districts in the city's
    statistical order, in each the kinds in the plan's order, in each by name."""
    lines = [
        PrintLine(row, row.invitation)
        for row in addressed(event)
        if row.invitation is not None and row.invitation.state in PRINTABLE
    ]
    return sorted(lines, key=_place)


def _place(line: PrintLine) -> tuple[object, ...]:
    one = line.row.participation
    return *delivery_order(one.district, one.kind, one.sort_key), one.id


def chosen_lines(lines: Sequence[PrintLine], choice: str) -> list[PrintLine]:
    """``choice``: one of CHOICES."""
    if choice == WITHOUT_ADDRESS:
        return [one for one in lines if not has_mailbox(one)]
    if choice == NOT_PRINTED:
        return [one for one in lines if one.letter.printed_at is None]
    return list(lines)


def has_mailbox(line: PrintLine) -> bool:
    registration = line.row.registration
    return bool(line.row.participation.email or (registration and registration.email))


def mark_printed(
    event: Event, letter_ids: Sequence[int], *, by: Actor, now: datetime
) -> int:  # fmt: skip
    """A person says that these came out of the printer. → how many are so marked now; letters of
    other events and dead ones are not. A second printing moves the time."""
    lock_event(event.id)
    found = db.session.scalars(
        select(Invitation).where(
            Invitation.event_id == event.id,
            Invitation.state.in_(PRINTABLE),
        )
    )
    wanted = set(letter_ids)
    letters = [one for one in found if one.id in wanted]
    for one in letters:
        one.printed_at = now
    if letters:
        record(
            "invitation.printed", ("event", event.id), by=by, now=now, event_id=event.id,
            after={"letters": len(letters)},
        )  # fmt: skip
    return len(letters)


def labels(event: Event, lines: Sequence[PrintLine], sheet: str, skip: int) -> bytes:
    """Raises as printing.labels.labels_pdf."""
    fonts = current_app.config["SETTINGS"].fonts_dir
    return printed(_labels, [postal_address(event, one) for one in lines], sheet, skip, fonts)


def _labels(addresses: list[PostalAddress], sheet: str, skip: int, fonts_dir: Path) -> bytes:
    return labels_pdf(addresses, sheet, skip=skip, fonts_dir=fonts_dir)


def envelopes(event: Event, lines: Sequence[PrintLine], size: str) -> bytes:
    fonts = current_app.config["SETTINGS"].fonts_dir
    addresses = [postal_address(event, one, phone=True) for one in lines]
    return printed(_envelopes, addresses, size, sender_of(event), fonts)


def _envelopes(addresses: list[PostalAddress], size: str, sender: Sender, fonts_dir: Path) -> bytes:
    return envelopes_pdf(addresses, size, sender, fonts_dir=fonts_dir)


def postal_address(event: Event, line: PrintLine, *, phone: bool = False) -> PostalAddress:
    """The addressee as the letter says it, and the place; the unit's telephone for the postman."""
    unit, said = line.row.participation, line.letter.content["addressee"]
    if said["name"]:
        bold = f"{said['honorific'] or UNKNOWN_HONORIFIC} {said['name']}"
        lines = [said["position"], said["unit"]]
    else:
        bold, lines = f"Đại diện {said['unit']}", []
    lines.append(_town(event, said["unit"], unit.district))
    if phone and unit.phone:
        lines.append(f"Điện thoại: {phone_display(unit.phone)}")
    return PostalAddress("Kính gửi:", bold, tuple(lines))


def _town(event: Event, unit: str, district: str | None) -> str:
    """ "Quận Hải An, Hải Phòng"; the city alone where the unit's name says the district."""
    city = event.letter.get("place", "")
    if not district or fold(district) in fold(unit):
        return str(city)
    return f"{district}, {city}".strip(", ")


def sender_of(event: Event) -> Sender:
    contact, letter = event.contact, event.letter
    number = letter.get("number")
    return Sender(
        "Người gửi:",
        letter.get("inviter", ""),
        (
            contact.get("department") or "",
            f"Điện thoại: {contact['phone']}" if contact.get("phone") else "",
        ),
        f"Số: {number}/{letter.get('symbol', '')}" if number else "",
    )
