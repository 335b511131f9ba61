"""kill -9 of the worker in the middle of a batch: every mail delivered, at most one twice a kill.

The long form is `python -m bench --long letters`: 10,000 mails and 200 kills.
"""

from __future__ import annotations

import pytest

from bench.letters import killed_worker, stage

MAILS, KILLS = 150, 3


@pytest.mark.slow
def test_every_mail_of_a_batch_arrives_though_the_worker_is_killed() -> None:
    with stage() as here:
        counted = killed_worker(here, MAILS, KILLS)
    assert len(counted) == MAILS
    assert counted.total() - len(counted) <= KILLS
