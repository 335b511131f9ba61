"""Invented papers used by the tests of this folder: real kinds of unit, invented people."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from app.printing.letters import Addressee, InvitationLetter
from app.printing.list_model import DelegateGroup, DelegateList, DelegateRow
from app.printing.model import Issuer, Numbering, Signature

DEPARTMENT = Issuer(("UBND THÀNH PHỐ HẢI PHÒNG",), ("SỞ GIÁO DỤC VÀ ĐÀO TẠO",))
SIGNATURE = Signature(("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"), "Vũ Hoàng Nam")
SUBJECT = (
    "Dự tập huấn công tác đánh giá, công nhận",
    "“Đơn vị học tập” cấp huyện và “Cộng đồng học tập” cấp xã, huyện",
)
COMMITTEE = (
    "Ban Chỉ đạo Phổ cập giáo dục, xóa mù chữ - Xây dựng xã hội học tập - "
    "Dạy và học ngoại ngữ {district}"
)
CODE = "00110000950142778447598037650894"
LONG_NAME = "Công Tằng Tôn Nữ Hoàng Nguyên Phương Thảo Khánh Lan Ngọc Đan"

LETTER = InvitationLetter(
    issuer=DEPARTMENT,
    numbering=Numbering("GM-SGDĐT", "Hải Phòng", 2024),
    subject=SUBJECT,
    inviter="Sở Giáo dục và Đào tạo Hải Phòng",
    addressee=Addressee("Trường THPT Ngô Quyền", "Nguyễn Thị Phương Thảo", "Phó Hiệu trưởng", "Bà"),
    purpose=(
        "Hội nghị triển khai Phong trào “Cả nước thi đua xây dựng xã hội học tập, đẩy mạnh học "
        "tập suốt đời giai đoạn 2023 - 2030”; tập huấn công tác đánh giá, công nhận “Đơn vị học "
        "tập” cấp huyện và “Cộng đồng học tập” cấp xã, huyện"
    ),
    chair="Lãnh đạo Sở Giáo dục và Đào tạo",
    time="8 giờ 00 phút, thứ Tư, ngày 13 tháng 3 năm 2024 (01 ngày; đón tiếp đại biểu từ 7 giờ "
    "30 phút)",
    place="Hội trường tầng 3, khu B, Sở GDĐT (Số 36 Minh Khai, P. Hoàng Văn Thụ, Q. Hồng Bàng, "
    "TP. Hải Phòng)",
    notes=(
        "Đề nghị đại biểu mang theo giấy mời để làm thủ tục tại bàn đón tiếp; đơn vị cử người đi "
        "tập huấn thanh toán công tác phí theo quy định hiện hành và tạo điều kiện tối đa về thời "
        "gian, kinh phí để đại biểu tham gia. Thông tin chi tiết liên hệ phòng Giáo dục thường "
        "xuyên và Đại học, điện thoại: 0225 3000 000, email: gdtx@example.vn",
    ),
    signature=SIGNATURE,
    recipients=("Như trên", "Giám đốc, các PGĐ Sở (để b/c)", "Lưu: VT, GDTX&ĐH"),
    code=CODE,
)
COMMITTEE_LETTER = replace(
    LETTER,
    addressee=Addressee(
        COMMITTEE.format(district="huyện Thủy Nguyên"), "Đoàn Hữu Phước", "Phó Trưởng ban", "Ông"
    ),
)
NUMBERED_LETTER = replace(
    LETTER, numbering=Numbering("GM-SGDĐT", "Hải Phòng", 2024, 214, date(2024, 3, 7))
)

GROUP_TITLES = (
    "Ban Chỉ đạo Phổ cập giáo dục, xóa mù chữ - Xây dựng xã hội học tập - Dạy và học ngoại ngữ "
    "quận, huyện",
    "Phòng, đơn vị thuộc Sở Giáo dục và Đào tạo",
    "Phòng Giáo dục và Đào tạo quận, huyện",
    "Trường THPT, phổ thông có nhiều cấp học, trung tâm Giáo dục nghề nghiệp - Giáo dục thường "
    "xuyên quận, huyện",
)
_DISTRICTS = ("huyện An Lão", "huyện Vĩnh Bảo", "quận Hồng Bàng", "quận Ngô Quyền", "quận Hải An")
_NAMES = (
    "Lê Thị Kim Dung", "Phạm Ngọc Điệp", "Đỗ Quang Đông", "Nguyễn Thị Phương Thảo", LONG_NAME,
    "Vũ Thị Ngọc Hà", "Hoàng Thị Thanh Mai", "Hà Văn Thắng",
)  # fmt: skip
_SCHOOLS = (
    "Trường THPT Lương Khánh Thiện", "Trường THPT Thái Phiên", "Trường THPT 25/10",
    "Trung tâm Giáo dục nghề nghiệp - Giáo dục thường xuyên quận Dương Kinh",
    "Trường phổ thông nhiều cấp học Nguyễn Tất Thành", "Trường THPT chuyên Trần Phú",
    "Trường THPT Nguyễn Bỉnh Khiêm", "Trung tâm GDNN-GDTX huyện Kiến Thụy",
)  # fmt: skip
_POSITIONS = ("Phó Hiệu trưởng", "Hiệu trưởng", "Phó Giám đốc")


def _unit(group: int, place: int) -> tuple[str, str]:
    district = _DISTRICTS[place % len(_DISTRICTS)]
    if group == 0:
        return COMMITTEE.format(district=district), ("Phó Trưởng ban", "Ủy viên Thường trực")[
            place % 2
        ]
    if group == 1:
        return "Phòng Giáo dục Tiểu học", "Chuyên viên"
    if group == 2:
        return f"Phòng Giáo dục và Đào tạo {district}", "Phó Trưởng phòng"
    return _SCHOOLS[place % len(_SCHOOLS)], _POSITIONS[place % len(_POSITIONS)]


def person(group: int, place: int) -> DelegateRow:
    """An invented delegate; every eighth has a very long name."""
    unit, position = _unit(group, place)
    name = _NAMES[(place * 3 + group) % len(_NAMES)]
    return DelegateRow(name, unit, position, "", "0912 000 345", f"dai.bieu{place}@thpt.example.vn")


def delegate_list(*sizes: int, grouped: bool = True, **changes: Any) -> DelegateList:
    """A list with groups of these sizes, or one alphabet."""
    groups = tuple(
        DelegateGroup(
            tuple(person(number % 4, place) for place in range(size)),
            GROUP_TITLES[number % 4] if grouped else "",
        )
        for number, size in enumerate(sizes)
    )
    document = DelegateList(
        issuer=DEPARTMENT,
        numbering=Numbering("DS-SGDĐT", "Hải Phòng", 2024),
        subject=("Đại biểu tham gia tập huấn công tác đánh giá, công nhận", SUBJECT[1]),
        groups=groups,
        signature=SIGNATURE,
        recipients=(
            "Bộ GDĐT (để b/c)", "Giám đốc, các PGĐ Sở", "Các đơn vị có đại biểu",
            "Lưu: VT, GDTX&ĐH",
        ),
    )  # fmt: skip
    return replace(document, **changes)
