"""What stands behind a code, and that what was signed never changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from app.core.database import unit_of_work
from app.events.models import Event, Participation
from app.events.services import copy_unit
from app.extensions import db
from app.receipts.pages import cutoff_words, received_words, standing_words
from app.receipts.queries import Receipt, receipt_of
from app.receipts.signatures import is_signature, signature_of, text_of
from app.registration.models import Registration
from app.registration.rows import Entry
from app.registration.services import amend, withdraw
from app.units.models import Unit
from app.units.services import save_unit, values_of
from tests.conftest import FrozenClock, make_settings
from tests.factories.events import DESK
from tests.factories.queries import counted_queries
from tests.factories.registration import unit_actor
from tests.receipts.conftest import CODES, SHA256, Received, at

KINDS = ("entry", "late", "scan", "replace", "withdraw")


@pytest.mark.parametrize(
    ("kind", "words", "on_time", "utc"),
    [
        ("entry", "Đăng ký dự tập huấn", True, "2024-03-04T09:42:07Z"),
        ("late", "Đề nghị bổ sung, gửi sau hạn", False, "2024-03-05T10:00:01Z"),
        ("scan", "Bản ký, đóng dấu: 2 trang, 1,3 MB", True, "2024-03-05T01:15:00Z"),
        ("replace", "Đề nghị thay người dự", None, "2024-03-06T02:00:30Z"),
        ("withdraw", "Đề nghị rút đăng ký", None, "2024-03-06T02:00:30Z"),
    ],
)
def test_each_kind(
    received: Received, kind: str, words: str, on_time: bool | None, utc: str
) -> None:
    receipt = received.receipt(kind)
    assert (received_words(receipt), receipt.on_time) == (words, on_time)
    assert receipt.sha256 == (SHA256 if kind == "scan" else None)
    assert receipt.event is not None and receipt.event.id == received.event_id
    assert f"received: {utc}\n" in text_of(receipt)
    assert is_signature(receipt, signature_of(receipt))


@pytest.mark.both_databases
@pytest.mark.parametrize("kind", KINDS)
def test_a_code_is_found_by_indexes_in_two_queries(received: Received, kind: str) -> None:
    db.session.expunge_all()
    with counted_queries() as sent:
        assert receipt_of(CODES[kind]) is not None
    assert len(sent) == 2
    db.session.expunge_all()
    with counted_queries() as sent:
        assert receipt_of("999999999999") is None
    assert len(sent) == 1


def test_no_altered_digit_finds_another_receipt(received: Received) -> None:
    code = CODES["scan"]
    altered = [
        code[:place] + digit + code[place + 1 :]
        for place in range(12)
        for digit in "0123456789"
        if digit != code[place]
    ]
    assert len(altered) == 108
    assert [one for one in altered if receipt_of(one) is not None] == []


def test_a_signature_is_of_one_receipt(received: Received) -> None:
    signature = signature_of(received.receipt("scan"))
    fits = [kind for kind in KINDS if is_signature(received.receipt(kind), signature)]
    assert fits == ["scan"]


def test_what_another_package_adds(received: Received, app: Flask) -> None:
    def find(code: str) -> Receipt | None:
        known = code == "111111111111"
        return Receipt("data", code, at(6, 9), None, object()) if known else None

    app.extensions["receipt_finders"] = [find]
    found = receipt_of("1111 1111 1111")
    assert found is not None and "event: -\nunit: -\n" in text_of(found)
    assert receipt_of("222222222222") is None


# ---------------------------------------------------------------- what happens afterwards


def test_a_signature_stays_good_whatever_happens_to_the_entry(received: Received) -> None:
    signature, by = signature_of(received.receipt("entry")), unit_actor(received.unit)
    now = at(5, 9)
    with unit_of_work():
        amend(received.entry, received.unit, Entry("Phạm Thu Hiền", "Hiệu trưởng"), by=by, now=now)
    with unit_of_work():
        withdraw(received.entry, received.unit, by=by, now=now + timedelta(hours=1))
    with unit_of_work():
        received.unit.name, received.event.short_title = "Trường Tên Mới", "Tên mới"
        received.event.cutoff_at = at(1, 17)
    receipt = received.receipt("entry")
    assert signature_of(receipt) == signature
    assert is_signature(receipt, signature)


def test_a_signature_stays_good_when_the_unit_gets_another_code(received: Received) -> None:
    signature = signature_of(received.receipt("entry"))
    with unit_of_work():
        unit = db.session.get_one(Unit, received.unit.unit_id)
        values = replace(values_of(unit), code="THPT-999")
        copy_unit(save_unit(unit, values, by=DESK, now=at(6, 9)), received.unit)
    receipt = received.receipt("entry")
    assert "unit: THPT-999\n" in text_of(receipt)
    assert signature_of(receipt) != signature
    assert is_signature(receipt, signature)
    assert not is_signature(received.receipt("scan"), signature)


@pytest.mark.parametrize("place", [0, 40, 85])
def test_an_altered_signature_is_none(received: Received, place: int) -> None:
    receipt = received.receipt("entry")
    signature = signature_of(receipt)
    other = "B" if signature[place] == "A" else "A"
    assert not is_signature(receipt, signature[:place] + other + signature[place + 1 :])
    assert not is_signature(receipt, "") and not is_signature(receipt, "ă")


def test_after_a_new_secret_key_the_old_paper_still_counts(
    received: Received, app: Flask, tmp_path: Path
) -> None:
    signature = signature_of(received.receipt("entry"))
    settings = app.config["SETTINGS"]
    db.session.rollback()
    renewed = create_app(
        make_settings(tmp_path, settings.database_url, OLD_SECRET_KEYS=settings.secret_key,
                      SECRET_KEY="another-private-text-of-more-than-32-letters"), TESTING=True,
    )  # fmt: skip
    with renewed.app_context():
        receipt = receipt_of(CODES["entry"])
        assert receipt is not None
        assert is_signature(receipt, signature)
        assert signature_of(receipt) != signature
        db.session.remove()
        db.engine.dispose()


# ---------------------------------------------------------------- which cut-off


def test_everybody_s_cutoff_in_the_plan_s_words(received: Received) -> None:
    words = "trước 17 giờ 00 phút, ngày 05/03/2024"
    assert cutoff_words(received.receipt("entry")) == words
    assert standing_words(received.receipt("entry")) == f"Trước hạn. Hạn là {words}."
    assert standing_words(received.receipt("late")) == f"Sau hạn. Hạn là {words}."
    assert standing_words(received.receipt("replace")) is None


def test_the_unit_s_own_cutoff_where_that_one_made_it_on_time(received: Received) -> None:
    late = received.receipt("late").registration
    assert late is not None
    with unit_of_work():
        db.session.get_one(Participation, late.participation_id).cutoff_at = at(6, 12)
        db.session.get_one(Registration, late.id).on_time = True
    receipt = received.receipt("late")
    assert standing_words(receipt) == "Trước hạn. Hạn là trước 12 giờ 00 phút, ngày 06/03/2024."


def test_a_cutoff_moved_afterwards_contradicts_nothing(
    received: Received, frozen_clock: FrozenClock
) -> None:
    with unit_of_work():
        db.session.get_one(Event, received.event_id).cutoff_at = at(6, 17)
    assert standing_words(received.receipt("late")) == "Sau hạn lúc đó; hạn đã dời về sau"
    with unit_of_work():
        db.session.get_one(Event, received.event_id).cutoff_at = at(1, 17)
    assert standing_words(received.receipt("entry")) == "Trước hạn lúc đó"
