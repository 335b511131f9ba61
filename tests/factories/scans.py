"""Scans as units send them: the real form, photographed badly, copied greyly, faxed.

Everything follows from the seed; built with numpy and Pillow.
"""

from __future__ import annotations

import io
import math
from functools import lru_cache
from typing import Any

import numpy as np
import pypdfium2
from PIL import Image, ImageDraw, ImageFilter

from app.printing.model import Issuer, Numbering, Signature
from app.printing.unit_form import FormPaper, FormRow
from app.printing.unit_form_pdf import form_pdf

CODE = "20001000012311234567890123456789"  # purpose form, event 1, registration 123, version 1
A4_INCHES = (8.27, 11.69)
MM_PER_INCH = 25.4


def form_page(code: str = CODE) -> bytes:
    """The unit's real form as PDF, with this code in its foot."""
    return form_pdf(
        FormPaper(
            issuer=Issuer(("SỞ GIÁO DỤC VÀ ĐÀO TẠO",), ("TRƯỜNG THPT BẾN THỬ",)),
            numbering=Numbering("DS-THPTBT", "Hải Phòng", 2024),
            subject=("Đại biểu tham gia tập huấn công tác đánh giá",),
            rows=(FormRow("Phạm Thu Hiên", "Trường THPT Bến Thử", "Phó Hiệu trưởng"),),
            signature=Signature(("HIỆU TRƯỞNG",), "Tạ Đăng Khuê"),
            recipients=("Sở GDĐT Hải Phòng;", "Lưu: VT."),
            code=code,
        )
    )


@lru_cache(maxsize=4)
def _sheet(page: bytes, dpi: int) -> Image.Image:
    """The page in colour at this resolution, signed in blue and stamped in red."""
    if page.startswith(b"%PDF"):
        document = pypdfium2.PdfDocument(page)
        picture = document[0].render(scale=dpi / 72).to_pil().convert("RGB")
        document.close()
    else:
        size = tuple(round(side * dpi) for side in A4_INCHES)
        picture = Image.open(io.BytesIO(page)).convert("RGB").resize(size)
    draw = ImageDraw.Draw(picture)
    inch = float(dpi)
    ring = [4.9 * inch, 4.0 * inch, 6.3 * inch, 5.4 * inch]
    draw.ellipse(ring, outline=(215, 40, 40), width=max(1, dpi // 30))
    stroke = [((5.4 + t * 0.05) * inch, (4.8 + 0.25 * math.sin(t * 1.7)) * inch) for t in range(30)]
    draw.line(stroke, fill=(30, 40, 140), width=max(1, dpi // 60), joint="curve")
    return picture


def degraded(
    page: bytes,
    *,
    seed: int,
    dpi: int = 200,
    rotation: float = 0.0,
    perspective: float = 0.0,
    blur: float = 0.0,
    shadow: float = 0.0,
    jpeg_quality: int = 85,
    fax_threshold: int | None = None,
    noise: float = 0.0,
    grey_photocopy: bool = False,
) -> bytes:
    """A JPEG of the page (PDF or PNG) as it may come back.

    ``dpi`` of the paper in the picture; ``rotation`` in degrees to the left; ``perspective``: how
    far corners move, as a share of the sides; ``blur`` in mm on paper (standard deviation);
    ``shadow``: the light that is missing in its middle, 0–1; ``noise``: standard deviation in
    grey levels; ``fax_threshold``: grey level under which a point becomes black.
    """
    chance = np.random.default_rng(seed)
    picture = _sheet(page, dpi)
    if blur:
        picture = picture.filter(ImageFilter.GaussianBlur(blur * dpi / MM_PER_INCH))
    if rotation or perspective:
        picture = _laid_on_a_desk(picture, rotation, perspective, chance)
    if shadow:
        picture = _shaded(picture, shadow, chance)
    if grey_photocopy:
        picture = _copied(picture, chance)
    if noise:
        picture = _noisy(picture, noise, chance)
    if fax_threshold is not None:
        level = fax_threshold
        picture = picture.convert("L").point(lambda value: 255 if value >= level else 0)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=jpeg_quality)
    return file.getvalue()


def _laid_on_a_desk(
    picture: Image.Image, rotation: float, perspective: float, chance: np.random.Generator
) -> Image.Image:
    width, height = picture.size
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], float)
    moved = corners + chance.uniform(-perspective, perspective, (4, 2)) * (width, height)
    angle = math.radians(-rotation)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    moved = (moved - (width / 2, height / 2)) @ turn.T
    margin = 0.02 * width
    moved += margin - moved.min(axis=0)
    size = np.ceil(moved.max(axis=0) + margin).astype(int)
    desk = tuple(int(value) for value in chance.integers(40, 150, 3))
    return picture.transform(
        (int(size[0]), int(size[1])),
        Image.Transform.PERSPECTIVE,
        _coefficients(moved, corners),
        Image.Resampling.BICUBIC,
        fillcolor=desk,
    )


def _coefficients(seen: np.ndarray, flat: np.ndarray) -> list[float]:
    """Of the perspective that brings points of the photograph to those of the flat page."""
    rows, right = [], []
    for (x, y), (u, v) in zip(seen, flat, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    return [float(value) for value in np.linalg.solve(np.array(rows), np.array(right))]


def _shaded(picture: Image.Image, shadow: float, chance: np.random.Generator) -> Image.Image:
    """The edge of a phone's shadow across the page, and light that falls off to one side."""
    small = (64, 64)
    y, x = np.mgrid[0:1:64j, 0:1:64j]
    angle = chance.uniform(0, 2 * math.pi)
    across = (x - 0.5) * math.cos(angle) + (y - 0.5) * math.sin(angle)
    edge = 1 / (1 + np.exp(-(across - chance.uniform(-0.3, 0.3)) * chance.uniform(8, 60)))
    light = (1 - shadow * edge) * (1 - 0.25 * shadow * (across + 0.7))
    mask = Image.fromarray(np.uint8(np.clip(light, 0, 1) * 255)).resize(small)
    mask = mask.resize(picture.size, Image.Resampling.BICUBIC)
    black = Image.new(picture.mode, picture.size)
    return Image.composite(picture, black, mask)


def _copied(picture: Image.Image, chance: np.random.Generator) -> Image.Image:
    """A grey copy: little contrast, a tint, specks, a dark streak."""
    low, high = chance.integers(50, 90), chance.integers(165, 215)
    grey = picture.convert("L").point(lambda value: low + value * (high - low) // 255)
    draw = ImageDraw.Draw(grey)
    width, height = grey.size
    speck = max(1, width // 700)
    for x, y in chance.uniform(0, 1, (250, 2)) * (width, height):
        draw.ellipse([x, y, x + speck, y + speck], fill=int(low))
    streak = chance.uniform(0.1, 0.9) * width
    draw.line([(streak, 0), (streak, height)], fill=int(low + 30), width=speck)
    return grey


def _noisy(picture: Image.Image, noise: float, chance: np.random.Generator) -> Image.Image:
    grain = chance.normal(0, noise, (picture.height, picture.width)).astype(np.float32)
    if picture.mode == "RGB":
        grain = grain[:, :, None]
    values = np.asarray(picture, np.float32) + grain
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def chosen_degradation(seed: int, dpi: int) -> dict[str, Any]:
    """Arguments for ``degraded``, as mixed as what arrives: photographs, copies, faxes, scans."""
    chance = np.random.default_rng(seed)
    kind = seed % 4
    given: dict[str, Any] = {"seed": seed, "dpi": dpi}
    given["jpeg_quality"] = int(chance.choice([30, 30, 50, 75, 90]))
    given["blur"] = float(chance.uniform(0, 0.25))
    given["noise"] = float(chance.uniform(0, 16))
    if kind in (0, 1):  # a photograph
        given["rotation"] = float(chance.uniform(-180, 180))
        given["perspective"] = float(chance.uniform(0, 0.1))
        given["shadow"] = float(chance.uniform(0, 0.75))
        given["grey_photocopy"] = bool(kind)
    elif kind == 2:  # a scanner
        given["rotation"] = float(chance.choice([0, 90, 180, 270]) + chance.uniform(-6, 6))
        given["grey_photocopy"] = bool(chance.integers(2))
    else:  # a fax
        given["rotation"] = float(chance.choice([0, 180]) + chance.uniform(-3, 3))
        given["fax_threshold"] = int(chance.integers(90, 190))
        given["noise"] = float(chance.uniform(0, 40))
    return given
