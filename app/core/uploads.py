"""Views that take more than the application's usual size of a request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, request

from app.core.clock import now

View = TypeVar("View", bound=Callable[..., Any])
BESIDE_THE_FILE = 64 * 1024  # token, boundaries, names


def takes_upload(most: int, too_big: Callable[[int], str]) -> Callable[[View], View]:
    """Mark a view: ``most`` bytes of files; ``too_big(bytes sent)`` is the sentence beyond."""

    def mark(view: View) -> View:
        view.upload = (most, too_big)  # type: ignore[attr-defined]
        return view

    return mark


def init_uploads(app: Flask) -> None:
    app.url_value_preprocessor(_open)


def _open(endpoint: str | None, _values: Any) -> None:
    """Before anything reads the body. The clock is read here: what was begun in time is in time,
    however slow the line (design 4.2)."""
    mark = getattr(current_app.view_functions.get(endpoint or ""), "upload", None)
    if mark is not None:
        now()
        request.max_content_length = mark[0] + BESIDE_THE_FILE


def too_big_sentence() -> str | None:
    """Of the view asked for; None for one without a mark of its own."""
    mark = getattr(current_app.view_functions.get(request.endpoint or ""), "upload", None)
    return mark[1](request.content_length or 0) if mark is not None else None
