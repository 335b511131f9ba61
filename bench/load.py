"""Requests from several clients over kept connections, with the latency of each."""

from __future__ import annotations

import itertools
import re
import socket
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode

LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
COOKIE = re.compile(rb"set-cookie: ([^=]+=[^;]+)", re.IGNORECASE)
TOKEN = re.compile(rb'name="csrf_token" value="([^"]+)"')


@dataclass(frozen=True)
class Answer:
    status: int
    head: bytes
    body: bytes


@dataclass(frozen=True)
class Load:
    """``rate`` requests a second; latencies in milliseconds; ``statuses`` counts by code."""

    seconds: float
    rate: float
    median_ms: float
    p95_ms: float
    statuses: dict[int, int]


class Client:
    """One kept connection; opens a new one when the server closed it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.socket: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    def send(self, request: bytes) -> Answer:
        """Raises ConnectionError, EOFError or TimeoutError when no whole answer comes."""
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=60)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.socket.sendall(request)
            return self._read(self.socket)
        except (OSError, EOFError):
            self.close()
            raise

    def _read(self, connection: socket.socket) -> Answer:
        data = b""
        while b"\r\n\r\n" not in data:
            part = connection.recv(65536)
            if not part:
                raise EOFError("closed")
            data += part
        head, _, body = data.partition(b"\r\n\r\n")
        found = LENGTH.search(head)
        length = int(found[1]) if found else 0
        while len(body) < length:
            part = connection.recv(65536)
            if not part:
                raise EOFError("closed")
            body += part
        if b"connection: close" in head.lower():
            connection.close()
            self.socket = None
        return Answer(int(head[9:12]), head, body)


def get(path: str, cookie: str = "") -> bytes:
    extra = f"Cookie: {cookie}\r\n" if cookie else ""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{extra}\r\n".encode()


def post(path: str, form: dict[str, str], cookie: str = "", *, json: bytes | None = None,
         headers: str = "") -> bytes:  # fmt: skip
    body = json if json is not None else urlencode(form).encode()
    kind = "application/json" if json is not None else "application/x-www-form-urlencoded"
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\n{headers}"
        f"Cookie: {cookie}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def ask(port: int, request: bytes) -> Answer:
    """One request on a connection of its own."""
    with Client(port) as client:
        return client.send(request)


def session_of(port: int, path: str, cookie: str = "") -> tuple[str, str]:
    """(cookies, CSRF token) that a browser would hold after opening the page."""
    answer = ask(port, get(path, cookie))
    cookies = [found.decode() for found in COOKIE.findall(answer.head)]
    token = TOKEN.search(answer.body)
    if token is None:
        raise RuntimeError(f"{path} answered {answer.status} without a form")
    return "; ".join([*([cookie] if cookie else []), *cookies]), token[1].decode()


def run(
    port: int,
    requests: Sequence[bytes],
    clients: int = 8,
    check: Callable[[Answer], None] | None = None,
) -> Load:
    """Send all requests, shared out among the clients as they become free.

    As many clients as requests: all at once. A client that fails raises here.
    """
    queue = iter(requests)
    lock = threading.Lock()
    start = threading.Barrier(clients + 1)
    timed: list[tuple[float, int]] = []
    failures: list[BaseException] = []

    def work() -> None:
        mine: list[tuple[float, int]] = []
        start.wait()
        try:
            with Client(port) as client:
                while True:
                    with lock:
                        request = next(queue, None)
                    if request is None:
                        break
                    began = time.perf_counter()
                    answer = client.send(request)
                    mine.append((time.perf_counter() - began, answer.status))
                    if check is not None:
                        check(answer)
        except BaseException as error:
            failures.append(error)
        with lock:
            timed.extend(mine)

    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    spent = time.perf_counter() - began
    if failures:
        raise failures[0]
    return _summary(timed, spent)


def _summary(timed: list[tuple[float, int]], spent: float) -> Load:
    ordered = sorted(seconds * 1000 for seconds, _status in timed)
    statuses: dict[int, int] = {}
    for _seconds, status in timed:
        statuses[status] = statuses.get(status, 0) + 1
    return Load(
        seconds=spent,
        rate=len(ordered) / spent,
        median_ms=statistics.median(ordered),
        p95_ms=ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))],
        statuses=statuses,
    )


def repeated(request: bytes, count: int) -> list[bytes]:
    return list(itertools.repeat(request, count))
