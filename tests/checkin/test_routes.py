"""The hall's and the desk's pages: who may, what each outcome says, how many queries."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event as sql_event
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.checkin.gate_services import revoke_gate
from app.checkin.models import Gate, GateDevice, Presence, Scan
from app.core.database import unit_of_work
from app.core.tokens import FORM_CODE, entry_digits
from app.events.models import Event
from app.extensions import db
from app.registration.codes import entry_code
from app.registration.models import Registration
from app.registration.rows import Entry
from app.registration.services import replace
from tests.conftest import FrozenClock
from tests.factories.accounts import make_account, sign_in
from tests.factories.checkin import MORNING, client_id, make_gate, scan
from tests.factories.events import DESK, make_event, participations
from tests.factories.registration import IN_TIME, enter, unit_actor

SLUG = "tap-huan-2024"
DESK_PAGE = f"/desk/events/{SLUG}/check-in"


@pytest.fixture
def event(app: Flask, frozen_clock: FrozenClock) -> Event:
    frozen_clock.move_to(2024, 3, 12, 7, 52)
    return make_event(seats=3, units=5)


def delegate(event: Event, index: int = 0, name: str = "Phạm Thu Hiên") -> Registration:
    return enter(participations(event)[index], name).registration


# As a script of our own page sends it, by the browser's word.
SCRIPT = {"Accept": "application/json", "Origin": "http://localhost"}


def pair(client: FlaskClient, event: Event, name: str = "Cổng A") -> Gate:
    gate, secret = make_gate(event, name)
    answer = client.post(f"/hall/pair/{secret}")
    assert (answer.status_code, answer.location) == (303, f"/hall/{event.slug}/")
    return gate


def devices_of(gate: Gate) -> list[GateDevice]:
    return list(db.session.scalars(select(GateDevice).where(GateDevice.gate_id == gate.id)))


def send(client: FlaskClient, session_id: int, slug: str = SLUG, **values):
    values.setdefault("client_id", client_id())
    values.setdefault("how", "scan")
    return client.post(
        f"/hall/{slug}/scans",
        json={"session_id": session_id, **values},
        headers=SCRIPT,
    )


def morning(event: Event) -> int:
    return db.session.get_one(Event, event.id).sessions[0].id


def queries_of(work) -> tuple[int, object]:
    statements: list[str] = []

    def note(_c, _cursor, statement, *_rest) -> None:
        statements.append(statement)

    sql_event.listen(db.engine, "before_cursor_execute", note)
    try:
        result = work()
    finally:
        sql_event.remove(db.engine, "before_cursor_execute", note)
    return len(statements), result


# ---------------------------------------------------------------- pairing


def test_looking_at_the_pairing_address_changes_nothing(client: FlaskClient, event: Event) -> None:
    gate, secret = make_gate(event)
    page = client.get(f"/hall/pair/{secret}")
    assert page.status_code == 200
    assert "Dùng máy này làm Cổng A" in page.text
    assert "Set-Cookie" not in page.headers or "gate=" not in page.headers["Set-Cookie"]
    assert devices_of(gate) == []


def test_pairing_sets_a_cookie_no_script_can_read(client: FlaskClient, event: Event) -> None:
    gate, secret = make_gate(event)
    answer = client.post(f"/hall/pair/{secret}")
    [cookie] = [one for one in answer.headers.getlist("Set-Cookie") if one.startswith("gate=")]
    assert "HttpOnly" in cookie
    assert "Path=/hall/" in cookie
    assert "SameSite=Lax" in cookie
    assert [one.last_seen_at is not None for one in devices_of(gate)] == [True]
    assert client.get("/hall/").location == f"/hall/{SLUG}/"
    assert client.get(f"/hall/{SLUG}/").status_code == 200


def test_a_guessed_or_revoked_pairing_address_is_not_there(
    client: FlaskClient, event: Event
) -> None:
    gate, secret = make_gate(event)
    with unit_of_work():
        revoke_gate(db.session.get_one(Gate, gate.id), by=DESK, now=MORNING)
    for wrong in (secret, "x" * 22, "đường-dẫn"):
        for answer in (client.get(f"/hall/pair/{wrong}"), client.post(f"/hall/pair/{wrong}")):
            assert answer.status_code == 404
            assert "xin bàn đăng ký mã ghép mới" in answer.text


# ---------------------------------------------------------------- access


def hall_requests(client: FlaskClient, event: Event, slug: str):
    session_id = morning(event)
    yield client.get(f"/hall/{slug}/")
    yield client.get(f"/hall/{slug}/search?q=hien")
    yield send(client, session_id, slug, code="1" * 32)
    yield client.post(f"/hall/{slug}/presences/1/undo")
    yield client.post(f"/hall/{slug}/desk-calls", json={"client_id": client_id()})


def test_nobody_is_sent_to_sign_in(client: FlaskClient, event: Event) -> None:
    for answer in hall_requests(client, event, SLUG):
        assert answer.status_code == 302
        assert "/account/sign-in" in answer.location


def test_a_gate_of_another_event_finds_nothing(client: FlaskClient, event: Event) -> None:
    scan(delegate(event))
    other = make_event(units=0, slug="khac")
    pair(client, other)
    for answer in hall_requests(client, event, SLUG):
        assert answer.status_code == 404
        assert "Phạm Thu Hiên" not in answer.text
    assert db.session.scalar(select(func.count()).select_from(Scan)) == 1


def test_a_session_of_another_event_is_not_there(client: FlaskClient, event: Event) -> None:
    other = make_event(units=0, slug="khac")
    pair(client, event)
    answer = send(client, morning(other), code="1" * 32)
    assert answer.status_code == 404
    assert "không có buổi này" in answer.json["error"]
    assert client.get(f"/hall/{SLUG}/?session={morning(other)}").status_code == 404


def test_a_revoked_gate_is_out_at_once(client: FlaskClient, event: Event) -> None:
    gate = pair(client, event)
    with unit_of_work():
        revoke_gate(db.session.get_one(Gate, gate.id), by=DESK, now=MORNING)
    assert send(client, morning(event), code="1" * 32).status_code == 302
    assert db.session.scalar(select(func.count()).select_from(Scan)) == 0


def test_a_gate_ends_with_its_term(
    client: FlaskClient, event: Event, frozen_clock: FrozenClock
) -> None:
    gate = pair(client, event)
    ends = db.session.get_one(Gate, gate.id).expires_at
    for at, status in ((ends - timedelta(microseconds=1), 200), (ends, 302)):
        frozen_clock.at = at
        client.set_cookie("gate", client.get_cookie("gate", path="/hall/").value, path="/hall/")
        with client.application.app_context():
            assert client.get(f"/hall/{SLUG}/").status_code == status


@pytest.mark.parametrize(
    ("role", "hall", "desk", "manage"),
    [
        ("admin", 200, 200, 303),
        ("desk", 200, 200, 303),
        ("hall", 200, 403, 403),
        ("leader", 403, 200, 403),
    ],
)
def test_each_role_reaches_its_pages(
    client: FlaskClient, event: Event, role: str, hall: int, desk: int, manage: int
) -> None:
    gate, _ = make_gate(event)
    sign_in(client, make_account(role))
    assert client.get(f"/hall/{SLUG}/").status_code == hall
    assert client.get(DESK_PAGE).status_code == desk
    assert client.post(f"{DESK_PAGE}/gates/{gate.id}/revoke").status_code == manage


def test_a_gate_has_no_desk(client: FlaskClient, event: Event) -> None:
    pair(client, event)
    assert client.get(DESK_PAGE).status_code in (302, 403)


# ---------------------------------------------------------------- scans


def test_a_scan_is_answered_in_words(client: FlaskClient, event: Event) -> None:
    pair(client, event)
    registration = delegate(event)
    answer = send(client, morning(event), code=entry_code(registration)).json
    assert (answer["outcome"], answer["tone"], answer["title"]) == ("welcome", "in", "Mời vào")
    assert (answer["name"], answer["lines"]) == (
        "Phạm Thu Hiên",
        ["Hiệu trưởng", "Trường THPT Thử 001"],
    )
    assert answer["spoken"] == "Mời vào. Phạm Thu Hiên, Trường THPT Thử 001."
    assert answer["foot"] == "Lượt thứ 1 · 07:52"
    assert answer["counts"] == {"arrived": 1, "expected": 1}
    assert answer["presence_id"] == db.session.scalar(select(Presence.id))
    again = send(client, morning(event), code=entry_code(db.session.merge(registration))).json
    assert (again["outcome"], again["when"]) == ("already", "lúc **07:52** tại **Cổng A**")


def test_the_same_words_in_english(client: FlaskClient, event: Event) -> None:
    pair(client, event)
    client.set_cookie("lang", "en")
    answer = send(client, morning(event), code="9" * 32)
    assert answer.status_code == 200
    assert answer.json["outcome"] == "unknown"


def test_each_refusal_says_what_to_do_and_its_first_button_does_it(
    client: FlaskClient, event: Event
) -> None:
    pair(client, event)
    old = delegate(event, 0, "Ngọ Văn Đông")
    old_code = entry_code(old)
    with unit_of_work():
        one = db.session.get_one(Registration, old.id)
        new = replace(
            one,
            one.participation,
            Entry("Ưng Hoài Ân", "Phó Hiệu trưởng"),
            by=unit_actor(one.participation),
            now=IN_TIME,
        ).registration
        new_id = new.id
    for index in (1, 2):
        delegate(event, index, f"Người Thử {index}")
    waiting = entry_code(delegate(event, 3, "Đinh Công Trực"))
    form = entry_digits(FORM_CODE, event_id=event.id, thing_id=1, version=1)

    replaced = send(client, morning(event), code=old_code).json
    assert (replaced["title"], replaced["name"]) == ("Đã thay bằng", "Ưng Hoài Ân")
    assert replaced["more"] == ["Mã này là mã cũ, cấp cho **Ngọ Văn Đông**."]
    assert replaced["actions"][0] == {
        "do": "check_in",
        "label": "Điểm danh Ưng Hoài Ân",
        "registration_id": new_id,
        "presence_id": None,
    }
    assert replaced["presence_id"] is None

    queued = send(client, morning(event), code=waiting).json
    assert (queued["title"], queued["tone"]) == ("Danh sách chờ thứ 1", "waiting")
    assert [one["do"] for one in queued["actions"]] == ["desk", "next"]

    unknown = send(client, morning(event), code="0093118701426605").json
    assert (unknown["title"], unknown["code"]) == (
        "Không có trong danh sách",
        "0093 1187 0142 6605",
    )
    assert [one["do"] for one in unknown["actions"]] == ["search", "next"]
    assert send(client, morning(event), code=form).json["more"] == [
        "Đây là mã của mẫu đăng ký, không phải mã vào cửa."
    ]
    for answer in (replaced, queued, unknown):
        assert answer["stays"] == 0
        assert answer["todo"]
        assert not answer["admitted"]


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"code": "1", "registration_id": 1},
        {"code": 5},
        {"code": "1", "how": "magic"},
        {"code": "1", "client_id": "short"},
        {"code": "1", "client_id": 7},
        {"registration_id": -1},
        {"registration_id": True},
        {"registration_id": 10**12},
        {"code": "1", "session_id": "x"},
        {"code": "1", "session_id": None},
    ],
)
def test_a_malformed_scan_is_refused_and_not_stored(
    client: FlaskClient, event: Event, values: dict
) -> None:
    pair(client, event)
    answer = client.post(
        f"/hall/{SLUG}/scans",
        json={"session_id": morning(event), "how": "scan", "client_id": client_id(), **values},
        headers=SCRIPT,
    )
    assert answer.status_code == 400
    assert answer.json["error"] == "Lượt quét thiếu mã. Hãy quét lại."
    assert db.session.scalar(select(func.count()).select_from(Scan)) == 0


@pytest.mark.parametrize("body", ["[1]", "7", "null", "{", ""])
def test_what_is_no_json_object_is_refused(client: FlaskClient, event: Event, body: str) -> None:
    pair(client, event)
    answer = client.post(
        f"/hall/{SLUG}/scans",
        data=body,
        content_type="application/json",
        headers=SCRIPT,
    )
    assert answer.status_code == 400


@pytest.mark.both_databases
def test_a_text_with_nul_and_nonsense_clocks_is_stored_as_unknown(
    client: FlaskClient, event: Event
) -> None:
    pair(client, event)
    for device_at in ("yesterday", "2024-03-12T07:52:00", "9999-12-31T23:59:59+00:00", 5):
        answer = send(client, morning(event), code="a\x00b" * 200, device_at=device_at)
        assert answer.json["outcome"] == "unknown"
    send(client, morning(event), code="x", device_at="2024-03-12T00:50:00.123Z")
    stored = db.session.scalars(select(Scan.device_at).order_by(Scan.id)).all()
    assert [one is None for one in stored] == [True] * 4 + [False]


def test_a_form_of_another_page_lets_nobody_in(
    app: Flask, client: FlaskClient, event: Event
) -> None:
    pair(client, event)
    app.config["WTF_CSRF_ENABLED"] = True
    values = form_values(event, code=entry_code(delegate(event)))
    assert client.post(f"/hall/{SLUG}/scans", data=values).status_code == 400
    assert client.post(f"/hall/{SLUG}/scans", data=values, headers=SCRIPT).status_code == 400
    assert db.session.scalar(select(func.count()).select_from(Scan)) == 0


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "null"},
        {"Origin": "http://elsewhere.example.vn"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_script_of_another_page_lets_nobody_in(
    app: Flask, client: FlaskClient, event: Event, headers: dict[str, str]
) -> None:
    pair(client, event)
    app.config["WTF_CSRF_ENABLED"] = True
    values = form_values(event, code=entry_code(delegate(event)))
    answer = client.post(f"/hall/{SLUG}/scans", json=values, headers=headers)
    assert answer.status_code == 403
    assert db.session.scalar(select(func.count()).select_from(Scan)) == 0
    page = {"Sec-Fetch-Site": "same-origin"}
    assert client.post(f"/hall/{SLUG}/scans", json=values, headers=page).status_code == 200


def test_a_scan_through_the_gate_takes_eight_queries(client: FlaskClient, event: Event) -> None:
    pair(client, event)  # seen just now: its row is not written again
    code, session_id = entry_code(delegate(event)), morning(event)
    db.session.remove()
    number, answer = queries_of(lambda: send(client, session_id, code=code))
    assert answer.json["outcome"] == "welcome"
    assert number <= 8


def test_a_scan_notes_when_the_gate_was_seen(
    client: FlaskClient, event: Event, frozen_clock: FrozenClock
) -> None:
    gate = pair(client, event)
    frozen_clock.move_to(2024, 3, 12, 8, 5)
    send(client, morning(event), code="9" * 32)
    db.session.expire_all()
    assert [one.last_seen_at for one in devices_of(gate)] == [MORNING + timedelta(minutes=24)]


# ---------------------------------------------------------------- plain forms


def form_values(event: Event, **values):
    return {"session_id": morning(event), "client_id": client_id(), "how": "typed", **values}


def test_a_plain_form_gets_the_same_answer_as_a_page(client: FlaskClient, event: Event) -> None:
    pair(client, event)
    values = form_values(event, code=entry_code(delegate(event)))
    for _ in range(2):  # sent twice by a double click: the same page
        page = client.post(f"/hall/{SLUG}/scans", data=values)
        assert page.status_code == 200
        assert "Mời vào" in page.text
        assert "Phạm Thu Hiên" in page.text
    assert db.session.scalar(select(func.count()).select_from(Scan)) == 1


def test_an_incomplete_code_is_told_at_its_field_and_kept(
    client: FlaskClient, event: Event
) -> None:
    pair(client, event)
    page = client.post(f"/hall/{SLUG}/scans", data=form_values(event, code="1000 10"))
    assert page.status_code == 400
    assert "Mã có 32 chữ số, mới nhập 6." in page.text
    assert "1000 10</textarea>" in page.text
    assert db.session.scalar(select(func.count()).select_from(Scan)) == 0


def test_search_as_page_and_as_json(client: FlaskClient, event: Event) -> None:
    pair(client, event)
    scan(delegate(event, 0, "Doãn Thúy Hiền"))
    delegate(event, 1, "Phạm Thu <b>Hiên")
    found = client.get(f"/hall/{SLUG}/search?q=hien", headers={"Accept": "application/json"}).json
    assert found["sentence"] == "2 người có chữ “hien”"
    assert [(one["state"], one["word"]) for one in found["people"]] == [
        ("arrived", "Đã vào 07:41"),
        ("none", ""),
    ]
    assert found["people"][0]["parts"][-1] == ["Hiền", True]
    page = client.get(f"/hall/{SLUG}/search?q=hien").text
    assert "<mark>Hiền</mark>" in page
    assert "Thu <b>" not in page
    assert "Nhập ít nhất 2 chữ" in client.get(f"/hall/{SLUG}/search?q=h").text
    assert "Không có ai có chữ" in client.get(f"/hall/{SLUG}/search?q=zzz").text


def test_who_was_replaced_is_found_by_name_and_answered_as_their_code(
    client: FlaskClient, event: Event
) -> None:
    pair(client, event)
    old = delegate(event, 0, "Ngọ Văn Đông")
    unit = participations(event)[0]
    with unit_of_work():
        replace(old, unit, Entry("Ưng Hoài Ân", "Hiệu trưởng"), by=unit_actor(unit), now=IN_TIME)
    [found] = client.get(
        f"/hall/{SLUG}/search?q=dong", headers={"Accept": "application/json"}
    ).json["people"]
    assert (found["state"], found["word"]) == ("replaced", "Đã thay")
    assert 'aria-label="Xem Ngọ Văn Đông"' in client.get(f"/hall/{SLUG}/search?q=dong").text
    asked = {"registration_id": found["registration_id"], "how": "search"}
    answer = send(client, morning(event), **asked).json
    assert (answer["title"], answer["name"]) == ("Đã thay bằng", "Ưng Hoài Ân")


def test_search_shows_no_phone(client: FlaskClient, event: Event) -> None:
    pair(client, event)
    enter(participations(event)[0], "Phạm Thu Hiên", phone="+84912345678", email="a@example.vn")
    for accept in ("application/json", "text/html"):
        page = client.get(f"/hall/{SLUG}/search?q=hien", headers={"Accept": accept}).text
        assert "Phạm Thu" in page or "Ph\\u1ea1m" in page
        assert "912" not in page
        assert "a@example.vn" not in page


def test_undo_from_the_page(client: FlaskClient, event: Event) -> None:
    pair(client, event)
    answer = send(client, morning(event), code=entry_code(delegate(event))).json
    url = f"/hall/{SLUG}/presences/{answer['presence_id']}/undo"
    undone = client.post(url, headers={"Accept": "application/json"}).json
    assert undone["sentence"] == "Đã hoàn tác: Phạm Thu Hiên."
    assert undone["counts"] == {"arrived": 0, "expected": 1}
    assert client.post(url).status_code == 303


def test_another_gates_presence_is_not_this_gates_to_undo(
    client: FlaskClient, event: Event
) -> None:
    presence_id = scan(delegate(event)).arrival.presence_id
    pair(client, event)
    answer = client.post(
        f"/hall/{SLUG}/presences/{presence_id}/undo", headers={"Accept": "application/json"}
    )
    assert answer.status_code == 403
    assert "cổng khác" in answer.json["error"]


# ---------------------------------------------------------------- the desk's page


def test_a_gate_is_made_and_its_address_shown_once(client: FlaskClient, event: Event) -> None:
    sign_in(client, make_account("desk"))
    page = client.post(f"{DESK_PAGE}/gates", data={"name": "  Cổng  A "})
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    [address] = re.findall(r"<code>http://localhost(/hall/pair/[\w-]+)</code>", page.text)
    assert "<svg" in page.text
    listed = client.get(DESK_PAGE).text
    assert "Cổng A" in listed
    assert address not in listed
    phone = client.application.test_client()
    assert phone.post(address).status_code == 303
    again = client.post(f"{DESK_PAGE}/gates", data={"name": "Cổng A"})
    assert again.status_code == 409
    assert "Đã có cổng tên này đang dùng." in again.text
    assert client.post(f"{DESK_PAGE}/gates", data={"name": " "}).status_code == 400


def test_a_new_pairing_code_ends_the_device_before(client: FlaskClient, event: Event) -> None:
    phone = client.application.test_client()
    gate = pair(phone, event)
    sign_in(client, make_account("desk"))
    assert client.post(f"{DESK_PAGE}/gates/{gate.id}/renew").status_code == 200
    assert phone.get(f"/hall/{SLUG}/").status_code == 302


def test_another_events_gate_is_not_there(client: FlaskClient, event: Event) -> None:
    other = make_event(units=0, slug="khac")
    gate, _ = make_gate(other)
    sign_in(client, make_account("desk"))
    for what in ("renew", "revoke"):
        assert client.post(f"{DESK_PAGE}/gates/{gate.id}/{what}").status_code == 404


def test_presence_by_session_with_filter_and_undo(client: FlaskClient, event: Event) -> None:
    registration = delegate(event, 0, "Phạm Thu Hiên")
    delegate(event, 1, "Bạch Thế Hiển")
    presence_id = scan(registration).arrival.presence_id
    sign_in(client, make_account("desk"))
    arrived = client.get(f"{DESK_PAGE}?show=arrived").text
    assert "Đã vào 07:41" in arrived
    assert "Bạch Thế Hiển" not in arrived
    missing = client.get(f"{DESK_PAGE}?show=missing").text
    assert "Bạch Thế Hiển" in missing
    assert "<b>Phạm Thu Hiên" not in missing
    assert "<b>Phạm Thu Hiên" in client.get(f"{DESK_PAGE}?q=pham").text
    afternoon = db.session.get_one(Event, event.id).sessions[1].id
    assert "Đã vào 07:41" not in client.get(f"{DESK_PAGE}?session={afternoon}").text
    client.post(f"{DESK_PAGE}/presences/{presence_id}/undo")
    assert "Đã vào 07:41" not in client.get(DESK_PAGE).text


def test_refused_scans_stand_there_those_a_gate_reported_first(
    client: FlaskClient, event: Event
) -> None:
    reported = client_id()
    phone = client.application.test_client()
    pair(phone, event)
    send(phone, morning(event), code="9" * 32, client_id=reported)
    send(phone, morning(event), code="8" * 32)
    phone.post(f"/hall/{SLUG}/desk-calls", json={"client_id": reported})
    sign_in(client, make_account("leader"))
    page = client.get(DESK_PAGE).text
    assert page.count("Mã lạ") == 2
    assert page.index("Cổng báo") < page.rindex("Mã lạ")
    assert "Hoàn tác" not in page
    called = db.session.scalars(
        select(AuditEntry.actor_label).where(AuditEntry.action == "checkin.desk_called")
    ).all()
    assert called == ["Cổng A"]


def test_the_desks_page_takes_the_same_queries_with_many_rows(
    client: FlaskClient, app: Flask, frozen_clock: FrozenClock
) -> None:
    event = make_event(seats=30, units=30)
    scan(delegate(event, 0))
    make_gate(event, "Cổng 0")
    sign_in(client, make_account("desk"))

    def count() -> int:
        db.session.remove()
        return queries_of(lambda: client.get(DESK_PAGE))[0]

    count()
    few = count()
    event = db.session.scalars(select(Event)).one()
    for index in range(1, 30):
        registration = enter(participations(event)[index], f"Người Thử {index}").registration
        scan(registration)
        make_gate(event, f"Cổng {index}")
        scan(code=str(index) * 16, event=event)
    assert count() == few
