"""What the desk types into a letter, field by field."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import Field, HiddenField, StringField, TextAreaField, ValidationError
from wtforms.validators import Length

from app.core.forms import BaseForm, Needed
from app.events.fields import LinesField
from app.invitations.letter_words import LINES, TEXTS, Body
from app.invitations.placeholders import names_in, problem
from app.invitations.templates import BODY_MOST, LINE_MOST, TEXT_MOST


class KnownPlaces:
    """Every place of the text is one of ours and its braces stand in pairs."""

    def __call__(self, form: Any, field: Field) -> None:
        if sentence := problem(field.data or ""):
            raise ValidationError(str(sentence))


def _checks(most: int, needed: Any) -> list[Any]:
    length = Length(max=most, message=_l("Hãy viết gọn lại, không quá %(max)d chữ."))
    return [*([Needed(needed)] if needed else []), length, KnownPlaces()]


def _line(label: Any, needed: Any = None) -> StringField:
    return StringField(label, validators=_checks(LINE_MOST, needed))


def _area(label: Any, needed: Any = None) -> TextAreaField:
    return TextAreaField(label, validators=_checks(TEXT_MOST, needed))


def _lines(label: Any, needed: Any = None) -> LinesField:
    return LinesField(label, validators=_checks(TEXT_MOST, needed))


class LetterTextForm(BaseForm):
    """The fields in the order of the paper. ``base``: the version shown when the writing began."""

    subject = _lines(_l("Trích yếu"), _l("Hãy nhập trích yếu của giấy mời."))
    bases = _lines(_l("Căn cứ"))
    inviter = _line(_l("Bên mời"), _l("Hãy nhập tên cơ quan mời."))
    addressee = _line(_l("Kính mời"), _l("Hãy nhập dòng kính mời."))
    representative = _line(_l("Khi chưa có tên"), _l("Hãy nhập dòng kính mời khi chưa có tên."))
    purpose = _area(_l("Tới dự"), _l("Hãy nhập nội dung mời dự."))
    chair = _line(_l("Chủ trì"))
    time = _lines(_l("Thời gian"), _l("Hãy nhập thời gian."))
    place = _area(_l("Địa điểm"), _l("Hãy nhập địa điểm."))
    notes = _lines(_l("Nội dung thư"))
    recipients = _lines(_l("Nơi nhận"))
    authority = _line(_l("Quyền hạn ký"))
    sign_title = _line(_l("Chức vụ người ký"))
    signer = _line(_l("Họ và tên người ký"))
    base = HiddenField()

    @staticmethod
    def values_of(body: Body, base: int) -> dict[str, Any]:
        texts = {name: body[name] for name in TEXTS}
        return texts | {name: "\n".join(body[name]) for name in LINES} | {"base": str(base)}

    @property
    def told_elsewhere(self) -> list[str]:
        """Names of fields that no longer take the event's own place or time, which the delegate's
        page, the diary file and the map always show."""
        facts = {"place": "dia_diem", "time": "thoi_gian"}
        return [
            name for name, place in facts.items() if place not in names_in(self[name].data or "")
        ]

    @property
    def base_version(self) -> int:
        text = str(self.base.data or "")
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else 0

    def body(self) -> Body:
        """The words as they are kept."""
        return {name: self[name].data or "" for name in TEXTS} | {
            name: self[name].lines for name in LINES
        }

    def validate(self, extra_validators: Any = None) -> bool:
        fine = super().validate(extra_validators)
        if sum(len(self[name].data or "") for name in (*TEXTS, *LINES)) > BODY_MOST:
            self.form_errors.append(str(_l("Lời thư quá dài cho một trang. Hãy viết gọn lại.")))
            return False
        return bool(fine)


class RestoreForm(BaseForm):
    """Only the token: which version stands in the address."""


class WordFileForm(BaseForm):
    """The department's own Word file."""

    word_file = FileField(_l("Mẫu Word (.docx)"))
