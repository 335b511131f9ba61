"""Sizes, styles and distances of official papers: the one table for PDF, Word, Excel and tests.

Source "D": Nghị định 30/2020/NĐ-CP, Phụ lục I. "K": office habit. "C": our choice inside the
decree's range. Lengths are millimetres counted from the page's left and top edge, type sizes
are points, y is a baseline unless said otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

MM_PER_PT = 25.4 / 72
SINGLE_SPACING = 1.149  # line pitch / type size of Times New Roman, as in Word


@dataclass(frozen=True)
class Style:
    """How one component is set. ``size`` is ours and lies within ``smallest``..``largest``."""

    size: float
    smallest: float
    largest: float
    bold: bool = False
    italic: bool = False
    upper: bool = False
    source: str = "D"

    @property
    def pitch(self) -> float:
        """Distance of baselines at single spacing, in mm."""
        return self.size * SINGLE_SPACING * MM_PER_PT


STYLES: dict[str, Style] = {
    "quoc_hieu": Style(12, 12, 13, bold=True, upper=True),
    "tieu_ngu": Style(13, 13, 14, bold=True),
    "superior_body": Style(12, 12, 13, upper=True),
    "issuing_body": Style(12, 12, 13, bold=True, upper=True),
    "number": Style(13, 13, 13),
    "place_date": Style(13, 13, 14, italic=True),
    "type_name": Style(14, 13, 14, bold=True, upper=True),
    "subject": Style(14, 13, 14, bold=True),
    "body": Style(14, 13, 14),
    "basis": Style(14, 13, 14, italic=True),
    "kinh_gui": Style(14, 13, 14),
    "authority": Style(14, 13, 14, bold=True, upper=True),
    "sign_title": Style(14, 13, 14, bold=True, upper=True),
    "signer_name": Style(14, 13, 14, bold=True),
    "noi_nhan": Style(12, 12, 12, bold=True, italic=True),
    "noi_nhan_item": Style(11, 11, 11),
    "page_number": Style(13, 13, 14),
    "table_head": Style(12, 11, 13, bold=True, source="K"),
    "table_cell": Style(12, 11, 13, source="K"),
    "closing_line": Style(13, 13, 14, italic=True, source="C"),
    "code_digits": Style(10, 6.5, 10, source="C"),
    "form_head": Style(13, 11, 13, bold=True, source="K"),
    "form_cell": Style(13, 11, 13, source="K"),
    "sign_note": Style(13, 13, 14, italic=True, source="C"),
    "sample_mark": Style(13, 13, 14, bold=True, upper=True, source="C"),
    "code_note": Style(9, 9, 10, source="C"),
    "code_hint": Style(9, 9, 10, italic=True, source="C"),
    "note": Style(12, 11, 13, italic=True, source="C"),
    "day_line": Style(13, 13, 14, italic=True, source="C"),
    "present_line": Style(13, 13, 14, source="C"),
    "sheet_name": Style(12, 11, 13, source="C"),
    "sheet_cell": Style(11, 11, 13, source="C"),
    "sheet_group": Style(11, 11, 13, bold=True, source="C"),
}

QUOC_HIEU = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
TIEU_NGU = "Độc lập - Tự do - Hạnh phúc"
NOI_NHAN = "Nơi nhận:"
FONT_FAMILY = "Tinos"  # same widths as Times New Roman, which Word and Excel files name
OFFICE_FONT_FAMILY = "Times New Roman"

PAGE = {"width": 210.0, "height": 297.0}  # D: A4 portrait
MARGIN = {"top": 20.0, "bottom": 20.0, "left": 30.0, "right": 15.0}  # D ranges, values C
MARGIN_RANGES = {"top": (20, 25), "bottom": (20, 25), "left": (30, 35), "right": (15, 20)}  # D

TEXT_LEFT = MARGIN["left"]
TEXT_RIGHT = PAGE["width"] - MARGIN["right"]
TEXT_WIDTH = TEXT_RIGHT - TEXT_LEFT
TEXT_TOP = MARGIN["top"]
TEXT_BOTTOM = PAGE["height"] - MARGIN["bottom"]
TEXT_CENTRE = (TEXT_LEFT + TEXT_RIGHT) / 2

RULE_PT = 0.75  # C: thickness of the drawn rules
TABLE_LINE_PT = 0.5  # C

# The common head (C).
HEAD = {
    "issuer_left": 30.0,
    "issuer_right": 102.0,
    "issuer_centre": 66.0,
    "issuer_widest_line": 70.0,  # a wider line is broken before the proper name
    "state_left": 102.0,
    "state_right": 195.0,
    "state_centre": 148.5,
    "first_y": 23.8,
    "tieu_ngu_y": 29.0,
    "tieu_ngu_rule_y": 31.1,
    "issuer_rule_below": 2.0,
    "number_below_rule": 7.1,
    "number_gap": 13.0,
    "date_gap": 9.0,
    "type_name_below_number": 11.3,
    "subject_below_type_name": 6.3,
    "subject_rule_below": 2.5,
    "subject_widest_line": 145.0,
    "page_number_y": 14.0,
}

# The common end (C). The seal covers a third of the signature on its left (D).
END = {
    "recipients_left": 30.0,
    "recipients_right": 103.0,
    "sign_left": 105.0,
    "sign_right": 195.0,
    "sign_centre": 150.0,
    "name_below_title": 33.7,
    "tightest_name_below_title": 27.7,  # 22 mm clear instead of 28
    "descender": 1.2,
}

BODY = {
    "first_line_indent": 10.0,  # D
    "paragraph_space_pt": 6.0,  # D: at least
    "smallest_pt": 13.0,  # D
}

INVITATION = {
    "body_below_rule": 9.6,
    "sign_below_body": 9.0,
    "name_lowest_y": 230.0,
    "code_left": 33.5,
    "code_top": 236.0,
    "code_size": 28.0,
    "code_centre": 47.5,
    "digits_y": 269.5,
    "digits_pitch": 4.0,
}

# Biên nhận (C; paper 3.8): facts, the square code of the address, then what was signed.
RECEIPT = {
    "facts_below_rule": 9.9,
    "value_left": 82.0,
    "fact_pitch": 8.1,
    "code_below_facts": 6.3,
    "code_size": 28.0,
    "words_left": 64.0,
    "words_below_top": 4.6,
    "words_pt": 13.0,
    "note_pt": 12.0,
    "proof_below_code": 13.0,
    "proof_pt": 10.0,
    "proof_gap": 2.0,
}

# Giấy xác nhận (C; paper 3.9).
CONFIRMATION = {
    "type_name_below_number": 12.0,
    "body_below_rule": 11.5,
    "spacing": 1.15,
    "sign_below_body": 10.0,
    "name_lowest_y": 235.0,
    "code_left": 30.0,
    "code_top": 246.0,
    "code_size": 28.0,
    "notes_left": 64.0,
    "notes_y": 252.0,
}

LIST = {
    "table_below_rule": 3.7,
    "padding": 1.3,
    "head_height": 8.7,
    "row_extra": 2.43,  # a row of n lines is n × pitch + this
    "closing_below_table": 5.8,
    "sign_below_closing": 8.2,
    "rows_kept_with_end": 2,
}

# Danh sách điểm danh (C; paper 3.5): a working paper that is signed by hand and scanned again, so
# its marks and cells stand where they are said to stand. The foot belongs to the page's code.
SHEET = {
    "bottom": 272.0,  # of everything above the foot: the margin is 25
    "type_name_below_rule": 8.8,
    "day_below_rule": 6.4,
    "table_below_day": 3.2,
    "padding": 1.0,
    "head_row": 6.7,  # there are two
    "row_least": 10.0,  # room to sign in
    "row_extra": 1.8,  # a row of n lines is n × pitch + this
    "blank_rows_least": 5,
    "rows_kept_with_end": 2,
    "present_below_table": 5.8,
    "present_pitch": 6.4,
    "dots_width": 15.0,
    "sign_below_present": 8.2,
    "note_below_sign": 5.4,
    "sign_space": 20.0,
    "sign_left_centre": 71.0,
    "sign_right_centre": 153.5,
    "mark_size": 5.0,
    "mark_left": 8.0,
    "mark_right": 197.0,
    "mark_top": 8.0,
    "mark_bottom": 284.0,
    "code_left": 30.0,
    "code_top": 275.0,
    "code_size": 15.0,
    "code_text_left": 48.0,
    "code_text_y": 278.8,
    "code_text_pitch": 4.85,
    "row_code_size": 14.0,  # a module of 2/3 mm: a phone reads it at arm's length
    "row_code_quiet": 2.7,  # four modules of white
}

# Báo cáo (C; paper 3.7): paragraphs and tables one below the other.
REPORT = {
    "type_name_below_number": 10.5,
    "kinh_gui_below_rule": 7.4,
    "text_below_kinh_gui": 9.1,
    "paragraph": 7.8,  # baseline to baseline of the next paragraph's first line: a line and 6 pt
    "table_below_text": 2.2,
    "text_below_table": 7.2,
    "head_row": 7.5,  # a heading of n lines is n × pitch + row_extra and never under this
    "row_extra": 2.43,
    "padding": 0.8,  # a heading's longest word still fits in a font a fifth wider
    "sign_below_text": 8.1,
    "sign_below_closing": 8.1,
    "name_below_title": 29.7,
    "rows_kept_with_end": 2,
}

# The unit's form (C): one page, its code in the foot, inside the text box.
FORM = {
    "type_name_below_number": 12.7,
    "table_below_rule": 5.1,
    "padding": 2.0,
    "head_height": 9.1,
    "row_least": 11.0,
    "row_extra": 3.8,  # a row of n lines is n × pitch + this, and never under row_least
    "sign_below_table": 9.3,
    "lowest_y": 249.0,  # of any text above the code
    "sample_y": 16.1,
    "dots_width": 65.6,  # of a header line that is filled in by hand
    "code_left": 30.0,
    "code_top": 257.0,
    "code_size": 20.0,  # 27.6 with its quiet zone
    "code_text_left": 54.0,  # 4 modules of white beside the picture
    "code_text_y": 264.3,
    "code_text_pitch": 3.9,
}

ISSUING_RULE_FACTOR = 0.42  # D: 1/3 to 1/2 of the line; factor C
SUBJECT_RULE_FACTOR = 0.40


def issuing_rule_length(widths: Sequence[float]) -> float:
    """Length of the rule under the issuing body's lines, given their widths (all in mm).

    0.42 of the last line; when there are several, at least a third of the longest too, and
    never more than half of the last.
    """
    last, longest = widths[-1], max(widths)
    return min(max(ISSUING_RULE_FACTOR * last, longest / 3), last / 2)


def subject_rule_length(width: float) -> float:
    """Length of the rule under the subject's last line of the given width (mm)."""
    return SUBJECT_RULE_FACTOR * width


def as_data() -> dict[str, Any]:
    """The whole table as plain data, for the typst templates."""
    styles = {key: {**asdict(style), "pitch": style.pitch} for key, style in STYLES.items()}
    return {
        "styles": styles,
        "page": PAGE,
        "margin": MARGIN,
        "head": HEAD,
        "end": END,
        "body": BODY,
        "invitation": INVITATION,
        "list": LIST,
        "receipt": RECEIPT,
        "confirmation": CONFIRMATION,
        "form": FORM,
        "sheet": SHEET,
        "report": REPORT,
        "rule_pt": RULE_PT,
        "table_line_pt": TABLE_LINE_PT,
        "text": {
            "font": FONT_FAMILY,
            "quoc_hieu": QUOC_HIEU,
            "tieu_ngu": TIEU_NGU,
            "noi_nhan": NOI_NHAN,
            "single_spacing": SINGLE_SPACING,
        },
    }
