import unicodedata
from pathlib import Path

import pytest

from app.printing.errors import FontsMissingError, MissingGlyphError
from app.printing.fonts import DEFAULT_SOURCE_DIR, FACES, FontSet, build_fonts
from app.printing.nd30 import QUOC_HIEU, STYLES, TIEU_NGU

VIETNAMESE = "".join(
    unicodedata.normalize("NFC", letter + tone)
    for letter in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY"
    for tone in ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
)


def test_build_joins_four_faces(tmp_path: Path) -> None:
    source = DEFAULT_SOURCE_DIR
    built = build_fonts(source, tmp_path / "fonts")
    assert sorted(path.name for path in built) == sorted(name for _, name in FACES.values())
    FontSet(tmp_path / "fonts").check([VIETNAMESE])


def test_build_without_the_package_says_which_file(tmp_path: Path) -> None:
    with pytest.raises(FontsMissingError, match="tinos-latin-400-normal"):
        build_fonts(tmp_path, tmp_path / "fonts")


def test_fonts_not_built(tmp_path: Path) -> None:
    with pytest.raises(FontsMissingError, match="Tinos-Regular"):
        FontSet(tmp_path)


def test_every_vietnamese_letter_is_there(fonts: FontSet) -> None:
    assert len(VIETNAMESE) == 12 * 2 * 6
    fonts.check([VIETNAMESE, "đĐ “”‘’…–&@/()[];:.,?!%0123456789"])


@pytest.mark.parametrize("character", ["\u2011", "😀", "漢", "\u200f", "\u0007", "\u200b"])
def test_missing_glyph_is_named(fonts: FontSet, character: str) -> None:
    with pytest.raises(MissingGlyphError) as caught:
        fonts.check(["Trường", f"a{character}b{character}"])
    assert caught.value.characters == character
    assert f"U+{ord(character):04X}" in str(caught.value)


def test_widths_are_those_of_times_new_roman(fonts: FontSet) -> None:
    assert fonts.width(TIEU_NGU, STYLES["tieu_ngu"]) == pytest.approx(56.1, abs=0.1)
    assert fonts.width(QUOC_HIEU, STYLES["quoc_hieu"]) == pytest.approx(88.3, abs=0.1)
