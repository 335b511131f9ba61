"""Pages that many people open in the same minute, drawn once and filled in for each.

A page is kept under everything it depends on (the event's revision, the language, the minute),
so a kept page is never wrong, only unused. What differs from reader to reader is drawn as a
hole (`hole("name")`) and put in afterwards, escaped. Each process keeps its own few pages.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping

from flask import Flask, current_app
from markupsafe import escape

MOST = 200
EDGE = "\ue000"  # private use: no text of ours or of a person's contains it after cleaning


def init_page_cache(app: Flask) -> None:
    app.extensions["page_cache"] = OrderedDict()


def hole(name: str) -> str:
    """What stands in a kept page where a value of the reader's goes."""
    return f"{EDGE}{name}{EDGE}"


def kept_page(key: Hashable, draw: Callable[[], str], holes: Mapping[str, str]) -> str:
    """The page of this key, drawn when it is not kept yet, with its holes filled."""
    pages: OrderedDict[Hashable, list[str]] = current_app.extensions["page_cache"]
    parts = pages.get(key)
    if parts is None:
        parts = draw().split(EDGE)
        pages[key] = parts
        while len(pages) > MOST:
            pages.popitem(last=False)
    filled = {name: str(escape(value)) for name, value in holes.items()}
    return "".join(filled[part] if place % 2 else part for place, part in enumerate(parts))
