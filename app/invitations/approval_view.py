"""What the pages of approvals show besides the rows: the page as a picture, what is new in it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from app.events.models import Event
from app.invitations.ageing import shown_state, with_changes
from app.invitations.approvals import last_approved_content
from app.invitations.editor_forms import LetterTextForm
from app.invitations.models import Invitation
from app.invitations.queries import addressed
from app.invitations.rules import OUTDATED, LetterState
from app.invitations.text_changes import FieldChange, text_changes
from app.printing.letter_picture import page_png
from app.printing.press import printed

ORDER = (
    LetterState.DRAFT, LetterState.SUBMITTED, LetterState.APPROVED, OUTDATED, LetterState.READY,
    LetterState.QUEUED, LetterState.SENT, LetterState.FAILED, LetterState.BOUNCED,
)  # fmt: skip


def first_page(pdf: bytes) -> bytes:
    """PNG, made beside the web process."""
    return printed(page_png, pdf)


def states_of(event: Event) -> list[tuple[str, int]]:
    """How many letters are in each state, in the order of the path; empty states left out."""
    counts = Counter(
        LetterState.DRAFT if row.state == LetterState.VOID else shown_state(event, row)
        for row in with_changes(event, addressed(event))
    )
    return [(state, counts[state]) for state in ORDER if counts[state]]


def agreed_changes(event: Event, letter: Invitation) -> list[tuple[str, FieldChange]] | None:
    """(label, change) of each part that differs from what a leader agreed to last; None when
    nothing was agreed to before."""
    before = last_approved_content(event, letter)
    if before is None:
        return None
    labels = {field.name: field.label.text for field in LetterTextForm(formdata=None)}
    changes = text_changes(_body(before), _body(letter.content))
    return [(labels.get(one.name, one.name), one) for one in changes]


def _body(content: dict[str, Any]) -> dict[str, Any]:
    lines = content["signature"]["lines"]
    return {
        **{name: content[name] for name in ("subject", "inviter", "purpose", "chair", "place")},
        "notes": content["notes"], "recipients": content["recipients"],
        "bases": content.get("bases", []),
        "time": [content["time"], *content.get("programme", [])],
        "authority": lines[0] if lines else "", "sign_title": lines[1] if lines[1:] else "",
        "signer": content["signature"]["signer"],
    }  # fmt: skip
