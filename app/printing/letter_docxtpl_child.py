"""Looks through, or fills, one foreign Word file in a process of its own that can do nothing else.

Run as a script: options as JSON in the first argument; on standard input one line of JSON
``{"contexts": [{name: text}], "pictures": [base64 or ""]}`` and then the .docx. On standard output
one line of JSON, ``{"places": [...]}`` or ``{"error": code, "detail": …}``, then the filled file.
The application is not loaded here: no settings, no keys.
"""

from __future__ import annotations

import base64
import ctypes
import errno
import io
import json
import os
import re
import resource
import signal
import sys
import zipfile
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

MAX_PARTS = 500
MAX_UNPACKED = 40 * 1024 * 1024
MAX_RATIO = 250
RATIO_FROM = 1024 * 1024
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_EMBEDDED = re.compile(r"vbaproject|vbadata|/embeddings/|/activex/|oleobject|/afchunk", re.I)
_FETCHING = re.compile(
    r"\b(DDE|DDEAUTO|INCLUDEPICTURE|INCLUDETEXT|LINK|IMPORT|DATABASE|RD)\b", re.I
)
_PLACE = re.compile(r"\{\{\s*([^{}%#]*?)\s*\}\}")
_BRACES = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
_STORY = re.compile(r"word/(document|header\d*|footer\d*)\.xml")
_DOT = (  # a white PNG of one pixel
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg=="
)
_NOTES = re.compile(r"word/(footnotes|endnotes|comments)\.xml")


class Refused(Exception):
    """A file that will not be used; ``code`` names the sentence to show."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


def limit_self(options: dict[str, Any]) -> None:
    """Caps memory, processor time and the answer; no file, socket or process can be opened."""
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    os.nice(5)  # pages of the web go first
    memory, answer = (options[name] * 1024 * 1024 for name in ("memory_mb", "answer_mb"))
    for what, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, options["seconds"]),
        (resource.RLIMIT_FSIZE, answer),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 3),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(what, (value, value))


def check_package(content: bytes) -> dict[str, bytes]:
    """The XML parts of a .docx. Refuses what is none, is locked, holds programs or unpacks wildly."""
    try:
        package = zipfile.ZipFile(io.BytesIO(content))
    except zipfile.BadZipFile as error:
        raise Refused("not_docx") from error
    parts = package.infolist()
    if len(parts) > MAX_PARTS or len({part.filename for part in parts}) != len(parts):
        raise Refused("bomb")
    if any(part.flag_bits & 1 for part in parts):
        raise Refused("password")
    if sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise Refused("bomb")
    for part in parts:
        if part.file_size > RATIO_FROM and part.file_size > MAX_RATIO * max(part.compress_size, 1):
            raise Refused("bomb")
    names = {part.filename for part in parts}
    if not {"[Content_Types].xml", "word/document.xml"} <= names:
        raise Refused("not_docx")
    found = {name: package.read(name) for name in sorted(names) if name.endswith((".xml", ".rels"))}
    types = found["[Content_Types].xml"].decode("utf-8", "replace")
    if "macroenabled" in types.lower() or any("vba" in name.lower() for name in names):
        raise Refused("macros")
    if _MAIN not in types:
        raise Refused("not_docx")
    if any(_EMBEDDED.search("/" + name) for name in names):
        raise Refused("embedded")
    return found


def check_markup(found: dict[str, bytes]) -> None:
    """Refuses entities, links to files elsewhere, embedded objects and fields that fetch."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    for name, content in found.items():
        if b"<!DOCTYPE" in content.replace(b"\0", b"")[:65_536]:
            raise Refused("bomb")
        tree = etree.fromstring(content, parser)
        if tree.getroottree().docinfo.doctype:
            raise Refused("bomb")
        if name.endswith(".rels"):
            for link in tree:
                _check_link(dict(link.attrib))
            continue
        if next(tree.iter(f"{{{_WORD}}}object", f"{{{_WORD}}}altChunk"), None) is not None:
            raise Refused("embedded")
        fields = "".join(one.text or "" for one in tree.iter(f"{{{_WORD}}}instrText"))
        simple = [one.get(f"{{{_WORD}}}instr", "") for one in tree.iter(f"{{{_WORD}}}fldSimple")]
        if _FETCHING.search(fields) or any(map(_FETCHING.search, simple)):
            raise Refused("external")


def _check_link(link: dict[str, str]) -> None:
    if link.get("TargetMode", "").lower() != "external":
        return
    harmless = link.get("Type", "").endswith("/hyperlink")
    if not harmless or not re.match(r"(https?://|mailto:)", link.get("Target", ""), re.I):
        raise Refused("external")


def check_places(found: dict[str, bytes], names: list[str]) -> list[str]:
    """The places used. Refuses unknown ones by name, commands, and braces without a partner."""
    from lxml import etree

    used: list[str] = []
    for part, content in found.items():
        notes = bool(_NOTES.fullmatch(part))
        if not notes and not _STORY.fullmatch(part):
            continue
        tree = etree.fromstring(content)
        left = ""
        for paragraph in tree.iter(f"{{{_WORD}}}p"):
            text = "".join(_texts(paragraph))
            if notes and _BRACES.search(text):
                raise Refused("notes")
            used += _PLACE.findall(text)
            left += _PLACE.sub("", text)
        if odd := _BRACES.search(left):
            near = left[max(odd.start() - 8, 0) : odd.start() + 24]
            raise Refused("unbalanced" if odd[0] in ("{{", "}}") else "commands", near)
    for name in used:
        if name not in names:
            raise Refused("unknown", name)
    return sorted(set(used))


def _texts(paragraph: Any) -> Iterator[str]:
    """Texts of the paragraph itself: those of a text box in it belong to paragraphs of their own."""
    for one in paragraph.iter(f"{{{_WORD}}}t"):
        owner = next(one.iterancestors(f"{{{_WORD}}}p"))
        if owner is paragraph:
            yield one.text or ""


class Filler:
    """One Word file, made ready once, filled for each context."""

    def __init__(self, content: bytes, names: list[str]) -> None:
        from docxtpl import DocxTemplate
        from jinja2 import StrictUndefined, TemplateError
        from jinja2.sandbox import SandboxedEnvironment

        self.names = names
        self.env = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
        self.file = DocxTemplate(io.BytesIO(content))
        self.file.render_init()
        self.heads = [
            (key, part)
            for uri in (self.file.HEADER_URI, self.file.FOOTER_URI)
            for key, part in self.file.get_headers_footers(uri)
        ]
        try:
            self.body = self._template(self.file.get_xml())
            self.of_heads = {
                key: self._template(self.file.get_part_xml(part)) for key, part in self.heads
            }
        except TemplateError as error:
            raise Refused("unbalanced", str(error)) from error

    def _template(self, xml: str) -> Any:
        """Compiled, when it holds nothing but plain places. What is run is only what was looked at."""
        from jinja2 import nodes

        source = re.sub(r"<w:p([ >])", r"\n<w:p\1", self.file.patch_xml(xml))
        tree = self.env.parse(source)
        for statement in tree.body:
            if not isinstance(statement, nodes.Output):
                raise Refused("commands", type(statement).__name__)
            for node in statement.nodes:
                if isinstance(node, nodes.TemplateData):
                    continue
                if not isinstance(node, nodes.Name):
                    raise Refused("commands", type(node).__name__)
                if node.name not in self.names:
                    raise Refused("unknown", node.name)
        return self.env.from_string(source)

    def _filled(self, template: Any, part: Any, values: dict[str, Any]) -> str:
        self.file.current_rendering_part = part
        xml = re.sub(r"\n<w:p([ >])", r"<w:p\1", template.render(values))
        return str(self.file.resolve_listing(xml))

    def fill(self, contexts: list[dict[str, str]], pictures: list[str], side_mm: float) -> bytes:
        """All contexts in one file, each a section of its own."""
        from docx.shared import Mm
        from docxtpl import InlineImage

        whole: Any = None
        for context, picture in zip(contexts, pictures, strict=True):
            values: dict[str, Any] = dict(context)
            values["ma_vuong"] = (
                InlineImage(self.file, io.BytesIO(base64.b64decode(picture)), Mm(side_mm))
                if picture
                else ""
            )
            body = self.file.fix_tables(self._filled(self.body, self.file.docx.part, values))
            if whole is None:
                whole = body
                self._fill_heads(values, contexts)
            else:
                _append_section(whole, body)
        self.file.fix_docpr_ids(whole)
        self.file.map_tree(whole)
        target = io.BytesIO()
        self.file.docx.save(target)
        return target.getvalue()

    def _fill_heads(self, values: dict[str, Any], contexts: list[dict[str, str]]) -> None:
        """Headers and footers are one for all letters: what they say must be the same in each."""
        for key, part in self.heads:
            first = self._filled(self.of_heads[key], part, values)
            for context in contexts[1:]:
                other = self.of_heads[key].render({**context, "ma_vuong": ""})
                if other != self.of_heads[key].render({**contexts[0], "ma_vuong": ""}):
                    raise Refused("heads_differ")
            self.file.map_headers_footers_xml(key, first.encode())


def _append_section(whole: Any, body: Any) -> None:
    """The body's blocks after those of the whole; what stood before becomes a section."""
    from lxml import etree

    ending = whole.find(f"{{{_WORD}}}sectPr")
    if ending is not None:
        paragraph = etree.SubElement(whole, f"{{{_WORD}}}p")
        properties = etree.SubElement(paragraph, f"{{{_WORD}}}pPr")
        spacing = etree.SubElement(properties, f"{{{_WORD}}}spacing")
        for name, value in (("before", "0"), ("after", "0"), ("line", "20"), ("lineRule", "exact")):
            spacing.set(f"{{{_WORD}}}{name}", value)
        properties.append(deepcopy(ending))
        ending.addprevious(paragraph)
    for block in list(body):
        if block.tag == f"{{{_WORD}}}sectPr":
            continue
        if ending is not None:
            ending.addprevious(block)
        else:
            whole.append(block)


def work(options: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
    head, _, content = data.partition(b"\n")
    told = json.loads(head)
    found = check_package(content)
    check_markup(found)
    places = check_places(found, options["names"])
    filler = Filler(content, options["names"])
    filled = filler.fill(told["contexts"], told["pictures"], options["side_mm"])
    return {"places": places}, filled


def warm_up(options: dict[str, Any]) -> None:
    """Everything once with a file of our own: later no module can be opened any more."""
    from docx import Document

    own = Document()
    own.add_paragraph("{{ma_vuong}}")
    target = io.BytesIO()
    own.save(target)
    told = json.dumps({"contexts": [{}], "pictures": [_DOT]}).encode()
    work({**options, "names": ["ma_vuong"]}, told + b"\n" + target.getvalue())


def main() -> None:
    """Read standard input, answer on standard output."""
    options = json.loads(sys.argv[1])
    warm_up(options)
    limit_self(options)
    filled = b""
    try:
        answer, filled = work(options, sys.stdin.buffer.read())
    except Refused as refused:
        answer = {"error": refused.code, "detail": refused.detail}
    except Exception as error:  # any fault of the file becomes an answer, with its kind for the log
        out_of_memory = isinstance(error, MemoryError) or getattr(error, "errno", 0) == errno.ENOMEM
        code = "too_heavy" if out_of_memory else "damaged"
        answer = {"error": code, "detail": f"{type(error).__name__}: {error}"}
    out = sys.stdout.buffer
    out.write(json.dumps(answer).encode() + b"\n")
    out.write(filled)
    out.flush()


if __name__ == "__main__":
    main()
