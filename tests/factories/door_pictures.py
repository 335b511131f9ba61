"""What a phone's camera sees at the door: a code on paper or on a screen, worse with each level.

1 held still in good light · 2 tilted, a little soft · 3 dim, small, noisy, shadow or glare across ·
4 nearly dark and moved while the picture was taken. Everything follows from level and seed.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from app.printing.qr import qr_matrix

WIDTH, HEIGHT = 960, 720  # as large as the page's reader takes a frame
LEVELS = (1, 2, 3, 4)
QUIET = 4  # modules


@dataclass(frozen=True)
class _Look:
    """Ranges from which a picture of a level is drawn. Lengths in pixels of the picture."""

    module: tuple[float, float]
    turn: tuple[float, float]  # degrees
    tilt: float  # how far corners move, as a share of the side
    blur: tuple[float, float]
    motion: tuple[int, int]
    light: tuple[float, float]
    noise: tuple[float, float]
    shade: float  # most of the light that is missing in a shadow
    quality: int


_LOOKS = {
    1: _Look((7, 12), (-8, 8), 0.03, (0.0, 0.8), (1, 1), (0.8, 1.0), (1, 4), 0.1, 90),
    2: _Look((5, 9), (-30, 30), 0.10, (0.5, 1.4), (1, 3), (0.55, 1.0), (3, 8), 0.35, 80),
    3: _Look((4.5, 7), (-180, 180), 0.13, (0.7, 1.7), (1, 5), (0.25, 0.6), (5, 11), 0.5, 70),
    4: _Look((4.0, 6.5), (-180, 180), 0.16, (0.8, 2.0), (3, 9), (0.12, 0.35), (6, 13), 0.5, 60),
}


def door_picture(digits: str, level: int, seed: int) -> bytes:
    """A JPEG of a code as a camera may deliver it."""
    dice = np.random.default_rng(level * 100_000 + seed)
    look = _LOOKS[level]
    on_screen = seed % 3 == 2  # light on dark surroundings, no paper
    scene = _scene(digits, look, dice, on_screen)
    scene = scene.filter(ImageFilter.GaussianBlur(dice.uniform(*look.blur)))
    light = np.asarray(scene, dtype=np.float32)
    light = _moved(light, int(dice.integers(look.motion[0], look.motion[1] + 1)), dice)
    light *= _shadow(look.shade, dice)[:, :, None] * dice.uniform(*look.light)
    light += dice.normal(0, dice.uniform(*look.noise), light.shape)
    picture = Image.fromarray(light.clip(0, 255).astype(np.uint8))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=look.quality)
    return out.getvalue()


def _scene(digits: str, look: _Look, dice: np.random.Generator, on_screen: bool) -> Image.Image:
    """The sheet or the screen, turned and tilted, on a grainy table."""
    module = dice.uniform(*look.module)
    modules = np.array(qr_matrix(digits), dtype=bool)
    side = len(modules) + 2 * QUIET
    sheet = np.full((side, side), 255 if on_screen else 232, dtype=np.uint8)
    sheet[QUIET:-QUIET, QUIET:-QUIET][modules] = 12 if on_screen else 38
    flat = Image.fromarray(sheet).convert("RGB").resize((side * 8,) * 2, Image.Resampling.NEAREST)
    table = dice.normal(30 if on_screen else 120, 14, (HEIGHT // 8, WIDTH // 8, 3)).clip(0, 255)
    ground = Image.fromarray(table.astype(np.uint8)).resize(
        (WIDTH, HEIGHT), Image.Resampling.BICUBIC
    )
    corners = _corners(module * side, look, dice)
    end = side * 8.0
    whole = [(0.0, 0.0), (end, 0.0), (end, end), (0.0, end)]
    turned = [
        image.transform((WIDTH, HEIGHT), Image.Transform.PERSPECTIVE, _perspective(corners, whole),
                        Image.Resampling.BICUBIC)
        for image in (flat, Image.new("L", flat.size, 255))
    ]  # fmt: skip
    ground.paste(turned[0], (0, 0), turned[1])
    return ground


def _corners(size: float, look: _Look, dice: np.random.Generator) -> list[tuple[float, float]]:
    angle = np.radians(dice.uniform(*look.turn))
    room = size * 0.75
    middle = (
        dice.uniform(min(room, WIDTH / 2), max(WIDTH - room, WIDTH / 2)),
        dice.uniform(min(room, HEIGHT / 2), max(HEIGHT - room, HEIGHT / 2)),
    )
    found = []
    for corner in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        x, y = (o * size / 2 + dice.uniform(-look.tilt, look.tilt) * size for o in corner)
        found.append(
            (
                middle[0] + x * np.cos(angle) - y * np.sin(angle),
                middle[1] + x * np.sin(angle) + y * np.cos(angle),
            )
        )
    return found


def _perspective(to: list[tuple[float, float]], source: list[tuple[float, float]]) -> list[float]:
    """Pillow's eight numbers, which lead from a point of the picture back to the flat sheet."""
    rows, values = [], []
    for (x, y), (u, v) in zip(to, source, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return list(np.linalg.solve(np.array(rows), np.array(values)))


def _moved(light: np.ndarray, length: int, dice: np.random.Generator) -> np.ndarray:
    """The hand moved: the mean of the picture along a line of so many pixels."""
    if length == 1:
        return light
    angle = dice.uniform(0, np.pi)
    steps = np.linspace(-length / 2, length / 2, length)
    moved = [
        np.roll(light, (round(step * np.sin(angle)), round(step * np.cos(angle))), axis=(0, 1))
        for step in steps
    ]
    return np.mean(moved, axis=0)


def _shadow(most: float, dice: np.random.Generator) -> np.ndarray:
    """Light across the picture: a soft edge somewhere, darker on one side of it."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    angle = dice.uniform(0, 2 * np.pi)
    along = (x / WIDTH - 0.5) * np.cos(angle) + (y / HEIGHT - 0.5) * np.sin(angle)
    edge = 1 / (1 + np.exp(-(along - dice.uniform(-0.3, 0.3)) * 12))
    return 1 - dice.uniform(0, most) * edge
