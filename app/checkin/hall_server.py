"""Running the hall on this machine: https for the phones, a plain door with the guide, the worker.

One parent watches its children: when one ends, all end.
"""

from __future__ import annotations

import ctypes
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from flask_babel import lazy_gettext as _l

from app.core.errors import DomainError
from config import environment_with

ROOT = Path(__file__).resolve().parents[2]
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)
START_PATIENCE, STOP_PATIENCE = 30.0, 20.0  # seconds
_TICK = 0.2


class PortTaken(DomainError):
    def __init__(self, port: int) -> None:
        super().__init__(
            _l("Cổng mạng %(port)s đang có chương trình khác dùng. Hãy chọn cổng khác bằng --port "
               "hoặc --http-port.", port=port)
        )  # fmt: skip


class PortForbidden(DomainError):
    def __init__(self, port: int) -> None:
        super().__init__(
            _l("Máy không cho chương trình này dùng cổng mạng %(port)s. Hãy chọn cổng từ 1024.",
               port=port)
        )  # fmt: skip


class DidNotStart(DomainError):
    message = _l("Máy chủ không chạy lên được. Lý do ghi ở các dòng trên.")


class PartEnded(DomainError):
    message = _l("Một phần của máy chủ đã dừng, nên cả hội trường dừng. Hãy chạy lại lệnh này.")


@dataclass(frozen=True)
class HallPlan:
    """``certificate``, ``key``: PEM files; ``hosts``: besides the one in ``url``; ``plain_port`` 0:
    no plain door; ``worker``: start one, too."""

    url: str
    hosts: tuple[str, ...]
    port: int
    plain_port: int
    certificate: Path
    key: Path
    processes: int = 2
    worker: bool = True
    listen: str = "0.0.0.0"  # noqa: S104 - phones of the hall come from the whole network


def ensure_free(*ports: int, listen: str = "0.0.0.0") -> None:  # noqa: S104
    """Raises PortTaken, PortForbidden."""
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((listen, port))
            except PermissionError as error:
                raise PortForbidden(port) from error
            except OSError as error:
                raise PortTaken(port) from error


def commands_of(plan: HallPlan) -> list[list[str]]:
    """What is run, the https server first."""
    gunicorn = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "gunicorn.conf.py")]
    serving = [
        [*gunicorn, "--bind", f"{plan.listen}:{plan.port}", "--workers", str(plan.processes),
         "--certfile", str(plan.certificate), "--keyfile", str(plan.key),
         "app.hall_site:tls_site()"]
    ]  # fmt: skip
    if plan.plain_port:
        serving.append(
            [*gunicorn, "--bind", f"{plan.listen}:{plan.plain_port}", "--workers", "1",
             "app.hall_site:plain_site()"]
        )  # fmt: skip
    if plan.worker:
        serving.append([sys.executable, "-m", "flask", "--app", "wsgi", "worker"])
    return serving


def environment_of(plan: HallPlan) -> dict[str, str]:
    """Addresses in mails stay those of BASE_URL: a phone outside cannot reach the hall."""
    return environment_with(
        HALL_URL=plan.url, HALL_HOSTS=" ".join(plan.hosts), MALLOC_ARENA_MAX="2"
    )


@dataclass
class Hall:
    """The children while they run."""

    plan: HallPlan
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, ready: Callable[[], bool] = lambda: True) -> None:
        """Until https answers and ``ready`` says so. Raises DidNotStart; then nothing runs."""
        for command in commands_of(self.plan):
            self.children.append(
                subprocess.Popen(  # noqa: S603 - our own programs, no shell
                    command,
                    cwd=ROOT,
                    env=environment_of(self.plan),
                    stdin=subprocess.DEVNULL,
                    start_new_session=True,  # Ctrl+C reaches the parent, which ends them in order
                    preexec_fn=_end_with_parent,
                )
            )
        until = time.monotonic() + START_PATIENCE
        while not (self._answers() and ready()):
            if self.ended() or time.monotonic() > until:
                self.stop()
                raise DidNotStart()
            time.sleep(_TICK)

    def _answers(self) -> bool:
        ports = [one for one in (self.plan.port, self.plan.plain_port) if one]
        return all(_connects(port) for port in ports)

    def ended(self) -> bool:
        return any(one.poll() is not None for one in self.children)

    def wait(self) -> None:
        """Until told to stop, or a child ends. Raises PartEnded for the latter."""
        stopped: list[int] = []

        def stop(number: int, _frame: FrameType | None) -> None:
            stopped.append(number)

        before: dict[int, Callable[..., object] | int | None] = {
            one: signal.signal(one, stop) for one in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            while not stopped and not self.ended():
                time.sleep(_TICK)
        finally:
            self.stop()
            for number, handler in before.items():
                signal.signal(number, handler)
        if not stopped:
            raise PartEnded()

    def stop(self) -> None:
        for one in reversed(self.children):
            if one.poll() is None:
                one.terminate()
        until = time.monotonic() + STOP_PATIENCE
        for one in self.children:
            try:
                one.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                one.kill()
                one.wait()


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGTERM)


def _connects(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
