"""Signatures by keys derived from SECRET_KEY, and what becomes of them when it changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from flask import Flask

from app import create_app
from app.core.signing import is_signed, public_keys, sign
from tests.conftest import make_settings

TEXT = "biên nhận\n"
NEW_KEY = "another-private-text-of-more-than-32-letters"


def test_the_same_signature_each_time_and_checked_by_the_published_key(app: Flask) -> None:
    signature = sign("a", TEXT)
    assert signature == sign("a", TEXT) and len(signature) == 64
    assert is_signed("a", TEXT, signature)
    published = load_pem_public_key(public_keys("a")[0].pem.encode())
    assert isinstance(published, Ed25519PublicKey)
    published.verify(signature, TEXT.encode())
    with pytest.raises(InvalidSignature):
        published.verify(signature, b"other")


def test_another_text_purpose_or_length_does_not_verify(app: Flask) -> None:
    signature = sign("a", TEXT)
    assert not is_signed("a", TEXT + " ", signature)
    assert not is_signed("b", TEXT, signature)
    assert not is_signed("a", TEXT, signature[:-1])
    assert not is_signed("a", TEXT, b"")
    flipped = bytes([signature[0] ^ 1]) + signature[1:]
    assert not is_signed("a", TEXT, flipped)


def test_the_key_is_no_other_of_our_keys(app: Flask) -> None:
    """A signature says nothing of SECRET_KEY: two purposes have two keys."""
    assert public_keys("a")[0].id != public_keys("b")[0].id


def test_after_a_new_secret_old_signatures_stand_and_new_ones_are_by_the_new(
    app: Flask, tmp_path: Path
) -> None:
    before, old_id = sign("a", TEXT), public_keys("a")[0].id
    settings = app.config["SETTINGS"]
    renewed = create_app(
        make_settings(tmp_path, settings.database_url, SECRET_KEY=NEW_KEY,
                      OLD_SECRET_KEYS=settings.secret_key), TESTING=True,
    )  # fmt: skip
    with renewed.app_context():
        assert is_signed("a", TEXT, before)
        assert sign("a", TEXT) != before
        assert [one.current for one in public_keys("a")] == [True, False]
        assert public_keys("a")[1].id == old_id
    forgot = create_app(
        make_settings(tmp_path, settings.database_url, SECRET_KEY=NEW_KEY), TESTING=True
    )
    with forgot.app_context():
        assert not is_signed("a", TEXT, before)
