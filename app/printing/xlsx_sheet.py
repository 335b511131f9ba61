"""One printable Excel sheet written row by row (openpyxl's write-only mode).

Knows page set-up, merged blocks, drawn rules and styles by the names of the Nghị định 30 table;
knows nothing of what is listed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.drawing.image import Image
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, OneCellAnchor
from openpyxl.drawing.xdr import XDRPositiveSize2D
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.properties import PageSetupProperties
from PIL import Image as Picture

from app.printing.cells import is_formula_like
from app.printing.nd30 import (
    HEAD,
    MARGIN,
    MM_PER_PT,
    OFFICE_FONT_FAMILY,
    RULE_PT,
    SINGLE_SPACING,
    STYLES,
)

_EMU_PER_MM = 36000
_MM_PER_INCH = 25.4
_A4 = "9"
_LINE = Side(style="thin", color="000000")
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)


@dataclass(frozen=True)
class Look:
    """A cell's look: a style of the table, its alignment, in a box or not, its own size or not."""

    style: str
    align: str = "left"
    boxed: bool = False
    bold: bool | None = None
    size: float | None = None
    quoted: bool = False
    form: str = "General"  # of a number
    wrap: bool = False  # boxed cells always do


@dataclass(frozen=True)
class Entry:
    """A value over columns ``first``..``last`` (from 0), merged when there are several."""

    value: Any
    look: Look
    first: int
    last: int


class PrintedSheet:
    """Rows are added from top to bottom; :meth:`finish` gives the file."""

    def __init__(
        self,
        name: str,
        title: str,
        widths: Sequence[float],
        landscape: bool,
        beside: PrintedSheet | None = None,
    ) -> None:
        """``beside``: another sheet, in whose file this one stands; finish that one last."""
        self._book: Workbook = beside._book if beside else Workbook(write_only=True)
        if beside is None:
            self._book.properties.title = title
            self._book.properties.creator = ""
            self._book.properties.language = "vi-VN"
        self._sheet = self._book.create_sheet(name)
        self._widths = widths
        self._looks: dict[Look, Any] = {}
        self.row = 0  # rows written so far
        self.y = 0.0  # points they take since the last page break set by hand
        self._set_up(landscape)

    def _set_up(self, landscape: bool) -> None:
        sheet = self._sheet
        sheet.sheet_view.showGridLines = False
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        sheet.page_setup.paperSize = _A4
        sheet.page_setup.orientation = "landscape" if landscape else "portrait"
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
        sheet.print_options.horizontalCentered = True
        for side in ("top", "bottom", "left", "right"):
            setattr(sheet.page_margins, side, MARGIN[side] / _MM_PER_INCH)
        top = HEAD["page_number_y"] - STYLES["page_number"].size * 0.891 * MM_PER_PT
        sheet.page_margins.header = top / _MM_PER_INCH
        header = sheet.HeaderFooter
        header.differentFirst = True
        header.oddHeader.center.text = "&P"
        header.oddHeader.center.font = f"{OFFICE_FONT_FAMILY},Regular"
        header.oddHeader.center.size = int(STYLES["page_number"].size)
        for place, width in enumerate(self._widths):
            letter = get_column_letter(place + 1)
            sheet.column_dimensions[letter].width = (width / _MM_PER_INCH * 96 - 5) / 7

    def look(self, look: Look) -> Any:
        """openpyxl's form of a look, made once."""
        made = self._looks.get(look)
        if made is None:
            style = STYLES[look.style]
            cell = WriteOnlyCell(self._sheet)
            cell.font = Font(
                name=OFFICE_FONT_FAMILY,
                size=look.size or style.size,
                bold=style.bold if look.bold is None else look.bold,
                italic=style.italic,
            )
            cell.alignment = Alignment(
                horizontal=look.align, vertical="center", wrap_text=look.boxed or look.wrap
            )
            cell.border = _BOX if look.boxed else Border()
            cell.number_format = look.form
            if look.quoted:
                cell.quotePrefix = True
            made = self._looks[look] = cell._style
        return made

    def cell(self, value: Any, look: Look) -> WriteOnlyCell:
        """A cell; text that looks like a formula stays text, now and when it is edited."""
        armed = isinstance(value, str) and is_formula_like(value)
        cell = WriteOnlyCell(self._sheet, value)
        if armed:
            cell.data_type = "s"
            look = replace(look, quoted=True)
        cell._style = self.look(look)
        return cell

    def add_cells(self, cells: Sequence[WriteOnlyCell | None], height: float | None) -> None:
        """The next row, ``height`` in points; None: as high as its reader makes it."""
        self.row += 1
        if height is not None:
            self._sheet.row_dimensions[self.row].height = height
            self.y += height
        self._sheet.append(cells)
        self._sheet.row_dimensions.pop(self.row, None)  # written; ten thousand would take 10 MB

    def add(self, *entries: Entry, height: float | None = None) -> None:
        """The next row from entries; as high as its largest type needs unless told."""
        cells: list[WriteOnlyCell | None] = [None] * len(self._widths)
        for entry in entries:
            cells[entry.first] = self.cell(entry.value, entry.look)
            if entry.last == entry.first:
                continue
            if entry.look.boxed:
                for place in range(entry.first + 1, entry.last + 1):
                    cells[place] = self.cell(None, entry.look)
            self._merge(entry.first, entry.last)
        sizes = [entry.look.size or STYLES[entry.look.style].size for entry in entries]
        natural = max(sizes, default=12.0) * SINGLE_SPACING + 1
        self.add_cells(cells, natural if height is None else height)

    def _merge(self, first: int, last: int) -> None:
        row = self.row + 1
        self._sheet.merged_cells.add(
            f"{get_column_letter(first + 1)}{row}:{get_column_letter(last + 1)}{row}"
        )

    def block(self, first: int, last: int) -> tuple[float, float]:
        """Left edge and width in mm of the columns ``first``..``last``."""
        return sum(self._widths[:first]), sum(self._widths[first : last + 1])

    def draw_rule(self, first: int, last: int, length: float, below: float = 0.6) -> None:
        """A drawn line ``length`` mm long, centred over the columns, in the next row.

        ``below``: mm under the row just written.
        """
        left, width = self.block(first, last)
        x = left + (width - length) / 2
        column = 0
        while x >= self._widths[column]:
            x -= self._widths[column]
            column += 1
        dot = BytesIO()
        Picture.new("RGB", (8, 1), "black").save(dot, "PNG")
        line = Image(dot)
        start = AnchorMarker(
            col=column,
            colOff=round(x * _EMU_PER_MM),
            row=self.row,
            rowOff=round(below * _EMU_PER_MM),
        )
        size = XDRPositiveSize2D(
            round(length * _EMU_PER_MM), round(RULE_PT * MM_PER_PT * _EMU_PER_MM)
        )
        line.anchor = OneCellAnchor(_from=start, ext=size)
        self._sheet.add_image(line)

    def merge_down(self, place: int, first: int, last: int) -> None:
        """Make one cell of the column's cells in the rows ``first``..``last`` (from 1)."""
        letter = get_column_letter(place + 1)
        self._sheet.merged_cells.add(f"{letter}{first}:{letter}{last}")

    def merge_block(self, left: int, right: int, first: int, last: int) -> None:
        """One cell over the columns ``left``..``right`` (from 0) and the rows ``first``..``last``."""
        corner, other = get_column_letter(left + 1), get_column_letter(right + 1)
        self._sheet.merged_cells.add(f"{corner}{first}:{other}{last}")

    def freeze_below(self, row: int) -> None:
        """That row (from 1) and those above stay while the rest is scrolled; call it first."""
        self._sheet.freeze_panes = f"A{row + 1}"

    def break_page(self) -> None:
        """The next row begins a page."""
        self._sheet.row_breaks.append(Break(id=self.row))
        self.y = 0.0

    def repeat_rows(self, first: int, last: int) -> None:
        """Print these rows (from 1) on top of every page."""
        self._sheet.print_title_rows = f"{first}:{last}"

    def close(self) -> None:
        """No more rows: what is written is what is printed."""
        letter = get_column_letter(len(self._widths))
        self._sheet.print_area = f"A1:{letter}{self.row}"

    def finish(self) -> bytes:
        """The file's bytes."""
        self.close()
        target = BytesIO()
        self._book.save(target)
        return target.getvalue()
