"""What the project's files never hold: real people's numbers, addresses of others, a workplace's paths."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BINARY = {".png", ".jpg", ".jpeg", ".webp", ".ico", ".woff", ".woff2", ".ttf", ".otf", ".pdf",
          ".docx", ".xlsx", ".wasm", ".y4m", ".mjpeg", ".gz", ".br", ".mo"}  # fmt: skip
HERE = Path(__file__).relative_to(ROOT)


def kept_files() -> list[Path]:
    """Files that are part of the project: what git keeps, or would keep."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    return [Path(one) for one in sorted(set(listed)) if (ROOT / one).is_file()]


def texts() -> list[tuple[Path, str]]:
    return [
        (path, (ROOT / path).read_text(encoding="utf-8"))
        for path in kept_files()
        if path.suffix.lower() not in BINARY and path != HERE
    ]


def hits(pattern: str, *, besides: tuple[str, ...] = ()) -> list[str]:
    """ "file:line what" of each hit outside the files named."""
    found = []
    for path, text in texts():
        if str(path).startswith(besides):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            found += [f"{path}:{number} {one[0]}" for one in re.finditer(pattern, line)]
    return found


# Absolute paths of somebody's machine; those of any Debian (/usr, /proc, /tmp, /dev, /var) are fine.
WORKPLACE = [r"(?<![\w.$}])/(?:home|root|mnt|opt|work)/\w", r"(?<![\w/.])\.\./\.\./?\w*shared\b"]


@pytest.mark.parametrize("pattern", WORKPLACE)
def test_no_path_of_a_workplace(pattern: str) -> None:
    assert hits(pattern) == []


REGISTRIES = (
    r"(?i)registry\.npmjs\.org|files\.pythonhosted\.org|\bpypi\.org|\bartifactory\b|\bnexus\b"
)


def test_locks_and_settings_name_no_registry() -> None:
    assert hits(REGISTRIES) == []


# Ten digits beginning with 0 are a telephone number; only tests may invent one.
PHONE = r"(?<![\d.\-])0\d{9}(?!\d)"
NO_PHONES = {"0000000000", "0123456789"}  # the format of a cell; the ten digits


def test_no_telephone_number_outside_tests() -> None:
    found = hits(PHONE, besides=("tests/", "package-lock.json"))
    assert [one for one in found if one.split()[-1] not in NO_PHONES] == []


EXAMPLE_PHONE = "0912 345 678"  # how a number is shown, in docstrings


def test_no_spaced_telephone_number_outside_tests() -> None:
    spaced = r"(?<![\d.])0\d{2,3}[ .]\d{3}[ .]\d{3,4}(?![\d.])"
    found = hits(spaced, besides=("tests/", "package-lock.json", "static/"))
    assert [one for one in found if not one.endswith(EXAMPLE_PHONE)] == []


MAILBOX = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
OURS = re.compile(r"@(?:[\w-]+\.)*(?:example(?:\.(?:vn|com|org))?|test|invalid|localhost)$")


# Mailboxes of no person: the office's own, which the plan names (P31), and examples in sentences.
OFFICES = {"gdtx@haiphong.edu.vn", "vanthu@truong.edu.vn", "b@x.vn"}


def test_mailboxes_lie_under_reserved_domains() -> None:
    found = [
        one
        for one in hits(MAILBOX, besides=("package-lock.json", "package.json", "translations/"))
        if not OURS.search(one.lower()) and one.split()[-1] not in OFFICES
    ]
    assert found == []


def test_no_file_is_larger_than_half_a_megabyte() -> None:
    large = {str(p): (ROOT / p).stat().st_size for p in kept_files()}
    assert {name: size for name, size in large.items() if size > 512 * 1024} == {}


def test_no_secret_is_kept() -> None:
    assert hits(r"BEGIN (?:RSA |EC |OPENSSH )?PRIVATE KEY|AKIA[0-9A-Z]{16}") == []
