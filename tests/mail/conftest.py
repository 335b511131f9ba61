"""An IMAP server for the tests of this package."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.dovecot import DovecotServer


@pytest.fixture(scope="session")
def dovecot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DovecotServer]:
    with DovecotServer(tmp_path_factory.mktemp("dovecot")) as server:
        yield server
