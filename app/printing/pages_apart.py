"""A PDF of many one-page papers taken apart: one run of the typesetter for fifty letters."""

from __future__ import annotations

from io import BytesIO


def pages_apart(pdf: bytes) -> list[bytes]:
    """Each page as a PDF of its own, with the whole's title and language."""
    import pikepdf  # here: 6 MB that web processes do not need

    parts = []
    with pikepdf.open(BytesIO(pdf)) as whole:
        title = str(whole.docinfo.get("/Title", ""))
        for page in whole.pages:
            single = pikepdf.new()
            single.pages.append(page)
            for name in ("/StructParents", "/Tabs"):  # the tree of tags stays with the whole
                if name in single.pages[0].obj:
                    del single.pages[0].obj[name]
            single.docinfo["/Title"] = title
            single.Root.Lang = pikepdf.String("vi")
            single.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
            target = BytesIO()
            single.save(target, object_stream_mode=pikepdf.ObjectStreamMode.generate)
            parts.append(target.getvalue())
    return parts
