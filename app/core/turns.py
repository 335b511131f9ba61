"""Short requests of one process take turns; long waits let the next one in.

Python runs one thread at a time. Two requests in the middle of their work only take the
interpreter from each other, and the one that holds the database's write lock then holds it three
times as long. So with SQLite a request runs alone in its process, from the moment its body has
arrived to its answer. Uploads, and bodies that come slowly, do not take part: nobody waits for a
slow phone. PostgreSQL's waits are the network's, so there threads simply share.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

SMALL = 64 * 1024  # bytes of a body that is read before the turn begins

_turn = threading.Lock()
_mine = threading.local()


class Turns:
    """WSGI middleware; see the module."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if getattr(_mine, "held", False) or not _read_small_body(environ):
            return self.application(environ, start_response)
        with _turn:
            _mine.held = True
            try:
                return self.application(environ, start_response)
            finally:
                _mine.held = False


def _read_small_body(environ: dict[str, Any]) -> bool:
    """Whether the whole body is here now, so that nothing of the request waits for the client."""
    length = environ.get("CONTENT_LENGTH") or "0"
    if environ.get("HTTP_TRANSFER_ENCODING") or not length.isdigit() or int(length) > SMALL:
        return False
    if int(length):
        body = environ["wsgi.input"].read(int(length))
        environ["wsgi.input"] = io.BytesIO(body)
    return True


@contextmanager
def resting() -> Iterator[None]:
    """Around a long wait for another process: others of this process go on meanwhile.

    Not inside a unit of work: one that waits for its turn would wait for the other's lock.
    """
    from app.core.database import WRITING
    from app.extensions import db

    if not getattr(_mine, "held", False) or db.session.info.get(WRITING):
        yield
        return
    _mine.held = False
    _turn.release()
    try:
        yield
    finally:
        _turn.acquire()
        _mine.held = True
