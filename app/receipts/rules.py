"""What a receipt code, a signature and a digest look like, and the text that is signed.

The signed text is UTF-8, one field a line, each line ended by a line feed:

    dang-ky-tap-huan receipt 1
    code: 240603187752
    kind: entry
    event: tap-huan-2024
    unit: THPT-306-02
    received: 2024-03-04T09:42:07Z
    on-time: yes
    sha256: -

``kind``: entry · scan · replace · withdraw, or what another package adds. ``received``: UTC,
seconds cut off. ``on-time``: yes · no · "-" where a cut-off does not matter. ``sha256``: of the
file received, "-" without one. No name of a person stands in it: those may be erased. Another
form of the text needs another number in its first line.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime

from app.core.signing import SIGNATURE_BYTES

CODE_DIGITS, SHA256_DIGITS = 12, 64
HEADING = "dang-ky-tap-huan receipt 1"
NOTHING = "-"
GROUP = 8
_TYPED_MAX = 400  # what is longer is none of ours
_ON_TIME = {True: "yes", False: "no", None: NOTHING}


def read_code(text: str) -> str | None:
    """The 12 digits, typed with blanks, dots or dashes between them; None if it is no code."""
    digits = without_blanks(text).replace(".", "").replace("-", "")
    return digits if len(digits) == CODE_DIGITS and is_digits(digits) else None


def is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def without_blanks(text: str) -> str:
    return "".join(text[:_TYPED_MAX].split())


def read_sha256(text: str) -> str | None:
    """The 64 hexadecimal digits in small letters; blanks and colons between them are left out."""
    digest = without_blanks(text).replace(":", "").lower()
    ours = len(digest) == SHA256_DIGITS and set(digest) <= set("0123456789abcdef")
    return digest if ours else None


def signed_text(
    *,
    code: str,
    kind: str,
    event: str | None,
    unit: str | None,
    received: datetime,
    on_time: bool | None,
    sha256: str | None,
) -> str:
    """The text as the module describes it."""
    fields = {
        "code": code,
        "kind": kind,
        "event": _one_line(event),
        "unit": _one_line(unit),
        "received": f"{received.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "on-time": _ON_TIME[on_time],
        "sha256": sha256 or NOTHING,
    }
    return "".join([f"{HEADING}\n", *(f"{name}: {value}\n" for name, value in fields.items())])


def _one_line(value: str | None) -> str:
    return " ".join((value or NOTHING).split())


def written(signature: bytes) -> str:
    """base64url without padding: 86 signs for 64 bytes."""
    return base64.urlsafe_b64encode(signature).decode().rstrip("=")


def read_signature(text: str) -> bytes | None:
    """The bytes of a signature as typed or copied, in either base64; None in no or another spelling.

    Each signature has one spelling: base64 itself would ignore bits of the last sign.
    """
    typed = without_blanks(text).rstrip("=").replace("+", "-").replace("/", "_")
    try:
        signature = base64.b64decode(typed + "=" * (-len(typed) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    ours = len(signature) == SIGNATURE_BYTES and written(signature) == typed
    return signature if ours else None


def grouped(text: str, size: int = GROUP) -> list[str]:
    """Pieces of so many signs, to be read and typed."""
    return [text[place : place + size] for place in range(0, len(text), size)]
