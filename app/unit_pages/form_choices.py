"""What a clerk may choose for the unit's form: number, day, place and who signs (P40, P41, P47).

Everything is optional. The choices go into the address of the file as one sealed text, so that
the file comes by a plain link, in any in-app browser, and no name stands in a log.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice

from app.core.clock import local
from app.core.errors import NotFound
from app.core.forms import BaseForm
from app.core.names import name_problem
from app.core.sealing import seal, unseal
from app.events.fields import DayField
from app.events.models import Event

PURPOSE = "unit-form"
SYMBOL_MOST, PLACE_MOST, SIGNER_MOST = 20, 24, 60
HEAD, DEPUTY = "head", "deputy"
_NUMBER = re.compile(r"\d{1,6}[A-Za-zĐđ]?", re.ASCII)
_SYMBOL_SIGNS, _PLACE_SIGNS = "0123456789-&./", "0123456789-. "


@dataclass(frozen=True)
class FormChoices:
    """Empty texts and None are left white on paper; ``place``: "" for the event's own."""

    number: str = ""
    symbol: str = ""
    day: date | None = None
    place: str = ""
    signs: str = HEAD
    signer: str = ""

    def sealed(self) -> str | None:
        """For the file's address; None when nothing was chosen."""
        if self == FormChoices():
            return None
        values = {**asdict(self), "day": self.day.isoformat() if self.day else None}
        return seal(PURPOSE, json.dumps(values, ensure_ascii=False, separators=(",", ":")))


def choices_of(sealed: str | None) -> FormChoices:
    """What was sealed by us. Raises NotFound for anything else."""
    if not sealed:
        return FormChoices()
    text = unseal(PURPOSE, sealed)
    if text is None:
        raise NotFound(
            _l("Đường dẫn tải phiếu không còn đúng. Hãy mở lại trang của đơn vị rồi tải lại.")
        )
    values = json.loads(text)
    return FormChoices(
        **{**values, "day": date.fromisoformat(values["day"]) if values["day"] else None}
    )


def _is_latin(text: str, signs: str) -> bool:
    return all(
        char in signs or (char.isalpha() and "LATIN" in unicodedata.name(char, "")) for char in text
    )


class FormChoicesForm(BaseForm):
    """`choices()` after validation. ``event``: whose year the day must be near."""

    number = StringField(
        _l("Số"),
        description=_l("Số văn thư đã cấp."),
        render_kw={"autocomplete": "off", "maxlength": 40, "inputmode": "numeric"},
    )
    symbol = StringField(
        _l("Ký hiệu"),
        description=_l("Ví dụ: DS-THPTNQ."),
        render_kw={"autocomplete": "off", "maxlength": 60},
    )
    day = DayField(
        _l("Ngày ký"),
        description=_l("Ngày/tháng/năm, ví dụ 04/03/2024."),
        render_kw={"autocomplete": "off", "maxlength": 30, "inputmode": "numeric"},
    )
    place = StringField(
        _l("Địa danh"),
        description=_l("Đứng trước ngày ký."),
        render_kw={"autocomplete": "off", "maxlength": 60},
    )
    signs = RadioField(
        _l("Người ký"), default=HEAD, choices=[SelectChoice(HEAD, ""), SelectChoice(DEPUTY, "")]
    )
    signer = StringField(
        _l("Họ và tên người ký"),
        description=_l("In dưới chỗ ký."),
        render_kw={"autocomplete": "off", "maxlength": 200, "autocapitalize": "words"},
    )

    def __init__(self, event: Event, **values: Any) -> None:
        super().__init__(**values)
        self._year = local(event.cutoff_at).year
        self._place = event.letter["place"]

    def validate_number(self, field: Any) -> None:
        """ "12/DS-THPTNQ" typed in one field is both."""
        number, slash, symbol = (field.data or "").partition("/")
        if slash and symbol.strip() and not self.symbol.data:
            self.symbol.data = symbol.strip()
        field.data = number.strip()
        if field.data and not _NUMBER.fullmatch(field.data):
            raise ValidationError(
                str(_l("Số chỉ gồm chữ số, có thể thêm một chữ cái, ví dụ 12 hoặc 12a."))
            )

    def validate_symbol(self, field: Any) -> None:
        field.data = (field.data or "").removeprefix("/").strip()
        if len(field.data) > SYMBOL_MOST:
            raise ValidationError(
                str(_l("Ký hiệu dài quá %(most)s ký tự. Hãy viết gọn lại.", most=SYMBOL_MOST))
            )
        if not _is_latin(field.data, _SYMBOL_SIGNS):
            raise ValidationError(
                str(_l("Ký hiệu chỉ gồm chữ cái, chữ số và các dấu - & . /, không có dấu cách."))
            )

    def validate_day(self, field: Any) -> None:
        if field.day and abs(field.day.year - self._year) > 1:
            raise ValidationError(
                str(
                    _l("Hãy xem lại năm: %(year)s không phải năm của sự kiện.", year=field.day.year)
                )
            )

    def validate_place(self, field: Any) -> None:
        field.data = field.data or ""
        if len(field.data) > PLACE_MOST:
            raise ValidationError(
                str(_l("Địa danh dài quá %(most)s ký tự. Hãy viết gọn lại.", most=PLACE_MOST))
            )
        if not _is_latin(field.data, _PLACE_SIGNS):
            raise ValidationError(str(_l("Địa danh chỉ gồm chữ cái, chữ số và dấu gạch ngang.")))

    def validate_signer(self, field: Any) -> None:
        if not field.data:
            return
        problem = name_problem((field.raw_data or [""])[0])
        if problem is not None and not problem.is_warning:
            one = _l("Ô này chỉ ghi một người ký. Hãy giữ lại một tên.")
            raise ValidationError(str(one if problem.code == "several" else problem.message))
        if len(field.data) > SIGNER_MOST:
            raise ValidationError(
                str(_l("Họ tên người ký dài quá %(most)s chữ. Hãy viết gọn lại.", most=SIGNER_MOST))
            )

    def choices(self) -> FormChoices:
        place = self.place.data or ""
        return FormChoices(
            number=self.number.data or "",
            symbol=self.symbol.data or "",
            day=self.day.day,
            place="" if place == self._place else place,
            signs=self.signs.data or HEAD,
            signer=self.signer.data or "",
        )
