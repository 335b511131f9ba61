"""Words, icons and tones of every state a person sees: the one table behind the tag macro.

Keys are the values of the features' state enums; ``core`` knows no feature, so they stand here as
plain strings. Tones: done, waiting, look (a person must look), stop, ended, none.
"""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

TONES = ("done", "waiting", "look", "stop", "ended", "none")


@dataclass(frozen=True)
class StateLook:
    """How one state is shown: ``short`` is the word in a table column that names the thing."""

    word: LazyString
    icon: str
    tone: str
    short: LazyString | None = None


def _look(word: LazyString, icon: str, tone: str, short: LazyString | None = None) -> StateLook:
    return StateLook(word, icon, tone, short)


STATES: dict[str, dict[str, StateLook]] = {
    "registration": {
        "none": _look(_l("Chưa đăng ký"), "circle", "none"),
        "confirmed": _look(_l("Có chỗ"), "check-circle-fill", "done"),
        "waitlisted": _look(_l("Danh sách chờ"), "hourglass-split", "waiting"),
        "waitlisted_at": _look(_l("Chờ, thứ %(place)s"), "hourglass-split", "waiting"),
        "late": _look(_l("Quá hạn, chờ xét"), "clock-history", "look"),
        "withdrawn": _look(_l("Đã rút"), "dash-circle", "ended"),
        "replaced": _look(_l("Đã thay"), "arrow-left-right", "ended"),
        "rejected": _look(_l("Không nhận"), "x-octagon-fill", "stop"),
    },
    "request": {
        "open": _look(_l("Chờ xét"), "clock-history", "look"),
        "accepted": _look(_l("Đã duyệt"), "patch-check", "done"),
        "refused": _look(_l("Không nhận"), "x-octagon-fill", "stop"),
        "taken_back": _look(_l("Đã rút lại"), "dash-circle", "ended"),
        "moot": _look(_l("Không còn cần xét"), "dash", "ended"),
    },
    "form": {
        "none": _look(_l("Chưa gửi bản ký"), "file-earmark", "none", _l("Chưa gửi")),
        "received": _look(_l("Đã nhận bản ký"), "file-earmark-check", "done", _l("Đã nhận")),
        "doubtful": _look(_l("Bản ký cần xem"), "exclamation-triangle-fill", "look", _l("Cần xem")),
        "accepted": _look(_l("Đã duyệt bản ký"), "patch-check", "done", _l("Đã duyệt")),
        "refused": _look(_l("Cần gửi lại bản ký"), "x-octagon-fill", "stop", _l("Cần gửi lại")),
        "old": _look(_l("Bản cũ"), "dash", "ended"),
    },
    "invitation": {
        "draft": _look(_l("Bản nháp"), "pencil", "ended"),
        "submitted": _look(_l("Chờ duyệt"), "hourglass-split", "waiting"),
        "approved": _look(_l("Đã duyệt, chờ số"), "patch-check", "waiting"),
        "ready": _look(_l("Sẵn sàng gửi"), "patch-check", "done"),
        "outdated": _look(_l("Đã đổi, cần trình lại"), "arrow-counterclockwise", "look"),
        "queued": _look(_l("Chờ gửi"), "send", "waiting"),
        "sent": _look(_l("Đã gửi"), "send-check", "done"),
        "failed": _look(_l("Không gửi được"), "x-octagon-fill", "stop"),
        "bounced": _look(_l("Bị trả lại"), "envelope-x", "stop"),
        "void": _look(_l("Đã hủy"), "slash-circle", "ended"),
    },
    "approval": {
        "submitted": _look(_l("Chờ duyệt"), "hourglass-split", "waiting"),
        "approved": _look(_l("Đã duyệt"), "patch-check", "done"),
        "returned": _look(_l("Trả lại"), "arrow-counterclockwise", "look"),
        "taken_back": _look(_l("Đã rút lại"), "dash-circle", "ended"),
    },
    "answer": {
        "yes": _look(_l("Sẽ dự"), "check-circle", "done"),
        "other": _look(_l("Cử người khác"), "arrow-left-right", "look"),
        "no": _look(_l("Không dự được"), "x-circle", "look"),
        "none": _look(_l("Chưa trả lời"), "circle", "none"),
    },
    "reach": {  # how far a letter has come
        "yes": _look(_l("Sẽ dự"), "check-circle", "done"),
        "other": _look(_l("Cử người khác"), "arrow-left-right", "look"),
        "no": _look(_l("Không dự được"), "x-circle", "look"),
        "told": _look(_l("Đã báo qua điện thoại"), "telephone-outbound", "done"),
        "opened": _look(_l("Đã mở, chưa trả lời"), "envelope-open", "waiting"),
        "unopened": _look(_l("Gửi rồi, chưa mở"), "envelope", "look"),
        "fresh": _look(_l("Mới gửi"), "send-check", "waiting"),
        "sending": _look(_l("Đang gửi"), "send", "waiting"),
        "bounced": _look(_l("Bị trả lại"), "envelope-x", "stop"),
        "failed": _look(_l("Không gửi được"), "x-octagon-fill", "stop"),
        "no_address": _look(_l("Chưa có địa chỉ thư"), "envelope-exclamation", "stop"),
        "unsent": _look(_l("Chưa gửi giấy mời"), "pencil", "ended"),
    },
    "message": {
        "queued": _look(_l("Chờ gửi"), "send", "waiting"),
        "sending": _look(_l("Đang gửi"), "arrow-up-right-circle", "waiting"),
        "sent": _look(_l("Đã gửi"), "send-check", "done"),
        "retrying": _look(_l("Đang thử lại"), "arrow-repeat", "look"),
        "failed": _look(_l("Không gửi được"), "x-octagon-fill", "stop"),
        "bounced": _look(_l("Bị trả lại"), "envelope-x", "stop"),
    },
    "batch": {
        "preparing": _look(_l("Đang soạn thư"), "hourglass-split", "waiting"),
        "running": _look(_l("Đang gửi"), "arrow-up-right-circle", "waiting"),
        "paused": _look(_l("Tạm dừng"), "pause-fill", "look"),
        "stopped": _look(_l("Đã dừng hẳn"), "slash-circle", "ended"),
        "done": _look(_l("Đã gửi xong"), "send-check", "done"),
    },
    "reminder": {
        "planned": _look(_l("Sẽ gửi"), "clock", "waiting"),
        "due": _look(_l("Đang tới giờ"), "hourglass-split", "waiting"),
        "sent": _look(_l("Đã gửi"), "send-check", "done"),
        "nobody": _look(_l("Không cần gửi"), "check-circle", "ended"),
        "skipped": _look(_l("Bỏ qua"), "dash-circle", "look"),
        "off": _look(_l("Đang tắt"), "dash", "ended"),
        "past": _look(_l("Đã qua"), "dash-circle", "ended"),
    },
    "presence": {
        "arrived": _look(_l("Đã điểm danh"), "check2-all", "done"),
        "arrived_at": _look(_l("Đã vào %(time)s"), "check2-all", "done"),
        "late": _look(_l("Đến muộn"), "clock-history", "look"),
        "excused": _look(_l("Vắng có lý do"), "envelope-open", "waiting"),
        "undone": _look(_l("Đã hoàn tác"), "arrow-counterclockwise", "ended"),
        "none": _look(_l("Chưa đến"), "circle", "none"),
    },
    "session": {
        "too_early": _look(_l("Chưa mở"), "clock", "none"),
        "open": _look(_l("Đang mở"), "door-open", "done"),
        "over": _look(_l("Đã đóng"), "door-closed", "ended"),
    },
    "scan": {
        "kept": _look(_l("Đã ghi trên máy"), "save2", "waiting"),
        "sent": _look(_l("Đã gửi"), "send-check", "done"),
    },
    "gate": {
        "paired": _look(_l("Đang dùng"), "phone", "done"),
        "expired": _look(_l("Hết phiên"), "clock", "look"),
        "revoked": _look(_l("Máy bị thu hồi"), "phone-vibrate", "stop"),
    },
    "sheet_scan": {
        "unread": _look(_l("Chưa đọc được"), "exclamation-triangle-fill", "look"),
        "to_review": _look(_l("Chờ xem lại"), "hourglass-split", "waiting"),
        "confirmed": _look(_l("Đã ghi có mặt"), "check2-all", "done"),
        "discarded": _look(_l("Đã bỏ"), "dash-circle", "ended"),
    },
}

# A state that carries a figure is worded with it when the page knows it.
WITH_VALUE = {
    ("registration", "waitlisted", "place"): "waitlisted_at",
    ("presence", "arrived", "time"): "arrived_at",
}

NOTICE_ICONS = {
    "done": "check-circle-fill",
    "waiting": "hourglass-split",
    "look": "exclamation-triangle-fill",
    "stop": "exclamation-octagon-fill",
    "ended": "info-circle",
    "none": "info-circle",
}


@dataclass(frozen=True)
class StateTag:
    """What the tag macro draws."""

    word: str
    icon: str
    tone: str


def state_tag(kind: str, state: str | None, *, short: bool = False, **values: object) -> StateTag:
    """The tag of one state, worded in the language of the request.

    Args:
        kind: a key of :data:`STATES`, such as ``registration``.
        state: a state of that kind; ``None`` means there is none yet.
        short: the word for a column that already names the thing ("Đã nhận").
        values: figures of the state: ``place`` (waiting list), ``time`` ("07:41").

    Raises:
        KeyError: the kind or the state is not in the table: a state without its word is a bug.
    """
    key = "none" if state is None else str(state)
    for name, value in values.items():
        if value is not None:
            key = WITH_VALUE.get((kind, key, name), key)
    look = STATES[kind][key]
    word = str(look.short if short and look.short is not None else look.word)
    return StateTag(word % values if key.endswith("_at") else word, look.icon, look.tone)
