"""The base form and the validators every package shares."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, ValidationError

from app.core.i18n import form_translations
from app.core.vietnamese import clean_text


def cleaned(value: Any) -> Any:
    """WTForms filter: normalised text; only spaces become None."""
    if isinstance(value, str):
        return clean_text(value) or None
    return value


class BaseForm(FlaskForm):
    class Meta:
        def bind_field(self, form: Any, unbound: Any, options: dict[str, Any]) -> Any:
            filters = unbound.kwargs.get("filters", [])
            if getattr(unbound.field_class, "_cleans", True) and cleaned not in filters:
                if unbound.field_class.__name__ in {"StringField", "TextAreaField", "SearchField"}:
                    unbound.kwargs["filters"] = [cleaned, *filters]
            return unbound.bind(form=form, **options)

        def get_translations(self, form: Any) -> Any:
            return form_translations()


class Needed:
    """Required, with the sentence that says what to enter."""

    field_flags = {"required": True}

    def __init__(self, message: Any = None) -> None:
        self.message = message or _l("Hãy điền ô này.")

    def __call__(self, form: Any, field: Field) -> None:
        if field.data in (None, "", []):
            raise ValidationError(str(self.message))
