"""Foreign files are read by a script in a process of its own, so that a bad one kills only itself.

The script limits itself (memory, processor, no files, no sockets) and is told nothing of the
server: no environment, no application. It reads standard input and writes standard output, both
files without a name.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.core.turns import resting

PATIENCE = 10  # seconds a file waits for the one before it


class ChildFailed(Exception):
    """``code``: busy (another file is being read), too_slow, or damaged (it died)."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail = code, detail


class LimitedChild:
    """One such script. Each web process runs it for one file at a time: there are few of them."""

    def __init__(self, script: Path) -> None:
        self.script = script
        self.turn = threading.BoundedSemaphore()

    def ask(self, content: bytes, options: dict[str, Any], *, seconds: float) -> bytes:
        """What the script wrote. ``options`` are its first argument, as JSON. Raises ChildFailed.

        Other requests of this process go on meanwhile, however small the file was.
        """
        with resting():
            if not self.turn.acquire(timeout=PATIENCE):
                raise ChildFailed("busy", f"waited {PATIENCE} s")
            try:
                return self._run(content, options, seconds)
            finally:
                self.turn.release()

    def _run(self, content: bytes, options: dict[str, Any], seconds: float) -> bytes:
        with _memory_file(content) as given, _memory_file() as filled:
            try:
                done = subprocess.run(  # noqa: S603 - our own script, no shell, fixed arguments
                    [sys.executable, "-I", str(self.script), json.dumps(options)],
                    stdin=given,
                    stdout=filled,
                    stderr=subprocess.DEVNULL,
                    timeout=seconds,
                    env={},
                    check=False,
                )
            except subprocess.TimeoutExpired as error:
                raise ChildFailed("too_slow", f"longer than {seconds} s") from error
            if done.returncode:
                timed_out = done.returncode in (-signal.SIGXCPU, -signal.SIGKILL)
                ended = f"ended with {done.returncode}"
                raise ChildFailed("too_slow" if timed_out else "damaged", ended)
            with open(filled, "rb", closefd=False) as file:
                file.seek(0)
                return file.read()


@contextmanager
def _memory_file(content: bytes = b"") -> Iterator[int]:
    """A descriptor of a file that has no name; the child can read or fill it, nothing else."""
    descriptor = os.memfd_create("given")
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.write(content)
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor
    finally:
        os.close(descriptor)
