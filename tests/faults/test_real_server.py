"""What only the real server shows: requests it refuses itself, and everything it writes to its log."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import load
from bench.world import World, person_name
from tests.factories.servers import Hosted, hosted

TYPED = {"phone": "0912 345 678", "email": "thu.hien@truong.example.vn"}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Hosted]:
    directory = tmp_path_factory.mktemp("server")
    path = directory / "app.db"
    path.write_bytes(sqlite_template.read_bytes())
    with hosted(directory, f"sqlite:///{path}", processes=1) as server:
        yield server


@pytest.fixture(scope="module")
def world(here: Hosted) -> World:
    return here.world(seats=2, units=6)


def _raw(port: int, request: bytes) -> str:
    """Everything the server says until it closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        (b"GET /units/" + b"a" * 5000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 9000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-A: b\r\n" * 80 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\nBad Header: y\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    ],
    ids=["long line", "long header", "many headers", "bad header", "tls"],
)
def test_request_nobody_can_read_is_told_in_vietnamese(
    here: Hosted, request_head: bytes, status: int
) -> None:
    before = len(here.log)
    answer = _raw(here.server.port, request_head)
    assert answer.startswith(f"HTTP/1.1 {status} ")
    assert '<html lang="vi">' in answer
    assert "Máy chủ không đọc được yêu cầu này. Hãy mở lại đường dẫn từ thư của Sở." in answer
    line = json.loads(here.log[before:].splitlines()[0])
    assert line["event"] == "unreadable request"
    assert line["status"] == status
    assert "aaaa" not in here.log[before:]


def test_client_that_leaves_half_way_does_no_harm(here: Hosted, world: World) -> None:
    with socket.create_connection(("127.0.0.1", here.server.port)) as connection:
        head = f"POST {world.paths[0]} HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nfull_name="
        connection.sendall(head.encode())
    assert load.ask(here.server.port, load.get(world.paths[0])).status == 200


def test_log_holds_no_name_phone_link_or_token(here: Hosted, world: World) -> None:
    """A run with good and bad requests: each has its line, none has anything of a person."""
    browser = here.browser(world.paths[0])
    secrets = [path.rsplit("/", 1)[1] for path in world.paths]
    expected = [
        (browser.registering(world.paths[0], 1, **TYPED), 303),
        (browser.registering(world.paths[0], 2, **TYPED), 409),
        (browser.registering(world.paths[1], 3, phone="không phải số"), 422),
        (browser.registering(world.paths[2], 4, csrf_token="guessed-token"), 400),
        (browser.registering(f"/units/{secrets[0][:-4]}AAAA", 5, **TYPED), 404),
        (load.get(f"/units/{secrets[3]}/no-such-page"), 404),
        (load.get(f"/?email={TYPED['email']}&name=Ph%E1%BA%A1m"), 200),
        (load.post("/account/sign-in", {"csrf_token": browser.token, "email": TYPED["email"],
                                        "password": "Mat-khau-bi-mat-1"}, browser.cookie), None),
        (browser.registering(world.paths[4], 6, full_name="x" * 600_000), 422),
    ]  # fmt: skip
    for request, status in expected:
        answer = browser.send(request)
        assert status in (None, answer.status)
        assert answer.status < 500
    log = here.log
    for line in log.splitlines():
        json.loads(line)
    assert log.count('"rule": "/units/<secret>"') >= 6
    private = [
        *(person_name(number) for number in range(1, 7)),
        *(person_name(number).split()[-1] + '"' for number in range(1, 7)),
        "0912", "912345678", "+84912", "thu.hien", "guessed-token", "Mat-khau",
        browser.token, browser.cookie.split("=", 1)[1], *secrets,
    ]  # fmt: skip
    assert [one for one in private if one in log] == []
