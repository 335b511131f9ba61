"""Invented forms of units: real kinds of unit, invented people."""

from __future__ import annotations

from dataclasses import replace

from app.printing.model import Issuer, Numbering, Signature
from app.printing.unit_form import SIGN_AND_STAMP, FormPaper, FormRow
from tests.printing.samples import LONG_NAME

FORM_CODE_DIGITS = "20001000017017634609657080306554"
SUBJECT = (
    "Đại biểu tham gia tập huấn công tác đánh giá, công nhận",
    "“Đơn vị học tập” cấp huyện và “Cộng đồng học tập” cấp xã, huyện",
)
RECIPIENTS = ("Sở GDĐT Hải Phòng (phòng GDTX&ĐH)", "Lưu: VT")

SCHOOL = FormPaper(
    issuer=Issuer(("SỞ GIÁO DỤC VÀ ĐÀO TẠO",), ("TRƯỜNG THPT NGÔ QUYỀN",)),
    numbering=Numbering("DS-THPTNQ", "Hải Phòng", 2024),
    subject=SUBJECT,
    rows=(FormRow("Nguyễn Thị Phương Thảo", "Trường THPT Ngô Quyền", "Phó Hiệu trưởng"),),
    signature=Signature(("HIỆU TRƯỞNG",), "Lê Quang Huy"),
    recipients=RECIPIENTS,
    code=FORM_CODE_DIGITS,
)
CENTRE = replace(
    SCHOOL,
    issuer=Issuer(("UBND HUYỆN VĨNH BẢO",), ("TRUNG TÂM GDNN-GDTX", "HUYỆN VĨNH BẢO")),
    numbering=Numbering("", "Vĩnh Bảo", 2024),
    rows=(
        FormRow(
            "Phạm Thị Ngọc Ánh",
            "Trung tâm Giáo dục nghề nghiệp - Giáo dục thường xuyên huyện Vĩnh Bảo",
            "Phó Giám đốc",
        ),
    ),
    signature=Signature(("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"), "Đỗ Xuân Trường"),
)
LONG = replace(
    SCHOOL,
    issuer=Issuer(("SỞ GIÁO DỤC VÀ ĐÀO TẠO",), ("TRƯỜNG THPT", "NGUYỄN BỈNH KHIÊM")),
    rows=(
        FormRow(
            f"{LONG_NAME} {LONG_NAME}"[:120],
            "Trường phổ thông nhiều cấp học và trung tâm Giáo dục nghề nghiệp - Giáo dục thường "
            "xuyên cộng đồng học tập suốt đời quận Ngô Quyền",
            "Phó Hiệu trưởng phụ trách công tác xã hội học tập, kiêm Chủ tịch Công đoàn cơ sở nhà "
            "trường, nhiệm kỳ 2023 - 2028 x",
        ),
    ),
    signature=Signature(("KT. HIỆU TRƯỞNG", "PHÓ HIỆU TRƯỞNG"), LONG_NAME),
)
EMPTY = FormPaper(
    issuer=Issuer(("." * 62,), ("." * 62,)),
    numbering=Numbering("", "Hải Phòng", 2024),
    subject=SUBJECT,
    rows=(FormRow(),),
    signature=Signature(("LÃNH ĐẠO PHÒNG/ĐƠN VỊ", "TRƯỜNG/TRUNG TÂM")),
    recipients=("", "Lưu: VT"),
    sign_note=SIGN_AND_STAMP,
    sample=True,
)
