"""Pictures for Chromium's fake camera: square codes held up one after the other, as YUV4MPEG2."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.printing.qr import qr_matrix

WIDTH, HEIGHT, FRAMES_PER_SECOND = 640, 480, 5
PAPER, INK, DESK = 235, 16, 110  # luma


def frame(digits: str | None, module: int = 11) -> bytes:
    """A grey table; with a code, a sheet of paper on it that carries the code."""
    rows = [bytearray([DESK]) * WIDTH for _ in range(HEIGHT)]
    if digits is not None:
        matrix = qr_matrix(digits)
        side = (len(matrix) + 8) * module
        left, top = (WIDTH - side) // 2, (HEIGHT - side) // 2
        for y in range(side):
            rows[top + y][left : left + side] = bytes([PAPER]) * side
        for y, line in enumerate(matrix):
            for x, black in enumerate(line):
                if not black:
                    continue
                for dy in range(module):
                    start = left + (x + 4) * module
                    rows[top + (y + 4) * module + dy][start : start + module] = (
                        bytes([INK]) * module
                    )
    return b"FRAME\n" + b"".join(rows) + bytes([128]) * (WIDTH * HEIGHT // 2)


def write_video(path: Path, shown: Sequence[tuple[str | None, float]]) -> Path:
    """`shown`: (digits, seconds) in turn, None for an empty table; Chromium repeats it all."""
    with path.open("wb") as out:
        out.write(
            f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FRAMES_PER_SECOND}:1 Ip A1:1 C420jpeg\n".encode()
        )
        for digits, seconds in shown:
            picture = frame(digits)
            for _ in range(max(1, round(seconds * FRAMES_PER_SECOND))):
                out.write(picture)
    return path


def camera_flags(path: Path) -> list[str]:
    return [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={path}",
    ]
