"""A scan that a phone kept, who sends it, and what it came to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.checkin.faces import Subject
from app.checkin.merging import Key
from app.checkin.results import Arrival, SessionFacts
from app.checkin.rules import How, Outcome, Remark
from app.core.access import Actor


@dataclass(frozen=True)
class LateScan:
    """A scan as a phone kept it. ``at``: corrected; ``nonsense``: its own time could not be."""

    client_id: str
    session_id: int
    how: How
    code_text: str | None
    registration_id: int | None
    device_at: datetime | None
    at: datetime
    nonsense: bool
    told: str | None


@dataclass(frozen=True)
class From:
    """Who sends. ``ended_at``: since when this phone is no gate; what it scanned before counts."""

    actor: Actor
    gate_name: str
    device_id: int | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True)
class Merged:
    """What a scan came to. ``session`` None: the event has none of that id, or not at this gate.

    ``stands``: whether the person is in now, by this arrival; not told of what was sent before.
    """

    scan: LateScan
    subject: Subject
    session: SessionFacts | None
    outcome: Outcome
    remark: Remark | None = None
    arrival: Arrival | None = None
    stands: bool = False
    repeat: bool = False

    @property
    def key(self) -> Key | None:
        """Of the presence it may claim."""
        if self.outcome is not Outcome.WELCOME or self.remark is Remark.AFTER_REVOKE:
            return None
        face = self.subject.face
        return (face.id, self.scan.session_id) if face is not None else None
