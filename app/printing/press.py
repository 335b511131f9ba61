"""Papers are made beside the web process, not in it.

Typesetting keeps tens of megabytes that never come back. So each web process forks a helper
while it has one thread; the helper reads fonts and Word's template, then forks once more for
every paper, which sends the bytes back over a socket and is gone. Without a helper (tests,
commands, the worker) papers are made in place.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import signal
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from flask import Flask, current_app

from app.core.errors import DomainError
from app.core.turns import resting
from app.printing import makers
from app.printing.errors import FontsMissingError
from app.printing.fonts import load_fonts

EXTENSION = "press"
PATIENCE = 120.0  # seconds for one paper
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)
_LENGTH = struct.Struct("!Q")


class PressRefused(DomainError):
    """What the paper's maker refused, with its own sentence."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Press:
    """The address of the helper; `made` asks it for one paper."""

    def __init__(self, fonts_dir: Path | None = None) -> None:
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(f"\0press-{os.getpid()}-{os.urandom(8).hex()}")  # no file, no leftovers
        self.listener.listen(64)
        self.address = self.listener.getsockname()
        self.owner = os.getpid()
        if os.fork() == 0:
            self._serve(fonts_dir)
        self.listener.close()

    def made(self, make: Callable[..., bytes], args: tuple[Any, ...]) -> bytes:
        """The bytes of one paper. Raises PressRefused, or RuntimeError when the helper failed."""
        with socket.socket(socket.AF_UNIX) as channel:
            channel.settimeout(PATIENCE)
            channel.connect(self.address)
            _send(channel, pickle.dumps((make, args)))
            kind, *answer = pickle.loads(_receive(channel))  # noqa: S301 - our own fork answers
        if kind == "made":
            return answer[0]
        if kind == "refused":
            raise PressRefused(*answer)
        raise RuntimeError(f"paper not made: {answer[0]}")

    def _serve(self, fonts_dir: Path | None) -> None:
        """The helper: never returns, ends with its web process."""
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        if os.getppid() != self.owner:
            os._exit(0)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        for name in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
            signal.signal(name, signal.SIG_DFL)
        _close_all_but(0, 1, 2, self.listener.fileno())  # above all the web server's own sockets
        _warm(fonts_dir)
        while True:
            channel, _ = self.listener.accept()
            if os.fork() == 0:
                self.listener.close()
                _work(channel)
            channel.close()


def _warm(fonts_dir: Path | None) -> None:
    """What every paper needs, so that no fork reads it anew."""
    makers.warm()
    with suppress(FontsMissingError):  # whoever asks for a paper is told
        load_fonts(fonts_dir)


def _close_all_but(*kept: int) -> None:
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in kept:
            with suppress(OSError):  # the listing's own descriptor is closed already
                os.close(int(name))


def _work(channel: socket.socket) -> None:
    """One paper in a process of its own."""
    signal.alarm(int(PATIENCE))
    answer: tuple[Any, ...]
    try:
        make, args = pickle.loads(_receive(channel))  # noqa: S301 - from our own web process
        answer = ("made", make(*args))
    except DomainError as error:
        answer = ("refused", str(error), error.status)
    except BaseException as error:  # the web process logs it; this one only reports
        answer = ("failed", type(error).__name__)
    _send(channel, pickle.dumps(answer))
    os._exit(0)


def _send(channel: socket.socket, data: bytes) -> None:
    channel.sendall(_LENGTH.pack(len(data)) + data)


def _receive(channel: socket.socket) -> bytes:
    (length,) = _LENGTH.unpack(_exactly(channel, _LENGTH.size))
    return _exactly(channel, length)


def _exactly(channel: socket.socket, count: int) -> bytes:
    parts: list[bytes] = []
    while count:
        part = channel.recv(min(count, 1 << 20))
        if not part:
            raise RuntimeError("paper not made: the helper ended")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def open_press(app: Flask) -> None:
    """In a web process, before it has threads."""
    app.extensions[EXTENSION] = Press(app.config["SETTINGS"].fonts_dir)


def printed(make: Callable[..., bytes], *args: Any) -> bytes:
    """A paper by a function of this package and its plain data."""
    press: Press | None = current_app.extensions.get(EXTENSION)
    if press is None:
        return make(*args)
    with resting():
        return press.made(make, args)
