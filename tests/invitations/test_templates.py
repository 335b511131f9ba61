"""The letter's words: defaults, versions, what letters are made of, what stays of a sent one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.clock import from_local
from app.core.database import unit_of_work
from app.core.errors import NotFound
from app.events.models import Event, Participation
from app.extensions import db
from app.invitations.letter_words import basis_line, default_body
from app.invitations.letters import from_content, make_letter, to_content
from app.invitations.models import Invitation, LetterTemplate
from app.invitations.services import send_letters
from app.invitations.templates import (
    TemplateChanged,
    TemplateRefused,
    letter_body,
    newest_template,
    restore_text,
    save_text,
)
from app.mail.models import Message
from app.printing.letters import Addressee, addressee_runs
from app.registration.models import Registration
from tests.conftest import FrozenClock
from tests.factories.events import DESK, make_event, make_unit, participations
from tests.factories.queries import counted_queries
from tests.factories.registration import IN_TIME, enter


@pytest.fixture
def event(app: Flask, frozen_clock: FrozenClock) -> Event:
    with unit_of_work():
        make_unit("BCD-1", "Ban Chỉ đạo Thử", kind="district_committee")
        make_unit("P-1", "Phòng Thử", kind="department")
    return make_event(seats=6, units=3)


def school(event: Event) -> Participation:
    return next(one for one in participations(event) if one.code == "THPT-001")


def write(event: Event, base: int | None = None, **changes: object) -> LetterTemplate | None:
    with unit_of_work():
        newest = newest_template(event)
        version = (newest.version if newest else 0) if base is None else base
        return save_text(
            event, {**letter_body(event)[0], **changes}, base=version, by=DESK, now=IN_TIME
        )


def person(event: Event, name: str | None = "Phạm Thu Hiên", position: str = "Hiệu trưởng",
           unit: str = "") -> tuple[Participation, Registration]:  # fmt: skip
    code = {"": "THPT-001"}.get(unit, unit)
    of = next(one for one in participations(event) if one.code == code)
    return of, Registration(event_id=event.id, full_name=name, position=position, code_version=1)


# ---------------------------------------------------------------- the default


def test_default_letter_is_the_one_events_had_before(event: Event) -> None:
    letter = make_letter(event, *person(event))
    assert letter.addressee == Addressee("Trường THPT Thử 001", "Phạm Thu Hiên", "Hiệu trưởng")
    assert letter.time == "Dự kiến tuần 2 tháng 3 năm 2024"
    assert letter.place.startswith("Hội trường tầng 3, khu B, Sở GDĐT (Số 36 Minh Khai")
    assert letter.notes[0].endswith(
        "Thông tin chi tiết liên hệ phòng Giáo dục thường xuyên và Đại học, "
        "email: gdtx@haiphong.edu.vn"
    )
    assert "thanh toán công tác phí" in letter.notes[0]  # P22
    assert (letter.bases, letter.programme, letter.addressee_words) == ((), (), ())
    assert not {"bases", "programme", "addressee_words"} & set(to_content(letter))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("BCD-1", "Đại diện Ban Chỉ đạo Thử."),
        ("P-1", "Đại diện Lãnh đạo Phòng Thử."),
        ("THPT-001", "Đại diện Lãnh đạo Trường THPT Thử 001."),
    ],
)
def test_representative_is_named_by_the_kind_of_unit(event: Event, code: str, words: str) -> None:
    letter = make_letter(event, *person(event, None, "", code))
    assert "".join(text for text, _ in addressee_runs(letter.addressee)) == words
    own = make_letter(event, *person(event, None, "", code), {**default_body(event),
                      "representative": "Kính gửi {{dai_dien}}"})  # fmt: skip
    assert "".join(text for text, _ in own.addressee_words) == f"Kính gửi {words}"


def test_legal_bases_and_sessions_come_from_the_plan(event: Event) -> None:
    with unit_of_work():
        morning, afternoon = event.sessions
        morning.starts_at = from_local(datetime(2024, 3, 13, 8, 0))
        afternoon.starts_at = from_local(datetime(2024, 3, 13, 13, 30))
        event.starts_at = morning.starts_at
    body = {
        **default_body(event),
        "bases": ["{{can_cu}}"],
        "time": ["{{thoi_gian}}", "{{cac_buoi}}"],
    }
    letter = make_letter(event, *person(event), body)
    assert letter.time == (
        "8 giờ 00 phút, thứ Tư, ngày 13 tháng 3 năm 2024 (buổi chiều từ 13 giờ 30 phút)"
    )
    assert [line[:44] for line in letter.programme] == [
        "Buổi sáng, từ 8 giờ 00 phút: Triển khai Phon",
        "Buổi chiều, từ 13 giờ 30 phút: Tập huấn đánh",
    ]
    assert letter.bases[0] == (
        "Căn cứ Kế hoạch số 337/KH-UBND ngày 29/12/2023 của UBND thành phố Hải Phòng thực hiện "
        "Quyết định số 1315/QĐ-TTg ngày 09/11/2023 của Thủ tướng Chính phủ"
    )
    assert letter.bases[1].startswith(
        "Căn cứ Thông tư số 24/2023/TT-BGDĐT ngày 11/12/2023 của Bộ Giáo dục và Đào tạo quy định"
    )
    assert len(letter.bases) == 3


def test_basis_without_a_number_is_named_by_its_short_name() -> None:
    assert basis_line({"short": "Luật Giáo dục", "title": "về việc thử"}) == (
        "Căn cứ Luật Giáo dục về việc thử"
    )


# ---------------------------------------------------------------- filled in


def test_names_are_data_never_places_or_markup(event: Event) -> None:
    body = {**default_body(event), "notes": ["Gửi {{ho_ten}}"],
            "addressee": "{{ho_ten}} ({{don_vi}})"}  # fmt: skip
    letter = make_letter(event, *person(event, "{{don_vi}} #set page()"), body)
    assert letter.notes == ("Gửi {{don_vi}} #set page()",)
    assert letter.addressee_words[0] == ("{{don_vi}} #set page()", True)


def test_empty_parts_of_the_addressee_fall_away(event: Event) -> None:
    body = {
        **default_body(event),
        "addressee": "{{ong_ba}} {{ho_ten}}, {{chuc_vu}}, của {{don_vi}}",
    }
    runs = make_letter(event, *person(event, position=""), body).addressee_words
    assert runs == (
        ("Ông (Bà) ", False), ("Phạm Thu Hiên", True),
        (", của Trường THPT Thử 001", False), (".", False),
    )  # fmt: skip


def test_letter_comes_back_from_what_is_kept(event: Event) -> None:
    body = {**default_body(event), "bases": ["{{can_cu}}"], "time": ["{{thoi_gian}}", "{{cac_buoi}}"],
            "addressee": "{{ho_ten}}"}  # fmt: skip
    letter = make_letter(event, *person(event), body)
    assert from_content(to_content(letter)) == letter
    assert from_content(to_content(replace(letter, bases=()))).bases == ()


# ---------------------------------------------------------------- versions


@pytest.mark.both_databases
def test_every_saving_is_a_version_and_none_is_changed(event: Event) -> None:
    first, second = write(event, chair="Một"), write(event, chair="Hai")
    assert first is not None and second is not None
    assert (first.version, second.version, first.body["chair"]) == (1, 2, "Một")
    assert (second.created_by, second.created_at) == (DESK.label, IN_TIME)
    assert letter_body(event) == ({**default_body(event), "chair": "Hai"}, second.id)


def test_saving_over_another_version_is_refused(event: Event) -> None:
    write(event, chair="Một")
    with pytest.raises(TemplateChanged):
        write(event, base=0, chair="Hai")


def test_restoring_copies_the_words(event: Event) -> None:
    write(event, chair="Một")
    write(event, chair="Hai")
    with unit_of_work():
        restored = restore_text(event, 1, by=DESK, now=IN_TIME)
    assert restored is not None and (restored.version, restored.body["chair"]) == (3, "Một")
    with pytest.raises(NotFound), unit_of_work():
        restore_text(event, 9, by=DESK, now=IN_TIME)


@pytest.mark.parametrize(
    "changes",
    [
        {"notes": ["{{la}}"]}, {"chair": "}"}, {"notes": ["x" * 5_000_000]},
        {"notes": ["x" * 3_000] * 5}, {"more": "x"}, {"notes": [1]},
    ],
)  # fmt: skip
def test_service_refuses_what_the_form_would(event: Event, changes: dict) -> None:
    with pytest.raises(TemplateRefused):
        write(event, **changes)
    assert newest_template(event) is None


def test_words_are_asked_for_once_a_transaction(event: Event) -> None:
    write(event, chair="Một")
    with counted_queries() as asked:
        for _ in range(5):
            make_letter(event, *person(event))
    assert sum("letter_template" in one for one in asked) == 1


def test_words_saved_in_the_same_transaction_hold_at_once(event: Event) -> None:
    with unit_of_work():
        before = letter_body(event)[0]
        save_text(event, {**before, "chair": "Mới"}, base=0, by=DESK, now=IN_TIME)
        assert letter_body(event)[0]["chair"] == "Mới"


# ---------------------------------------------------------------- sent letters


def test_a_sent_letter_stays_and_a_change_is_a_new_version(event: Event) -> None:
    enter(school(event))
    with unit_of_work():
        send_letters(event, {school(event).id}, by=DESK, now=IN_TIME)
    sent = db.session.scalars(select(Invitation)).one()
    kept = dict(sent.content)
    write(event, chair="Ban Giám đốc")
    assert db.session.get_one(Invitation, sent.id).content == kept
    with unit_of_work():
        send_letters(event, {school(event).id}, by=DESK, now=IN_TIME)
    old, new = db.session.scalars(select(Invitation).order_by(Invitation.version))
    assert (old.content, old.state) == (kept, "void")
    assert (new.version, new.content["chair"]) == (2, "Ban Giám đốc")
    template = newest_template(event)
    assert template is not None and new.template_id == template.id
    message = db.session.scalars(select(Message).where(Message.thing_id == new.id)).one()
    assert (message.context["version"], message.context["replaced_on"]) == (2, "26/02/2024")
