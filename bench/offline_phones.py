"""Paired phones with scans they kept while they were alone, as the real server sees them."""

from __future__ import annotations

import gzip
import json
import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from app.checkin.gate_services import create_gate
from app.core.access import SYSTEM
from app.core.database import unit_of_work
from app.core.tokens import ENTRY_CODE, entry_digits
from app.events.models import Event
from app.extensions import db
from bench import load
from bench.gates import OWN_PAGE, paired
from bench.stage import Stage
from bench.world import World, visit

BATCH = 500
VERSION = re.compile(rb'"version":(\d+)')


@dataclass(frozen=True)
class OfflinePhone:
    """``cookie``: of its pairing; it scans for one session."""

    port: int
    slug: str
    cookie: str
    session_id: int

    def scan(self, code: str, at: datetime) -> dict[str, Any]:
        return {
            "client_id": str(uuid.uuid4()), "session_id": self.session_id, "how": "scan",
            "code": code, "device_at": at.isoformat(), "offset_ms": 0, "told": "welcome",
        }  # fmt: skip

    def batch(
        self, scans: list[dict[str, Any]], unsent: int = 0, version: int | None = None
    ) -> bytes:
        said = {"unsent": unsent, "battery": 80, "list_version": version, "offset_ms": 0}
        path, headers = f"/hall/{self.slug}/sync", f"Accept-Encoding: gzip\r\n{OWN_PAGE}"
        body = json.dumps({"device": said, "scans": scans, "walk_ins": []}).encode()
        return load.post(path, {}, self.cookie, json=body, headers=headers)

    def roster(self, since: int | None = None) -> bytes:
        path = f"/hall/{self.slug}/roster" + (f"?since={since}" if since else "")
        return load.get(path, f"{self.cookie}\r\nAccept-Encoding: gzip")


def version_in(answer: load.Answer) -> int:
    """Of the list in an answer."""
    packed = b"content-encoding: gzip" in answer.head.lower()
    found = VERSION.search(gzip.decompress(answer.body) if packed else answer.body)
    if found is None:
        raise RuntimeError(f"a list was asked for and answered {answer.status}")
    return int(found[1])


def batches(items: list[Any]) -> list[list[Any]]:
    return [items[start : start + BATCH] for start in range(0, len(items), BATCH)]


def gate_secrets(here: Stage, world: World, number: int) -> list[str]:
    """Before the server starts: gates made four hours ago, so that older scans are believed."""
    made_at = datetime.now(UTC) - timedelta(hours=4)
    with visit(here.app), unit_of_work():
        event = db.session.get_one(Event, world.event_id)
        return [
            create_gate(event, f"Cổng {one}", by=SYSTEM, now=made_at).secret
            for one in range(1, number + 1)
        ]


def offline_phone(here: Stage, world: World, secret: str) -> OfflinePhone:
    """Pairs over the running server."""
    gate = paired(here, world, secret)
    return OfflinePhone(here.port, gate.slug, gate.cookie, gate.session_id)


def codes_of(world: World, delegates: list[int]) -> list[str]:
    """The digits of their square codes; inside an application context."""
    return [
        entry_digits(ENTRY_CODE, event_id=world.event_id, thing_id=one, version=1)
        for one in delegates
    ]
