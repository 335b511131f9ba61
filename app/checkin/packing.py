"""The scan page made small: it is fetched twice, to be seen and to be kept, on the hall's network."""

from __future__ import annotations

import gzip

from flask import Response, request

LEVEL = 6


def packed(response: Response) -> Response:
    """With gzip where the browser takes it. Only for pages that repeat nothing of their address but
    a number: packing then tells nobody about the token in the page."""
    response.vary.add("Accept-Encoding")
    if "gzip" in request.accept_encodings:
        response.set_data(gzip.compress(response.get_data(), compresslevel=LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response
