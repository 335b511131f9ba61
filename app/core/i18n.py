"""The two languages: Vietnamese first, English by a switch in the page's foot.

Our texts are Vietnamese in the code; the catalogues stand in `translations/` (see `tools/i18n.py`).
The language of a request comes from the cookie `lang` and from nothing else: a browser that
asks for English would otherwise get it on a page whose letters and papers are Vietnamese.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import flask_security.babel
from babel import Locale
from babel.lists import format_list
from babel.units import format_unit
from flask import Blueprint, Flask, abort, current_app, has_request_context, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import Domain, get_locale
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect
from wtforms.i18n import messages_path

from app.core.access import public
from app.core.page_texts import init_page_texts
from app.extensions import babel, csrf

#: Code and own name of each language; the first is the default.
LANGUAGES = {"vi": "Tiếng Việt", "en": "English"}
DEFAULT_LANGUAGE = "vi"
COOKIE = "lang"
COOKIE_SECONDS = 365 * 24 * 3600
TIMEZONE = "Asia/Ho_Chi_Minh"

ROOT = Path(__file__).resolve().parents[2]
TRANSLATIONS = ROOT / "translations"
BUILT = ("en/LC_MESSAGES/messages", "vi/LC_MESSAGES/flask_security", "vi/LC_MESSAGES/wtforms")

blueprint = Blueprint("core", __name__)


# ---------------------------------------------------------------- the language of a request


def chosen_language() -> str:
    """The code of the language of this request; outside a request the default."""
    if has_request_context():
        asked = request.cookies.get(COOKIE, "")
        if asked in LANGUAGES:
            return asked
    return DEFAULT_LANGUAGE


_LOCALES = {code: Locale.parse(code) for code in LANGUAGES}


def _locale() -> Locale:
    """Read once a process: Babel would read the code again with each request."""
    return _LOCALES[chosen_language()]


def return_path() -> str:
    """Where the language switch comes back to: this page, with its query."""
    return request.full_path.rstrip("?")


def own_path(target: str) -> str:
    """`target` if it is the path of a page of ours that can be fetched, else "/".

    Refused: whole addresses, "//host", backslashes and control characters (browsers drop those
    and may find another host in what is left), and paths that no view answers to a GET.
    """
    if not target.startswith("/") or target.startswith("//") or "\\" in target:
        return "/"
    if any(character <= " " or character == "\x7f" for character in target):
        return "/"
    try:
        parts = urlsplit(target)
        current_app.url_map.bind("").match(parts.path, method="GET")
    except RequestRedirect:
        return target
    except (ValueError, NotFound, MethodNotAllowed):
        return "/"
    return target


@blueprint.post("/language")
@public
@csrf.exempt  # changes a preference of this browser only; pages without a session carry the form
def set_language() -> ResponseReturnValue:
    """Keep the language `lang` in a cookie and go back to `next`, a path of ours."""
    language = request.form.get("lang", "")
    if language not in LANGUAGES:
        abort(400)
    answer = redirect(request.root_path + own_path(request.form.get("next", "")), code=303)
    answer.set_cookie(
        COOKIE,
        language,
        max_age=COOKIE_SECONDS,
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Lax",
    )
    return answer


class Texts(Domain):
    """A catalogue, found by the language alone: Babel would spell the locale out for every text."""

    def __init__(self, directories: list[str], name: str) -> None:
        super().__init__(directories, name)
        self._of_language: dict[str, Any] = {}

    def get_translations(self) -> Any:
        locale = get_locale()
        if locale is None:
            return super().get_translations()
        found = self._of_language.get(locale.language)
        if found is None:
            found = self._of_language[locale.language] = super().get_translations()
        return found


# ---------------------------------------------------------------- WTForms


class FormTranslations:
    """What WTForms and Flask-WTF say, in the language of the moment.

    Their own catalogues have no Vietnamese: ours is read after them. WTForms asks for `gettext`
    and `ngettext`, Flask-WTF for `ugettext` and `ungettext`; both fill in the values themselves.
    """

    def __init__(self) -> None:
        self._domain = Texts([messages_path(), str(TRANSLATIONS)], "wtforms")

    def gettext(self, string: str) -> str:
        return str(self._domain.get_translations().ugettext(string))

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        return str(self._domain.get_translations().ungettext(singular, plural, n))

    ugettext = gettext
    ungettext = ngettext


def form_translations() -> FormTranslations:
    """The answer of a form's `Meta.get_translations`."""
    translations: FormTranslations = current_app.extensions["form_translations"]
    return translations


def _translate_foreign_forms() -> None:
    # The forms of Flask-Security are not ours: Flask-WTF takes the translations it finds here.
    request.wtforms_translations = form_translations()  # type: ignore[attr-defined]


# ---------------------------------------------------------------- Flask-Security


def duration_in_words(parts: Sequence[tuple[int, str]]) -> str:
    """A duration such as [(1, "day"), (30, "minute")] in words of the present language.

    Takes the place of Flask-Security's `format_td_parts`: Babel has no long Vietnamese patterns,
    only short ones (which are whole words), and Flask-Security then says "1 day" in English.
    """
    locale = get_locale()
    length: Literal["short", "long"] = "short" if locale.language == "vi" else "long"
    return format_list(
        [format_unit(value, f"duration-{unit}", length, locale=locale) for value, unit in parts],
        locale=locale,
    )


# ---------------------------------------------------------------- set-up


def init_i18n(app: Flask) -> None:
    """Bind Babel, the forms and the language switch. Call it before Flask-Security is bound.

    Raises RuntimeError when the catalogues were not built: without them a Vietnamese page would
    quietly speak English.
    """
    missing = [name for name in BUILT if not (TRANSLATIONS / f"{name}.mo").is_file()]
    if missing:
        raise RuntimeError(
            f"translations not built ({', '.join(missing)}): run python tools/i18n.py compile"
        )
    babel.init_app(
        app,
        default_locale=DEFAULT_LANGUAGE,
        default_translation_directories=str(TRANSLATIONS),
        default_timezone=TIMEZONE,
        locale_selector=_locale,
    )
    babel.domain_instance = Texts([str(TRANSLATIONS)], "messages")
    app.config.setdefault("SECURITY_I18N_DIRNAME", ["builtin", str(TRANSLATIONS)])
    flask_security.babel.format_td_parts = duration_in_words
    app.extensions["form_translations"] = FormTranslations()
    app.jinja_env.globals.update(LANGUAGES=LANGUAGES, return_path=return_path)
    init_page_texts(app)
    app.before_request(_translate_foreign_forms)
    app.register_blueprint(blueprint)
