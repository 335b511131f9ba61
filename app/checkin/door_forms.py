"""The door's form: who stands there, from which unit, who let them in."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, IntegerField, StringField, ValidationError
from wtforms.validators import Length, NumberRange, Optional

from app.checkin.door_entries import (
    ALLOWED_MAX,
    NAME_MAX,
    POSITION_MAX,
    UNIT_MAX,
    WalkIn,
)
from app.checkin.forms import MOST_ID
from app.checkin.models import Scan
from app.checkin.rules import is_client_id
from app.core.forms import BaseForm, Needed
from app.core.names import name_problem

TYPED = {"autocomplete": "off"}


def _id_field() -> IntegerField:
    """A number the page put there; what is not one says nothing."""
    return IntegerField(validators=[Optional(), NumberRange(1, MOST_ID)])


class DoorForm(BaseForm):
    """`walk_in()` after validation. ``guest``: "1" once somebody said that there is no unit."""

    full_name = StringField(
        _l("Họ và tên"),
        validators=[Needed(_l("Hãy nhập họ và tên."))],
        render_kw={**TYPED, "maxlength": 400, "autocapitalize": "words"},
    )
    position = StringField(
        _l("Chức vụ"),
        validators=[
            Needed(_l("Hãy nhập chức vụ.")),
            Length(max=POSITION_MAX, message=_l("Chức vụ dài quá 120 chữ.")),
        ],
        render_kw={**TYPED, "maxlength": 400},
    )
    unit = StringField(
        _l("Đơn vị"),
        validators=[
            Needed(_l("Hãy nhập đơn vị.")),
            Length(max=UNIT_MAX, message=_l("Tên đơn vị dài quá 200 chữ.")),
        ],
        render_kw={**TYPED, "maxlength": 400, "list": "units"},
    )
    allowed_by = StringField(
        _l("Người cho phép vào"),
        validators=[
            Needed(_l("Hãy nhập tên người cho phép vào.")),
            Length(max=ALLOWED_MAX, message=_l("Tên người cho phép dài quá 120 chữ.")),
        ],
        render_kw={**TYPED, "maxlength": 400},
    )
    participation_id = _id_field()
    replaces = _id_field()
    scan_id = _id_field()
    guest = HiddenField()
    session_id = _id_field()
    client_id = HiddenField()

    def validate_full_name(self, field: Any) -> None:
        if not field.data:
            return
        problem = name_problem((field.raw_data or [""])[0])
        if problem is not None and not problem.is_warning:
            raise ValidationError(str(problem.message))
        if len(field.data) > NAME_MAX:
            raise ValidationError(str(_l("Tên dài quá 120 chữ.")))

    def validate_client_id(self, field: Any) -> None:
        if not is_client_id(field.data or ""):
            raise ValidationError(str(_l("Hãy tải lại trang rồi ghi lại.")))

    def walk_in(self) -> WalkIn:
        return WalkIn(
            name=self.full_name.data or "",
            position=self.position.data or "",
            participation_id=self.participation_id.data,
            unit=self.unit.data or "",
            replaces=self.replaces.data,
            allowed_by=self.allowed_by.data or "",
        )


def given_words(scan: Scan) -> dict[str, Any]:
    """What a phone wrote down at the door, to begin the form with."""
    given = scan.given or {}
    return {
        "full_name": given.get("name"),
        "position": given.get("position"),
        "unit": given.get("unit"),
        "allowed_by": given.get("allowed_by"),
        "session_id": scan.session_id,
        "scan_id": scan.id,
    }
