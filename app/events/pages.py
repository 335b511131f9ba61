"""The blueprint of events and its one filter; the views stand in public_routes, desk_routes and
rehearsal_routes."""

import re

from flask import Blueprint

blueprint = Blueprint("events", __name__)

_NAME = re.compile(r"“[^”]{1,20}”")
_YEARS = re.compile(r"(\d{4}) - (\d{4})")


@blueprint.app_template_filter("kept")
def keep_together(text: str | None) -> str:
    """No line break inside a short quoted name (“Đơn vị học tập”) or a span of years."""
    together = _NAME.sub(lambda found: found[0].replace(" ", "\u00a0"), text or "")
    return _YEARS.sub("\\1\u00a0-\u00a0\\2", together)
