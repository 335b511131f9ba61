"""A plan file: the shipped one carries P1–P36, every wrong thing has its sentence."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime

import pytest

from app.events.errors import PlanFileError
from app.events.plan_files import SHIPPED_PLAN, read_plan

SHIPPED = SHIPPED_PLAN.read_text("utf-8")


@pytest.fixture(autouse=True)
def in_a_request(app):
    with app.test_request_context():
        yield


def refusal(source: str | bytes) -> str:
    raw = source.encode() if isinstance(source, str) else source
    with pytest.raises(PlanFileError) as refused:
        read_plan(raw)
    return str(refused.value)


def test_shipped_plan_says_what_the_plan_says() -> None:
    plan = read_plan(SHIPPED.encode())
    assert plan.plan["document"] == {  # P1 – P3: nothing invented
        "type": "KH", "symbol": "KH-SGDĐT", "number": "", "issued_on": "",
    }  # fmt: skip
    assert plan.title.startswith("Tổ chức triển khai Phong trào “Cả nước thi đua")  # P4
    assert len(plan.title) > 200
    assert len(plan.short_title) <= 160
    assert [one["number"] for one in plan.plan["legal_bases"]] == [  # P5 – P7
        "337/KH-UBND", "24/2023/TT-BGDĐT", "25/2023/TT-BGDĐT",
    ]  # fmt: skip
    assert [one["short"] for one in plan.plan["legal_bases"]][1:] == ["Thông tư 24", "Thông tư 25"]
    assert "tiết kiệm, hiệu quả" in " ".join(plan.plan["aims"])  # P8 – P10
    assert len(plan.plan["contents"]) == len(plan.sessions) == 2  # P11, P12
    assert len(plan.plan["audience"]) == 4  # P13 – P16
    assert plan.invited_kinds == ["district_committee", "department"]
    assert set(plan.registering_kinds) == {
        "district_office", "affiliated_unit", "high_school", "multi_level_school",
        "gdnn_gdtx_centre",
    }  # fmt: skip
    assert (plan.planned_seats, plan.plan["headcount"]) == (110, "Khoảng 110 người")  # P17
    assert plan.tentative_time == "Dự kiến tuần 2 tháng 3 năm 2024"  # P18
    assert plan.starts_at is None
    assert plan.venue == "Hội trường tầng 3, khu B, Sở GDĐT"  # P19
    assert plan.venue_address.startswith("Số 36 Minh Khai")
    assert plan.plan["presenters"] == ["Bộ GDĐT", "Sở GDĐT"]  # P20
    assert "Sở GDĐT chịu chi phí tổ chức" in plan.plan["costs"]  # P21, P22
    assert plan.plan["lead"] == "Phòng Giáo dục thường xuyên và Đại học"  # P23
    assert len(plan.plan["tasks"]) == 3  # P24 – P26
    assert plan.unit_quota == 1  # P27
    assert plan.cutoff_at == datetime(2024, 3, 5, 10, 0, tzinfo=UTC)  # P30
    assert plan.cutoff_words == "trước 17 giờ 00 phút, ngày 05/03/2024"
    assert plan.contact["email"] == "gdtx@haiphong.edu.vn"  # P31, P34
    assert (plan.contact["officer"], plan.contact["phone"]) == ("", "")
    assert plan.plan["support"].startswith("Đề nghị các đơn vị tạo điều kiện tối đa")  # P32
    assert "thường trực" in plan.plan["role"]  # P33
    assert plan.plan["distribution"][-1] == "Lưu: VT"  # P35
    assert (plan.letter["authority"], plan.letter["sign_title"]) == (  # P36
        "KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC",
    )  # fmt: skip
    assert [one["seats"] for one in plan.reserves] == [24]
    assert plan.valid_on == date(2024, 3, 13)


def changed(old: str, new: str) -> str:
    assert old in SHIPPED
    return SHIPPED.replace(old, new, 1)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('slug = "tap-huan-2024"', "", "thiếu mục “slug”"),
        ('slug = "tap-huan-2024"', 'slug = "Tập huấn"', "chữ thường không dấu"),
        ('slug = "tap-huan-2024"', 'slug = "new"', "chữ thường không dấu"),
        ('slug = "tap-huan-2024"', "slug = 5", "thiếu mục “slug”"),
        ('slug = "tap-huan-2024"', 'slug = "tap-huan-2024"\nseats = 5', "mục lạ “seats”"),
        ('short_title = "', 'short_title = "' + "x" * 160, "“short_title” dài quá 160 chữ"),
        ("tentative_time = ", "tentative_time = 7 #", "“tentative_time” phải là chữ"),
        ('tentative_time = "Dự kiến tuần 2 tháng 3 năm 2024"', "", "cần “tentative_time”"),
        ("cutoff_at = 2024-03-05T17:00:00+07:00", "cutoff_at = 2024-03-05T17:00:00",
         "ngày giờ có múi giờ"),
        ("cutoff_at = 2024-03-05T17:00:00+07:00", "cutoff_at = 2024-03-05T16:00:00+07:00",
         "không khớp với giờ “cutoff_at”"),
        ("cutoff_at = 2024-03-05T17:00:00+07:00", 'cutoff_at = "hôm nay"', "ngày giờ có múi giờ"),
        ("opens_at = 2024-02-19", "opens_at = 2024-03-19", "phải trước hạn"),
        ("planned_seats = 110", "planned_seats = 0", "“planned_seats” phải là số nguyên từ 1"),
        ("planned_seats = 110", "planned_seats = true", "“planned_seats” phải là số nguyên"),
        ("planned_seats = 110", "planned_seats = 20", "giữ riêng nhiều hơn số chỗ dự kiến"),
        ("planned_seats = 110", "planned_seats = 110\nhall_seats = 100", "không thể ít hơn"),
        ("unit_quota = 1", "unit_quota = 21", "“unit_quota” phải là số nguyên từ 1 đến 20"),
        ('"department"]\n\n', '"school"]\n\n', "loại đơn vị lạ “school”"),
        ('"department"]\n\n', '"high_school"]\n\n', "“high_school” được gọi hai lần"),
        ("seats = 24", "seats = 0", "từ 1 chỗ trở lên"),
        ("seats = 24", 'seats = "24"', "“reserves.seats” phải là số chỗ"),
        ("seats = 24", "", "đúng ba mục"),
        ('kinds = ["district_committee", "department"]', 'kinds = ["other"]',
         "loại đơn vị không được gọi"),
        ('name = "Sáng"', "", "thiếu mục “sessions.name”"),
        ('name = "Sáng"', 'name = "Sáng"\nwho = "x"', "mục lạ “sessions.who”"),
        ('name = "Sáng"', 'name = "Sáng"\nstarts_at = 2024-03-13', "“sessions.starts_at” phải là"),
        ('name = "Sáng"', 'name = "Sáng"\nlate_after = 601', "phải là số phút, từ 0 đến 600"),
        ('name = "Sáng"', 'name = "Sáng"\nlate_after = "15"', "“sessions.late_after” phải là số"),
        ('name = "Sáng"',
         'name = "Sáng"\nstarts_at = 2024-03-13T08:00:00+07:00\nends_at = 2024-03-13T07:00:00+07:00',
         "kết thúc trước khi bắt đầu"),
        ("valid_on = 2024-03-13", 'valid_on = "13/03"', "“valid_on” phải là một ngày"),
        ('officer = ""', "officer = 3", "“contact.officer” phải là chữ"),
        ('officer = ""', 'officers = ""', "mục lạ “contact.officers”"),
        ('presenters = ["Bộ GDĐT", "Sở GDĐT"]', 'presenters = "Bộ GDĐT"',
         "“plan.presenters” phải là danh sách"),
        ('[plan.document]', '[plan.documents]', "mục lạ “plan.documents”"),
        ('date = "29/12/2023"', "date = 2023-12-29", "“plan.legal_bases.date” phải là chữ"),
        ('[letter]', '[letters]', "mục lạ “letters”"),
        ('planned_seats = 110', "planned_seats = ", "viết sai ở dòng"),
    ],
)  # fmt: skip
def test_each_wrong_entry_has_its_sentence(old: str, new: str, sentence: str) -> None:
    assert sentence in refusal(changed(old, new))


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (b"\xff\xfe\x00", "không phải tệp kế hoạch"),
        (b"PK\x03\x04 not toml", "viết sai ở dòng 1"),
        (b"", "thiếu mục “slug”"),
        (b'slug = "', "viết sai"),
        (b"# " + b"x" * 200 * 1024, "nặng quá 200 KB"),
    ],
)
def test_what_is_no_plan_file_is_refused_in_vietnamese(source: bytes, sentence: str) -> None:
    text = refusal(source)
    assert sentence in text or "dừng giữa chừng" in text
    assert "Expected" not in text
    assert "Invalid" not in text


def test_times_of_a_plan_that_knows_them() -> None:
    source = changed(
        "valid_on = 2024-03-13",
        "starts_at = 2024-03-13T08:00:00+07:00\nends_at = 2024-03-13T07:00:00+07:00",
    )
    assert "Giờ kết thúc phải sau giờ bắt đầu." in refusal(source)


def test_the_shipped_plan_names_no_person() -> None:
    values = tomllib.loads(SHIPPED)
    assert values["contact"]["officer"] == values["letter"]["signer"] == ""
