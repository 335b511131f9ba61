from __future__ import annotations

import pytest
from flask import Flask

from app.core.sealing import MOST, seal, unseal

TEXT = '{"signer":"Lê Quang Huy"}'


def test_only_the_same_purpose_opens_it(app: Flask) -> None:
    sealed = seal("form", TEXT)
    assert unseal("form", sealed) == TEXT
    assert unseal("other", sealed) is None


def test_it_is_opaque_and_stands_in_an_address_as_it_is(app: Flask) -> None:
    sealed, again = seal("form", TEXT), seal("form", TEXT)
    assert sealed != again
    assert set(sealed) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_any_length_opens_again(app: Flask) -> None:
    for length in range(40):
        assert unseal("form", seal("form", "đ" * length)) == "đ" * length, length


@pytest.mark.parametrize("bad", ["", "x", "ă", "A" * (MOST + 1), "gAAAAA", "\x00", "=" * 9])
def test_anything_else_is_nothing(app: Flask, bad: str) -> None:
    assert unseal("form", bad) is None


def test_every_sign_counts(app: Flask) -> None:
    sealed = seal("form", TEXT)
    for place in range(0, len(sealed) - 1, 7):
        other = "A" if sealed[place] != "A" else "B"
        assert unseal("form", sealed[:place] + other + sealed[place + 1 :]) is None


def test_old_keys_still_open(app: Flask) -> None:
    sealed = seal("form", TEXT)
    settings = app.config["SETTINGS"]
    object.__setattr__(settings, "old_secret_keys", (settings.secret_key,))
    object.__setattr__(settings, "secret_key", "another-0123456789-0123456789-0123456789")
    assert unseal("form", sealed) == TEXT
    object.__setattr__(settings, "old_secret_keys", ())
    assert unseal("form", sealed) is None
