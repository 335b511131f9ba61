"""What a phone of the hall gets, made small: its network is slow, and it asks often."""

from __future__ import annotations

import gzip
import json
from typing import Any

from flask import Response, request

from app.core.turns import resting

FROM = 1024  # bytes: less is one packet anyway
LEVEL = 5
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def json_answer(content: Any) -> Response:
    """Without Flask's sorting and escaping, which make it larger and cost thrice the time."""
    return Response(_encode(content), content_type="application/json")


def packed(response: Response) -> Response:
    """With gzip where the browser takes it. Only for answers that repeat nothing another page could
    have put in but a number: packing then tells nobody about the token in the page."""
    body = response.get_data()
    if len(body) < FROM:
        return response
    response.vary.add("Accept-Encoding")
    if "gzip" in request.accept_encodings:
        with resting():
            body = gzip.compress(body, compresslevel=LEVEL, mtime=0)
        response.set_data(body)
        response.headers["Content-Encoding"] = "gzip"
    return response
