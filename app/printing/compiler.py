"""Runs typst on one of our templates, with our fonts only, warnings being errors."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any

from app.printing import nd30
from app.printing.errors import TypesettingError
from app.printing.fonts import FontSet

TEMPLATES_DIR = Path(__file__).resolve().parents[2] / "templates" / "documents"


def compile_pdf(template: str, data: dict[str, Any], fonts: FontSet) -> bytes:
    """The PDF of ``templates/documents/<template>`` with ``data`` (JSON, never read as markup).

    The caller has checked the glyphs. Raises :class:`TypesettingError` on an error or a warning.
    """
    import typst  # here: 7 MB that a web process, which has its papers made, does not need

    compiler = typst.Compiler(
        input=str(TEMPLATES_DIR / template),
        root=str(TEMPLATES_DIR),
        font_paths=typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=False,
            font_paths=[str(fonts.fonts_dir)],
        ),
        ignore_system_fonts=True,
        sys_inputs={
            "nd30": json.dumps(nd30.as_data(), ensure_ascii=False),
            "data": json.dumps(data, ensure_ascii=False),
        },
    )
    try:
        pdf, warnings = compiler.compile_with_warnings(format="pdf")
    except typst.TypstError as error:
        raise TypesettingError([error.message]) from error
    if warnings:
        raise TypesettingError([warning.message for warning in warnings])
    if not isinstance(pdf, bytes):
        raise TypesettingError([f"no single file: {type(pdf).__name__}"])
    return pdf


def join_pdfs(parts: list[bytes]) -> bytes:
    """One PDF of all the parts' pages, in order."""
    if len(parts) == 1:
        return parts[0]
    import pikepdf  # here: only very long print runs need it, 6 MB in every process

    joined = pikepdf.new()
    opened = [pikepdf.open(BytesIO(part)) for part in parts]
    for document in opened:
        joined.pages.extend(document.pages)
    with joined.open_metadata(set_pikepdf_as_editor=False) as metadata:
        metadata["dc:title"] = str(opened[0].docinfo.get("/Title", ""))
    joined.Root.Lang = pikepdf.String("vi")
    target = BytesIO()
    joined.save(target)
    return target.getvalue()
