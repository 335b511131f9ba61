"""Requests that the web server cannot read (a line too long, a broken header): a page all the same.

gunicorn answers these before the application sees them, in English, and writes the address of the
sender to the log. `gunicorn.conf.py` has it call `answer_unreadable` instead.
"""

from __future__ import annotations

import logging
import secrets
from functools import partial
from typing import Any

from flask import Flask, render_template
from flask_babel import gettext as _
from gunicorn import util
from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, ParseException

logger = logging.getLogger("app.requests")
STATUSES = {
    LimitRequestLine: (414, "URI Too Long"),
    LimitRequestHeaders: (431, "Headers Too Large"),
}


def init_unreadable(app: Flask) -> None:
    app.extensions["answer_unreadable"] = partial(answer_unreadable, app)


def answer_unreadable(app: Flask, request: Any, sock: Any, address: Any, error: Exception) -> None:
    """In place of gunicorn's `handle_error(request, client, address, error)`."""
    if isinstance(error, ParseException):
        status, reason = STATUSES.get(type(error), (400, "Bad Request"))
    else:
        status, reason = 500, "Internal Server Error"
    request_id = secrets.token_hex(6)
    fields = {"request_id": request_id, "status": status, "kind": type(error).__name__}
    level = logging.ERROR if status == 500 else logging.WARNING
    logger.log(level, "unreadable request", extra={"fields": fields})
    page = _page(app, status, request_id).encode()
    head = (
        f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\n"
        f"Content-Type: text/html; charset=utf-8\r\nContent-Length: {len(page)}\r\n\r\n"
    )
    try:
        util.write_nonblock(sock, head.encode() + page)
    except OSError:
        logger.info("nobody waited for the answer", extra={"fields": {"request_id": request_id}})


def _page(app: Flask, status: int, request_id: str) -> str:
    with app.test_request_context():
        return render_template(
            "errors/unreadable.html",
            status=status,
            request_id=request_id,
            message=_("Máy chủ không đọc được yêu cầu này. Hãy mở lại đường dẫn từ thư của Sở.")
            if status < 500
            else None,
        )
