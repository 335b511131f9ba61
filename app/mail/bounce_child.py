"""Reads foreign mails in a process of its own: which of them are delivery reports, and of what.

Run as a script: on standard input one line of JSON with the sizes of the mails, then the mails one
after the other; on standard output one line of JSON a mail, as soon as it is read: ``{"key",
"ids", "kind", "status", "recipient", "detail"}`` or ``{"error": code}``. Standard library only: no
settings, no keys. Knows RFC 3464 (delivery status), RFC 3834 (automatic answers), and the free
texts of Gmail, Exchange, Postfix, qmail, Exim and Vietnamese providers.
"""

from __future__ import annotations

import codecs
import ctypes
import email
import email.message
import email.parser
import html
import json
import os
import quopri
import re
import resource
import signal
import sys
import unicodedata
from collections.abc import Iterator
from email.header import decode_header
from typing import Any

Part = email.message.Message

SECONDS = 3  # of processor time for one mail
ALL_SECONDS = 40
MEMORY_MB = 400
MAX_MARKS = 1_000  # lines that may be boundaries between parts
MAX_BOUNDARIES = 30  # parts that hold parts
MAX_PARTS = 60
MAX_TEXT = 60_000
MAX_IDS = 20
DETAIL = 500
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)

# Message-IDs as app.mail.services makes them; which are ours, the database knows.
OUR_ID = re.compile(r"<[0-9a-f]{32}@[^\s<>\"]{1,150}>")
STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
REPLY = re.compile(
    r"(?:said|error|response|returned|status|reason|lỗi|trả lời|mã|báo)\b[^\n]{0,160}?"
    r"(?<![\d.])([45]\d\d)(?![\d.])"
)
ADDRESS = re.compile(r"[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
DAEMON = re.compile(r"mailer-?daemon|postmaster|mail delivery|microsoftexchange|mail-daemon")
RETURNED = re.compile(
    r"undeliver|delivery (status|failure|report|has failed|notification)|returned (mail|to sender)"
    r"|failure notice|mail (delivery|system)|could not be delivered|không gửi được|không thể gửi"
    r"|bị trả lại|trả lại thư|gửi thư (thất bại|không thành công)|chưa chuyển được"
)
AUTOMATIC = re.compile(
    r"^(auto(matic)?[ -]?(reply|response|:)|out of (the )?office|trả lời tự động|tự động trả lời"
    r"|thư trả lời tự động|vắng mặt)"
)
ANSWER = re.compile(r"\s*(re|fw|fwd|tl|trả lời|chuyển tiếp)\s*:")
DELAYED = re.compile(
    r"delayed|will (retry|keep trying|be retried|try again)|still (trying|being)|not yet been"
    r"|no action is required|warning message only|sẽ (thử|gửi) lại|tiếp tục thử|bị chậm|trì hoãn"
    r"|tạm thời chưa"
)
FAILED = re.compile(
    r"permanent|fatal error|could ?n[o']t be delivered|wasn't delivered|not (be )?delivered"
    r"|unable to deliver|wasn't able to deliver|gave up|given up|giving up|delivery (has )?failed"
    r"|address(es)? failed|did not reach|no such user|user unknown|does not exist|undeliverable"
    r"|not found|rejected|không tồn tại|không gửi được|không thể gửi|bị trả lại|từ chối|thất bại"
    r"|hộp thư[^.\n]{0,40}đầy|bị khóa|bị khoá|chưa chuyển được"
)
COPY = re.compile(
    r"^(-{3}[^\n]{0,120}?(copy|below|original|bản sao|thư gốc|nội dung thư)|return-path:"
    r"|received:|message-id:)",
    re.M,
)


CHARSETS = ("ascii", "utf-8", "latin-1", "cp1252", "cp1258", "utf-16", "gb18030", "shift_jis")


class Refused(Exception):
    """A mail that will not be read; the code goes into the log."""


def load_parts() -> None:
    """What Python loads only when it is needed, while files can still be opened."""
    for name in CHARSETS:
        codecs.lookup(name)
    quopri.decodestring(b"=41")
    read(b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nYQ==")
    read(b"Subject: =?utf-8?b?YQ==?=\nContent-Type: multipart/mixed; boundary=a\n\n--a\n\nb")


def limit_self() -> None:
    """Caps memory and processor time; no file, socket or process can be opened."""
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    os.nice(5)
    memory = MEMORY_MB * 1024 * 1024
    for what, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, ALL_SECONDS),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 3),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(what, (value, value))


def read(raw: bytes) -> dict[str, Any]:
    """What one mail is. Raises Refused for what nobody sends in earnest."""
    if raw.count(b"\n--") > MAX_MARKS or raw.lower().count(b"boundary=") > MAX_BOUNDARIES:
        raise Refused("too_many_parts")
    mail = email.message_from_bytes(raw)
    parts = list(outer_parts(mail))
    text = "\n".join(text_of(part) for part in parts)[:MAX_TEXT]
    told: dict[str, Any] = {
        "key": header(mail, "Message-ID"),
        "ids": our_ids(mail, parts, text),
        "kind": "none",
        "status": "",
        "recipient": "",
        "detail": "",
    }
    return told | (of_status(parts) or of_automatic(mail) or of_text(mail, text) or {})


def outer_parts(part: Part, depth: int = 0) -> Iterator[Part]:
    """All parts but those of a mail within the mail, which is itself one part."""
    count = 0
    waiting = [part]
    while waiting:
        one = waiting.pop()
        count += 1
        if count > MAX_PARTS:
            raise Refused("too_many_parts")
        yield one
        if one.get_content_maintype() == "multipart" and one.is_multipart():
            waiting.extend(reversed(one.get_payload()))  # type: ignore[arg-type]


def header(part: Part, name: str, limit: int = 2_000) -> str:
    """A header's value, decoded, in one line."""
    value = str(part.get(name) or "")[:limit]
    if "=?" in value:
        pieces = decode_header(value)
        value = "".join(
            piece if isinstance(piece, str) else decoded(piece, charset)
            for piece, charset in pieces
        )
    return " ".join(value.split())


def decoded(content: bytes, charset: str | None) -> str:
    try:
        return content.decode(charset or "utf-8", "replace")
    except (LookupError, OSError):  # an unknown name; a module that may no longer be opened
        return content.decode("utf-8", "replace")


def text_of(part: Part) -> str:
    """What a text part says; nothing for the others."""
    kind = part.get_content_type()
    if kind not in {"text/plain", "text/html"} or part.get_filename():
        return ""
    content = part.get_payload(decode=True)
    text = decoded((content or b"")[: MAX_TEXT * 4], part.get_content_charset())  # type: ignore[index,arg-type]
    if kind == "text/html":
        text = re.sub(r"<(br|/p|/tr|/div)\b[^<>]{0,200}>", "\n", text, flags=re.I)
        text = re.sub(r"<(?![0-9a-f]{32}@)[^<>@]{1,2000}>", " ", text)
        text = html.unescape(text)
    return unicodedata.normalize("NFC", text)


def our_ids(mail: Part, parts: list[Part], text: str) -> list[str]:
    """Message-IDs that may be ours, the surest first."""
    found: list[str] = []
    for part in parts:
        if part.get_content_type() == "message/rfc822" and part.is_multipart():
            found += OUR_ID.findall(str(part.get_payload(0).get("Message-ID", "")))  # type: ignore[union-attr]
        elif part.get_content_type() in {"text/rfc822-headers", "message/rfc822"}:
            content = decoded(part.get_payload(decode=True) or b"", None)  # type: ignore[arg-type]
            found += OUR_ID.findall(str(email.message_from_string(content).get("Message-ID", "")))
    found += OUR_ID.findall(header(mail, "In-Reply-To"))
    found += reversed(OUR_ID.findall(header(mail, "References", 20_000)))
    found += OUR_ID.findall(text)
    return list(dict.fromkeys(found))[:MAX_IDS]


def of_status(parts: list[Part]) -> dict[str, Any] | None:
    """RFC 3464: the part a machine wrote for machines. Of several recipients the worst counts."""
    fields = [
        block
        for part in parts
        if part.get_content_type() == "message/delivery-status" and part.is_multipart()
        for block in part.get_payload()[:50]  # type: ignore[index]
        if isinstance(block, Part) and block.get("Action")
    ]
    found: dict[str, Any] | None = None
    for block in fields:
        one = of_block(block)
        if found is None or (one["kind"] == "permanent" and found["kind"] != "permanent"):
            found = one
    return found


def of_block(block: Part) -> dict[str, Any]:
    action = header(block, "Action").split("(")[0].strip().lower()
    diagnostic = header(block, "Diagnostic-Code")
    said = STATUS.search(diagnostic)
    status = STATUS.search(header(block, "Status"))
    best = status[1] if status else ""
    if said and (not best or best.endswith(".0.0")):  # the remote server's own is more exact
        best = said[1]
    kinds = {"failed": "permanent", "delayed": "temporary"}
    kind = kinds.get(
        action, "none" if action in {"delivered", "relayed", "expanded"} else "unknown"
    )
    address = header(block, "Original-Recipient") or header(block, "Final-Recipient")
    return {
        "kind": kind,
        "status": best,
        "recipient": address.rpartition(";")[2].strip().strip("<>")[:254],
        "detail": (diagnostic.partition(";")[2].strip() or diagnostic or best)[:DETAIL],
    }


def of_automatic(mail: Part) -> dict[str, Any] | None:
    """An answer that a machine gave for a person, or a note that a mail was opened."""
    subject = header(mail, "Subject")
    if is_daemon(mail):
        return None
    automatic = (
        header(mail, "Auto-Submitted").lower().startswith("auto-replied")
        or any(mail.get(name) for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Reply-From"))
        or header(mail, "Precedence").lower() == "auto_reply"
        or AUTOMATIC.search(unicodedata.normalize("NFC", subject).lower())
        or str(mail.get_param("report-type")).lower() == "disposition-notification"
    )
    return {"kind": "auto_reply", "detail": subject[:200]} if automatic else None


def is_daemon(mail: Part) -> bool:
    """A mail server wrote it. A subject alone proves nothing: people answer “Re: không gửi được”."""
    if (
        DAEMON.search(header(mail, "From").lower())
        or mail.get("X-Failed-Recipients")
        or str(mail.get_param("report-type")).lower() == "delivery-status"
    ):
        return True
    subject = unicodedata.normalize("NFC", header(mail, "Subject")).lower()
    by_machine = header(mail, "Return-Path") == "<>" or header(mail, "Auto-Submitted")
    return bool(by_machine and RETURNED.search(subject) and not ANSWER.match(subject))


def of_text(mail: Part, text: str) -> dict[str, Any] | None:
    """A report written for people only."""
    if not is_daemon(mail):
        return None
    said = text.lower()
    if copy := COPY.search(said):
        said = said[: copy.start()]
    subject = unicodedata.normalize("NFC", header(mail, "Subject")).lower()
    status, reply = STATUS.search(said), REPLY.search(said)
    first = (status or reply)[1][0] if status or reply else ""  # type: ignore[index]
    if DELAYED.search(f"{subject}\n{said}") and first != "5":
        kind = "temporary"
    elif first == "5" or FAILED.search(said):
        kind = "permanent"
    elif first == "4":
        kind = "temporary"
    else:
        kind = "unknown"
    mark = status or reply or FAILED.search(said) or DELAYED.search(said)
    failed = header(mail, "X-Failed-Recipients").split(",")[0].strip()
    return {
        "kind": kind,
        "status": status[1] if status else "",
        "recipient": (failed or address_in(said))[:254],
        "detail": around(text, mark.start() if mark else 0),
    }


def address_in(text: str) -> str:
    for found in ADDRESS.finditer(text):
        if not DAEMON.search(found[0]) and not OUR_ID.fullmatch(f"<{found[0]}>"):
            return found[0]
    return ""


def around(text: str, at: int) -> str:
    """The paragraph about this place, as one line."""
    start = max(text.rfind("\n\n", 0, at) + 1, at - 200)
    return " ".join(text[start : start + 2 * DETAIL].strip().split("\n\n")[0].split())[:DETAIL]


def safely(raw: bytes) -> dict[str, Any]:
    """Any fault of a mail becomes an answer."""

    def too_slow(*_: Any) -> None:
        raise Refused("too_slow")

    signal.signal(signal.SIGPROF, too_slow)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        return read(raw)
    except Refused as refused:
        return {"error": str(refused)}
    except Exception as error:  # what the parser stumbles over, by its kind for the log
        return {"error": type(error).__name__}
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def main() -> None:
    """Read standard input, answer on standard output."""
    stream = sys.stdin.buffer
    sizes = json.loads(stream.readline())
    mails = [stream.read(size) for size in sizes]
    load_parts()
    limit_self()
    for raw in mails:
        sys.stdout.write(json.dumps(safely(raw)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
