"""Papers made by the helper process: bytes, refusals, failures, and its end with its owner."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import json, os, sys
from dataclasses import replace
from app.printing.letters import invitation_pdf
from app.printing.list_csv import list_csv
from app.printing.press import Press, PressRefused
from tests.printing import samples

press = Press()
told = {"csv": press.made(list_csv, (samples.delegate_list(1),)).decode("utf-8-sig")}
told["pdf"] = press.made(invitation_pdf, ([samples.LETTER],))[:5].decode()
try:
    press.made(invitation_pdf, ([replace(samples.LETTER, place="Hội trường \\U00013080")],))
except PressRefused as error:
    told["refused"] = str(error)
try:
    press.made(invitation_pdf, ([],))
except RuntimeError as error:
    told["failed"] = str(error)
children = open(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read().split()
print(json.dumps({**told, "helper": int(children[0])}))
"""


def run_script() -> dict[str, str]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def alive(pid: int) -> bool:
    return os.path.exists(f"/proc/{pid}")


def test_helper_makes_papers_refuses_and_ends_with_its_owner() -> None:
    told = run_script()
    assert "Họ và tên" in told["csv"]
    assert told["pdf"] == "%PDF-"
    assert "\U00013080" in told["refused"]  # the sentence names the letter the fonts lack
    assert told["failed"] == "paper not made: ValueError"
    ends = time.monotonic() + 10
    while alive(int(told["helper"])) and time.monotonic() < ends:
        os.sched_yield()
    assert not alive(int(told["helper"]))
