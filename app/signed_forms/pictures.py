"""A page's picture as an answer: our own JPEG, never what was sent."""

from __future__ import annotations

from flask import Response, request

from app.signed_forms.models import SignedForm
from app.signed_forms.queries import picture_of


def picture_answer(form: SignedForm, number: int) -> Response:
    """Kept by this browser only, asked for again each time: the desk may turn it."""
    answer = Response(
        picture_of(form, number),
        mimetype="image/jpeg",
        headers={
            "Cache-Control": "private, no-cache",
            "Content-Disposition": "inline",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )
    answer.add_etag()
    answer.make_conditional(request)
    return answer
