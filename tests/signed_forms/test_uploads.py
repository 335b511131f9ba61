"""Several files of one upload are one scan, in their order, within its limits."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace

import pytest
from flask import Flask
from werkzeug.datastructures import FileStorage

from app.scans.reading import ReadScan
from app.signed_forms.errors import NothingChosen, TooBig, TooManyFiles, TooManyPages
from app.signed_forms.rules import MOST_BYTES, megabytes
from app.signed_forms.uploads import SEVERAL, read_upload
from tests.factories.signed_forms import read_of

TYPES = {b"%": "application/pdf", b"j": "image/jpeg"}


def read(content: bytes) -> ReadScan:
    """A reader that takes the second byte for the number of pages."""
    scan = read_of(*[None] * content[1], content=content.decode("latin-1"))
    digest = hashlib.sha256(content).hexdigest()
    return replace(scan, media_type=TYPES[content[:1]], size=len(content), sha256=digest)


def sent(*contents: bytes) -> list[FileStorage]:
    return [FileStorage(io.BytesIO(one), f"{n}.jpg") for n, one in enumerate(contents, 1)]


def test_one_file_is_as_it_was_read() -> None:
    content = b"%\x03 ba trang"
    upload = read_upload([FileStorage(io.BytesIO(b""), ""), *sent(content)], read)
    assert upload.scan == read(content)
    assert upload.filename == "1.jpg"


def test_several_are_joined_in_order_and_told_by_the_hash_of_all() -> None:
    first, second = b"j\x01 trang", b"j\x02 trang"
    upload = read_upload(sent(first, second), read)
    assert upload.scan.sha256 == hashlib.sha256(first + second).hexdigest()
    assert upload.scan.size == len(first + second)
    assert upload.scan.pages == read(first).pages + read(second).pages
    assert (upload.scan.media_type, upload.filename) == ("image/jpeg", "1.jpg +1")


def test_picture_and_pdf_together_are_of_no_one_kind() -> None:
    assert read_upload(sent(b"%\x01", b"j\x01"), read).scan.media_type == SEVERAL


def test_pages_of_all_files_are_counted(app: Flask) -> None:
    assert len(read_upload(sent(b"%\x0a", b"%\x0a"), read).scan.pages) == 20
    with app.test_request_context(), pytest.raises(TooManyPages, match="21 trang, tối đa 20"):
        read_upload(sent(b"%\x0a", b"%\x0b"), read)


def test_bytes_of_all_files_are_counted_before_any_is_read(app: Flask) -> None:
    half = b"j\x01" + bytes(MOST_BYTES // 2 - 2)

    def unread(content: bytes) -> ReadScan:
        pytest.fail("read before it was weighed")

    assert read_upload(sent(half, half), read).scan.size == MOST_BYTES
    with app.test_request_context(), pytest.raises(TooBig, match="21 MB, tối đa 20 MB"):
        read_upload(sent(half, half + b"1"), unread)


def test_number_of_files_is_limited(app: Flask) -> None:
    with app.test_request_context(), pytest.raises(TooManyFiles):
        read_upload(sent(*[b"j\x01"] * 11), read)
    with pytest.raises(NothingChosen):
        read_upload([FileStorage(io.BytesIO(b"x"), "")], read)


def test_megabytes_never_look_smaller_than_they_are() -> None:
    assert [megabytes(one) for one in (1, 1024**2, 1024**2 + 1)] == [1, 1, 2]
