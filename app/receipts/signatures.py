"""The server's signature over a receipt: made when it is shown, never stored."""

from __future__ import annotations

from app.core import signing
from app.receipts.queries import Receipt, former_codes
from app.receipts.rules import grouped, read_signature, signed_text, written

PURPOSE = "receipts"


def text_of(receipt: Receipt, unit_code: str | None = None) -> str:
    """What is signed. ``unit_code``: as the unit was called before, to check an older signature."""
    unit = receipt.unit.code if receipt.unit is not None else None
    return signed_text(
        code=receipt.code,
        kind=receipt.kind,
        event=receipt.event.slug if receipt.event is not None else None,
        unit=unit_code or unit,
        received=receipt.instant,
        on_time=receipt.on_time,
        sha256=receipt.sha256,
    )


def signature_of(receipt: Receipt) -> str:
    """86 signs of base64url, the same each time as long as the key is the same."""
    return written(signing.sign(PURPOSE, text_of(receipt)))


def signature_groups(receipt: Receipt) -> list[str]:
    return grouped(signature_of(receipt))


def is_signature(receipt: Receipt, typed: str) -> bool:
    """Whether we signed this receipt so, under any accepted key or former code of the unit."""
    signature = read_signature(typed)
    if signature is None:
        return False
    if signing.is_signed(PURPOSE, text_of(receipt), signature):
        return True
    former = former_codes(receipt.unit) if receipt.unit is not None else []
    return any(signing.is_signed(PURPOSE, text_of(receipt, code), signature) for code in former)


def public_keys() -> tuple[signing.PublicKey, ...]:
    return signing.public_keys(PURPOSE)
