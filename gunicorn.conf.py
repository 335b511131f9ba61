"""The web server: two processes of four threads; its own access log is off, the app writes one."""

import os
import sys
from typing import Any

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_PROCESSES", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
worker_class = "gthread"
preload_app = False
timeout = 60
graceful_timeout = 15
keepalive = 5
max_requests = 0
accesslog = None
loglevel = "warning"
limit_request_line = 4094
limit_request_fields = 60


def post_worker_init(worker: Any) -> None:
    """Threads here wait for the database between short pieces of Python. With the default of 5 ms
    each wait for the interpreter's lock would cost more than the work, and would be spent
    holding SQLite's write lock."""
    sys.setswitchinterval(0.0002)
    extensions = getattr(worker.wsgi, "extensions", {})
    if "page_cache" in extensions:  # our application, not the empty one of the benchmark
        from app.printing.press import open_press

        open_press(worker.wsgi)
    answer = extensions.get("answer_unreadable")
    if answer is not None:
        worker.handle_error = answer  # a page in Vietnamese, nothing of the sender in the log
