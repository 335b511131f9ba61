"""Requests that carry no CSRF token: made by a page of this very server, as the browser says it."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request

from app.checkin.errors import NotOwnPage


def ensure_own_page() -> None:
    """Raises NotOwnPage. What the browser says of the asking page no script can change."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None and site != "same-origin":
        raise NotOwnPage()
    if origin is None or origin == "null":
        if site is None:  # an old browser that says neither is no browser
            raise NotOwnPage()
        return
    if _host_of(origin) != request.host.lower():
        raise NotOwnPage()


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
