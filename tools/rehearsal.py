"""`make run`: database, the 2024 plan and its units as a rehearsal, then web and worker."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


def main() -> None:
    port = os.environ.setdefault("PORT", "8000")
    # Said here: honcho gives the worker another PORT, and mails written there hold addresses.
    os.environ.setdefault("BASE_URL", f"http://127.0.0.1:{port}")
    os.environ.setdefault("REHEARSAL", "1")
    os.environ.setdefault("DATA_DIR", str(ROOT / "data"))
    os.environ["PATH"] = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    os.chdir(ROOT)
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", int(port))) == 0:
            sys.exit(f"Port {port} is taken. Choose another: make run PORT={int(port) + 1}")
    flask = [str(BIN / "flask"), "--app", "wsgi"]
    subprocess.run(
        [*flask, "db", "upgrade"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    subprocess.run([*flask, "seed-rehearsal"], check=True)
    demo = json.loads((Path(os.environ["DATA_DIR"]) / "demo.json").read_text(encoding="utf-8"))
    show(demo)
    os.execv(str(BIN / "honcho"), ["honcho", "--no-colour", "start"])


def show(demo: dict) -> None:  # type: ignore[type-arg]
    lines = [
        "",
        f"  Sự kiện      {demo['base_url']}/",
        f"  Bàn đăng ký  {demo['base_url']}/desk/   {demo['desk']['email']} · {demo['desk']['password']}",
        f"  Một đơn vị   {demo['units'][0]['url']}   ({demo['units'][0]['name']})",
        f"  Cửa hội trường {demo['gate_url']}",
        f"  Tất cả trong {os.environ['DATA_DIR']}/demo.json. Dừng: Ctrl+C",
        "",
    ]
    print("\n".join(lines), flush=True)


if __name__ == "__main__":
    main()
