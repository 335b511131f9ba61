"""The common head and end of official papers, laid out: every text and rule with its place.

The result is plain data; ``templates/documents/nd30.typ`` only puts it on the page. The Word and
Excel writers use the same lines and rule lengths.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from app.printing import nd30
from app.printing.fonts import FontSet
from app.printing.linebreak import Measure, balanced_lines, break_lines, clean
from app.printing.model import Issuer, Numbering, Part, Signature, Title, recipient_lines
from app.printing.nd30 import END, HEAD, STYLES

# What stands before the proper name in an issuing body that needs two lines; longest first.
_KINDS = (
    "TRUNG TÂM GIÁO DỤC NGHỀ NGHIỆP - GIÁO DỤC THƯỜNG XUYÊN",
    "TRƯỜNG TIỂU HỌC, TRUNG HỌC CƠ SỞ VÀ TRUNG HỌC PHỔ THÔNG",
    "TRƯỜNG TRUNG HỌC CƠ SỞ VÀ TRUNG HỌC PHỔ THÔNG",
    "TRƯỜNG PHỔ THÔNG NHIỀU CẤP HỌC",
    "TRƯỜNG TRUNG HỌC PHỔ THÔNG",
    "TRƯỜNG TH, THCS VÀ THPT",
    "PHÒNG GIÁO DỤC VÀ ĐÀO TẠO",
    "TRƯỜNG THCS VÀ THPT",
    "TRƯỜNG THPT CHUYÊN",
    "TRUNG TÂM GDNN-GDTX",
    "TRUNG TÂM GIÁO DỤC",
    "PHÒNG GIÁO DỤC",
    "TRƯỜNG THPT",
)


@dataclass(frozen=True)
class Mark:
    """One line of text: ``parts`` are texts and white gaps (mm); x is where ``align`` says."""

    style: str
    x: float
    y: float
    align: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Rule:
    """A drawn horizontal line from x, ``length`` mm long."""

    x: float
    y: float
    length: float


@dataclass(frozen=True)
class Head:
    """Everything above the text; ``bottom`` is the y of the lowest rule or line."""

    marks: tuple[Mark, ...]
    rules: tuple[Rule, ...]
    bottom: float


@dataclass(frozen=True)
class End:
    """ "Nơi nhận" and signature; y counts from their common first baseline.

    ``titles_bottom``: y of the last title line; the name stands below it by the signature space.
    ``recipients_bottom``: y of the last recipient.
    """

    marks: tuple[Mark, ...]
    name: Mark | None
    titles_bottom: float
    recipients_bottom: float

    @property
    def height(self) -> float:
        """From the first baseline to below the last line, with the ordinary signature space."""
        signed = self.titles_bottom + END["name_below_title"]
        return max(signed, self.recipients_bottom) + END["descender"]


def measure_of(fonts: FontSet, style: str, size: float | None = None) -> Measure:
    """A function giving the width in mm of a text in that style of the table."""
    return lambda text: fonts.width(text, STYLES[style], size)


def issuing_lines(
    lines: Sequence[str], measure: Measure, widest: float = HEAD["issuer_widest_line"]
) -> list[str]:
    """The issuing body's lines; one that is too wide breaks before its proper name."""
    broken: list[str] = []
    for line in map(clean, lines):
        kind = next((kind for kind in _KINDS if line.startswith(kind + " ")), "")
        rest = line[len(kind) :].strip()
        if measure(line) <= widest:
            broken.append(line)
        elif kind and max(measure(kind), measure(rest)) <= widest:
            broken.extend((kind, rest))
        else:
            broken.extend(balanced_lines(line, widest, measure))
    return broken


def superior_lines(
    lines: Sequence[str], measure: Measure, widest: float = HEAD["issuer_widest_line"]
) -> list[str]:
    """The superior body's lines, broken evenly when too wide for the column."""
    return [part for line in lines for part in balanced_lines(clean(line), widest, measure)]


def subject_lines(title: Title, measure: Measure) -> list[str]:
    """The subject's lines as given; one that is too wide is broken evenly."""
    widest = HEAD["subject_widest_line"]
    return [part for line in title.subject for part in balanced_lines(clean(line), widest, measure)]


def lay_head(
    fonts: FontSet,
    issuer: Issuer,
    numbering: Numbering | None,
    title: Title,
    type_name_below_number: float = HEAD["type_name_below_number"],
) -> Head:
    """Place the common head. Without ``numbering`` (working papers) that line is left out."""
    marks, rules = _state_column(fonts)
    issuer_marks, issuer_rule = _issuer_column(fonts, issuer)
    marks += issuer_marks
    rules.append(issuer_rule)
    y = max(issuer_rule.y, HEAD["tieu_ngu_rule_y"])
    if numbering is not None:
        y += HEAD["number_below_rule"]
        number = numbering.number_parts(HEAD["number_gap"])
        day = numbering.date_parts(HEAD["date_gap"])
        marks.append(_centred("number", HEAD["issuer_centre"], y, number))
        marks.append(_centred("place_date", HEAD["state_centre"], y, day))
    title_marks, title_rule = _title(fonts, title, y + type_name_below_number)
    return Head(
        (*marks, *title_marks),
        (*rules, *title_rule),
        title_rule[0].y if title_rule else title_marks[-1].y,
    )


def _state_column(fonts: FontSet) -> tuple[list[Mark], list[Rule]]:
    x = HEAD["state_centre"]
    marks = [
        _centred("quoc_hieu", x, HEAD["first_y"], (nd30.QUOC_HIEU,)),
        _centred("tieu_ngu", x, HEAD["tieu_ngu_y"], (nd30.TIEU_NGU,)),
    ]
    length = measure_of(fonts, "tieu_ngu")(nd30.TIEU_NGU)
    return marks, [_centred_rule(x, HEAD["tieu_ngu_rule_y"], length)]


def _issuer_column(fonts: FontSet, issuer: Issuer) -> tuple[list[Mark], Rule]:
    x, y = HEAD["issuer_centre"], HEAD["first_y"]
    bold = measure_of(fonts, "issuing_body")
    issuing = issuing_lines(issuer.issuing, bold)
    lines = [
        ("superior_body", line)
        for line in superior_lines(issuer.superior, measure_of(fonts, "superior_body"))
    ] + [("issuing_body", line) for line in issuing]
    marks = []
    for style, line in lines:
        marks.append(_centred(style, x, y, (line,)))
        y += STYLES[style].pitch
    last = marks[-1].y
    length = nd30.issuing_rule_length([bold(line) for line in issuing])
    return marks, _centred_rule(x, last + HEAD["issuer_rule_below"], length)


def _title(fonts: FontSet, title: Title, y: float) -> tuple[list[Mark], list[Rule]]:
    measure = measure_of(fonts, "subject")
    marks = [_centred("type_name", nd30.TEXT_CENTRE, y, (title.type_name,))]
    lines = subject_lines(title, measure)
    if not lines:
        return marks, []
    y += HEAD["subject_below_type_name"]
    for line in lines:
        marks.append(_centred("subject", nd30.TEXT_CENTRE, y, (line,)))
        y += STYLES["subject"].pitch
    length = nd30.subject_rule_length(measure(lines[-1]))
    y = marks[-1].y + HEAD["subject_rule_below"]
    return marks, [_centred_rule(nd30.TEXT_CENTRE, y, length)]


def lay_end(fonts: FontSet, signature: Signature, recipients: tuple[str, ...]) -> End:
    """Place "Nơi nhận" (left) and the signature block (right) on one first baseline."""
    marks, recipients_bottom = _recipients(fonts, recipients)
    x, y = END["sign_centre"], 0.0
    widest = END["sign_right"] - END["sign_left"]
    measure = measure_of(fonts, "sign_title")
    for line in signature.titles:
        for part in balanced_lines(line, widest, measure):
            marks.append(_centred("sign_title", x, y, (part,)))
            y += STYLES["sign_title"].pitch
    titles_bottom = y - STYLES["sign_title"].pitch if signature.titles else 0.0
    signer = clean(signature.signer)
    name = _centred("signer_name", x, 0.0, (signer,)) if signer else None
    return End(tuple(marks), name, titles_bottom, recipients_bottom)


def _recipients(fonts: FontSet, recipients: tuple[str, ...]) -> tuple[list[Mark], float]:
    if not recipients:
        return [], 0.0
    x, y = END["recipients_left"], 0.0
    marks = [Mark("noi_nhan", x, y, "left", (nd30.NOI_NHAN,))]
    measure = measure_of(fonts, "noi_nhan_item")
    for item in recipient_lines(recipients):
        for line in break_lines(item, END["recipients_right"] - x, measure):
            y += STYLES["noi_nhan_item"].pitch
            marks.append(Mark("noi_nhan_item", x, y, "left", (line,)))
    return marks, y


def texts_of(marks: Sequence[Mark]) -> list[str]:
    """All texts of the marks, for the glyph check."""
    return [part for mark in marks for part in mark.parts if isinstance(part, str)]


def head_data(head: Head) -> dict[str, Any]:
    """As the typst library wants it."""
    return asdict(head)


def end_data(end: End) -> dict[str, Any]:
    """As the typst library wants it."""
    return asdict(end)


def _centred(style: str, x: float, y: float, parts: tuple[Part, ...]) -> Mark:
    return Mark(style, x, y, "center", parts)


def _centred_rule(x: float, y: float, length: float) -> Rule:
    return Rule(x - length / 2, y, length)
