"""The participant list in its four forms; callers import from here."""

from app.printing.list_csv import list_csv
from app.printing.list_model import DelegateGroup, DelegateList, DelegateRow
from app.printing.list_pdf import list_pdf
from app.printing.makers import list_docx, list_xlsx

__all__ = [
    "DelegateGroup",
    "DelegateList",
    "DelegateRow",
    "list_csv",
    "list_docx",
    "list_pdf",
    "list_xlsx",
]
