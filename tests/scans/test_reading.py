"""Sent files: what is taken, how it is kept, and what each bad file is answered."""

from __future__ import annotations

import hashlib
import io
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2.version
import pytest
from PIL import Image

from app.core import children
from app.printing.qr import qr_matrix
from app.scans import child, codes, reading
from app.scans.reading import MAX_BYTES, ReadScan, ScanRefused, read_scan
from tests.factories import bad_scans
from tests.factories.bad_scans import MARK, picture, saved, with_orientation
from tests.factories.scans import CODE, degraded, form_page


@pytest.fixture(autouse=True)
def _short_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most files here have no code to be found."""
    monkeypatch.setattr(reading, "CODE_SECONDS", 0.05)


def refused(content: bytes, **options: int) -> ScanRefused:
    with pytest.raises(ScanRefused) as caught:
        read_scan(content, **options)
    assert "hãy" in str(caught.value).lower()  # every sentence says what to do
    return caught.value


def kept(scan: ReadScan, number: int = 0) -> Image.Image:
    page = scan.pages[number]
    image = Image.open(io.BytesIO(page.jpeg))
    image.load()
    assert image.format == "JPEG" and image.size == (page.width, page.height)
    return image


def bar_is_on_top(image: Image.Image) -> bool:
    grey = image.convert("L")
    return grey.getpixel((grey.width // 2, grey.height // 40)) < 60 and all(
        grey.getpixel(point) > 200
        for point in (
            (grey.width // 2, grey.height * 39 // 40),
            (grey.width // 40, grey.height // 2),
            (grey.width * 39 // 40, grey.height // 2),
        )
    )


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("HEIF", "image/heic")],
)
def test_picture_is_drawn_anew_and_told_by_its_hash(kind: str, media_type: str) -> None:
    content = saved(picture(), kind)
    scan = read_scan(content)
    assert (scan.media_type, scan.size) == (media_type, len(content))
    assert scan.sha256 == hashlib.sha256(content).hexdigest()
    (page,) = scan.pages
    assert (page.width, page.height, page.codes) == (900, 1200, ())
    assert bar_is_on_top(kept(scan)) and page.jpeg != content


def test_pages_of_a_pdf_come_in_their_order() -> None:
    document = pikepdf.new()
    for height in (842, 595):
        document.add_blank_page(page_size=(595, height))
    file = io.BytesIO()
    document.save(file)
    scan = read_scan(file.getvalue())
    assert scan.media_type == "application/pdf"
    assert [(page.width, page.height) for page in scan.pages] == [(1555, 2200), (2200, 2200)]


def test_form_is_found_by_its_code_with_corners_on_the_kept_page() -> None:
    scan = read_scan(form_page())
    (page,) = scan.pages
    (code,) = page.codes
    assert code.text == CODE
    place = [(round(x / page.width * 210), round(y / page.height * 297)) for x, y in code.corners]
    expected = [(30, 257), (50, 257), (50, 277), (30, 277)]
    assert all(
        abs(x - u) <= 1 and abs(y - v) <= 1 for (x, y), (u, v) in zip(place, expected, strict=True)
    )


@pytest.mark.parametrize("rotation", [0, 90, 180, 270, 33])
def test_page_is_turned_upright_by_its_code(rotation: int) -> None:
    scan = read_scan(degraded(form_page(), seed=1, dpi=150, rotation=rotation))
    (page,) = scan.pages
    (code,) = page.codes
    (ax, ay), (bx, by), (cx, cy), _ = code.corners
    assert code.text == CODE and bx - ax > abs(by - ay) and cy - by > abs(cx - bx)
    if rotation % 90 == 0:
        assert page.height > page.width and ay > 0.8 * page.height


def test_code_lies_where_its_corners_say_when_it_took_many_looks() -> None:
    """The corners come back through scaling and turning: what they enclose is the code."""
    form = Image.open(io.BytesIO(degraded(form_page(), seed=2, dpi=110))).convert("L")
    looks = list(codes._looks(form, lambda: None))
    read = [look.read() for look in looks]
    straight = read[0][0].corners
    found = [code.corners for some in read for code in some]
    assert len(found) > 8
    for corners in found:
        assert all(
            abs(x - u) <= 3 and abs(y - v) <= 3
            for (x, y), (u, v) in zip(corners, straight, strict=True)
        )


def test_our_code_comes_first_and_foreign_codes_are_told_too() -> None:
    page = Image.new("L", (1240, 1754), "white")
    for place, digits in enumerate(("9704229200001234", "5" + CODE[1:], CODE)):
        matrix = qr_matrix(digits)
        square = Image.new("L", (21, 21))
        square.putdata([0 if black else 255 for row in matrix for black in row])
        page.paste(square.resize((126, 126), 0), (200, 200 + place * 500))
    (read,) = read_scan(saved(page, "PNG")).pages
    assert read.codes[0].text == CODE
    assert {code.text for code in read.codes} == {"9704229200001234", "5" + CODE[1:], CODE}


@pytest.mark.parametrize("kind", ["JPEG", "HEIF"])
@pytest.mark.parametrize(
    ("orientation", "undo"),
    [(3, Image.Transpose.ROTATE_180), (6, Image.Transpose.ROTATE_90),
     (8, Image.Transpose.ROTATE_270), (2, Image.Transpose.FLIP_LEFT_RIGHT)],
)  # fmt: skip
def test_camera_held_another_way_gives_an_upright_page_without_metadata(
    kind: str, orientation: int, undo: Image.Transpose
) -> None:
    scan = read_scan(with_orientation(picture().transpose(undo), orientation, kind))
    image = kept(scan)
    assert image.size == (900, 1200) and bar_is_on_top(image)
    assert not image.getexif() and MARK not in scan.pages[0].jpeg


def test_wrong_orientation_is_set_right_by_the_code() -> None:
    form = Image.open(io.BytesIO(degraded(form_page(), seed=3, dpi=150)))
    (page,) = read_scan(with_orientation(form, 6, "JPEG")).pages
    assert page.codes[0].text == CODE and page.codes[0].corners[0][1] > 0.8 * page.height


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_kind_of_png_is_shown_as_seen(mode: str) -> None:
    page = picture(mode="I;16") if mode == "I;16" else picture().convert(mode)
    assert bar_is_on_top(kept(read_scan(saved(page, "PNG"))))


def test_transparent_picture_lies_on_white() -> None:
    page = Image.new("RGBA", (900, 1200), (0, 0, 0, 0))
    page.paste(picture().crop((0, 0, 900, 120)), (0, 0))
    assert bar_is_on_top(kept(read_scan(saved(page, "PNG"))))


def test_colours_of_a_cmyk_jpeg_are_not_turned_round() -> None:
    assert bar_is_on_top(kept(read_scan(saved(picture().convert("CMYK"), "JPEG"))))


def test_noisy_page_is_kept_small_and_long_side_is_limited() -> None:
    (page,) = read_scan(degraded(form_page(), seed=4, dpi=300, noise=25)).pages
    assert len(page.jpeg) < 500_000 and max(page.width, page.height) == 2200


def test_long_picture_within_limits_is_made_smaller() -> None:
    (page,) = read_scan(bad_scans.png(20_000, 1_700, bad_scans.packed_zeros(33))).pages
    assert (page.width, page.height) == (2200, 187)


BAD: list[tuple[str, str, Callable[[], bytes]]] = [
    ("nothing", "empty", lambda: b""),
    ("zeros", "empty", lambda: bytes(5_000)),
    ("locked pdf", "password", bad_scans.locked_pdf),
    ("300 pages", "too_many_pages", lambda: bad_scans.pdf(300)),
    ("pdf cut", "cut", lambda: bad_scans.pdf(3)[:-300]),
    ("pdf cut at its very end", "cut", lambda: bad_scans.pdf(3)[:-8]),
    ("pdf of its first line", "cut", lambda: b"%PDF-1.7\n"),
    ("pdf of rubbish", "damaged", lambda: b"%PDF-1.7\n" + b"\xa7" * 9_000 + b"\n%%EOF"),
    ("pdf without pages", "damaged", lambda: bad_scans.pdf(0)),
    ("jpeg cut", "cut", lambda: saved(picture(), "JPEG")[:-2_000]),
    ("png cut", "cut", lambda: saved(picture(), "PNG")[:-2_000]),
    ("heic cut", "damaged", lambda: saved(picture(), "HEIF")[:-500]),
    ("heic of its head", "damaged", lambda: saved(picture(), "HEIF")[:40]),
    ("heic of rubbish", "damaged", lambda: b"\0\0\0\x18ftypheic" + b"\xa7" * 5_000),
    ("jpeg of rubbish", "damaged", lambda: b"\xff\xd8\xff\xe0" + b"\xa7" * 5_000),
    ("png with its sum wrong", "damaged", lambda: _flipped(saved(picture(), "PNG"), 30)),
    ("word", "word", bad_scans.docx),
    ("old word", "word", lambda: b"\xd0\xcf\x11\xe0" + "WordDocument".encode("utf-16-le")),
    ("zip", "archive", bad_scans.zip_file),
    ("program", "program", lambda: b"MZ" + bytes(500) + b"\x01"),
    ("program of Linux", "program", lambda: b"\x7fELF" + bytes(500) + b"\x01"),
    ("web page", "web_page", lambda: b"<!DOCTYPE html><p>" + MARK),
    ("svg", "web_page", lambda: b'<svg xmlns="http://www.w3.org/2000/svg">' + MARK + b"</svg>"),
    ("web page that becomes a pdf", "web_page", lambda: b"<html>" + bad_scans.pdf()),
    ("text", "unknown", lambda: "Phiếu đăng ký".encode()),
    ("gif", "other_picture", lambda: saved(picture(), "GIF")),
    ("tiff", "other_picture", lambda: saved(picture(), "TIFF")),
    ("webp", "other_picture", lambda: saved(picture(), "WEBP")),
    ("film", "video", lambda: b"\0\0\0\x18ftypisom" + bytes(300)),
    ("moving png", "animated", bad_scans.animated_png),
    ("one point", "too_small", lambda: saved(picture(1, 1), "PNG")),
    ("a thread", "too_small", lambda: saved(picture(4_000, 200), "JPEG")),
    ("png bomb", "too_large", bad_scans.png_bomb),
    ("png text bomb", "damaged", bad_scans.png_text_bomb),
    ("pdf contents bomb", "damaged", bad_scans.content_bomb_pdf),
    ("pdf of nested forms", "damaged", bad_scans.nested_pdf),
]  # fmt: skip


def _flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 255]) + content[place + 1 :]


@pytest.mark.parametrize(("code", "make"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_bad_file_is_refused_with_its_own_sentence(code: str, make: Callable[[], bytes]) -> None:
    error = refused(make())
    assert (error.code, error.status) == (code, 422)


def test_reading_goes_on_after_files_that_killed_their_reader() -> None:
    assert refused(bad_scans.content_bomb_pdf()).code == "damaged"
    assert bar_is_on_top(kept(read_scan(saved(picture(), "JPEG"))))


def test_too_big_says_how_big_and_what_to_do_instead() -> None:
    error = refused(bytes(MAX_BYTES + 13 * 1024 * 1024 + 1))
    assert (error.code, error.status) == ("too_big", 413)
    assert str(error) == (
        "Tệp nặng 34 MB, tối đa 20 MB. Hãy chụp bằng điện thoại thay vì quét màu."
    )


def test_sentences_name_the_numbers() -> None:
    assert "300 trang, tối đa 20 trang" in str(refused(bad_scans.pdf(300)))
    assert "20.000 × 20.000 điểm" in str(refused(bad_scans.png_bomb()))
    assert "có 3 trang, tối đa 2 trang" in str(refused(bad_scans.pdf(3), max_pages=2))


def test_giant_page_and_giant_image_in_a_pdf_are_drawn_at_our_size() -> None:
    assert max(kept(read_scan(bad_scans.giant_page_pdf())).size) == 2200
    assert max(kept(read_scan(bad_scans.image_bomb_pdf(20_000))).size) == 2200


def test_reader_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "SECONDS", 1)
    assert refused(bad_scans.image_bomb_pdf(60_000)).code == "too_slow"


def test_reader_that_wants_too_much_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MEMORY_MB", 200)
    content = bad_scans.png(8_400, 8_400, bad_scans.packed_zeros(68))
    assert refused(content).code == "too_heavy"
    assert read_scan(saved(picture(), "JPEG")).pages


@pytest.mark.parametrize(
    "make",
    [
        lambda: saved(picture(), "JPEG") + bad_scans.zip_file() + MARK,
        lambda: saved(picture(), "PNG") + bad_scans.pdf() + MARK,
        lambda: saved(picture(), "JPEG", comment=MARK),
        lambda: saved(picture(), "JPEG", icc_profile=MARK, exif=b"Exif\0\0" + MARK),
        lambda: bad_scans.pdf().replace(b"%PDF-1", b"%PDF-1", 1) + MARK + b"\n%%EOF",
    ],
    ids=["jpeg and zip", "png and pdf", "comment", "profile and exif", "pdf and script"],
)
def test_of_a_file_that_is_two_nothing_but_the_picture_is_kept(make: Callable[[], bytes]) -> None:
    content = make()
    assert MARK in content
    (page,) = read_scan(content).pages
    assert MARK not in page.jpeg and b"PK\x03\x04" not in page.jpeg and b"%PDF" not in page.jpeg
    assert not Image.open(io.BytesIO(page.jpeg)).info.keys() & {"exif", "comment", "icc_profile"}


def test_pdf_with_scripts_and_addresses_calls_nobody() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        scan = read_scan(bad_scans.calling_pdf(f"http://127.0.0.1:{listener.getsockname()[1]}"))
        with pytest.raises(TimeoutError):
            listener.accept()
    assert len(scan.pages) == 1


def test_pdfium_is_built_without_scripts_and_forms() -> None:
    assert not {"V8", "XFA"} & set(pypdfium2.version.PDFIUM_INFO.flags)


ESCAPES = {
    "file": "open('/etc/hostname')",
    "socket": "__import__('socket').socket()",
    "process": "__import__('subprocess').run(['/bin/true'])",
    "application": "assert 'flask' not in sys.modules and 'config' not in sys.modules; 1/0",
}


@pytest.mark.parametrize("what", ESCAPES)
def test_reader_can_open_nothing(what: str) -> None:
    """Inside the limits, as in the child: no file, no connection, no program, no settings."""
    options = {"memory_mb": 900, "answer_mb": 1, "seconds": 5, "kind": "PNG"}
    script = f"""
import runpy, sys, socket, subprocess
child = runpy.run_path({child.__file__!r})
child["find_siblings"]()
from app.scans import pages
pages.opener_of("PNG")
child["limit_self"]({options!r})
try:
    {ESCAPES[what]}
except (OSError, ZeroDivisionError) as error:
    print("stopped", type(error).__name__)
"""
    done = subprocess.run(
        [sys.executable, "-I", "-c", script],
        capture_output=True, text=True, env={}, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.stdout.startswith("stopped"), done.stderr


def _reader_that_says(path: Path, words: str) -> Path:
    path.write_text(f"import json, os\nprint({words})\n", encoding="utf-8")
    return path


def test_reader_is_told_nothing_of_the_server(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SECRET_KEY", "not for the reader")
    spy = _reader_that_says(tmp_path / "spy.py", "json.dumps(sorted(os.environ))")
    monkeypatch.setattr(reading.READER, "script", spy)
    assert set(json.loads(reading._ask_child(b"", {}))) <= {"LC_CTYPE"}


@pytest.mark.parametrize(
    "words",
    ["''", "'[]'", "'{}'", "json.dumps({'pages': [{'start': 0, 'bytes': 9}]})",
     "json.dumps({'error': 'no such word'})", "json.dumps({'pages': 7})"],
)  # fmt: skip
def test_answer_that_makes_no_sense_is_a_damaged_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: str
) -> None:
    monkeypatch.setattr(reading.READER, "script", _reader_that_says(tmp_path / "mad.py", words))
    assert refused(saved(picture(300, 400), "PNG")).code == "damaged"


def test_files_are_read_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    running, most, lock = 0, 0, threading.Lock()
    run = children.subprocess.run

    def counted(*given: Any, **options: Any) -> Any:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        try:
            return run(*given, **options)
        finally:
            with lock:
                running -= 1

    monkeypatch.setattr(children.subprocess, "run", counted)
    content = saved(picture(300, 400), "JPEG")
    with ThreadPoolExecutor(4) as threads:
        scans = list(threads.map(lambda _: read_scan(content), range(4)))
    assert most == 1 and {scan.sha256 for scan in scans} == {scans[0].sha256}


def test_upload_that_would_wait_too_long_is_asked_to_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(children, "PATIENCE", 0)
    with reading.READER.turn:
        error = refused(saved(picture(), "JPEG"))
    assert (error.code, error.status) == ("busy", 503)
    assert read_scan(saved(picture(), "JPEG")).pages
