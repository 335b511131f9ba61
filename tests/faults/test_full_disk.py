"""The disk is full while units register.

As root on a tmpfs of 3 MB filled to the last byte; elsewhere with a limit on the size of files
(RLIMIT_FSIZE of the web processes), which fails the same writes.
"""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.signed_forms.models import SignedForm
from bench.killing import integrity
from bench.world import World, person_name, seating, visit
from tests.factories.scans import degraded, form_page
from tests.factories.servers import Browser, Hosted, hosted
from tests.faults.conftest import NOT_STORED, STAYS


@dataclass(frozen=True)
class Disk:
    """``fill()`` leaves no room to write, ``free()`` makes room again."""

    directory: Path
    fill: Callable[[Hosted], None]
    free: Callable[[Hosted], None]


def _tmpfs(directory: Path) -> Disk:
    ballast = directory / "ballast"

    def fill(here: Hosted) -> None:
        with ballast.open("wb", buffering=0) as file:
            try:
                while file.write(b"\0" * 4096):
                    pass
            except OSError:
                return

    return Disk(directory, fill, lambda here: ballast.unlink())


def _limited(directory: Path) -> Disk:
    def limit(here: Hosted, size: int) -> None:
        for pid in here.server.workers():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    return Disk(
        directory,
        lambda here: limit(here, 100_000),
        lambda here: limit(here, resource.RLIM_INFINITY),
    )


@pytest.fixture(params=["full", "limited"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    directory = tmp_path / "small"
    directory.mkdir()
    can_mount = os.geteuid() == 0 and request.param == "full"
    mounted = can_mount and not subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(directory)], capture_output=True
    ).returncode  # fmt: skip
    try:
        yield _tmpfs(directory) if mounted else _limited(directory)
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(directory)], check=True)


def test_full_disk_is_told_and_loses_nothing(
    disk: Disk, tmp_path: Path, sqlite_template: Path
) -> None:
    path = disk.directory / "app.db"
    path.write_bytes(sqlite_template.read_bytes())
    with hosted(disk.directory, f"sqlite:///{path}", log_directory=tmp_path) as here:
        world = here.world(seats=200, units=150)
        browser = here.browser(world.paths[0])
        disk.fill(here)
        done = _register_until_refused(browser, world)
        assert seating(here.app, world.event_id).confirmed == done
        assert "database cannot write" in here.log
        assert person_name(done) not in here.log
        disk.free(here)
        again = browser.send(browser.registering(world.paths[done], done))
        assert again.status == 303
    assert seating(here.app, world.event_id).confirmed == done + 1
    assert integrity(path) == "ok"


def test_a_signed_form_finds_no_room(disk: Disk, tmp_path: Path, sqlite_template: Path) -> None:
    path = disk.directory / "app.db"
    path.write_bytes(sqlite_template.read_bytes())
    scan = degraded(form_page(), seed=1, dpi=150)
    with hosted(disk.directory, f"sqlite:///{path}", log_directory=tmp_path) as here:
        world = here.world(seats=5, units=2)
        unit = world.paths[0]
        browser = here.browser(unit)
        assert browser.send(browser.registering(unit, 1)).status == 303
        disk.fill(here)
        refused = browser.send(_upload(browser, unit, scan))
        assert refused.status == 503 and NOT_STORED in refused.body.decode()
        assert _forms(here) == 0
        disk.free(here)
        assert browser.send(_upload(browser, unit, scan)).status == 303
        assert _forms(here) == 1
    assert integrity(path) == "ok"


def _upload(browser: Browser, unit: str, picture: bytes) -> bytes:
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{browser.token}'.encode(),
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n'
        b"Content-Type: image/jpeg\r\n\r\n" + picture,
        b"--x--\r\n",
    ]
    body = b"\r\n".join(parts)
    head = (
        f"POST {unit}/signed-form HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {browser.cookie}\r\n"
        f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _forms(here: Hosted) -> int:
    with visit(here.app):
        return db.session.scalar(select(func.count()).select_from(SignedForm)) or 0


def _register_until_refused(browser: Browser, world: World) -> int:
    """→ how many units were told that they are registered before the disk was full"""
    for number, path in enumerate(world.paths):
        more = {"phone": "0912 345 678", "email": "thu.hien@example.vn"}
        answer = browser.send(browser.registering(path, number, **more))
        if answer.status == 303:
            continue
        page = answer.body.decode()
        assert answer.status == 503
        assert NOT_STORED in page
        assert STAYS in page
        for typed in (person_name(number), "Phó Hiệu trưởng", *more.values()):
            assert f'value="{typed}"' in page
        return number
    raise AssertionError("the disk never was full")
