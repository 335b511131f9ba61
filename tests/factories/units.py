"""A unit's private address and what its page says, in tests."""

from __future__ import annotations

import re
from typing import Any

from app.events.models import Participation
from app.events.queries import unit_secret
from app.extensions import db


def unit_path(participation: Participation | int) -> str:
    """/units/<secret>, of a participation or its id."""
    key = participation if isinstance(participation, int) else participation.id
    return f"/units/{unit_secret(db.session.get_one(Participation, key))}"


def words_of(response: Any) -> str:
    """Visible words of a page: no tags, single blanks."""
    html = re.sub(r"<(script|style)\b.*?</\1>", " ", response.get_data(as_text=True), flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("&#39;", "'").split())


def typed_values(response: Any) -> dict[str, str]:
    """name → value of every input of the page."""
    html = response.get_data(as_text=True)
    found = {}
    for tag in re.findall(r"<input\b[^>]*>", html):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name:
            found[name[1]] = value[1] if value else ""
    return found
