"""Doors around the application in a hall: https for our own addresses only, and a plain http door
that shows nothing but how phones come to trust the certificate (see app/hall_site.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote, urlsplit

Site = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
GUIDE = "/hall/certificate"
_OPEN_TO_ALL = (GUIDE, "/static/", "/favicon.ico", "/time")
_NOT_OURS = "Không có trang nào ở địa chỉ này. Hãy quét lại mã QR của ban tổ chức.\n".encode()
_TEXT = [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")]


def only_for(hosts: set[str], site: Site) -> Site:
    def guarded(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if host_of(f"//{environ.get('HTTP_HOST', '')}") in hosts:
            return site(environ, start_response)
        start_response("421 Misdirected Request", _TEXT)
        return [_NOT_OURS]

    return guarded


def guide_only(hall_url: str, site: Site) -> Site:
    def plain(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        reads = environ.get("REQUEST_METHOD") in ("GET", "HEAD")
        if reads and path.startswith(_OPEN_TO_ALL):
            return site(environ, start_response)
        to = GUIDE if path in ("", "/") else f"{hall_url}{quote(path.encode('latin-1'))}"
        if path not in ("", "/") and environ.get("QUERY_STRING"):
            to += f"?{environ['QUERY_STRING']}"
        start_response("302 Found" if reads else "303 See Other", [*_TEXT, ("Location", to)])
        return [b""]

    return plain


def host_of(url: str) -> str:
    """The host of an address, "" when there is none or it cannot be one."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
