"""`python -m bench [--quick | --long]`: every figure beside its floor; writes $DATA_DIR/bench.json.

Ends with 1 when a target is missed. `--quick` only shows that every case runs; `--long` kills
the server hundreds and single web processes thousands of times.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path

from bench import (
    hall,
    hall_board,
    hall_phone,
    hall_search,
    killing,
    letters,
    pages,
    papers,
    scans,
    sheets,
    storm,
)
from bench.figures import FULL, LONG, QUICK, Row, number, table, write_json

CASES = {
    "pages": pages,
    "storm": storm,
    "papers": papers,
    "scans": scans,
    "sheets": sheets,
    "hall_phone": hall_phone,
    "letters": letters,
    "hall-search": hall_search,
    "hall-board": hall_board,
    "hall": hall,
    "killing": killing,
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="small numbers, no targets held")
    size.add_argument("--long", action="store_true", help="many kills")
    parser.add_argument("case", nargs="*", help=f"only these: {', '.join(CASES)}")
    given = parser.parse_args(arguments)
    if unknown := set(given.case) - set(CASES):
        parser.error(f"no case {', '.join(unknown)}; there are {', '.join(CASES)}")
    sizes = QUICK if given.quick else LONG if given.long else FULL
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers end too
    rows: list[Row] = []

    def say(row: Row) -> None:
        rows.append(row)
        print(f"  {row.name}: {number(row.value)} {row.unit}", file=sys.stderr, flush=True)

    for name in given.case or CASES:
        CASES[name].measure(sizes, say)
    path = Path(os.environ.get("DATA_DIR", "data")) / "bench.json"
    write_json(rows, path)
    print(table(rows))
    missed = [row for row in rows if row.ok is False and (row.exact or not given.quick)]
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
