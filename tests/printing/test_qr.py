import re

import pytest
import zxingcpp
from PIL import Image

from app.printing.errors import CodeError
from app.printing.qr import group_digits, qr_matrix, qr_svg
from tests.printing.samples import CODE


def drawn(digits: str) -> Image.Image:
    """The matrix as a picture with its quiet zone."""
    matrix = qr_matrix(digits)
    picture = Image.new("L", (29, 29), 255)
    for y, row in enumerate(matrix):
        for x, black in enumerate(row):
            picture.putpixel((x + 4, y + 4), 0 if black else 255)
    return picture.resize((290, 290), Image.Resampling.NEAREST)


@pytest.mark.parametrize("digits", [CODE, "0", "0" * 32, "9" * 34, "1234567"])
def test_picture_reads_back(digits: str) -> None:
    assert [code.text for code in zxingcpp.read_barcodes(drawn(digits))] == [digits]


@pytest.mark.parametrize("digits", ["", "1" * 35, "12a4", "12 34", "١٢٣", "-1"])
def test_not_a_code(digits: str) -> None:
    with pytest.raises(CodeError):
        qr_svg(digits)
    with pytest.raises(CodeError):
        group_digits(digits)


def test_matrix_is_version_1() -> None:
    matrix = qr_matrix(CODE)
    assert [len(matrix), len(matrix[0])] == [21, 21]


@pytest.mark.parametrize(("quiet_zone", "side"), [(4, 29), (0, 21)])
def test_svg_has_the_modules_of_the_matrix(quiet_zone: int, side: int) -> None:
    svg = qr_svg(CODE, quiet_zone)
    assert f'viewBox="0 0 {side} {side}"' in svg
    black = {
        (int(x) + step - quiet_zone, int(y) - quiet_zone)
        for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", svg)
        for step in range(int(length))
    }
    wanted = {(x, y) for y, row in enumerate(qr_matrix(CODE)) for x, dark in enumerate(row) if dark}
    assert black == wanted


def test_group_digits() -> None:
    assert group_digits(CODE) == ["0011 0000 9501 4277", "8447 5980 3765 0894"]
