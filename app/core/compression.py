"""Pages of slow networks, packed: a unit's page is opened on a phone with two bars of signal.

Only for pages that repeat nothing of the request beside their secrets: a page that does would tell
an attacker who chooses the repeated text what else stands in it (BREACH).
"""

from __future__ import annotations

import gzip

from flask import Response, request

LEAST = 1024  # bytes: less is one packet anyway


def pack(response: Response) -> Response:
    """The same page as gzip, where the browser takes it."""
    if (
        request.method != "GET"
        or response.status_code != 200
        or response.mimetype != "text/html"
        or response.direct_passthrough
        or "gzip" not in request.accept_encodings
    ):
        return response
    response.vary.add("Accept-Encoding")
    body = response.get_data()
    if len(body) >= LEAST:
        response.set_data(gzip.compress(body, compresslevel=6, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response
