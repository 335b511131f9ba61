"""From what a browser sends to one scan: one PDF, or the pages as pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from werkzeug.datastructures import FileStorage

from app.scans.reading import ReadScan, read_scan
from app.signed_forms.errors import NothingChosen, TooBig, TooManyFiles, TooManyPages
from app.signed_forms.rules import MOST_BYTES, MOST_FILES, MOST_PAGES, cleaned_filename

SEVERAL = "multipart/mixed"


@dataclass(frozen=True)
class Upload:
    """``filename``: cleaned, of the first file; with how many more there were."""

    scan: ReadScan
    filename: str


def read_upload(
    files: Sequence[FileStorage], read: Callable[[bytes], ReadScan] = read_scan
) -> Upload:
    """The scan of all chosen files, in their order.

    Raises NothingChosen, TooManyFiles, TooBig, TooManyPages, ScanRefused.
    """
    chosen = [one for one in files if one.filename]
    if not chosen:
        raise NothingChosen()
    if len(chosen) > MOST_FILES:
        raise TooManyFiles()
    contents = [one.read() for one in chosen]
    size = sum(map(len, contents))
    if size > MOST_BYTES:
        raise TooBig(size)
    scans = []
    for content in contents:
        scans.append(read(content))
        pages = sum(len(one.pages) for one in scans)
        if pages > MOST_PAGES:
            raise TooManyPages(pages)
    names = cleaned_filename(chosen[0].filename or "")
    more = len(chosen) - 1
    return Upload(_joined(scans, contents), f"{names} +{more}" if more else names)


def _joined(scans: Sequence[ReadScan], contents: Sequence[bytes]) -> ReadScan:
    """Several files are one scan: its hash is of their bytes one after another (`cat a b`)."""
    if len(scans) == 1:
        return scans[0]
    types = {one.media_type for one in scans}
    return ReadScan(
        media_type=types.pop() if len(types) == 1 else SEVERAL,
        size=sum(one.size for one in scans),
        sha256=hashlib.sha256(b"".join(contents)).hexdigest(),
        pages=tuple(page for one in scans for page in one.pages),
    )
