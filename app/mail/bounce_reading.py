"""What foreign mails say of ours. They are read in a limited process (``bounce_child``)."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.mail.smtp_errors import code_of

logger = logging.getLogger(__name__)

MOST_BYTES = 256 * 1024  # of one mail; the headers of ours stand before the letter that hangs on it
SECONDS = 60  # one process, by the clock
PERMANENT, TEMPORARY, AUTO_REPLY, UNKNOWN = "permanent", "temporary", "auto_reply", "unknown"
KINDS = (PERMANENT, TEMPORARY, AUTO_REPLY, UNKNOWN)
_CHILD = Path(__file__).with_name("bounce_child.py")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_VIETNAMESE = (
    (re.compile(r"hộp thư.{0,60}đầy|vượt.{0,20}dung lượng|hết dung lượng", re.I), "mailbox_full"),
    (re.compile(r"tên miền.{0,60}không tồn tại", re.I), "domain_unknown"),
    (re.compile(r"không tồn tại|không tìm thấy|không có (người|hộp thư)", re.I), "no_such_mailbox"),
    (re.compile(r"bị kho[áa]|bị khóa|ngừng hoạt động", re.I), "mailbox_disabled"),
)


@dataclass(frozen=True)
class Report:
    """One mail as read. ``kind``: of KINDS, "none" when it is no report, "unreadable" when it was
    refused. ``ids``: Message-IDs that may be ours, surest first. ``key``: SHA-256, hex, of its own
    Message-ID. ``status``: RFC 3463, e.g. 5.1.1."""

    key: str
    kind: str
    ids: tuple[str, ...] = ()
    status: str = ""
    recipient: str = ""
    detail: str = ""

    @property
    def reason(self) -> str:
        """Key of `reasons.REASONS` for a mail that came back for good."""
        text = f"{self.status} {self.detail}"
        for pattern, code in _VIETNAMESE:
            if pattern.search(self.detail):
                return code
        digits = re.search(r"(?<![\d.])5\d\d(?![\d.])", self.detail)
        code = code_of(int(digits[0]) if digits else 0, text, permanent=True)
        if code != "refused":
            return code
        if self.status.startswith("4."):
            return "expired"  # given up after many tries
        return code if self.status or digits else "returned"


def read_reports(mails: Sequence[bytes]) -> list[Report]:
    """One report a mail, in their order. A mail that harms its reader is "unreadable" and the
    others are read all the same."""
    reports: list[Report] = []
    while len(reports) < len(mails):
        waiting = [mail[:MOST_BYTES] for mail in mails[len(reports) :]]
        answers = _ask_child(waiting)
        reports += [_report(*pair) for pair in zip(waiting, answers, strict=False)]
        if len(answers) < len(waiting):  # it died over this one
            logger.warning("mail in the mailbox not read: its reader died")
            reports.append(Report(_key(waiting[len(answers)], ""), "unreadable"))
    return reports


def _ask_child(mails: Sequence[bytes]) -> list[dict[str, Any]]:
    given = json.dumps([len(mail) for mail in mails]).encode() + b"\n" + b"".join(mails)
    command = [sys.executable, "-I", str(_CHILD)]
    try:
        done = subprocess.run(  # noqa: S603 - our own script, no shell, fixed arguments
            command, input=given, capture_output=True, timeout=SECONDS, env={}, check=False
        )
        output = done.stdout
    except subprocess.TimeoutExpired as error:
        output = error.stdout or b""
    lines = output.split(b"\n")[:-1][: len(mails)]  # the last may be half written
    return [json.loads(line) for line in lines]


def _report(raw: bytes, told: dict[str, Any]) -> Report:
    """The child's answer, trusted no further than it can be checked."""
    if "error" in told:
        logger.warning("mail in the mailbox not read: %s", str(told["error"])[:40])
        return Report(_key(raw, ""), "unreadable")
    kind = str(told["kind"])
    return Report(
        key=_key(raw, _clean(told["key"], 1_000)),
        kind=kind if kind in KINDS else "none",
        ids=tuple(str(one)[:200] for one in told["ids"]),
        status=_clean(told["status"], 20),
        recipient=_clean(told["recipient"], 254),
        detail=_clean(told["detail"], 500),
    )


def _clean(value: Any, limit: int) -> str:
    return _CONTROL.sub(" ", str(value)).encode("utf-8", "replace").decode()[:limit].strip()


def _key(raw: bytes, message_id: str) -> str:
    return hashlib.sha256(message_id.encode() or raw).hexdigest()
