"""The unit's form of the plan (P37–P48) as plain data; PDF and Word are made from the same.

One page: head of the unit, DANH SÁCH, a table of exactly four columns, "Nơi nhận" and the block to
sign and stamp; in the foot the code by which the signed scan finds its entry.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.printing.linebreak import Measure, balanced_lines, clean
from app.printing.model import Issuer, Numbering, Signature, Title
from app.printing.nd30 import END

TYPE_NAME = "DANH SÁCH"
SAMPLE_MARK = "MẪU"
SIGN_AND_STAMP = "(Ký, đóng dấu)"
CODE_LABEL = "Mã phiếu: "
CODE_HINT = "Sở GDĐT dùng mã này để nhận bản chụp; đề nghị để lộ mã khi chụp, quét."
# P44: exactly these four columns; widths in mm.
COLUMNS = (("TT", 11.0), ("Họ tên", 54.0), ("Đơn vị", 61.0), ("Chức vụ", 39.0))


@dataclass(frozen=True)
class FormRow:
    """One delegate; empty texts leave the cell to be written in by hand."""

    name: str = ""
    unit: str = ""
    position: str = ""


@dataclass(frozen=True)
class FormPaper:
    """The whole form.

    ``subject``: lines of the event's title for lists; ``code``: 32 digits, "" for none;
    ``sign_note``: under the titles (SIGN_AND_STAMP) where the form is filled in by hand;
    ``sample``: with the word MẪU (P37: never on a filled form).
    """

    issuer: Issuer
    numbering: Numbering
    subject: tuple[str, ...]
    rows: tuple[FormRow, ...]
    signature: Signature
    recipients: tuple[str, ...]
    code: str = ""
    sign_note: str = ""
    sample: bool = False

    @property
    def title(self) -> Title:
        return Title(TYPE_NAME, self.subject)

    @property
    def document_title(self) -> str:
        """What the file says of itself."""
        return clean(" ".join((TYPE_NAME, *self.subject)))


def table_cells(paper: FormPaper) -> list[tuple[str, ...]]:
    """Cells of each row in the order of COLUMNS."""
    return [
        (str(number), clean(row.name), clean(row.unit), clean(row.position))
        for number, row in enumerate(paper.rows, 1)
    ]


def signer_lines(paper: FormPaper, measure: Measure) -> list[str]:
    """The signer's name on as few lines as the block is wide; empty without a name."""
    name = clean(paper.signature.signer)
    return balanced_lines(name, END["sign_right"] - END["sign_left"], measure) if name else []
