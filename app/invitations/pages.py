"""What other pages show of a letter."""

from __future__ import annotations

from typing import Any

from app.invitations.queries import letter_secret
from app.invitations.services import letter_of
from app.printing.qr import group_digits, qr_svg
from app.registration.codes import entry_code
from app.registration.models import Registration


def code_values(registration: Registration) -> dict[str, Any]:
    """The square code and its digits, for templates."""
    digits = entry_code(registration)
    return {"code_svg": qr_svg(digits), "code_lines": group_digits(digits)}


def unit_letter(registration: Registration) -> dict[str, Any] | None:
    """What the unit's page shows of the letter; None while there is none."""
    invitation = letter_of(registration)
    if invitation is None:
        return None
    return {
        "secret": letter_secret(invitation),
        "number": invitation.number,
        "symbol": invitation.content["numbering"]["symbol"],
        "issued_on": invitation.issued_on,
        "time": invitation.content["time"],
        **code_values(registration),
    }
