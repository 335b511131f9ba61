"""What every answer tells the browser: only our own scripts and styles, no Referer, no framing by others."""

from __future__ import annotations

from flask import Flask, Response, request

CSP = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
FOR_SEARCH_ENGINES = {"static", "events.home", "events.detail", "events.privacy"}
HSTS = "max-age=31536000"


def init_headers(app: Flask) -> None:
    """A view may set a stricter value of its own (the mail preview's policy)."""
    headers = tuple(HEADERS.items())
    # Not in a hall: the same name also serves the plain page on how to accept the certificate.
    secure = app.config["SESSION_COOKIE_SECURE"] and not app.config["SETTINGS"].hall_url

    def add(response: Response) -> Response:
        present = {name for name, _ in response.headers}  # asking one by one raises inside Werkzeug
        for name, value in headers:
            if name not in present:
                response.headers.add(name, value)
        if secure:
            response.headers["Strict-Transport-Security"] = HSTS
        endpoint = request.endpoint or ""
        # Flask-Security writes "no-store=True", which no browser reads as no-store.
        unread = endpoint.startswith("security.")
        if endpoint != "static" and (unread or "Cache-Control" not in response.headers):
            response.headers["Cache-Control"] = "no-store"
        if request.endpoint not in FOR_SEARCH_ENGINES:
            response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    app.after_request(add)
