"""A foreign Word file as template: filled with data, refused for whatever else it holds."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest
from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from app.printing import letter_docxtpl
from app.printing.letter_docxtpl import MAX_BYTES, WordRefused, fill_word

NAMES = ("ho_ten", "don_vi", "cac_buoi", "ma_vuong")
CONTEXT = {"ho_ten": "Phạm Thu Hiên", "don_vi": "Trường THPT Thử", "cac_buoi": "Sáng\nChiều"}
CODE = "0" * 28


def word(*texts: str, header: str = "") -> bytes:
    document = Document()
    for text in texts:
        document.add_paragraph(text)
    if header:
        document.sections[0].header.paragraphs[0].text = header
    return saved(document)


def saved(document) -> bytes:
    target = BytesIO()
    document.save(target)
    return target.getvalue()


def repacked(content: bytes, changes: dict[str, bytes], drop: str = "") -> bytes:
    """The package with parts added or changed."""
    target = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(content)) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            if name not in changes and name != drop:
                new.writestr(name, old.read(name))
        for name, part in changes.items():
            new.writestr(name, part)
    return target.getvalue()


def part(content: bytes, name: str) -> bytes:
    return zipfile.ZipFile(BytesIO(content)).read(name)


def refusal(content: bytes, **more) -> WordRefused:
    with pytest.raises(WordRefused) as caught:
        fill_word(content, [CONTEXT], [""], NAMES, **more)
    return caught.value


def lines(content: bytes) -> list[str]:
    return [one.text for one in Document(BytesIO(content)).paragraphs]


# ---------------------------------------------------------------- filled


def test_places_are_filled_and_named() -> None:
    filled = fill_word(word("Kính mời {{ho_ten}}, {{ don_vi }}."), [CONTEXT], [""], NAMES)
    assert lines(filled.content) == ["Kính mời Phạm Thu Hiên, Trường THPT Thử."]
    assert filled.places == ("don_vi", "ho_ten")


def test_place_cut_into_runs_by_word_is_still_one() -> None:
    document = Document()
    paragraph = document.add_paragraph()
    for piece in ("Kính {", "{ho_", "ten}", "}."):
        paragraph.add_run(piece)
    filled = fill_word(saved(document), [CONTEXT], [""], NAMES)
    assert lines(filled.content) == ["Kính Phạm Thu Hiên."]


def test_values_are_text_never_places_or_markup() -> None:
    odd = {**CONTEXT, "ho_ten": "{{don_vi}} <w:br/> & {% x %}"}
    filled = fill_word(word("{{ho_ten}}|{{cac_buoi}}"), [odd], [""], NAMES)
    assert lines(filled.content) == ["{{don_vi}} <w:br/> & {% x %}|Sáng\nChiều"]


def test_square_code_is_a_picture_of_its_size() -> None:
    filled = fill_word(word("{{ma_vuong}}"), [CONTEXT], [CODE], NAMES)
    (shape,) = Document(BytesIO(filled.content)).inline_shapes
    assert shape.width.mm == pytest.approx(28, abs=0.1)
    without = fill_word(word("{{ma_vuong}}"), [CONTEXT], [""], NAMES)
    assert not list(Document(BytesIO(without.content)).inline_shapes)


def test_many_letters_are_sections_of_one_file_in_order() -> None:
    people = [{**CONTEXT, "ho_ten": f"Người {n}"} for n in range(12)]
    codes = [f"{n:028d}" for n in range(12)]
    filled = fill_word(word("{{ho_ten}}", "{{ma_vuong}}", header="Sở"), people, codes, NAMES)
    document = Document(BytesIO(filled.content))
    assert [one.text for one in document.paragraphs if one.text] == [
        f"Người {n}" for n in range(12)
    ]
    assert len(document.sections) == 12 and len(document.inline_shapes) == 12
    ids = [one.get("id") for one in document.element.body.iter(qn("wp:docPr"))]
    assert len(set(ids)) == 12


def test_header_is_filled_and_must_be_the_same_for_all() -> None:
    content = word("{{ho_ten}}", header="{{don_vi}}")
    filled = fill_word(content, [CONTEXT, {**CONTEXT, "ho_ten": "B"}], ["", ""], NAMES)
    header = Document(BytesIO(filled.content)).sections[0].header
    assert header.paragraphs[0].text == "Trường THPT Thử"
    with pytest.raises(WordRefused) as caught:
        fill_word(content, [CONTEXT, {**CONTEXT, "don_vi": "B"}], ["", ""], NAMES)
    assert caught.value.code == "heads_differ"


# ---------------------------------------------------------------- refused places


@pytest.mark.parametrize(
    ("text", "code", "detail"),
    [
        ("{{ho_tem}}", "unknown", "ho_tem"),
        ("{{ho_ten.__class__.__mro__}}", "unknown", "ho_ten.__class__.__mro__"),
        ("{{ho_ten|upper}}", "unknown", "ho_ten|upper"),
        ("{{r ho_ten}}", "unknown", "r ho_ten"),
        ("{{ cycler.__init__.__globals__ }}", "unknown", "cycler.__init__.__globals__"),
        ("{{ 'a' * 999999999 }}", "unknown", "'a' * 999999999"),
        ("{% for x in range(10**9) %}a{% endfor %}", "commands", None),
        ("{%p if 1 %}", "commands", None),
        ("{# ghi chú #}", "commands", None),
        ("{{ho_ten", "unbalanced", None),
        ("ho_ten}}", "unbalanced", None),
    ],
)
def test_only_plain_places_are_taken(text: str, code: str, detail: str | None) -> None:
    error = refusal(word("Chào", text))
    assert error.code == code
    assert detail is None or error.detail == detail


def test_braces_torn_between_paragraphs_are_refused() -> None:
    assert refusal(word("a {", "{ho_ten}}")).code == "unbalanced"


def test_place_hidden_in_an_attribute_is_found() -> None:
    content = word("{{ho_ten}}")
    xml = part(content, "word/document.xml").replace(
        b"<w:body>", b'<w:body><w:p w:rsidR="{{ 7*7 }}"/>'
    )
    assert refusal(repacked(content, {"word/document.xml": xml})).code in ("commands", "unknown")


# ---------------------------------------------------------------- refused files


def with_relation(kind: str, target: str) -> bytes:
    content = word("{{ho_ten}}")
    name = "word/_rels/document.xml.rels"
    extra = (
        f'<Relationship Id="rX" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        f'relationships/{kind}" Target="{target}" TargetMode="External"/></Relationships>'
    )
    rels = part(content, name).replace(b"</Relationships>", extra.encode())
    return repacked(content, {name: rels})


def with_field(instruction: str) -> bytes:
    document = Document()
    paragraph = document.add_paragraph("{{ho_ten}}")
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), instruction)
    paragraph._p.append(field)
    return saved(document)


def macro_file() -> bytes:
    content = word("{{ho_ten}}")
    types = part(content, "[Content_Types].xml").replace(
        b"wordprocessingml.document.main+xml", b"wordprocessingml.document.macroEnabled.main+xml"
    )
    return repacked(content, {"[Content_Types].xml": types, "word/vbaProject.bin": b"x"})


def bomb() -> bytes:
    return repacked(word("{{ho_ten}}"), {"word/media/a.xml": b"\0" * 60_000_000})


def entity() -> bytes:
    content = word("{{ho_ten}}")
    xml = part(content, "word/document.xml")
    head, _, rest = xml.partition(b"?>")
    doctype = b'?><!DOCTYPE x [<!ENTITY a "' + b"x" * 1000 + b'">]>'
    return repacked(content, {"word/document.xml": head + doctype + rest})


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: b"", "not_docx"),
        (lambda: b"%PDF-1.4 khong phai Word", "not_docx"),
        (lambda: b"\xd0\xcf\x11\xe0" + b"\0" * 600, "not_docx"),
        (lambda: repacked(word("a"), {}, drop="word/document.xml"), "not_docx"),
        (lambda: word("{{ho_ten}}")[:-400], "not_docx"),
        (macro_file, "macros"),
        (bomb, "bomb"),
        (entity, "bomb"),
        (lambda: repacked(word("a"), {"word/embeddings/oleObject1.bin": b"x"}), "embedded"),
        (lambda: repacked(word("a"), {"word/activeX/activeX1.xml": b"<a/>"}), "embedded"),
        (lambda: with_relation("image", "http://example.vn/a.png"), "external"),
        (lambda: with_relation("attachedTemplate", "file:///a.dotm"), "external"),
        (lambda: with_relation("hyperlink", "file:///etc/passwd"), "external"),
        (lambda: with_field('INCLUDETEXT "C:\\a.docx"'), "external"),
        (lambda: with_field("DDEAUTO cmd"), "external"),
        (lambda: repacked(word("a"), {"word/document.xml": b"<w:document"}), "damaged"),
    ],
)
def test_foreign_file_is_refused_with_its_reason(make, code: str) -> None:
    assert refusal(make()).code == code


def test_link_to_a_page_or_mailbox_is_harmless() -> None:
    for target in ("https://example.vn/", "mailto:vanthu@example.vn"):
        content = with_relation("hyperlink", target)
        assert fill_word(content, [CONTEXT], [""], NAMES).places == ("ho_ten",)


def test_file_too_big_is_not_even_opened() -> None:
    assert refusal(b"PK\x03\x04" + b"\0" * MAX_BYTES).code == "too_big"


def test_too_many_letters_are_refused() -> None:
    with pytest.raises(WordRefused) as caught:
        fill_word(word("{{ho_ten}}"), [CONTEXT] * 501, [""] * 501, NAMES)
    assert caught.value.code == "too_many"


def test_file_that_needs_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letter_docxtpl, "SECONDS", 1)
    monkeypatch.setattr(letter_docxtpl, "SECONDS_A_LETTER", 0.0)
    heavy = word(*["{{ho_ten}} " * 40] * 400)
    with pytest.raises(WordRefused) as caught:
        fill_word(heavy, [CONTEXT] * 100, [""] * 100, NAMES)
    assert caught.value.code in ("too_slow", "too_heavy")
