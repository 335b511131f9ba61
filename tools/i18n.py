"""The texts of the application in its two languages: extract, compile, check.

Our own texts are written in Vietnamese in the code, so Vietnamese needs no catalogue for them and
English is ``translations/en``. Flask-Security, WTForms and Flask-WTF speak English, so what they
say needs Vietnamese: ``translations/vi``. The ``.po`` files are kept, the ``.mo`` files are built.

    python tools/i18n.py extract   bring the .po files up to date with the code and the libraries
    python tools/i18n.py compile   build the .mo files that the application reads
    python tools/i18n.py check     list everything that is missing or wrong; exit 1 if anything is
"""

from __future__ import annotations

import argparse
import ast
import io
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2 import TemplateSyntaxError

ROOT = Path(__file__).resolve().parent.parent

#: The gettext family as Flask-Babel has it; Babel itself does not know the lazy ones.
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
    "lazy_npgettext": ((1, "c"), 2, 3),
    "_l": None,
}

LANGUAGE_NAMES = {"en": "English", "vi": "Vietnamese"}

#: As the application's own Jinja environment reads them, or the texts of {% trans %} would differ;
#: a template that cannot be read is an error.
TEMPLATE_OPTIONS = {
    "newstyle_gettext": "true",
    "trim_blocks": "true",
    "lstrip_blocks": "true",
    "extensions": "jinja2.ext.do",
    "silent": "false",
}
#: What is searched for texts: folder, pattern, method, options.
SOURCES: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    (".", "config.py", "python", {}),
    ("app", "**/*.py", "python", {}),
    ("templates", "**/*.html", "jinja2", TEMPLATE_OPTIONS),
    ("templates", "**/*.txt", "jinja2", TEMPLATE_OPTIONS),
)


class UnreadableSource(ValueError):
    """A file of ours that cannot be searched for texts; the message says which and why."""


@dataclass(frozen=True)
class Text:
    """One text to translate: its msgid (a pair with a plural), its context, where it stands."""

    id: str | tuple[str, str]
    context: str | None
    place: str

    @property
    def key(self) -> tuple[str, str | None]:
        """What tells two texts apart, as gettext does: the singular and the context."""
        return (self.id if isinstance(self.id, str) else self.id[0], self.context)


@dataclass(frozen=True)
class Target:
    """A catalogue we keep: one domain in one language, and the texts it must hold."""

    locale: str
    domain: str
    texts: Callable[[Path], Iterator[Text]]

    def po(self, root: Path) -> Path:
        return root / "translations" / self.locale / "LC_MESSAGES" / f"{self.domain}.po"

    @property
    def name(self) -> str:
        return f"{self.locale}/{self.domain}"


# ---------------------------------------------------------------- what there is to translate


def own_texts(root: Path) -> Iterator[Text]:
    """The texts of our code and templates. Raises UnreadableSource."""
    for folder, pattern, method, options in SOURCES:
        for path in sorted((root / folder).glob(pattern)):
            name = path.relative_to(root).as_posix()
            try:
                found = extract_from_file(method, path, KEYWORDS, options=options)
            except (TemplateSyntaxError, SyntaxError) as error:
                raise UnreadableSource(f"{name}:{error.lineno}: {error}") from error
            for line, message, _comments, context in found:
                yield _text(message, context, f"{name}:{line}")


def security_texts(_root: Path) -> Iterator[Text]:
    """What the installed Flask-Security says, from the template it ships."""
    yield from _shipped("flask_security", "translations/flask_security.pot")


def form_texts(_root: Path) -> Iterator[Text]:
    """What the installed WTForms says, from its template, and Flask-WTF, which ships none."""
    yield from _shipped("wtforms", "locale/wtforms.pot")
    for line, message, _comments, context in extract_from_file(
        "python", _package("flask_wtf") / "file.py", KEYWORDS
    ):
        yield _text(message, context, f"flask_wtf/file.py:{line}")


TARGETS = (
    Target("en", "messages", own_texts),
    Target("vi", "flask_security", security_texts),
    Target("vi", "wtforms", form_texts),
)


def _text(message: str | Sequence[str], context: str | None, place: str) -> Text:
    if isinstance(message, str):
        return Text(message, context, place)
    return Text((message[0], message[1]), context, place)


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"{name} is not installed in this environment")
    return Path(spec.submodule_search_locations[0])


def _shipped(package: str, template: str) -> Iterator[Text]:
    with (_package(package) / template).open("rb") as stream:
        for message in read_po(stream):
            if message.id:
                name, line = message.locations[0] if message.locations else (package, 0)
                yield _text(message.id, message.context, f"{name}:{line}")


# ---------------------------------------------------------------- extract and compile


def read_catalogue(path: Path, locale: str, domain: str) -> Catalog:
    """The catalogue in `path`, or an empty one."""
    if path.is_file():
        with path.open("rb") as stream:
            return read_po(stream, locale=locale, domain=domain)
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    return Catalog(
        locale=locale,
        domain=domain,
        project="Training registration",
        version="1",
        header_comment=f"# {domain}: {locale}. Kept by tools/i18n.py.",
        language_team=LANGUAGE_NAMES[locale],
        last_translator="the people of the project",
        msgid_bugs_address="dangky@example.vn",
        creation_date=now,
        revision_date=now,
        fuzzy=False,
    )


def extract(root: Path = ROOT) -> list[str]:
    """Bring every .po up to date: new texts come in empty, unused ones go.

    Returns the names of the catalogues that changed.
    """
    changed = []
    for target in TARGETS:
        path = target.po(root)
        catalogue = read_catalogue(path, target.locale, target.domain)
        template = Catalog(domain=target.domain, creation_date=catalogue.creation_date)
        for text in target.texts(root):
            place, _, line = text.place.rpartition(":")
            template.add(text.id, locations=[(place, int(line))], context=text.context)
        catalogue.update(template, no_fuzzy_matching=True, update_header_comment=False)
        catalogue.fuzzy = False
        if _write_if_different(path, _po_bytes(catalogue)):
            changed.append(target.name)
    return changed


def compile_catalogues(root: Path = ROOT) -> list[str]:
    """Build every .mo beside its .po; safe to run from several processes at once.

    Returns the names of the catalogues that changed.
    """
    changed = []
    for target in TARGETS:
        path = target.po(root)
        stream = io.BytesIO()
        write_mo(stream, read_catalogue(path, target.locale, target.domain))
        if _write_if_different(path.with_suffix(".mo"), stream.getvalue()):
            changed.append(target.name)
    return changed


def _po_bytes(catalogue: Catalog) -> bytes:
    stream = io.BytesIO()
    write_po(
        stream,
        catalogue,
        width=100,
        sort_by_file=True,
        no_location=True,  # `check` says where; with them the file is too large
        ignore_obsolete=True,
    )
    return stream.getvalue()


def _write_if_different(path: Path, content: bytes) -> bool:
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_bytes(content)
    unfinished.replace(path)
    return True


# ---------------------------------------------------------------- check

NAMED = re.compile(r"%\((\w+)\)")
POSITIONAL = re.compile(r"(?<!%)(?:%%)*%([sdifgrx])")
BRACED = re.compile(r"\{(\w*)\}")
TAG = re.compile(r"</?\w[^>]*>")
VIETNAMESE = re.compile(
    r"[ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ]", re.I
)

#: Words that do not belong on a Vietnamese page, with what to say instead.
UNWANTED = {
    r"!": "no exclamation marks",
    r"\bvui lòng\b": "“Hãy…” or the verb",
    r"\bquý vị\b": "name the people",
    r"\b(?:link|url)\b": "“đường dẫn”",
    r"\b(?:e-?mail|mail)\b": "“thư”",
    r"\bfile\b": "“tệp”",
    r"\bdeadline\b": "“hết hạn”",
    r"\bqr\b": "“mã vuông”",
    r"\b(?:ok|submit|token|code)\b": "a Vietnamese word",
}


def placeholders(text: str) -> list[str]:
    """What must survive translation: ``%(name)``, ``%s``, ``{name}`` and tags."""
    named = {f"%({name})" for name in NAMED.findall(text)}
    braced = {f"{{{name}}}" for name in BRACED.findall(text)}
    positional = [f"%{kind}" for kind in POSITIONAL.findall(text)]
    return sorted(named | braced) + positional + sorted(TAG.findall(text))


def wording_problems(text: str) -> list[str]:
    """The rules of wording that a Vietnamese text breaks."""
    bare = TAG.sub(" ", re.sub(r"%\(\w+\)\w|\{\w*\}", " ", text))
    return [
        f"says “{match.group()}” in “{text}”: {instead}"
        for pattern, instead in UNWANTED.items()
        if (match := re.search(pattern, bare, re.I))
    ]


def check(root: Path = ROOT) -> list[str]:
    """Everything that is missing or wrong in the catalogues and in the texts; empty when sound."""
    try:
        problems = list(_built_texts(root))
        for target in TARGETS:
            problems += _catalogue_problems(target, root)
    except UnreadableSource as error:
        return [str(error)]
    return problems


def _catalogue_problems(target: Target, root: Path) -> Iterator[str]:
    wanted: dict[tuple[str, str | None], Text] = {}
    for text in target.texts(root):
        if text.key not in wanted or isinstance(text.id, tuple):
            wanted[text.key] = text
    catalogue = read_catalogue(target.po(root), target.locale, target.domain)
    for text in wanted.values():
        found = catalogue.get(text.id, text.context)
        for problem in _entry_problems(text, found, catalogue.num_plurals, target.locale):
            yield f"{target.name}: {text.place}: {problem}"
    for message in [*catalogue, *catalogue.obsolete.values()]:
        for problem in _leftover_problems(message, wanted):
            yield f"{target.name}: {problem}"


def _entry_problems(text: Text, found: Message | None, plurals: int, locale: str) -> Iterator[str]:
    sources = [text.id] if isinstance(text.id, str) else list(text.id)
    if locale == "en":
        for source in sources:
            yield from wording_problems(source)
    if found is None:
        yield f"“{sources[0]}” is missing"
        return
    if found.fuzzy:
        yield f"“{sources[0]}” is fuzzy"
    strings = [found.string] if isinstance(found.string, str) else list(found.string or ())
    expected = plurals if len(sources) == 2 else 1
    if len(strings) != expected or not all(strings):
        yield f"“{sources[0]}” is missing or lacks a plural form"
        return
    for number, string in enumerate(strings):
        yield from _string_problems(sources, string, last=number == len(strings) - 1)
        if locale == "vi":
            yield from wording_problems(string)


def _string_problems(sources: list[str], string: str, *, last: bool) -> Iterator[str]:
    """Compare one translated form with its source; a form for “one” may leave the number out."""
    have, must = placeholders(string), placeholders(sources[-1])
    allowed = have == must if last else set(have) <= {*must, *placeholders(sources[0])}
    if not allowed:
        yield f"“{string}” holds {have}, its source “{sources[-1]}” holds {must}"
        return
    if string in sources and VIETNAMESE.search(string):
        yield f"“{string}” is not translated"
    if NAMED.search(string):
        try:
            string % dict.fromkeys(NAMED.findall(string), 1)
        except (ValueError, TypeError) as error:
            yield f"“{string}” cannot be filled in: {error}"


def _leftover_problems(
    message: Message, wanted: dict[tuple[str, str | None], Text]
) -> Iterator[str]:
    if not message.id:
        return
    key = _text(message.id, message.context, "").key
    if key not in wanted:
        yield f"“{key[0]}” is in the catalogue but no longer in use: run extract"


def _built_texts(root: Path) -> Iterator[str]:
    """Calls of the gettext family whose text is put together first: nobody can translate those."""
    for path in sorted((root / "app").rglob("*.py")):
        try:
            module = ast.parse(path.read_text("utf-8"), path.name)
        except SyntaxError as error:
            raise UnreadableSource(f"{path.relative_to(root).as_posix()}: {error}") from error
        for node in ast.walk(module):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id in KEYWORDS and any(
                isinstance(argument, ast.JoinedStr | ast.BinOp) for argument in node.args[:1]
            ):
                place = f"{path.relative_to(root).as_posix()}:{node.lineno}"
                yield f"{place}: a text is built before {node.func.id}() sees it"


# ---------------------------------------------------------------- the command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of extract, compile, check; the exit status is 1 when the check finds anything."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("command", choices=["extract", "compile", "check"])
    command = parser.parse_args(arguments).command
    out = sys.stdout.write
    if command == "check":
        problems = check()
        out("".join(f"{problem}\n" for problem in problems))
        out(f"translations: {len(problems)} problems\n" if problems else "translations: sound\n")
        return 1 if problems else 0
    try:
        changed = extract() if command == "extract" else compile_catalogues()
    except UnreadableSource as error:
        out(f"{error}\n")
        return 1
    out(f"{command}: {', '.join(changed) or 'nothing changed'}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
