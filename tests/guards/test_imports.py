"""Who may import whom (pyproject.toml, tool.importlinter), and what no module of ours does."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def linter(directory: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True)


def test_import_contracts_are_kept() -> None:
    done = linter(ROOT)
    assert done.returncode == 0, done.stdout
    assert "2 kept, 0 broken" in done.stdout


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("core/clock.py", "import app.events.rules"),
        ("units/services.py", "import app.units.routes"),
    ],
)
def test_a_wrong_import_is_found(tmp_path: Path, module: str, line: str) -> None:
    shutil.copytree(ROOT / "app", tmp_path / "app", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / "app" / module).open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    done = linter(tmp_path)
    assert done.returncode == 1
    assert "1 broken" in done.stdout


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / "app").rglob("*.py")):
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


def calls(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of each call."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)


CLOCK_READERS = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time",
    "datetime.datetime.now", "datetime.date.today",
}  # fmt: skip
CLOCKS = {"app/core/clock.py": "the only caller of the real clock"}


def test_only_the_clock_reads_the_clock() -> None:
    found = {
        f"{path}:{line}"
        for path, tree in modules()
        for line, name in calls(tree)
        if name in CLOCK_READERS and path not in CLOCKS
    }
    assert found == set()


COMMITTERS = {
    "app/core/database.py": "unit_of_work",
    "app/accounts/attempts.py": "what Flask-Security has pending is committed with the attempt",
    "app/accounts/security_forms.py": "ends the reading before Flask-Security writes",
}


def test_only_the_unit_of_work_commits() -> None:
    found = {
        f"{path}:{line}"
        for path, tree in modules()
        for line, name in calls(tree)
        if name.endswith("session.commit") and path not in COMMITTERS
    }
    assert found == set()


SET_THE_ENVIRONMENT = {"app/core/spreadsheet_child.py"}  # in a process of its own, for openpyxl


def test_only_the_settings_read_the_environment() -> None:
    found = {
        path
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"os.environ", "os.getenv"}
    }
    assert found == SET_THE_ENVIRONMENT


def test_packages_run_nothing_when_imported() -> None:
    not_empty = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "app").glob("*/__init__.py")
        if path.read_text(encoding="utf-8").strip()
    }
    assert not_empty == set()


def test_no_swallowed_exceptions() -> None:
    found = {
        f"{path}:{node.lineno}"
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and all(isinstance(one, ast.Pass) for one in node.body)
        and (node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"})
    }
    assert found == set()
