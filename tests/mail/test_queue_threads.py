"""Threads of one web process put tasks into the queue at once: none breaks another's connection."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from app.mail.tasks import DRAIN


@pytest.mark.both_databases
def test_threads_that_call_at_once_all_succeed(app: Flask) -> None:
    queue = app.extensions["queue"]
    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(queue.call, DRAIN) for _ in range(160)]
    assert [one.exception() for one in calls] == [None] * 160
    assert len(queue.huey.pending()) == 160
    queue.close()
