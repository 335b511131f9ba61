"""What a unit or the desk reads after an upload."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.filters import clock_time, short_date
from app.signed_forms.models import SignedForm
from app.signed_forms.rules import FormState, Verdict
from app.signed_forms.services import Intake, current_state

SOURCE_WORDS = {
    "web": _l("Đơn vị gửi từ đường dẫn riêng."),
    "mail": _l("Sở nhập từ thư điện tử."),
    "desk": _l("Sở nhập từ bản giấy."),
}


@dataclass(frozen=True)
class Answer:
    """One sentence and its tone (look.md 2.1)."""

    tone: str
    text: str


def answer_to(intake: Intake) -> Answer:
    """Why an upload was not stored, and what to do; names only what is the unit's own."""
    verdict, form = intake.verdict, intake.signed_form
    if form is not None and verdict == Verdict.SAME_SCAN:
        return Answer("ended", _same_scan(form))
    if form is not None and verdict == Verdict.ACCEPTED_BEFORE:
        return Answer("done", _("Sở đã duyệt bản ký của đơn vị. Không cần gửi lại."))
    return Answer("look", _("Chưa nhận tệp vừa gửi.") + " " + _turned_away(intake))


def _same_scan(form: SignedForm) -> str:
    text = _(
        "Bản này Sở đã nhận lúc %(time)s, %(day)s. Không ghi thêm gì.",
        time=clock_time(form.received_at),
        day=short_date(form.received_at),
    )
    state = current_state(form)
    if state == FormState.REFUSED:
        text += " " + _("Sở đã xem và chưa nhận: %(reason)s", reason=form.sentence)
    elif state == FormState.OLD:
        text += " " + _("Bản đó nay đã cũ. Hãy in phiếu mới, ký, đóng dấu rồi gửi.")
    return text


def _turned_away(intake: Intake) -> str:
    if intake.verdict == Verdict.OLDER_VERSION and intake.named is not None:
        return _(
            "Đây là phiếu lần %(old)s; thông tin của %(name)s đã sửa, nay là phiếu lần %(new)s. "
            "Hãy in phiếu mới, ký, đóng dấu rồi gửi.",
            old=intake.version,
            new=intake.named.form_version,
            name=intake.named.full_name or _("người dự"),
        )
    if intake.verdict == Verdict.REPLACED and intake.named is not None:
        return _(
            "Đây là phiếu của %(name)s, nay không còn là người dự của đơn vị. "
            "Hãy in phiếu của người dự hiện nay, ký, đóng dấu rồi gửi.",
            name=intake.named.full_name or _("người trước"),
        )
    return str(_PLAIN[intake.verdict])


_PLAIN = {
    Verdict.OTHER_UNIT: _l(
        "Bản này là của đơn vị khác. Hãy kiểm tra lại tờ phiếu, chụp đúng phiếu của đơn vị."
    ),
    Verdict.OTHER_EVENT: _l("Phiếu này thuộc sự kiện khác. Hãy gửi phiếu in từ trang này."),
    Verdict.NOT_A_FORM: _l(
        "Mã vuông trong ảnh là mã vào hội trường, không phải mã của phiếu. "
        "Hãy chụp tờ phiếu đã ký, thấy rõ mã vuông ở cuối phiếu."
    ),
    Verdict.CONTRADICTORY: _l(
        "Các trang mang mã của hai phiếu khác nhau. Hãy gửi riêng các trang của một phiếu."
    ),
}

TAB_WORDS = {
    "doubtful": _l("Cần xem"),
    "received": _l("Đã nhận"),
    "accepted": _l("Đã duyệt"),
    "missing": _l("Chưa gửi"),
}
