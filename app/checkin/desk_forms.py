"""What the desk types on its page of the hall: a gate, the reason of an absence."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from app.core.forms import BaseForm, Needed
from app.core.policies import SUPERVISOR
from app.events.fields import CheckboxesField
from app.events.models import Event

STEWARD = "steward"
ROLE_WORDS = {STEWARD: _l("Người trực cửa"), SUPERVISOR: _l("Người phụ trách cửa")}
ONE, MANY = "one", "many"


class GateForm(BaseForm):
    name = StringField(
        _l("Tên cổng"),
        validators=[
            Needed(_l("Hãy nhập tên cổng, ví dụ: Cổng A.")),
            Length(max=60, message=_l("Tên cổng dài quá 60 chữ. Hãy viết ngắn lại.")),
        ],
    )
    role = RadioField(
        _l("Ai dùng"),
        choices=[
            SelectChoice(STEWARD, _l("Người trực cửa: điểm danh, hoàn tác lượt của cổng mình")),
            SelectChoice(
                SUPERVISOR,
                _l(
                    "Người phụ trách cửa: thêm quyền hoàn tác lượt của cổng khác, ghi người đến cửa"
                ),
            ),
        ],
        default=STEWARD,
    )
    devices = RadioField(
        _l("Số máy"),
        choices=[
            SelectChoice(ONE, _l("Một máy: mã ghép dùng được một lần")),
            SelectChoice(MANY, _l("Nhiều máy: nhiều điện thoại cùng quét một mã ghép")),
        ],
        default=ONE,
    )
    sessions = CheckboxesField(_l("Buổi"))

    def for_event(self, event: Event) -> GateForm:
        """With the event's sessions to choose from; none chosen is all of them."""
        self.sessions.choices = _sessions(event)
        return self

    @property
    def session_ids(self) -> tuple[int, ...]:
        return tuple(int(one) for one in self.sessions.data or ())

    @property
    def many_devices(self) -> bool:
        return self.devices.data == MANY


class ExcuseForm(BaseForm):
    reason = TextAreaField(
        _l("Lý do vắng"),
        validators=[
            Needed(_l("Hãy ghi lý do vắng.")),
            Length(max=500, message=_l("Lý do dài quá 500 chữ. Hãy viết gọn lại.")),
        ],
        render_kw={"rows": 3},
    )
    sessions = CheckboxesField(_l("Vắng buổi"), validators=[Needed(_l("Hãy chọn buổi vắng."))])

    def for_event(self, event: Event) -> ExcuseForm:
        self.sessions.choices = _sessions(event)
        return self

    @property
    def session_ids(self) -> tuple[int, ...]:
        return tuple(int(one) for one in self.sessions.data or ())


def _sessions(event: Event) -> list[Any]:
    return [SelectChoice(str(one.id), one.name) for one in event.sessions]
