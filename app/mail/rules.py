"""When a mail is tried again, and when it is given up; plain functions of values."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum


class BatchState(StrEnum):
    PREPARING = "preparing"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"


GOING = (BatchState.PREPARING, BatchState.RUNNING)  # their mails are claimed
STOPPED = "stopped"  # error code of the mails that a stopped batch did not send

# Shown on the outbox page; the fifth failure after the first attempt is the last.
BACKOFF = (
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(days=1),
)
# Our own server does not answer: nothing is tried until then, and no mail's attempt counts.
SERVER_PAUSE = timedelta(minutes=5)
# A time of the queue beyond this can only come from a clock that was wrong.
FARTHEST = BACKOFF[-1] + timedelta(hours=1)
CLAIM_LIMIT = timedelta(minutes=5)
SMTP_STEPS = 15  # answers one mail may wait for, connection and TLS included


def next_attempt(attempts: int, now: datetime) -> datetime | None:
    """After the `attempts`-th failed attempt (from 1): when to try again, None to give up."""
    if attempts > len(BACKOFF):
        return None
    return now + BACKOFF[max(attempts, 1) - 1]


def claim_limit(mail_timeout: int) -> timedelta:
    """How old a claim must be to belong to a dead worker: longer than any live one can take."""
    return max(CLAIM_LIMIT, timedelta(seconds=mail_timeout * SMTP_STEPS))
