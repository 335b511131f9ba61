"""`_()` and `ngettext()` without the work of Flask-Babel's for each text: of templates, and of what
the door says to a scan.

A page holds some fifty texts. Vietnamese ones are their own message ids, so there is nothing to
look up; English ones are looked up in the catalogue once per text.
"""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_babel import get_domain, get_locale
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup


def _lookup(text: str) -> str:
    locale = get_locale()
    if locale is None or locale.language == "vi":
        return text
    return str(get_domain().get_translations().ugettext(text))


def gettext(text: str, /, **values: Any) -> str:
    """As Flask-Babel's."""
    found = _lookup(text)
    return found % values if values else found


@pass_eval_context
def template_gettext(eval_ctx: EvalContext, text: str, /, **values: Any) -> str:
    """The text in the page's language; values are escaped where the page is HTML."""
    found = _lookup(text)
    if eval_ctx.autoescape:
        marked = Markup(found)  # noqa: S704 - our own text
        return marked % values if values else Markup(found.replace("%%", "%"))  # noqa: S704
    return found % values


@pass_eval_context
def template_ngettext(
    eval_ctx: EvalContext, singular: str, plural: str, num: int, /, **values: Any
) -> str:
    """As `template_gettext`, for a number; `%(num)s` is the number."""
    locale = get_locale()
    if locale is None or locale.language == "vi":
        found = singular
    else:
        found = str(get_domain().get_translations().ungettext(singular, plural, num))
    values.setdefault("num", num)
    if eval_ctx.autoescape:
        return Markup(found) % values  # noqa: S704 - our own text
    return found % values


def init_page_texts(app: Flask) -> None:
    """After Flask-Babel, whose functions these replace."""
    app.jinja_env.globals.update(
        _=template_gettext, gettext=template_gettext, ngettext=template_ngettext
    )
