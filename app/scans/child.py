"""Reads one picture or PDF in a process of its own, so that no file can harm the server.

Run as a script: options as JSON in the first argument, the file on standard input. On standard
output one line of JSON, ``{"pages": [{"width", "height", "start", "bytes", "codes": [[text, corners]]}]}``
or ``{"error": code, "values", "detail"}``, then the JPEGs one after the other. The application is
not loaded here: no settings, no keys. With ``"kind": "SHEETS"`` it reads signed sheets instead
(see sheet_pages), of pages that were drawn here before.
"""

from __future__ import annotations

import ctypes
import errno
import io
import json
import os
import resource
import signal
import sys
import types
from collections.abc import Callable, Sequence
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)


def find_siblings() -> None:
    """Makes ``app.scans`` importable without running the application's own ``__init__``."""
    package = types.ModuleType("app")
    package.__path__ = [str(Path(__file__).resolve().parents[1])]
    sys.modules["app"] = package


def limit_self(options: dict[str, Any]) -> None:
    """Caps memory, processor time and the answer; no file, socket or process can be opened."""
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    os.nice(5)  # pages of the web go first
    memory, answer = (options[name] * 1024 * 1024 for name in ("memory_mb", "answer_mb"))
    for what, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, options["seconds"]),
        (resource.RLIMIT_FSIZE, answer),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 3),
    ):
        resource.setrlimit(what, (value, value))
    if options["kind"] != "HEIC":  # libde265 decodes in a thread of its own
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def write_answer(told: dict[str, Any], pictures: list[bytes]) -> None:
    """One line of JSON, then the pictures."""
    out = sys.stdout.buffer
    out.write(json.dumps(told).encode() + b"\n")
    for picture in pictures:
        out.write(picture)
    out.flush()


def _reader(options: dict[str, Any]) -> Callable[[bytes], Sequence[Any]]:
    """What reads the input, its libraries loaded while files may still be opened."""
    if options["kind"] == "SHEETS":
        from app.scans import sheet_pages

        return partial(sheet_pages.read, options=options)
    from app.scans import pages

    opener = pages.opener_of(options["kind"])
    return lambda content: pages.read(
        opener(io.BytesIO(content), options["max_pages"]), options["code_seconds"]
    )


def main() -> None:
    """Read standard input, answer on standard output."""
    options = json.loads(sys.argv[1])
    find_siblings()
    from app.scans.refused import Refused

    read = _reader(options)
    limit_self(options)
    pictures: list[bytes] = []
    try:
        found = read(sys.stdin.buffer.read())
        pictures = [page.jpeg for page in found]
        starts = accumulate(map(len, pictures), initial=0)
        told: dict[str, Any] = {
            "pages": [
                page.told() | {"start": start} for page, start in zip(found, starts, strict=False)
            ]
        }
    except Refused as refused:
        told = {"error": refused.code, "values": refused.values, "detail": refused.detail}
    except Exception as error:  # any fault of the file becomes an answer, with its kind for the log
        out_of_memory = isinstance(error, MemoryError) or getattr(error, "errno", 0) == errno.ENOMEM
        code = "too_heavy" if out_of_memory else "damaged"
        told = {"error": code, "detail": f"{type(error).__name__}: {error}"}
    write_answer(told, pictures)


if __name__ == "__main__":
    main()
