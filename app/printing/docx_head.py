"""The common head and end of official papers in Word."""

from __future__ import annotations

from docx.document import Document as DocxDocument

from app.printing import nd30
from app.printing.docx_parts import (
    append,
    cell_xml,
    dotted_xml,
    fitted_xml,
    last_paragraph_xml,
    paragraph_xml,
    row_xml,
    rule_xml,
    run_xml,
    table_xml,
)
from app.printing.fonts import FontSet
from app.printing.head import issuing_lines, measure_of, subject_lines, superior_lines
from app.printing.linebreak import balanced_lines, clean
from app.printing.model import Issuer, Numbering, Part, Signature, Title, recipient_lines
from app.printing.nd30 import END, HEAD, MM_PER_PT, STYLES

_LEFT = HEAD["state_left"] - HEAD["issuer_left"]
_RIGHT = HEAD["state_right"] - HEAD["state_left"]
_OVERHANG = 8.0  # mm on either side of the state column
_DOTTED = 58.0  # mm; ends where the state column may begin in a fallback font
_END_LEFT = END["sign_left"] - END["recipients_left"]
_END_RIGHT = END["sign_right"] - END["sign_left"]
# From a baseline to the bottom of its line box: Times New Roman's descent, in its size. Word and
# LibreOffice put the whole pitch there: 0.891 above, the rest below.
_BELOW = nd30.SINGLE_SPACING - 0.891


def append_head(
    document: DocxDocument,
    fonts: FontSet,
    issuer: Issuer,
    numbering: Numbering | None,
    title: Title,
    *,
    type_name_below_number: float = HEAD["type_name_below_number"],
    table_below_rule: float = nd30.LIST["table_below_rule"],
) -> None:
    """Both columns with their rules, number and date, name of the paper and subject (mm).

    Without ``numbering`` (working papers) that line is left out.
    """
    bold = measure_of(fonts, "issuing_body")
    superior = superior_lines(issuer.superior, measure_of(fonts, "superior_body"))
    issuing = issuing_lines(issuer.issuing, bold)
    rule = nd30.issuing_rule_length([bold(line) for line in issuing])
    left = [
        *(_issuer_line("superior_body", line) for line in superior),
        *(_issuer_line("issuing_body", line) for line in issuing),
        rule_xml(_LEFT, rule, _under("issuing_body", HEAD["issuer_rule_below"])),
    ]
    to_rule = HEAD["tieu_ngu_rule_y"] - HEAD["tieu_ngu_y"]
    right = [
        _unbroken(fonts, "quoc_hieu", nd30.QUOC_HIEU),
        _unbroken(fonts, "tieu_ngu", nd30.TIEU_NGU),
        rule_xml(_RIGHT, measure_of(fonts, "tieu_ngu")(nd30.TIEU_NGU), _under("tieu_ngu", to_rule)),
    ]
    widths = (_LEFT, _RIGHT)
    rows = [
        row_xml([cell_xml(_LEFT, "".join(left)), cell_xml(_RIGHT, "".join(right), no_wrap=True)])
    ]
    gap = type_name_below_number - _over("type_name")
    if numbering is not None:
        rows.append(_number_row(fonts, numbering))
        gap -= STYLES["number"].size * (_BELOW * MM_PER_PT)
    append(document, table_xml(widths, rows, lines=False))
    _append_title(document, fonts, title, gap, table_below_rule)


def _number_row(fonts: FontSet, numbering: Numbering) -> str:
    number = _with_gaps(fonts, "number", numbering.number_parts(HEAD["number_gap"]))
    day = _with_gaps(fonts, "place_date", numbering.date_parts(HEAD["date_gap"]))
    before = HEAD["number_below_rule"] - _over("number")
    numbers = [
        paragraph_xml("number", number, before=before, overhang=_OVERHANG),
        paragraph_xml("place_date", day, before=before, overhang=_OVERHANG),
    ]
    return row_xml(
        cell_xml(*one, no_wrap=True) for one in zip((_LEFT, _RIGHT), numbers, strict=True)
    )


def _issuer_line(style: str, line: str) -> str:
    """A line of the left column; dots to write on are a leader, as wide in any font."""
    if set(line) == {"."}:
        return dotted_xml(style, _LEFT, _DOTTED)
    return paragraph_xml(style, run_xml(line))


def _unbroken(fonts: FontSet, style: str, text: str) -> str:
    """A line of the head that stays one line also in a fallback font a fifth wider than Times."""
    width = measure_of(fonts, style)(text)
    return paragraph_xml(style, fitted_xml(text, width), overhang=_OVERHANG)


def _append_title(
    document: DocxDocument, fonts: FontSet, title: Title, gap: float, below_rule: float
) -> None:
    append(document, paragraph_xml("type_name", run_xml(title.type_name), before=gap))
    measure = measure_of(fonts, "subject")
    lines = subject_lines(title, measure)
    between = HEAD["subject_below_type_name"] - STYLES["subject"].pitch
    for place, line in enumerate(lines):
        before = 0.0 if place else between
        append(document, paragraph_xml("subject", run_xml(line), before=before))
    length = nd30.subject_rule_length(measure(lines[-1]))
    above = _under("subject", HEAD["subject_rule_below"])
    append(document, rule_xml(nd30.TEXT_WIDTH, length, above, below_rule))


def append_end(
    document: DocxDocument,
    fonts: FontSet,
    signature: Signature,
    recipients: tuple[str, ...],
    note: str = "",
    name_below: float = END["name_below_title"],
) -> None:
    """ "Nơi nhận" and the signature side by side on one baseline; never torn apart.

    ``note`` stands under the titles, as "(Ký, đóng dấu)" does where people write by hand;
    ``name_below``: the name's baseline under that of the last title, in mm.
    """
    measure = measure_of(fonts, "sign_title")
    titles = [
        part for line in signature.titles for part in balanced_lines(line, _END_RIGHT, measure)
    ]
    # The left column's smaller type is lowered to the baseline of the first title line.
    lower = _over("sign_title") - _over("noi_nhan")
    left = [paragraph_xml("noi_nhan", run_xml(nd30.NOI_NHAN), before=lower, keep_next=True)]
    left += [
        paragraph_xml("noi_nhan_item", run_xml(line), keep_next=True)
        for line in recipient_lines(recipients)
    ]
    right = [paragraph_xml("sign_title", run_xml(line), keep_next=True) for line in titles]
    space = name_below - STYLES["signer_name"].pitch
    if note:
        right.append(paragraph_xml("sign_note", run_xml(note), keep_next=True))
        space -= STYLES["sign_note"].pitch
    right.append(paragraph_xml("signer_name", run_xml(clean(signature.signer)), before=space))
    cells = [
        cell_xml(_END_LEFT, "".join(left) if recipients else paragraph_xml("noi_nhan", "")),
        cell_xml(_END_RIGHT, "".join(right)),
    ]
    append(document, table_xml((_END_LEFT, _END_RIGHT), [row_xml(cells)], lines=False))
    append(document, last_paragraph_xml())


def _over(style: str) -> float:
    """mm from the top of a line to its baseline."""
    return STYLES[style].size * 0.891 * MM_PER_PT


def _under(style: str, below_baseline: float) -> float:
    """mm from the bottom of a line to something ``below_baseline`` mm under its baseline."""
    return below_baseline - STYLES[style].size * _BELOW * MM_PER_PT


def _with_gaps(fonts: FontSet, style: str, parts: tuple[Part, ...]) -> str:
    """Run XML in which white gaps are spaces, to be typed over.

    They are plain ones: LibreOffice sets no-break spaces in italics too wide. That the line does
    not break is the paragraph's matter (its overhang).
    """
    space = measure_of(fonts, style)(" ")
    texts = [part if isinstance(part, str) else " " * round(part / space) for part in parts]
    return run_xml("".join(texts))
