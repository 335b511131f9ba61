"""The web server: two processes of four threads; its own access log is off, the app writes one."""

import logging
import mmap
import os
import select
import sys
import time
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_PROCESSES", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
preload_app = False
timeout = 60
graceful_timeout = 15
keepalive = 5
max_requests = 0
accesslog = None
loglevel = "warning"
limit_request_line = 4094
limit_request_fields = 60

FREE, BUSY = 2**31 - 1, 2**31 - 2  # a slot of nobody; of a process that takes no connections now
_held = memoryview(mmap.mmap(-1, mmap.PAGESIZE)).cast("i")  # connections of each, seen by all
for _slot in range(len(_held)):
    _held[_slot] = FREE


class EvenWorker(ThreadWorker):
    """Leaves a new connection to a process that holds fewer.

    The kernel wakes all processes for a connection, and whoever comes first has it: of the eight
    that a hall's phones keep open, six may sit on one process while the other rests. So who holds
    more gives the others a moment. Only speed hangs on it: then it takes the connection itself.
    """

    gives_way = 0.002  # seconds

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # in the parent, which sees all slots
        self.slot = list(_held).index(FREE)
        self._accepting = False
        super().__init__(*args, **kwargs)

    @property
    def nr_conns(self) -> int:
        return self._connections

    @nr_conns.setter
    def nr_conns(self, number: int) -> None:
        self._connections = number
        _held[self.slot] = number if self._accepting else BUSY

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        self.nr_conns = self._connections

    def accept(self, listener: Any) -> None:
        waiting = select.poll()
        waiting.register(listener, select.POLLIN)
        ends = time.monotonic() + self.gives_way
        while self.nr_conns > min(_held) and waiting.poll(0) and time.monotonic() < ends:
            time.sleep(self.gives_way / 20)
        super().accept(listener)


worker_class = EvenWorker


def child_exit(_server: Any, worker: Any) -> None:
    _held[worker.slot] = FREE


def post_worker_init(worker: Any) -> None:
    """Threads here wait for the database between short pieces of Python. With the default of 5 ms
    each wait for the interpreter's lock would cost more than the work, and would be spent
    holding SQLite's write lock."""
    sys.setswitchinterval(0.0002)
    # what no line of our log says (Python's logging how-to, "Optimization")
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None  # type: ignore[attr-defined]
    extensions = getattr(worker.wsgi, "extensions", {})
    if "page_cache" in extensions:  # our application, not the empty one of the benchmark
        from app.printing.press import open_press

        open_press(worker.wsgi)
    answer = extensions.get("answer_unreadable")
    if answer is not None:
        worker.handle_error = answer  # a page in Vietnamese, nothing of the sender in the log
