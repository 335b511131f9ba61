"""Biên nhận beside the measures of paper 3.8."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.printing.errors import MissingGlyphError
from app.printing.nd30 import QUOC_HIEU, TIEU_NGU
from app.printing.receipt import Fact, ReceiptPaper, receipt_pdf
from tests.printing.reading import codes, find, pages, rules, texts
from tests.printing.samples import COMMITTEE, DEPARTMENT, LONG_NAME

NEAR = 0.5  # mm
ADDRESS = "https://dangky.example.vn/receipts/240603187752"
SIGNED = (
    "dang-ky-tap-huan receipt 1\ncode: 240603187752\nkind: entry\nevent: tap-huan-2024\n"
    "unit: THPT-306-02\nreceived: 2024-03-04T09:42:07Z\non-time: yes\nsha256: -\n"
)
PAPER = ReceiptPaper(
    issuer=DEPARTMENT,
    subject=(
        "Đăng ký đại biểu dự tập huấn công tác đánh giá, công nhận",
        "“Đơn vị học tập” cấp huyện và “Cộng đồng học tập” cấp xã, huyện",
    ),
    facts=(
        Fact("Đơn vị đăng ký", "Trường THPT Ngô Quyền"),
        Fact("Đại biểu", "Nguyễn Thị Phương Thảo", bold=True),
        Fact("Chức vụ", "Phó Hiệu trưởng"),
        Fact("Thời điểm nhận", "16 giờ 42 phút 07 giây, ngày 04/03/2024 (thứ Hai)"),
        Fact("Hạn đăng ký", "trước 17 giờ 00 phút, ngày 05/03/2024"),
        Fact("So với hạn", "Trước hạn", bold=True),
        Fact("Kết quả", "Đã nhận, đã có chỗ", bold=True),
        Fact("Bản ký, đóng dấu", "Chưa nhận"),
        Fact("Nơi nhận đăng ký", "phòng Giáo dục thường xuyên và Đại học, Sở GDĐT, "
             "email: gdtx@example.vn"),
    ),
    code="240603187752",
    address=ADDRESS,
    made="Lập lúc 16:43, 04/03/2024; kết quả là của lúc đó.",
    signed_text=SIGNED,
    signature=("Abcdefgh",) * 10 + ("Abcdef",),
    key_id="0123456789abcdef",
    key_address="https://dangky.example.vn/receipts/key",
)  # fmt: skip


@pytest.fixture(scope="module")
def paper() -> bytes:
    return receipt_pdf(PAPER)


@pytest.mark.parametrize(
    ("start", "font", "size", "x0", "y"),
    [
        (QUOC_HIEU, "Tinos-Bold", 12, 104.3, 23.8),
        (TIEU_NGU, "Tinos-Bold", 13, 120.4, 29.0),
        ("SỞ GIÁO DỤC VÀ", "Tinos-Bold", 12, None, 28.7),
        ("BIÊN NHẬN", "Tinos-Bold", 14, None, 42.4),
        ("Đơn vị đăng ký:", "Tinos-Regular", 14, 30.0, 66.8),
        ("Trường THPT Ngô Quyền", "Tinos-Regular", 14, 82.0, 66.8),
        ("Nguyễn Thị Phương Thảo", "Tinos-Bold", 14, 82.0, 74.9),
        ("Thời điểm nhận:", "Tinos-Regular", 14, 30.0, 91.1),
        ("Mã biên nhận: 2406 0318 7752", "Tinos-Regular", 13, 64.0, None),
        ("Biên nhận do hệ thống", "Tinos-Italic", 12, 64.0, None),
        ("unit: THPT-306-02", "Tinos-Regular", 10, 30.0, None),
    ],
)
def test_component_stands_as_the_table_says(
    paper: bytes, start: str, font: str, size: float, x0: float | None, y: float | None
) -> None:
    text = find(pages(paper)[0], start)
    assert (text.font, text.size) == (font, pytest.approx(size))
    assert x0 is None or text.x0 == pytest.approx(x0, abs=NEAR)
    assert y is None or text.y == pytest.approx(y, abs=NEAR)


def test_three_rules_and_no_number_date_or_signature(paper: bytes) -> None:
    page = pages(paper)[0]
    assert len(rules(page)) == 3
    words = " ".join(one.text for one in texts(page))
    assert "Số:" not in words and "Nơi nhận:" not in words and "GIÁM ĐỐC" not in words


def test_the_square_code_is_the_address_28_mm_under_the_facts(paper: bytes) -> None:
    assert codes(paper) == [ADDRESS]
    page = pages(paper)[0]
    dark = [one for one in page.curves + page.rects if one["x1"] < 200]
    mm = 25.4 / 72
    assert min(one["x0"] for one in dark) * mm == pytest.approx(30.0, abs=NEAR)
    assert max(one["x1"] for one in dark) * mm == pytest.approx(58.0, abs=NEAR)
    last = find(page, "email: gdtx@example.vn")
    assert min(one["top"] for one in dark) * mm == pytest.approx(last.y + 6.3, abs=NEAR)


def test_what_is_signed_can_be_typed_from_the_paper(paper: bytes) -> None:
    lines = [one.text for one in texts(pages(paper)[0])]
    start = lines.index("dang-ky-tap-huan receipt 1")
    assert "\n".join(lines[start : start + 8]) + "\n" == SIGNED
    after = lines.index("Chữ ký số Ed25519 của Sở, khóa 0123456789abcdef:")
    assert " ".join(lines[after + 1 : after + 3]).split() == list(PAPER.signature)


def test_long_names_stay_in_the_page_and_move_the_proof_to_a_second_one() -> None:
    unit = COMMITTEE.format(district="huyện Thủy Nguyên, thành phố Hải Phòng") * 2
    facts = (
        Fact("Đơn vị", unit[:300]), Fact("Đại biểu", LONG_NAME * 2, bold=True),
        Fact("Chức vụ", "Phó Trưởng ban Thường trực " * 4), *PAPER.facts[3:],
        Fact("SHA-256 của tệp", "0123abcd " * 8),
    )  # fmt: skip
    pdf = receipt_pdf(replace(PAPER, facts=facts))
    first, second = pages(pdf)
    for page in (first, second):
        assert max(one.x1 for one in texts(page)) <= 195.1
        assert max(one.y for one in texts(page)) <= 277
    assert find(second, "dang-ky-tap-huan receipt 1")
    assert codes(pdf) == [ADDRESS]


def test_a_long_address_is_still_read() -> None:
    address = "https://dangky.so-giao-duc-va-dao-tao.haiphong.example.vn/receipts/240603187752"
    pdf = receipt_pdf(replace(PAPER, address=address))
    assert codes(pdf) == [address]
    assert max(one.x1 for one in texts(pages(pdf)[0])) <= 195.1


def test_markup_is_only_text_and_a_missing_glyph_is_refused() -> None:
    shown = receipt_pdf(replace(PAPER, facts=(Fact("Đơn vị", "*A* #panic() $x$ <b>"),)))
    assert find(pages(shown)[0], "*A* #panic()").text == "*A* #panic() $x$ <b>"
    with pytest.raises(MissingGlyphError):
        receipt_pdf(replace(PAPER, facts=(Fact("Đơn vị", "Trường 漢"),)))
