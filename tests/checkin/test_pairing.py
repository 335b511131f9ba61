"""A pairing address: once for one phone, its own page afterwards, a clear page when it is over."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.checkin.gate_services import renew_gate, revoke_device, revoke_gate
from app.checkin.models import Gate, GateDevice
from app.core.database import unit_of_work
from app.events.models import Event
from app.extensions import db
from tests.factories.accounts import make_account, sign_in
from tests.factories.checkin import MORNING, make_gate
from tests.factories.events import DESK

SLUG = "tap-huan-2024"


def devices() -> list[GateDevice]:
    db.session.rollback()
    return list(db.session.scalars(select(GateDevice).order_by(GateDevice.id)))


def works(client: FlaskClient) -> bool:
    return client.get(f"/hall/{SLUG}/").status_code == 200


def test_an_address_for_one_phone_works_once(app: Flask, client: FlaskClient, event: Event) -> None:
    address = f"/hall/pair/{make_gate(event).secret}"
    assert client.post(address).status_code == 303
    other = app.test_client()
    for answer in (other.get(address), other.post(address)):
        assert answer.status_code == 404
        assert "Mã ghép này đã dùng cho một máy khác." in answer.text
        assert "Không ghép được máy này" in answer.text
        assert "Đơn vị làm mất đường dẫn riêng?" not in answer.text  # a phone at the door, no unit
    assert (works(client), works(other), len(devices())) == (True, False, 1)


def test_on_the_paired_phone_it_leads_to_its_page(client: FlaskClient, event: Event) -> None:
    address = f"/hall/pair/{make_gate(event).secret}"
    client.post(address)
    for answer in (client.get(address), client.post(address)):
        assert (answer.status_code, answer.location) == (303, "/hall/")
    assert client.get("/hall/").location == f"/hall/{SLUG}/"
    assert len(devices()) == 1


def test_a_gates_phone_is_that_gate_whoever_signed_in_on_it(
    client: FlaskClient, event: Event
) -> None:
    """On the hall's pages; at the desk the account stays itself."""
    sign_in(client, make_account("admin"))
    client.post(f"/hall/pair/{make_gate(event, 'Cổng B').secret}")
    assert "Cổng B" in client.get(f"/hall/{SLUG}/").text
    assert client.get("/desk/accounts").status_code == 200


def test_an_address_for_many_takes_each_phone_once(
    app: Flask, client: FlaskClient, event: Event
) -> None:
    address = f"/hall/pair/{make_gate(event, many_devices=True).secret}"
    phones = [client, app.test_client(), app.test_client()]
    for phone in phones:
        assert phone.post(address).status_code == 303
    assert all(works(phone) for phone in phones)
    assert len(devices()) == 3


@pytest.mark.parametrize("many", [False, True])
def test_one_phone_is_put_out_alone(
    app: Flask, client: FlaskClient, event: Event, many: bool
) -> None:
    gate, secret = make_gate(event, many_devices=many)
    other = app.test_client()
    client.post(f"/hall/pair/{secret}")
    other.post(f"/hall/pair/{secret}")
    with unit_of_work():
        revoke_device(db.session.get_one(Gate, gate.id), devices()[0].id, by=DESK, now=MORNING)
    assert (works(client), works(other)) == (False, many)
    again = app.test_client().post(f"/hall/pair/{secret}")
    assert again.status_code == (303 if many else 404)  # used is used, also when put out since


def test_a_renewed_address_puts_all_phones_out(
    app: Flask, client: FlaskClient, event: Event
) -> None:
    gate, secret = make_gate(event)
    client.post(f"/hall/pair/{secret}")
    with unit_of_work():
        new = renew_gate(db.session.get_one(Gate, gate.id), event, by=DESK, now=MORNING).secret
    assert not works(client)
    assert "xin bàn đăng ký mã ghép mới" in app.test_client().get(f"/hall/pair/{secret}").text
    assert client.post(f"/hall/pair/{new}").status_code == 303
    assert works(client)


def test_an_address_that_is_over_says_so(client: FlaskClient, event: Event) -> None:
    gate, secret = make_gate(event)
    with unit_of_work():
        db.session.get_one(Gate, gate.id).expires_at = MORNING
    assert "đã hết hạn" in client.get(f"/hall/pair/{secret}").text
    with unit_of_work():
        revoke_gate(db.session.get_one(Gate, gate.id), by=DESK, now=MORNING)
    assert client.post(f"/hall/pair/{secret}").status_code == 404


def test_a_phone_that_becomes_another_gate_leaves_the_first(
    client: FlaskClient, event: Event
) -> None:
    for name in ("Cổng A", "Cổng B"):
        client.post(f"/hall/pair/{make_gate(event, name).secret}")
    first, second = devices()
    assert first.revoked_at is not None
    assert second.revoked_at is None
    assert works(client)


@pytest.mark.both_databases
def test_two_phones_at_once_and_one_is_paired(app: Flask, event: Event) -> None:
    address = f"/hall/pair/{make_gate(event).secret}"
    db.session.remove()
    barrier, statuses = threading.Barrier(3), []

    def press() -> None:
        barrier.wait()
        statuses.append(app.test_client().post(address).status_code)

    threads = [threading.Thread(target=press) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [303, 404, 404]
    assert len(devices()) == 1
