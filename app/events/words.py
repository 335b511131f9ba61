"""Words of an event's moves, and the address made from its name."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.vietnamese import fold
from app.events.rules import EventState

_OPEN = {
    "question": _l("Mở đăng ký?"),
    "then": _l(
        "Trang của sự kiện hiện ra cho mọi người, các đơn vị đăng ký được bằng đường dẫn riêng."
    ),
    "yes": _l("Mở đăng ký"),
    "no": _l("Để sau"),
    "danger": False,
}
_ARCHIVE = {
    "question": _l("Lưu trữ sự kiện?"),
    "then": _l("Sự kiện rời khỏi danh sách đang làm. Danh sách và lịch sử vẫn xem được."),
    "yes": _l("Lưu trữ"),
    "no": _l("Giữ lại"),
    "danger": True,
}
MOVE_WORDS: dict[tuple[str, str], dict[str, Any]] = {
    (EventState.DRAFT, EventState.OPEN): _OPEN,
    (EventState.DRAFT, EventState.ARCHIVED): _ARCHIVE,
    (EventState.OPEN, EventState.CLOSED): {
        "question": _l("Đóng đăng ký?"),
        "then": _l(
            "Đơn vị không tự gửi, đổi hay rút được nữa, kể cả gửi muộn; vẫn gửi được đề nghị đổi, "
            "rút để Sở xét. Mở lại được bất cứ lúc nào."
        ),
        "yes": _l("Đóng đăng ký"),
        "no": _l("Vẫn để mở"),
        "danger": True,
    },
    (EventState.CLOSED, EventState.OPEN): {
        **_OPEN,
        "question": _l("Mở lại đăng ký?"),
        "then": _l("Các đơn vị lại gửi được. Sau hạn, đơn vị gửi vào danh sách quá hạn chờ xét."),
        "yes": _l("Mở lại đăng ký"),
    },
    (EventState.CLOSED, EventState.ARCHIVED): _ARCHIVE,
    (EventState.ARCHIVED, EventState.CLOSED): {
        "question": _l("Đưa sự kiện ra khỏi lưu trữ?"),
        "then": _l("Sự kiện trở lại trạng thái đã đóng đăng ký, sửa và mở lại được."),
        "yes": _l("Đưa ra khỏi lưu trữ"),
        "no": _l("Để nguyên"),
        "danger": False,
    },
}


def slug_of(title: str, year: int) -> str:
    """An address from a name: "Tập huấn “Đơn vị học tập”", 2024 → tap-huan-don-vi-hoc-tap-2024."""
    words = re.sub(r"[^a-z0-9]+", "-", fold(title)).strip("-")[:70].strip("-")
    return f"{words or 'su-kien'}-{year}"
