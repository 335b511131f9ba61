"""Every paper we make, read back and held against the one table of Nghị định 30 (app/printing/nd30).

Makers are found by their names, so a new paper that is not among the samples fails here.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from io import BytesIO

import openpyxl
import pytest
from docx import Document
from docx.oxml.ns import qn

import app.printing
from app.printing.attendance_sheet_docx import attendance_sheet_docx
from app.printing.attendance_sheet_layout import lay_sheet
from app.printing.attendance_sheet_pdf import attendance_sheet_pdf
from app.printing.attendance_sheet_xlsx import attendance_sheet_xlsx
from app.printing.confirmation import ConfirmationPaper, confirmation_pdf
from app.printing.letter_docx import letters_docx
from app.printing.letters import invitation_pdf
from app.printing.list_docx import list_docx
from app.printing.list_pdf import list_pdf
from app.printing.list_xlsx import list_xlsx
from app.printing.model import Numbering
from app.printing.nd30 import MARGIN, MARGIN_RANGES, OFFICE_FONT_FAMILY, STYLES
from app.printing.receipt import receipt_pdf
from app.printing.report_docx import report_docx
from app.printing.report_model import HeadCell, Paragraph, Report, ReportRow, ReportTable
from app.printing.report_pdf import report_pdf
from app.printing.report_xlsx import report_xlsx
from app.printing.unit_form_docx import form_docx
from app.printing.unit_form_pdf import form_pdf
from tests.printing import form_samples
from tests.printing.nd30_reading import (
    COMMON_HEAD,
    NUMBERED,
    OFFICE,
    OURS,
    SIGNED,
    Paper,
    misfits,
)
from tests.printing.office import as_pdf
from tests.printing.reading import pages, texts
from tests.printing.samples import (
    CODE,
    COMMITTEE_LETTER,
    DEPARTMENT,
    LETTER,
    NUMBERED_LETTER,
    SIGNATURE,
    SUBJECT,
    delegate_list,
)
from tests.printing.sheet_samples import attendance_sheet, page_codes
from tests.printing.test_receipt import PAPER as RECEIPT

OFFICIAL = COMMON_HEAD | NUMBERED | SIGNED
FULL = OFFICIAL | {"signer_name"}
SHEET_FOOT = re.compile(r"Trang \d+/\d+|\d{1,4}|(\d{4} ?){1,4}")

# What these makers give is no official paper of the decree.
OTHER: dict[str, str] = {
    "labels_pdf": "addresses on sticky labels",
    "envelopes_pdf": "envelopes",
    "badges_pdf": "badges: tests/printing/test_badges.py",
    "name_plates_pdf": "name plates: tests/printing/test_name_plates.py",
    "code_labels_pdf": "sticky labels: tests/printing/test_code_labels.py",
    "seat_labels_pdf": "labels of chairs",
    "arrow_poster_pdf": "shows the way",
    "compile_pdf": "runs the typesetter",
    "sign_pdf": "signs a paper that is made",
    "confirmations_pdf": "confirmation_pdf of many",
}

LIST = delegate_list(14, 11, 14, 71)
SHEET = attendance_sheet(14, 11, 14, 20)
LETTERS = (LETTER, COMMITTEE_LETTER, NUMBERED_LETTER)
CONFIRMATION = ConfirmationPaper(
    issuer=DEPARTMENT,
    numbering=Numbering("GXN-SGDĐT", "Hải Phòng", 2024),
    subject=("Tham dự tập huấn công tác đánh giá, công nhận", SUBJECT[1]),
    confirmer="Sở Giáo dục và Đào tạo Hải Phòng",
    name="Nguyễn Thị Phương Thảo",
    position="Phó Hiệu trưởng",
    unit="Trường THPT Ngô Quyền",
    attended="tập huấn công tác đánh giá, công nhận “Đơn vị học tập” cấp huyện",
    times="buổi sáng và buổi chiều ngày 13/03/2024",
    place="Hội trường tầng 3, khu B, Sở GDĐT",
    signature=SIGNATURE,
    recipients=("Như trên", "Lưu: VT, GDTX&ĐH"),
    code=CODE,
    address="https://dangky.example.vn/confirmations/1",
)
TABLE = ReportTable(
    widths=(9.0, 112.0, 44.0),
    heads=(HeadCell("TT", 0), HeadCell("Đơn vị", 1), HeadCell("Số người", 2)),
    rows=tuple(
        ReportRow((number, f"Trường THPT Thử {number:02d}", number)) for number in range(1, 60)
    ),
)
REPORT = Report(
    issuer=DEPARTMENT,
    numbering=Numbering("BC-GDTX&ĐH", "Hải Phòng", 2024, 7, date(2024, 3, 14)),
    type_name="BÁO CÁO",
    subject=("Kết quả tập huấn công tác đánh giá, công nhận", SUBJECT[1]),
    blocks=(Paragraph("Phòng Giáo dục thường xuyên và Đại học báo cáo kết quả. " * 4), TABLE),
    addressee="Lãnh đạo Sở Giáo dục và Đào tạo",
    signature=SIGNATURE,
    recipients=("Như trên", "Lưu: VT, GDTX&ĐH"),
)


def sheet_pdf() -> bytes:
    return attendance_sheet_pdf(SHEET, page_codes(len(lay_sheet(SHEET).pages)))


Maker = Callable[[], bytes]
PAPERS: dict[str, tuple[Callable[..., bytes], Maker, frozenset[str]]] = {
    "letters": (invitation_pdf, lambda: invitation_pdf(LETTERS), FULL),
    "form": (form_pdf, lambda: form_pdf(form_samples.SCHOOL), FULL),
    "form of a centre": (form_pdf, lambda: form_pdf(form_samples.CENTRE), FULL),
    "form, long": (form_pdf, lambda: form_pdf(form_samples.LONG), FULL),
    "form, empty": (form_pdf, lambda: form_pdf(form_samples.EMPTY), OFFICIAL),
    "list": (list_pdf, lambda: list_pdf(LIST), FULL | {"page_number"}),
    "list with contacts": (
        list_pdf, lambda: list_pdf(delegate_list(20, contacts=True)), FULL),
    "attendance sheet": (attendance_sheet_pdf, sheet_pdf, COMMON_HEAD | {"page_number"}),
    "receipt": (receipt_pdf, lambda: receipt_pdf(RECEIPT), COMMON_HEAD),
    "confirmation": (confirmation_pdf, lambda: confirmation_pdf(CONFIRMATION), FULL),
    "report": (report_pdf, lambda: report_pdf(REPORT), FULL | {"kinh_gui", "page_number"}),
}  # fmt: skip
WORD: dict[str, tuple[Callable[..., bytes], Maker, frozenset[str]]] = {
    "letters": (letters_docx, lambda: letters_docx(LETTERS), FULL),
    "form": (form_docx, lambda: form_docx(form_samples.SCHOOL), FULL),
    "form-empty": (form_docx, lambda: form_docx(form_samples.EMPTY), OFFICIAL),
    "list": (list_docx, lambda: list_docx(LIST), FULL | {"page_number"}),
    "sheet": (
        attendance_sheet_docx, lambda: attendance_sheet_docx(SHEET), COMMON_HEAD | {"page_number"}),
    "report": (report_docx, lambda: report_docx(REPORT), FULL | {"kinh_gui", "page_number"}),
}  # fmt: skip
EXCEL: dict[str, tuple[Callable[..., bytes], Maker]] = {
    "list": (list_xlsx, lambda: list_xlsx(LIST)),
    "sheet": (attendance_sheet_xlsx, lambda: attendance_sheet_xlsx(SHEET)),
    "report": (report_xlsx, lambda: report_xlsx(REPORT)),
}
MADE = {kind: {name: one[0] for name, one in papers.items()} for kind, papers in
        (("pdf", PAPERS), ("docx", WORD), ("xlsx", EXCEL))}  # fmt: skip


# The letter's text has styles of its own names, and both sizes that it may be set in.
TABLE_KEYS = {"ND30" + key.replace("_", ""): key for key in STYLES} | {
    "ND30letter": "body", "ND30letter13": "body", "ND30basis13": "basis"
}  # fmt: skip


def makers(ending: str) -> set[str]:
    """Public functions of the printing package that make a file of this kind."""
    found = set()
    for module in pkgutil.iter_modules(app.printing.__path__):
        source = importlib.import_module(f"app.printing.{module.name}")
        for name, function in inspect.getmembers(source, inspect.isfunction):
            if name.endswith(f"_{ending}") and not name.startswith("_"):
                if function.__module__ == source.__name__ != "app.printing.makers":
                    found.add(name)
    return found


@pytest.mark.parametrize("ending", ["pdf", "docx", "xlsx"])
def test_no_paper_is_forgotten(ending: str) -> None:
    held = {function.__name__ for function in MADE[ending].values()}
    assert makers(ending) - set(OTHER) == held


def paper(name: str, made: bytes, must: frozenset[str]) -> Paper:
    if "sheet" in name:
        return Paper(made, must, below=273.0, outside=SHEET_FOOT)
    return Paper(made, must)


@pytest.mark.parametrize("name", PAPERS)
def test_pdf_fits_the_table(name: str) -> None:
    _maker, make, must = PAPERS[name]
    assert misfits(paper(name, make(), must), OURS) == []


def test_the_measure_finds_what_is_wrong() -> None:
    """The same list with another motto, a type of 15 pt or a rule too long is no fit."""
    letter = replace(LETTER, subject=("DỰ TẬP HUẤN",))
    wrong = misfits(Paper(invitation_pdf([letter]), FULL | {"kinh_gui"}))
    assert "no kinh_gui was found" in wrong and "no subject was found" in wrong


# ---------------------------------------------------------------- Word


@pytest.mark.parametrize("name", WORD)
def test_word_carries_the_table_in_its_styles(name: str) -> None:
    document = Document(BytesIO(WORD[name][1]()))
    for section in document.sections:
        assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
        for side in MARGIN:
            least, most = MARGIN_RANGES[side]
            assert least - 0.1 <= getattr(section, f"{side}_margin").mm <= most + 0.1
    styles = {}
    for style in document.styles:
        if style.style_id.startswith("ND30"):
            styles[style.style_id] = style
            key = TABLE_KEYS[style.style_id]
            look = STYLES[key]
            assert look.smallest <= style.font.size.pt <= look.largest, key
            faces = (bool(style.font.bold), bool(style.font.italic))
            assert faces == (look.bold, look.italic), key
            assert style.font.name == OFFICE_FONT_FAMILY
    assert {"ND30quochieu", "ND30tieungu", "ND30typename", "ND30subject"} <= set(styles)
    body = document.element.body
    for paragraph in body.iter(qn("w:p")):
        said = "".join(one.text or "" for one in paragraph.iter(qn("w:t"))).strip()
        style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        if said:
            assert style is not None and style.get(qn("w:val")) in styles, said
        sizes = {one.get(qn("w:val")) for one in paragraph.iter(qn("w:sz"))} - {"2"}
        assert all(22 <= int(size) <= 28 for size in sizes), (said, sizes)


def test_words_tables_are_real_ones() -> None:
    """Repeated headings, rows that never split, text in the styles of tables."""
    for name, heads in (("list", 1), ("sheet", 2), ("report", 1)):
        document = Document(BytesIO(WORD[name][1]()))
        table = max(document.tables, key=lambda one: len(one.rows))
        repeated = [
            row for row in table.rows if row._tr.find(f".//{qn('w:tblHeader')}") is not None
        ]
        assert len(repeated) == heads, name
        assert all(row._tr.find(f".//{qn('w:cantSplit')}") is not None for row in table.rows)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """All our Word and Excel files as LibreOffice prints them, in one go."""
    files = {f"{name}.docx": WORD[name][1]() for name in WORD}
    files |= {f"{name}-excel.xlsx": EXCEL[name][1]() for name in EXCEL}
    return as_pdf(files, tmp_path_factory.mktemp("fit") / "office")


@pytest.mark.slow
@pytest.mark.parametrize("name", WORD)
def test_word_as_libreoffice_prints_it(office: dict[str, bytes], name: str) -> None:
    _maker, _make, must = WORD[name]
    assert misfits(Paper(office[f"{name}.docx"], must), OFFICE) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", EXCEL)
def test_excel_as_libreoffice_prints_it(office: dict[str, bytes], name: str) -> None:
    """Fitted to the width of A4, so type is smaller than in the table; nothing is cut or spilled."""
    for number, page in enumerate(pages(office[f"{name}-excel.xlsx"]), start=1):
        assert (round(float(page.width)), round(float(page.height))) == (595, 842)
        found = texts(page)
        assert min(text.x0 for text in found) > 29 and max(text.x1 for text in found) < 196
        above = [text.text for text in found if text.y < 20]
        assert above == ([] if number == 1 else [str(number)])
        heads = [text.text for text in found if text.text == "TT"]
        assert heads in (["TT"], [])


@pytest.mark.parametrize("name", EXCEL)
def test_excel_is_set_up_for_print(name: str) -> None:
    book = openpyxl.load_workbook(BytesIO(EXCEL[name][1]()))
    sheet = book.worksheets[0]
    assert sheet.page_setup.paperSize == 9 and sheet.sheet_properties.pageSetUpPr.fitToPage
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    for side in MARGIN:
        least, most = MARGIN_RANGES[side]
        assert least - 0.1 <= getattr(sheet.page_margins, side) * 25.4 <= most + 0.1
    assert sheet.print_area
    assert sheet.print_title_rows or name == "report"  # has several tables with heads of their own
    assert sheet.HeaderFooter.differentFirst
    assert "&P" in sheet.HeaderFooter.oddHeader.center.text
