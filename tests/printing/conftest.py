"""The paper fonts stand ready, as the Makefile builds them."""

import pytest

from app.printing.fonts import (
    DEFAULT_FONTS_DIR,
    DEFAULT_SOURCE_DIR,
    FACES,
    FontSet,
    build_fonts,
    load_fonts,
)


@pytest.fixture(scope="session", autouse=True)
def fonts() -> FontSet:
    if not all((DEFAULT_FONTS_DIR / name).is_file() for _, name in FACES.values()):
        build_fonts(DEFAULT_SOURCE_DIR, DEFAULT_FONTS_DIR)
    return load_fonts()
