"""Pages that are opened again and again, drawn once and filled in for each reader.

`kept_page`: a page is kept under everything it depends on (the event's revision, the language,
the minute), so a kept page is never wrong, only unused. For pages of many readers.

`page_while_true`: a page is shown again only while the database says what it said when the page
was drawn (see `unchanged`). For pages of one reader, whose facts stand in many tables.

What differs from reader to reader is drawn as a hole (`hole("name")`) and put in afterwards,
escaped. Each process keeps its own few pages.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping

from flask import Flask, current_app, g, session
from flask_wtf.csrf import generate_csrf
from markupsafe import escape

from app.core.unchanged import init_unchanged, unchanged

MOST = 200
EDGE = "\ue000"  # private use: no text of ours or of a person's contains it after cleaning
Holes = Mapping[str, str | Callable[[], str]]  # a function: only called when the page has the hole


def init_page_cache(app: Flask) -> None:
    app.extensions["page_cache"] = OrderedDict()
    app.extensions["form_tokens"] = OrderedDict()
    init_unchanged(app)


def hole(name: str) -> str:
    """What stands in a kept page where a value of the reader's goes."""
    return f"{EDGE}{name}{EDGE}"


def kept_page(key: Hashable, draw: Callable[[], str], holes: Holes) -> str:
    """The page of this key, drawn when it is not kept yet, with its holes filled."""
    pages: OrderedDict[Hashable, list[str]] = current_app.extensions["page_cache"]
    parts = pages.get(key)
    if parts is None:
        parts = draw().split(EDGE)
        pages[key] = parts
        while len(pages) > MOST:
            pages.popitem(last=False)
    return _filled(parts, holes)


def page_while_true(key: Hashable, draw: Callable[[], str], holes: Holes) -> str:
    """The page of this key while its drawing would read the same, with its holes filled."""
    return _filled(unchanged(key, lambda: draw().split(EDGE)), holes)


def form_token() -> str:
    """The token of this browser's forms, signed once: its signature knows no time limit."""
    field = current_app.config["WTF_CSRF_FIELD_NAME"]
    tokens: OrderedDict[str, str] = current_app.extensions["form_tokens"]
    token = tokens.get(session.get(field, ""))
    if token is None:
        g.pop(field, None)  # made for the session as it was before, if it was given up meanwhile
        token = str(generate_csrf())
        tokens[session[field]] = token
        while len(tokens) > MOST:
            tokens.popitem(last=False)
    return token


def with_token_hole(page: str) -> str:
    """The page with a hole for the token its forms were drawn with; one without forms has none."""
    token = g.get(current_app.config["WTF_CSRF_FIELD_NAME"])
    return page.replace(token, hole("csrf")) if token else page


def _filled(parts: list[str], holes: Holes) -> str:
    filled: dict[str, str] = {}
    for name in set(parts[1::2]):
        value = holes[name]
        filled[name] = str(escape(value if isinstance(value, str) else value()))
    return "".join(filled[part] if place % 2 else part for place, part in enumerate(parts))
