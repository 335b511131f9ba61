"""The sections of an event's settings, and the rows of those that have rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from app.events.forms import (
    ContactForm,
    CutoffForm,
    KindsForm,
    NamesForm,
    RetentionForm,
    SectionForm,
)
from app.events.models import Event
from app.events.services import SessionEntry
from app.events.text_forms import (
    BasesForm,
    BasisForm,
    ContentForm,
    DeliveryForm,
    LetterForm,
    ScheduleForm,
    SessionRow,
)

SPARE_ROWS = 1
ROWS_MOST = 30


@dataclass(frozen=True)
class Section:
    title: Any
    form: type[SectionForm]
    help: Any = ""


SECTIONS = {
    "names": Section(_l("Tên và văn bản"), NamesForm,
                     _l("Số và ngày ban hành do văn thư ghi, để trống khi chưa có.")),
    "schedule": Section(_l("Thời gian, địa điểm"), ScheduleForm,
                        _l("Khi chưa có ngày giờ chính thức, trang của sự kiện ghi thời gian dự kiến.")),
    "cutoff": Section(_l("Hạn đăng ký"), CutoffForm,
                      _l("Giờ của máy chủ quyết định. Đúng giờ hết hạn trở đi là quá hạn.")),
    "kinds": Section(_l("Đơn vị được gọi"), KindsForm,
                     _l("Đơn vị có hiệu lực trong danh bạ vào ngày này được thêm khi lưu.")),
    "contact": Section(_l("Liên hệ"), ContactForm,
                       _l("Hiện ở chân trang và trong thư. Tên chuyên viên chỉ có trong thư.")),
    "retention": Section(_l("Dữ liệu cá nhân"), RetentionForm,
                         _l("Qua ngày này, điện thoại, thư điện tử, ảnh bản ký và nội dung thư bị xóa hẳn. "
                            "Danh sách đại biểu được giữ. Ngày này hiện trên thông báo công khai.")),
    "content": Section(_l("Nội dung kế hoạch"), ContentForm, _l("Mỗi ý một dòng.")),
    "bases": Section(_l("Căn cứ pháp lý"), BasesForm,
                     _l("Theo thứ tự của kế hoạch. Xóa hết chữ của một mục để bỏ mục đó.")),
    "letter": Section(_l("Đầu giấy và người ký"), LetterForm,
                      _l("In ở giấy mời, phiếu và danh sách. Lời của giấy mời viết ở mục Giấy mời; "
                         "số và ngày do văn thư ghi.")),
    "delivery": Section(_l("Gửi thư"), DeliveryForm,
                        _l("Tắt đi khi việc duyệt và cho số làm ngoài phần mềm này.")),
}  # fmt: skip


def make_rows(section: str, event: Event, posted: Mapping[str, str] | None) -> list[Any]:
    """The small forms of a section: those that exist and a few spare ones; the posted ones come back."""
    if section == "schedule":
        existing = [(one.id, SessionRow.values_of(one)) for one in event.sessions]
        kind: Any = SessionRow
    elif section == "bases":
        existing = [
            (number, dict(one)) for number, one in enumerate(event.plan.get("legal_bases", []))
        ]
        kind = BasisForm
    else:
        return []
    count = len(existing) + SPARE_ROWS
    if posted is not None:
        names = [
            int(name.split("-")[1])
            for name in posted
            if name.startswith("row-") and name.split("-")[1].isdigit()
        ]
        count = min(max([count, *(number + 1 for number in names)]), ROWS_MOST)
    rows = []
    for number in range(count):
        known, values = existing[number] if number < len(existing) else (None, {})
        source = {"formdata": None} if posted is None else {}
        row = kind(prefix=f"row-{number}-", data=values, meta={"csrf": False}, **source)
        if section == "schedule":
            row.session_id = known
        rows.append(row)
    return rows


def row_entries(rows: list[Any]) -> list[Any]:
    """What the filled rows say: SessionEntry or the table of a legal basis."""
    entries: list[Any] = []
    for row in rows:
        if isinstance(row, SessionRow):
            if row.name.data:
                entries.append(
                    SessionEntry(
                        row.session_id,
                        row.name.data,
                        row.topic.data or "",
                        row.starts_at,
                        row.ends_at,
                        row.late_minutes,
                    )
                )
        elif (entry := row.entry()) is not None:
            entries.append(entry)
    return entries
