"""The real server of several processes, started as `make run` starts it but in production mode."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parent.parent
SECRET = "bench-only-0123456789-0123456789-0123456789"
CONF = "gunicorn.conf.py"
PATIENCE = 120.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(data_dir: Path, database_url: str, port: int, **extra: str) -> dict[str, str]:
    return {
        **os.environ,
        "SECRET_KEY": SECRET,
        "DATA_DIR": str(data_dir),
        "DATABASE_URL": database_url,
        "PORT": str(port),
        "BASE_URL": f"http://127.0.0.1:{port}",
        "MAIL_TRANSPORT": "folder",
        "REHEARSAL": "0",
        **extra,
    }


class RealServer:
    """gunicorn on a free port; `kill()` is kill -9 of all its processes, `start()` starts it anew."""

    def __init__(
        self,
        env: dict[str, str],
        *,
        target: str = "wsgi:app",
        processes: int = 2,
        threads: int = 4,
        log: Path | None = None,
    ) -> None:
        self.env = {
            "MALLOC_ARENA_MAX": "2",
            **env,
            "WEB_PROCESSES": str(processes),
            "WEB_THREADS": str(threads),
        }
        self.port = int(env["PORT"])
        self.target = target
        self.log = log or Path(env["DATA_DIR"]) / "server.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, until: str = "/healthz") -> Self:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    str(Path(sys.executable).parent / "gunicorn"),
                    "-c",
                    CONF,
                    self.target,
                ],
                cwd=ROOT,
                env=self.env,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        ends = time.monotonic() + PATIENCE
        while not self.answers(until):
            if self.process.poll() is not None or time.monotonic() > ends:
                self.kill()
                raise RuntimeError(f"the server did not start: {self.log.read_text()[-2000:]}")
            time.sleep(0.05)
        return self

    def answers(self, path: str) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", path)
            return connection.getresponse().status in (200, 503)
        except OSError:
            return False
        finally:
            connection.close()

    def kill(self) -> None:
        """As a power cut does it: nothing is flushed, nothing said goodbye."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.kill()
            self.process = None

    def workers(self) -> list[int]:
        """The web processes' ids."""
        if self.process is None:
            return []
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def memory_mb(self) -> float:
        """The largest web process, resident, in MB."""
        sizes = []
        for pid in self.workers():
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmRSS:"):
                    sizes.append(int(line.split()[1]) / 1024)
        return max(sizes, default=0.0)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()
