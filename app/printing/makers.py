"""The makers that bring Word or Excel with them, by name.

A web process only names them to the press: the libraries behind them (some 60 MB) are loaded in
the helper that makes papers, once, before it forks (`warm`).
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from app.core.spreadsheet_writing import load_openpyxl

MODULES = ("list_docx", "list_xlsx", "unit_form_docx", "letter_docx",
           "attendance_sheet_docx", "attendance_sheet_xlsx", "report_docx", "report_xlsx")  # fmt: skip


def list_docx(*args: Any) -> bytes:
    from app.printing import list_docx as module

    return module.list_docx(*args)


def list_xlsx(*args: Any) -> bytes:
    from app.printing import list_xlsx as module

    return module.list_xlsx(*args)


def form_docx(*args: Any) -> bytes:
    from app.printing import unit_form_docx as module

    return module.form_docx(*args)


def letters_docx(*args: Any) -> bytes:
    from app.printing import letter_docx as module

    return module.letters_docx(*args)


def attendance_sheet_docx(*args: Any) -> bytes:
    from app.printing import attendance_sheet_docx as module

    return module.attendance_sheet_docx(*args)


def attendance_sheet_xlsx(*args: Any) -> bytes:
    from app.printing import attendance_sheet_xlsx as module

    return module.attendance_sheet_xlsx(*args)


def report_docx(*args: Any) -> bytes:
    from app.printing import report_docx as module

    return module.report_docx(*args)


def report_xlsx(*args: Any) -> bytes:
    from app.printing import report_xlsx as module

    return module.report_xlsx(*args)


def warm() -> None:
    """In the helper, so that no fork loads them anew."""
    load_openpyxl()
    import_module("typst")
    for name in MODULES:
        import_module(f"app.printing.{name}")
    from app.printing.docx_parts import base_document

    base_document()
