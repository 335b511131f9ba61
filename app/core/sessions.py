"""Session cookies whose signature is proven once a process: a phone of the hall sends the same one
with hundreds of scans, a clerk's browser with every page."""

from __future__ import annotations

import copy
from datetime import timedelta
from functools import lru_cache

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import BadSignature

from app.core.clock import real_now

MOST = 512  # cookies kept; a browser sends none above 4 KB


class ProvenSessions(SecureCookieSessionInterface):
    """As Flask's own, for one application. A wrong cookie is not kept: guesses push nobody out."""

    def __init__(self, app: Flask) -> None:
        serializer = self.get_signing_serializer(app)
        if serializer is None:
            raise RuntimeError("sessions need SECRET_KEY")
        self._proven = lru_cache(MOST)(
            lambda cookie: serializer.loads(cookie, return_timestamp=True)
        )

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        cookie = request.cookies.get(self.get_cookie_name(app))
        if not cookie:
            return self.session_class()
        try:
            values, signed_at = self._proven(cookie)
        except BadSignature:
            return self.session_class()
        if not timedelta() <= real_now() - signed_at <= app.permanent_session_lifetime:
            return self.session_class()
        return self.session_class(copy.deepcopy(values))
