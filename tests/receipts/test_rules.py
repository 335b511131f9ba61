"""Codes, digests and signatures as people type them; the text that is signed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.receipts.rules import grouped, read_code, read_sha256, read_signature, signed_text, written

CODE, DIGEST, SIGNATURE = "240603187752", "0a" * 32, bytes(range(64))


@pytest.mark.parametrize(
    "typed",
    [CODE, "2406 0318 7752", " 2406-0318-7752 ", "2406.0318.7752", "2406\u00a00318\t7752\n"],
)
def test_a_code_as_typed(typed: str) -> None:
    assert read_code(typed) == CODE


@pytest.mark.parametrize(
    "typed",
    ["", " ", CODE[:-1], CODE + "0", "24060318775a", "٢٤٠٦٠٣١٨٧٧٥٢", "²40603187752", "+40603187752",
     "2406\x000318775", CODE + "\x00", "1" * 100_000, " " * 500 + CODE],
)  # fmt: skip
def test_no_code(typed: str) -> None:
    assert read_code(typed) is None


@pytest.mark.parametrize(
    "typed", [DIGEST, DIGEST.upper(), " ".join(grouped(DIGEST)), "0a:" * 31 + "0a"]
)
def test_a_digest_as_typed(typed: str) -> None:
    assert read_sha256(typed) == DIGEST


@pytest.mark.parametrize("typed", ["", DIGEST[:-1], DIGEST + "0", "g" * 64, "\x00" * 64])
def test_no_digest(typed: str) -> None:
    assert read_sha256(typed) is None


def test_a_signature_as_typed() -> None:
    text = written(SIGNATURE)
    assert len(text) == 86
    for typed in (
        text,
        text + "==",
        " ".join(grouped(text)),
        text.replace("-", "+").replace("_", "/"),
    ):
        assert read_signature(typed) == SIGNATURE


@pytest.mark.parametrize(
    "typed", ["ă" * 86, "A", "%%%%", "A" * 87 + "=", written(SIGNATURE)[:-1] + "_"]
)
def test_no_signature_or_one_in_another_spelling(typed: str) -> None:
    assert read_signature(typed) is None


def test_the_signed_text_word_for_word() -> None:
    """What was printed years ago must still be made the same: this text never changes."""
    assert signed_text(
        code=CODE, kind="scan", event="tap-huan-2024", unit="THPT-306-02", on_time=True,
        received=datetime(2024, 3, 4, 9, 42, 7, 999_999, UTC), sha256=DIGEST,
    ) == (
        "dang-ky-tap-huan receipt 1\ncode: 240603187752\nkind: scan\nevent: tap-huan-2024\n"
        f"unit: THPT-306-02\nreceived: 2024-03-04T09:42:07Z\non-time: yes\nsha256: {DIGEST}\n"
    )  # fmt: skip


def test_what_is_missing_is_a_dash_and_no_value_adds_a_line() -> None:
    text = signed_text(
        code=CODE, kind="replace", event=None, unit="A\non-time: yes", on_time=None,
        received=datetime(2024, 3, 4, tzinfo=UTC), sha256=None,
    )  # fmt: skip
    assert text.splitlines()[3:] == [
        "event: -", "unit: A on-time: yes", "received: 2024-03-04T00:00:00Z", "on-time: -",
        "sha256: -",
    ]  # fmt: skip
