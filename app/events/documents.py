"""Files attached to an event for everybody to read (P8): kinds told by their content, never by name."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from app.audit.services import record
from app.core.access import Actor
from app.core.errors import DomainError
from app.core.vietnamese import clean_text
from app.events.models import Event, EventDocument
from app.extensions import db

DOCUMENT_MAX = 10 * 1024 * 1024
DOCUMENTS_MOST = 30
_FORBIDDEN = re.compile(r'[\\/:*?"<>|\x00-\x1f]')


class DocumentRefused(DomainError):
    status = 400


@dataclass(frozen=True)
class FileKind:
    """One kind of file that may be attached."""

    extension: str
    media_type: str
    icon: str


_OFFICE = "application/vnd.openxmlformats-officedocument."
PDF = FileKind("pdf", "application/pdf", icon="file-earmark-pdf")
DOCX = FileKind("docx", f"{_OFFICE}wordprocessingml.document", icon="file-earmark-word")
XLSX = FileKind("xlsx", f"{_OFFICE}spreadsheetml.sheet", icon="file-earmark-excel")
KINDS = {kind.media_type: kind for kind in (PDF, DOCX, XLSX)}


def kind_of(content: bytes) -> FileKind | None:
    """The kind of a file by its content; None for everything else, files with macros too."""
    if content.startswith(b"%PDF-"):
        return PDF
    if not content.startswith(b"PK\x03\x04"):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            names = set(package.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return None
    if "[Content_Types].xml" not in names or any(name.endswith("vbaProject.bin") for name in names):
        return None
    if "word/document.xml" in names:
        return DOCX
    return XLSX if "xl/workbook.xml" in names else None


def attach_document(
    event: Event, *, title: str, filename: str, content: bytes, by: Actor, now: datetime
) -> EventDocument:
    """Raises DocumentRefused for an empty, too big or foreign file, and beyond 30 documents."""
    if not content:
        raise DocumentRefused(_l("Tệp này rỗng. Hãy chọn tệp khác."))
    if len(content) > DOCUMENT_MAX:
        raise DocumentRefused(
            _l(
                "Tệp nặng %(size)s, tối đa 10 MB. Hãy nén tệp hoặc tách thành nhiều tệp.",
                size=size_words(len(content)),
            )
        )
    kind = kind_of(content)
    if kind is None:
        raise DocumentRefused(
            _l("Chỉ nhận tệp PDF, Word (.docx) hoặc Excel (.xlsx), không có macro.")
        )
    if db.session.query(EventDocument).filter_by(event_id=event.id).count() >= DOCUMENTS_MOST:
        raise DocumentRefused(_l("Sự kiện đã có 30 tài liệu. Hãy bỏ bớt trước khi thêm."))
    document = EventDocument(
        event_id=event.id,
        title=title,
        filename=safe_filename(filename, kind),
        media_type=kind.media_type,
        size=len(content),
        content=content,
    )
    db.session.add(document)
    db.session.flush()
    record(
        "event.document_added",
        ("event", event.id),
        by=by,
        now=now,
        event_id=event.id,
        after={"title": title, "filename": document.filename, "size": document.size},
    )
    return document


def remove_document(document: EventDocument, *, by: Actor, now: datetime) -> None:
    record(
        "event.document_removed",
        ("event", document.event_id),
        by=by,
        now=now,
        event_id=document.event_id,
        before={"title": document.title, "filename": document.filename},
    )
    db.session.delete(document)
    db.session.flush()


def safe_filename(name: str, kind: FileKind) -> str:
    """The name to download under: no path, no control signs, the extension of its content."""
    plain = clean_text(_FORBIDDEN.sub(" ", name.replace("\\", "/").rsplit("/", 1)[-1]))
    stem = plain.rsplit(".", 1)[0].strip(" .")[:120] or "tai-lieu"
    return f"{stem}.{kind.extension}"


def size_words(size: int) -> str:
    """412 KB, 1,1 MB: the decimal comma of Vietnamese."""
    if size < 1024 * 1024:
        return f"{max(1, round(size / 1024))} KB"
    return f"{size / 1024 / 1024:.1f} MB".replace(".", ",")


def shown(document: EventDocument) -> dict[str, Any]:
    """What a list of documents shows: title, icon and "PDF · 412 KB"."""
    kind = KINDS[document.media_type]
    return {
        "id": document.id,
        "title": document.title,
        "icon": kind.icon,
        "facts": f"{kind.extension.upper()} · {size_words(document.size)}",
    }
