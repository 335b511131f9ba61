import pytest

from app.printing.errors import RowTooTallError
from app.printing.pages import RowBox, deal

ROW, GROUP = RowBox(10), RowBox(10, with_next=True)


def dealt(rows: list[RowBox], end: float = 20.0) -> list[tuple[int, int]]:
    """On pages of 100 mm whose first has 60: 5 rows on page 1, 9 on the others."""
    made = deal(rows, first_top=40, top=0, bottom=100, head=10, end=end, with_end=2)
    assert [page.top for page in made] == [40.0] + [0.0] * (len(made) - 1)
    return [(page.start, page.stop) for page in made]


@pytest.mark.parametrize(
    ("count", "pages"),
    [
        (0, [(0, 0)]),
        (1, [(0, 1)]),
        (3, [(0, 3)]),  # the end just fits
        (4, [(0, 2), (2, 4)]),  # it does not, and takes two rows with it
        (5, [(0, 3), (3, 5)]),
        (6, [(0, 4), (4, 6)]),  # never one row only beside the end
        (7, [(0, 5), (5, 7)]),
        (12, [(0, 5), (5, 12)]),
        (13, [(0, 5), (5, 11), (11, 13)]),
        (14, [(0, 5), (5, 12), (12, 14)]),
    ],
)
def test_rows_fill_pages_and_the_end_takes_rows_along(
    count: int, pages: list[tuple[int, int]]
) -> None:
    assert dealt([ROW] * count) == pages


def test_group_row_stays_with_its_first_row() -> None:
    assert dealt([ROW] * 4 + [GROUP] + [ROW] * 5) == [(0, 4), (4, 10)]


def test_group_row_goes_along_to_the_end() -> None:
    assert dealt([ROW, ROW, GROUP, ROW, ROW]) == [(0, 2), (2, 5)]


def test_row_never_splits() -> None:
    assert dealt([ROW, ROW, ROW, ROW, RowBox(30), ROW]) == [(0, 4), (4, 6)]


def test_end_alone_when_no_row_can_come() -> None:
    assert dealt([RowBox(45)], end=60) == [(0, 1), (1, 1)]


def test_row_taller_than_a_page_is_refused() -> None:
    with pytest.raises(RowTooTallError) as caught:
        dealt([ROW, RowBox(91)])
    assert caught.value.row == 1
