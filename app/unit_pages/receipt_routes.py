"""A unit's own receipts: page and PDF, with the delegate's name (design 6)."""

from __future__ import annotations

from typing import Any

from flask import Response

from app.core.access import public
from app.core.clock import now
from app.events.models import Participation
from app.receipts.errors import ReceiptNotFound
from app.receipts.pages import values_of
from app.receipts.papers import receipt_file
from app.receipts.queries import Receipt, receipt_of
from app.registration.rules import State
from app.registration.seats import waiting_place
from app.unit_pages.links import participation_of
from app.unit_pages.pages import render
from app.unit_pages.routes import blueprint


@blueprint.get("/units/<secret>/receipts/<code>")
@public
def receipt(secret: str, code: str) -> Any:
    unit, found = _own(secret, code)
    waits = found.registration is not None and found.registration.state == State.WAITLISTED
    return render(
        "receipt",
        secret,
        unit,
        place=waiting_place(found.registration) if waits and found.registration else None,
        **values_of(found),
    )


@blueprint.get("/units/<secret>/receipts/<code>.pdf")
@public
def receipt_pdf(secret: str, code: str) -> Response:
    _unit, found = _own(secret, code)
    return Response(
        receipt_file(found, now=now()),
        mimetype="application/pdf",
        headers={"Content-Disposition": f'inline; filename="Bien-nhan-{found.code}.pdf"'},
    )


def _own(secret: str, code: str) -> tuple[Participation, Receipt]:
    """The unit of the link and a receipt of its own. Raises as `participation_of`, and
    ReceiptNotFound for codes that are another unit's just as for those that are nobody's."""
    unit = participation_of(secret)
    found = receipt_of(code)
    if found is None or found.unit is None or found.unit.id != unit.id:
        raise ReceiptNotFound()
    return unit, found
