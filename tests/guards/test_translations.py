"""The catalogues hold every text in use, and the check that says so sees what it should."""

from __future__ import annotations

from gettext import GNUTranslations
from pathlib import Path

import pytest

from tools import i18n

OWN = i18n.TARGETS[0]


def test_every_text_is_translated() -> None:
    assert i18n.check() == []


def test_the_texts_of_the_libraries_are_found() -> None:
    keys = {text.key[0] for target in i18n.TARGETS[1:] for text in target.texts(i18n.ROOT)}
    assert {
        "Your password has been changed",
        "This field is required.",
        "File does not have an approved extension.",
    } <= keys


# ---------------------------------------------------------------- a small project to check


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with three texts of its own, translated, and the real texts of the libraries."""
    app = tmp_path / "app"
    templates = tmp_path / "templates"
    app.mkdir()
    templates.mkdir()
    (app / "texts.py").write_text(
        'one = _l("Gửi đăng ký")\nmany = ngettext("%(num)s thư", "%(num)s thư", n)\n', "utf-8"
    )
    (templates / "page.html").write_text('{{ _("Chào %(name)s", name=name) }}', "utf-8")
    for target in i18n.TARGETS[1:]:
        target.po(tmp_path).parent.mkdir(parents=True, exist_ok=True)
        target.po(tmp_path).write_bytes(target.po(i18n.ROOT).read_bytes())
    i18n.extract(tmp_path)
    replace(tmp_path, 'msgid "Gửi đăng ký"\nmsgstr ""', 'msgid "Gửi đăng ký"\nmsgstr "Register"')
    replace(
        tmp_path,
        'msgstr[0] ""\nmsgstr[1] ""',
        'msgstr[0] "One letter"\nmsgstr[1] "%(num)s letters"',
    )
    replace(tmp_path, 'name)s"\nmsgstr ""', 'name)s"\nmsgstr "Hello %(name)s"')
    assert i18n.check(tmp_path) == []
    return tmp_path


def replace(project: Path, old: str, new: str, path: str = "") -> None:
    """Change one place of our own catalogue, or of another file of the project."""
    file = project / path if path else OWN.po(project)
    text = file.read_text("utf-8")
    assert text.count(old) == 1, text
    file.write_text(text.replace(old, new), "utf-8")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('msgstr "Register"', 'msgstr ""', "“Gửi đăng ký” is missing or lacks a plural form"),
        ('msgid "Gửi đăng ký"', '#, fuzzy\nmsgid "Gửi đăng ký"', "“Gửi đăng ký” is fuzzy"),
        ('msgstr[1] "%(num)s letters"', 'msgstr[1] ""', "lacks a plural form"),
        ("%(num)s letters", "letters", "“letters” holds [], its source"),
        ("Hello %(name)s", "Hello %(nam)s", "holds ['%(nam)']"),
        ("Hello %(name)s", "Hello %(name)", "cannot be filled in"),
        ('msgstr "Register"', 'msgstr "Gửi đăng ký"', "“Gửi đăng ký” is not translated"),
        ('msgid "Gửi đăng ký"', 'msgid "Gửi"', "“Gửi đăng ký” is missing"),
        ('msgid "Gửi đăng ký"', 'msgid "Gửi"', "“Gửi” is in the catalogue but no longer in use"),
    ],
)
def test_a_fault_in_a_catalogue_is_reported(project: Path, old: str, new: str, said: str) -> None:
    replace(project, old, new)
    assert any(said in problem for problem in i18n.check(project)), i18n.check(project)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ('_("Rút đăng ký")', "app/texts.py:3: “Rút đăng ký” is missing"),
        ('_(f"Rút {name}")', "app/texts.py:3: a text is built before _() sees it"),
        ('_("Rút %s" % name)', "app/texts.py:3: a text is built before _() sees it"),
        ('_("Mở link này!")', "says “link”"),
        ('_("Mở link này!")', "no exclamation marks"),
    ],
)
def test_a_fault_in_the_code_is_reported(project: Path, code: str, said: str) -> None:
    with (project / "app" / "texts.py").open("a", encoding="utf-8") as file:
        file.write(f"three = {code}\n")
    assert any(said in problem for problem in i18n.check(project)), i18n.check(project)


def test_a_text_missing_from_a_library_catalogue_is_reported(project: Path) -> None:
    path = i18n.TARGETS[1].po(project)
    text = path.read_text("utf-8")
    path.write_text(text.replace('msgstr "Hãy nhập mật khẩu."', 'msgstr ""'), "utf-8")
    assert [problem.split(": ", 1)[0] for problem in i18n.check(project)] == ["vi/flask_security"]


def test_the_block_of_a_template_is_extracted_as_the_application_reads_it(project: Path) -> None:
    (project / "templates" / "page.html").write_text(
        "  {% trans count=count %}\n  Đủ 100%, còn {{ count }} chỗ\n  {% endtrans %}\n", "utf-8"
    )
    assert "  Đủ 100%%, còn %(count)s chỗ\n" in {text.id for text in i18n.own_texts(project)}


def test_a_template_that_cannot_be_read_is_named(project: Path) -> None:
    (project / "templates" / "page.html").write_text("<p>\n{% if %}\n", "utf-8")
    (problem,) = i18n.check(project)
    assert problem.startswith("templates/page.html:2: ")


def test_extract_adds_new_texts_keeps_the_old_and_drops_the_unused(project: Path) -> None:
    replace(project, "Chào %(name)s", "Kính gửi %(name)s", "templates/page.html")
    assert i18n.extract(project) == ["en/messages"]
    catalogue = i18n.read_catalogue(OWN.po(project), OWN.locale, OWN.domain)
    assert {message.id: message.string for message in catalogue if message.id} == {
        "Gửi đăng ký": "Register",
        ("%(num)s thư", "%(num)s thư"): ("One letter", "%(num)s letters"),
        "Kính gửi %(name)s": "",
    }
    assert "Chào" not in OWN.po(project).read_text("utf-8")
    assert i18n.extract(project) == []


def test_compile_builds_each_catalogue_once(project: Path) -> None:
    assert i18n.compile_catalogues(project) == [target.name for target in i18n.TARGETS]
    assert i18n.compile_catalogues(project) == []
    with OWN.po(project).with_suffix(".mo").open("rb") as stream:
        translations = GNUTranslations(stream)
    assert translations.gettext("Gửi đăng ký") == "Register"
    assert translations.ngettext("%(num)s thư", "%(num)s thư", 1) == "One letter"
    assert translations.ngettext("%(num)s thư", "%(num)s thư", 2) == "%(num)s letters"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Mở đường dẫn %(link)s để đặt lại mật khẩu.", 0),
        ('Mở <a href="%(link)s">đường dẫn này</a>.', 0),
        ("Vui lòng gửi file qua email!", 4),
        ("Quét mã QR", 1),
    ],
)
def test_wording(text: str, count: int) -> None:
    assert len(i18n.wording_problems(text)) == count
