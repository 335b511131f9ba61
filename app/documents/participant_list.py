"""The participant list (danh sách đại biểu, P25, P43, P44) as one document in four formats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app

from app.core.phones import display_phone
from app.documents.queries import delegates, in_groups
from app.events.models import Event
from app.invitations.rules import issue_date
from app.printing.delegate_list import (
    DelegateGroup,
    DelegateList,
    DelegateRow,
    list_csv,
    list_docx,
    list_pdf,
    list_xlsx,
)
from app.printing.model import Issuer, Numbering, Signature
from app.printing.press import printed
from app.registration.flags import SUBSTITUTE, WALK_IN

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


@dataclass(frozen=True)
class ListOptions:
    """``groups``: the plan's groups, else one alphabet; ``contacts``: phone and address columns;
    ``notes``: a column Ghi chú, empty but for who came to the door; ``restart``: TT from 1 in each
    group."""

    groups: bool = True
    contacts: bool = False
    notes: bool = True
    restart: bool = False


def build_list(event: Event, options: ListOptions) -> DelegateList:
    words = event.letter
    issued_on = issue_date(words.get("list_issued_on"))
    rows = delegates(event.id)
    groups = in_groups(rows) if options.groups else [("", rows)]
    return DelegateList(
        issuer=Issuer(tuple(words["superior"]), tuple(words["issuer"])),
        numbering=Numbering(
            symbol=words.get("list_symbol", ""),
            place=words["place"],
            year=(issued_on or event.valid_on).year,
            number=words.get("list_number") or None,
            date=issued_on,
        ),
        subject=tuple(event.list_title.split("\n")),
        groups=tuple(
            DelegateGroup(tuple(_row(one, options) for one in rows), title)
            for title, rows in groups
        ),
        signature=Signature((words["authority"], words["sign_title"]), words.get("signer") or ""),
        recipients=tuple(words.get("list_recipients") or words["recipients"][1:]),
        notes=options.notes,
        contacts=options.contacts,
        restart_numbers=options.restart,
    )


def _row(row: Any, options: ListOptions) -> DelegateRow:
    return DelegateRow(
        name=row.full_name,
        unit=row.unit,
        position=row.position,
        phone=display_phone(row.phone) if options.contacts and row.phone else "",
        email=row.email or "" if options.contacts else "",
        note=door_note(row.flags) if options.notes else "",
    )


def door_note(flags: Sequence[str]) -> str:
    """How somebody came onto the list in the hall itself; Vietnamese, as the paper is."""
    if SUBSTITUTE in flags:
        return "Người thay"
    return "Ghi tại cửa" if WALK_IN in flags else ""


MAKERS = {"pdf": list_pdf, "docx": list_docx, "xlsx": list_xlsx}


def list_file(event: Event, file_format: str, options: ListOptions) -> bytes:
    """``file_format``: a key of MEDIA_TYPES."""
    document = build_list(event, options)
    if file_format == "csv":
        return list_csv(document)
    return printed(MAKERS[file_format], document, current_app.config["SETTINGS"].fonts_dir)
