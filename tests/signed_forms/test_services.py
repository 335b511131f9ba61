"""What becomes of a signed scan: every verdict, what is stored, what is told."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.core.tokens import ENTRY_CODE, entry_digits
from app.events.errors import EventStateRefused
from app.events.models import Event, Participation
from app.events.services import move_event
from app.extensions import db
from app.mail.models import Message
from app.registration.errors import MoveRefused
from app.registration.models import Registration
from app.registration.rows import Entry
from app.registration.services import amend, replace, withdraw
from app.signed_forms.errors import TooManyKept
from app.signed_forms.models import SignedForm, SignedFormPage
from app.signed_forms.queries import form_counts, form_state, forms_of, latest_forms, states_of
from app.signed_forms.rules import Verdict
from app.signed_forms.services import TooManyUploads, count_upload
from app.signed_forms.words import answer_to
from tests.factories.events import DESK, make_event, participations
from tests.factories.registration import IN_TIME, TOO_LATE, enter, unit_actor
from tests.factories.signed_forms import form_code, read_of, take

pytestmark = pytest.mark.both_databases


@pytest.fixture
def event(app: Flask) -> Event:
    return make_event(seats=5, units=3)


@pytest.fixture
def unit(event: Event) -> Participation:
    return participations(event)[0]


@pytest.fixture
def entry(unit: Participation) -> Registration:
    return enter(unit).registration


def stored() -> list[SignedForm]:
    return list(db.session.scalars(select(SignedForm).order_by(SignedForm.id)))


def logged(action: str) -> list[AuditEntry]:
    return list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


def mails() -> list[Message]:
    wanted = Message.template.in_(["signed_form", "signed_form_refused"])
    return list(db.session.scalars(select(Message).where(wanted).order_by(Message.id)))


def change(entry: Registration, name: str, position: str = "Hiệu trưởng") -> Registration:
    with unit_of_work():
        found = db.session.get_one(Registration, entry.id)
        given = Entry(name, position)
        act = replace if name != found.full_name else amend
        return act(found, found.participation, given, by=DESK, now=IN_TIME).registration


# ---------------------------------------------------------------- received and doubtful


def test_own_form_is_received_with_its_instant(unit: Participation, entry: Registration) -> None:
    scan = read_of(form_code(entry), None)
    intake = take(unit, entry, scan)
    assert intake.verdict == Verdict.RECEIVED
    [form] = stored()
    assert (form.state, form.form_version, form.on_time) == ("received", 1, True)
    assert (form.received_at, form.sha256, form.page_count) == (IN_TIME, scan.sha256, 2)
    assert len(form.receipt_code) == 12
    assert [page.number for page in form.pages] == [1, 2]
    assert form.pages[0].picture.startswith(b"\xff\xd8\xff")
    assert form_state(entry).state == "received"
    [line] = logged("signed_form.received")
    assert line.after["sha256"] == scan.sha256
    assert line.actor_kind == "unit"


def test_code_on_any_page_counts(unit: Participation, entry: Registration) -> None:
    assert take(unit, entry, read_of(None, form_code(entry))).verdict == Verdict.RECEIVED


def test_without_a_code_it_is_kept_for_the_desk(unit: Participation, entry: Registration) -> None:
    intake = take(unit, entry, read_of(None))
    assert intake.verdict == Verdict.DOUBTFUL
    [form] = stored()
    assert (form.state, form.form_version, form.registration_id) == ("doubtful", None, entry.id)
    assert form_counts(unit.event_id)["doubtful"] == 1


@pytest.mark.parametrize("code", ["https://example.vn/x", "1234", "9" * 32])
def test_codes_that_are_none_of_ours_are_no_codes(
    unit: Participation, entry: Registration, code: str
) -> None:
    assert take(unit, entry, read_of(code)).verdict == Verdict.DOUBTFUL


def test_forged_code_is_no_code(unit: Participation, entry: Registration) -> None:
    """One digit of another entry's number, of the version or of the digest altered."""
    genuine = form_code(entry)
    for place in (11, 12, 20, 31):
        digit = str((int(genuine[place]) + 1) % 10)
        forged = genuine[:place] + digit + genuine[place + 1 :]
        assert take(unit, entry, read_of(forged)).verdict == Verdict.DOUBTFUL


def test_unit_is_told_once(unit: Participation, entry: Registration) -> None:
    scan = read_of(form_code(entry))
    take(unit, entry, scan)
    take(unit, entry, scan)
    [mail] = mails()
    assert mail.recipient == unit.email
    assert mail.context["state"] == "received"
    assert mail.context["on_time"] is True


def test_after_the_cutoff_it_is_taken_and_said(unit: Participation, entry: Registration) -> None:
    take(unit, entry, read_of(form_code(entry)), now=TOO_LATE)
    standing = form_state(entry)
    assert (standing.state, standing.on_time) == ("received", False)
    assert mails()[0].context["on_time"] is False


def test_one_instant_before_the_cutoff_is_on_time(unit: Participation, entry: Registration) -> None:
    take(unit, entry, read_of(form_code(entry)), now=TOO_LATE - timedelta(microseconds=1))
    assert form_state(entry).on_time


def test_what_came_by_mail_in_time_is_in_time(unit: Participation, entry: Registration) -> None:
    scan = read_of(form_code(entry))
    take(unit, entry, scan, now=TOO_LATE, by=DESK, source="mail", came_at=IN_TIME)
    [form] = stored()
    assert (form.source, form.on_time, form.received_at) == ("mail", True, TOO_LATE)
    assert logged("signed_form.received")[0].after["came_at"] == IN_TIME.isoformat()


# ---------------------------------------------------------------- turned away


def turned_away(unit: Participation, entry: Registration, *codes: str) -> tuple[str, str]:
    """(verdict, sentence) of a scan that must leave nothing behind."""
    before = len(stored())
    intake = take(unit, entry, read_of(*codes))
    assert intake.signed_form is None
    assert len(stored()) == before
    assert mails() == []
    [line] = logged("signed_form.turned_away")
    assert line.after["verdict"] == intake.verdict
    return intake.verdict, answer_to(intake).text


def test_older_printing_is_refused_with_what_to_do(
    unit: Participation, entry: Registration
) -> None:
    old = form_code(entry)
    entry = change(entry, "Phạm Thu Hiên", "Phó Hiệu trưởng")
    verdict, sentence = turned_away(unit, entry, old)
    assert verdict == Verdict.OLDER_VERSION
    assert "phiếu lần 1" in sentence
    assert "nay là phiếu lần 2" in sentence
    assert "Hãy in phiếu mới" in sentence


def test_form_of_a_replaced_delegate_is_refused_by_name(
    unit: Participation, entry: Registration
) -> None:
    old = form_code(entry)
    standing = change(entry, "Tạ Đăng Khuê")
    verdict, sentence = turned_away(unit, standing, old)
    assert verdict == Verdict.REPLACED
    assert "phiếu của Phạm Thu Hiên" in sentence


def test_another_units_form_is_refused_without_telling_whose(
    event: Event, unit: Participation, entry: Registration
) -> None:
    other = enter(participations(event)[1], "Bùi Thị Lan").registration
    intake = take(unit, entry, read_of(form_code(other)))
    assert (intake.verdict, intake.named) == (Verdict.OTHER_UNIT, None)
    text = answer_to(intake).text
    assert "Bản này là của đơn vị khác" in text
    assert "Lan" not in text
    assert "002" not in text
    assert logged("signed_form.turned_away")[0].after == {
        "verdict": "other_unit", "form_version": None,
    }  # fmt: skip
    assert form_state(other).state == "none"


def test_form_of_another_event_is_refused(unit: Participation, entry: Registration) -> None:
    elsewhere = make_event(seats=5, units=0, slug="khac")
    other = enter(participations(elsewhere)[0], "Bùi Thị Lan").registration
    verdict, sentence = turned_away(unit, entry, form_code(other))
    assert verdict == Verdict.OTHER_EVENT
    assert "sự kiện khác" in sentence
    assert "Lan" not in sentence


def test_entrance_code_is_no_form(unit: Participation, entry: Registration) -> None:
    code = entry_digits(ENTRY_CODE, event_id=entry.event_id, thing_id=entry.id, version=1)
    verdict, sentence = turned_away(unit, entry, code)
    assert verdict == Verdict.NOT_A_FORM
    assert "mã vào hội trường" in sentence


def test_pages_of_two_forms_are_refused(
    event: Event, unit: Participation, entry: Registration
) -> None:
    other = enter(participations(event)[1], "Bùi Thị Lan").registration
    verdict, _sentence = turned_away(unit, entry, form_code(entry), form_code(other))
    assert verdict == Verdict.CONTRADICTORY


def test_same_code_on_two_pages_is_one_form(unit: Participation, entry: Registration) -> None:
    code = form_code(entry)
    assert take(unit, entry, read_of(code, code)).verdict == Verdict.RECEIVED


# ---------------------------------------------------------------- the same again, and newer ones


def test_same_scan_twice_adds_nothing(unit: Participation, entry: Registration) -> None:
    scan = read_of(form_code(entry))
    take(unit, entry, scan)
    again = take(unit, entry, scan, now=IN_TIME + timedelta(hours=2))
    assert again.verdict == Verdict.SAME_SCAN
    assert len(stored()) == 1
    assert db.session.scalar(select(func.count()).select_from(SignedFormPage)) == 1
    assert "đã nhận lúc 09:00, 26/02/2024" in answer_to(again).text
    assert len(logged("signed_form.received")) == 1


def test_two_units_may_send_the_same_bytes(
    event: Event, unit: Participation, entry: Registration
) -> None:
    second = participations(event)[1]
    other = enter(second, "Bùi Thị Lan").registration
    blank = read_of(None)
    assert take(unit, entry, blank).verdict == Verdict.DOUBTFUL
    assert take(second, other, blank).verdict == Verdict.DOUBTFUL


def test_newer_received_one_makes_earlier_ones_old(
    unit: Participation, entry: Registration
) -> None:
    code = form_code(entry)
    take(unit, entry, read_of(None))
    take(unit, entry, read_of(code, content="one"))
    take(unit, entry, read_of(code, content="two"))
    assert [one.state for one in stored()] == ["old", "old", "received"]


def test_better_photograph_after_the_cutoff_keeps_what_was_in_time(
    unit: Participation, entry: Registration
) -> None:
    code = form_code(entry)
    take(unit, entry, read_of(code, content="one"))
    take(unit, entry, read_of(code, content="two"), now=TOO_LATE)
    standing = form_state(entry)
    assert (standing.form.on_time, standing.on_time) == (False, True)


def test_doubtful_one_does_not_push_a_received_one_aside(
    unit: Participation, entry: Registration
) -> None:
    take(unit, entry, read_of(form_code(entry)))
    take(unit, entry, read_of(None))
    assert form_state(entry).state == "received"


def test_unit_need_not_send_again_what_was_accepted(
    unit: Participation, entry: Registration
) -> None:
    take(unit, entry, read_of(form_code(entry), content="one"))
    with unit_of_work():
        stored()[0].state = "accepted"
    again = take(unit, entry, read_of(form_code(entry), content="two"))
    assert again.verdict == Verdict.ACCEPTED_BEFORE
    assert len(stored()) == 1
    assert "Không cần gửi lại" in answer_to(again).text
    by_desk = take(unit, entry, read_of(form_code(entry), content="two"), by=DESK)
    assert by_desk.verdict == Verdict.RECEIVED


@pytest.mark.parametrize("state", ["received", "accepted"])
def test_form_becomes_old_when_what_it_prints_is_changed(
    unit: Participation, entry: Registration, state: str
) -> None:
    take(unit, entry, read_of(form_code(entry)))
    with unit_of_work():
        stored()[0].state = state
    change(entry, "Phạm Thu Hiên", "Phó Hiệu trưởng")
    assert form_state(entry).state == "old"
    assert states_of([entry.id]) == {entry.id: "old"}
    assert form_counts(unit.event_id)["missing"] == 1


def test_form_stays_when_only_a_phone_is_changed(unit: Participation, entry: Registration) -> None:
    take(unit, entry, read_of(form_code(entry)))
    with unit_of_work():
        found = db.session.get_one(Registration, entry.id)
        new = Entry("Phạm Thu Hiên", "Hiệu trưởng", phone="+84912345678")
        amend(found, found.participation, new, by=DESK, now=IN_TIME)
    assert form_state(entry).state == "received"


@pytest.mark.parametrize("codes", [True, False])
def test_form_becomes_old_when_the_delegate_is_replaced(
    unit: Participation, entry: Registration, codes: bool
) -> None:
    take(unit, entry, read_of(form_code(entry) if codes else None))
    standing = change(entry, "Tạ Đăng Khuê")
    assert form_state(entry).state == "old"
    assert form_state(standing).state == "none"
    assert form_counts(unit.event_id)["doubtful"] == 0


def test_one_rule_says_the_state_everywhere(
    event: Event, unit: Participation, entry: Registration
) -> None:
    second, third = participations(event)[1:3]
    other = enter(second, "Bùi Thị Lan").registration
    nobody = enter(third, "Đỗ Văn Minh").registration
    take(unit, entry, read_of(form_code(entry)))
    take(second, other, read_of(None))
    everyone = [entry, other, nobody]
    single = {one.id: form_state(one).state for one in everyone}
    assert single == {entry.id: "received", other.id: "doubtful", nobody.id: "none"}
    assert states_of(list(single)) == single
    latest = latest_forms(event)
    assert {key: one.state for key, one in latest.items()} == {
        key: state for key, state in single.items() if state != "none"
    }
    assert form_counts(event.id) == {"doubtful": 1, "received": 1, "accepted": 0, "missing": 1}


# ---------------------------------------------------------------- when nothing can be taken


def test_nothing_is_taken_without_a_standing_entry(
    unit: Participation, entry: Registration
) -> None:
    with unit_of_work():
        found = db.session.get_one(Registration, entry.id)
        withdraw(found, found.participation, by=DESK, now=IN_TIME)
    with pytest.raises(MoveRefused):
        take(unit, entry, read_of(None))
    assert stored() == []


def test_archived_event_takes_nothing(
    event: Event, unit: Participation, entry: Registration
) -> None:
    with unit_of_work():
        found = db.session.get_one(Event, event.id)
        move_event(found, "closed", by=DESK, now=IN_TIME)
    assert take(unit, entry, read_of(None)).verdict == Verdict.DOUBTFUL
    with unit_of_work():
        move_event(db.session.get_one(Event, event.id), "archived", by=DESK, now=IN_TIME)
    with pytest.raises(EventStateRefused):
        take(unit, entry, read_of(form_code(entry)))


def test_twenty_uploads_an_hour(unit: Participation, entry: Registration) -> None:
    for minute in range(20):
        with unit_of_work():
            count_upload(unit, now=IN_TIME + timedelta(minutes=minute))
    with pytest.raises(TooManyUploads, match="20 lần trong một giờ"), unit_of_work():
        count_upload(unit, now=IN_TIME + timedelta(minutes=59))
    with unit_of_work():
        count_upload(unit, now=IN_TIME + timedelta(minutes=61))


def test_one_unit_keeps_no_more_than_its_share(
    unit: Participation, entry: Registration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.signed_forms.services.MOST_KEPT", 2)
    for number in range(2):
        take(unit, entry, read_of(None, content=str(number)))
    with pytest.raises(TooManyKept):
        take(unit, entry, read_of(None, content="more"))
    assert len(stored()) == 2
    assert take(unit, entry, read_of(None, content="more"), by=DESK).verdict == Verdict.DOUBTFUL


def test_same_file_from_two_machines_at_once_is_one_row(
    app: Flask, unit: Participation, entry: Registration
) -> None:
    scan, verdicts, ready = read_of(form_code(entry)), [], threading.Barrier(2)
    db.session.rollback()

    def send() -> None:
        with app.app_context():
            unit_now = db.session.get_one(Participation, unit_id)
            entry_now = db.session.get_one(Registration, entry_id)
            db.session.rollback()
            ready.wait(10)
            try:
                verdicts.append(take(unit_now, entry_now, scan).verdict)
            except DomainError as error:
                verdicts.append(type(error).__name__)
            db.session.remove()

    unit_id, entry_id = unit.id, entry.id
    db.session.rollback()
    threads = [threading.Thread(target=send) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert sorted(verdicts) == [Verdict.RECEIVED, Verdict.SAME_SCAN]
    db.session.rollback()
    assert len(stored()) == 1
    assert len(mails()) == 1


def test_unit_actor_is_the_one_recorded(unit: Participation, entry: Registration) -> None:
    take(unit, entry, read_of(None))
    assert logged("signed_form.doubtful")[0].actor_label == unit_actor(unit).label
    assert [one.state for one in forms_of(entry)] == ["doubtful"]
