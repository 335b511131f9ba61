"""What the desk chooses for badges, name plates, labels."""

from __future__ import annotations

from collections import Counter

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import NumberRange, Optional

from app.core.forms import BaseForm
from app.events.guests import LIST_GROUPS, kind_label
from app.hall_papers.print_rules import (
    BADGE,
    KIND_WORDS,
    LAYOUTS,
    POSTER,
    SEAT,
    SeatsUnread,
    TooManySeats,
    labels_a_sheet,
    rows_of,
)
from app.hall_papers.prints import AGAIN, ALL, GROUP, NEW, PICKED, PrintChoice, Prints
from app.printing.list_model import roman
from app.units.rules import GROUPS


class PrintForm(BaseForm):
    """Asked for by address (to look at it), sent to be printed."""

    kind = StringField()
    layout = SelectField(_l("Mẫu"))
    who = SelectField(_l("In cho ai"), default=ALL)
    first = IntegerField(
        _l("Bắt đầu từ nhãn thứ"), default=1,
        validators=[Optional(), NumberRange(1, message=_l("Hãy nhập số từ 1."))],
    )  # fmt: skip
    rows = StringField(_l("Các hàng ghế"))
    in_row = IntegerField(
        _l("Số ghế mỗi hàng"),
        validators=[Optional(), NumberRange(1, 500, message=_l("Hãy nhập số từ 1 đến 500."))],
    )
    named = BooleanField(_l("Ghi tên người ngồi, theo thứ tự danh sách"))

    def for_prints(self, prints: Prints) -> PrintForm:
        """With the layouts of the kind and the people of the event to choose from."""
        if self.kind.data not in KIND_WORDS:
            self.kind.data = BADGE
        layouts = LAYOUTS[self.kind.data]
        self.layout.choices = [SelectChoice(key, words) for key, words in layouts.items()]
        if self.layout.data not in layouts:
            self.layout.data = next(iter(layouts))
        self.who.choices = _who_choices(prints, self.kind.data)
        if self.who.data not in {one.value for one in self.who.choices}:
            self.who.data = ALL
        if self.first.raw_data is None and self.first.data is None:
            self.first.data = 1
        return self

    @property
    def most_first(self) -> int:
        """Places of the first sheet of stickers; 1 where every sheet is a fresh one."""
        return labels_a_sheet(self.kind.data, self.layout.data)

    def choice(self, picked: tuple[int, ...]) -> PrintChoice:
        seats = self.kind.data == SEAT
        return PrintChoice(
            kind=self.kind.data,
            layout=self.layout.data,
            who=self.who.data if self.kind.data != POSTER else ALL,
            picked=picked,
            skip=(self.first.data or 1) - 1 if self.most_first > 1 else 0,
            rows=(self.rows.data or "") if seats else "",
            in_row=(self.in_row.data or 0) if seats else 0,
            named=bool(self.named.data) if seats else True,
        )

    def validate_first(self, field: IntegerField) -> None:
        most = self.most_first
        if most > 1 and (field.data or 1) > most:
            raise ValidationError(_("Tờ này có %(n)s nhãn. Hãy nhập số từ 1 đến %(n)s.", n=most))

    def validate_rows(self, field: StringField) -> None:
        try:
            rows_of(field.data or "")
        except (SeatsUnread, TooManySeats) as error:
            raise ValidationError(str(error)) from error


def _who_choices(prints: Prints, kind: str) -> list[SelectChoice]:
    """Everybody, the new ones, each group that has people, the hand-picked, an earlier print."""
    sizes = Counter(one.group for one in prints.people)
    kinds: dict[str, dict[str, None]] = {}
    for one in prints.people:
        kinds.setdefault(one.group, {})[one.row.kind] = None
    numerals = {group.key: roman(at) for at, group in enumerate(GROUPS, start=1)}
    choices = [
        SelectChoice(ALL, _("Tất cả (%(n)s)", n=len(prints.people))),
        SelectChoice(
            NEW, _("Người mới hoặc có thay đổi từ lần in trước (%(n)s)", n=len(prints.fresh(kind)))
        ),
    ]
    for group in LIST_GROUPS:
        if group.key in sizes:
            words = ", ".join(map(kind_label, kinds[group.key]))
            if group.key in numerals:
                words = _("Nhóm %(numeral)s: %(words)s", numeral=numerals[group.key], words=words)
            choices.append(SelectChoice(f"{GROUP}{group.key}", f"{words} ({sizes[group.key]})"))
    choices.append(SelectChoice(PICKED, _("Chọn từng người")))
    choices += [
        SelectChoice(f"{AGAIN}{one.id}", _("Đúng những người của lần in số %(n)s", n=at))
        for at, one in enumerate(prints.prints, start=1)
        if one.people
    ]
    return choices
