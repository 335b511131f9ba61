"""What the macros promise to people who cannot see the colours, and to the strict policy."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask, render_template_string
from werkzeug.datastructures import MultiDict
from wtforms import Form, RadioField, SelectChoice, StringField
from wtforms.validators import InputRequired

TEMPLATES = Path(__file__).parents[2] / "templates"
MACRO_FILES = [*(TEMPLATES / "components").glob("*.html"), *(TEMPLATES / "layouts").glob("*.html")]


class DelegateForm(Form):
    name = StringField("Họ và tên", [InputRequired("Hãy nhập họ và tên của người dự.")])
    phone = StringField("Điện thoại")
    choice = RadioField(
        "Giữ ai", [InputRequired("Hãy chọn.")], choices=[SelectChoice("a"), SelectChoice("b")]
    )


def draw(app: Flask, source: str, **values: object) -> str:
    with app.test_request_context("/desk/registrations?q=hien"):
        return render_template_string(source, **values)


@pytest.mark.parametrize("file", MACRO_FILES, ids=lambda file: file.name)
def test_no_inline_script_or_style(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert not re.search(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=", text)


def test_field_with_error_ties_help_and_error_to_the_input(look_app: Flask) -> None:
    form = DelegateForm(MultiDict({"name": ""}))
    form.validate()
    html = draw(
        look_app,
        '{% from "components/forms.html" import field %}{{ field(form.name, help="Có dấu.") }}',
        form=form,
    )
    assert 'aria-describedby="name-help name-error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="name-error"' in html
    assert "Hãy nhập họ và tên của người dự." in html
    assert " required" not in html
    assert "(không bắt buộc)" not in html


def test_field_without_error_says_optional_in_words(look_app: Flask) -> None:
    html = draw(
        look_app,
        '{% from "components/forms.html" import field %}{{ field(form.phone, inputmode="tel") }}',
        form=DelegateForm(),
    )
    assert "(không bắt buộc)" in html
    assert 'inputmode="tel"' in html
    assert "aria-invalid" not in html
    assert "aria-describedby" not in html


def test_error_summary_links_each_wrong_field(look_app: Flask) -> None:
    form = DelegateForm(MultiDict({}))
    form.validate()
    source = '{% from "components/forms.html" import error_summary %}{{ error_summary(form) }}'
    html = draw(look_app, source, form=form)
    assert "Chưa gửi được: 2 chỗ cần sửa" in html
    assert 'href="#name"' in html
    assert 'href="#choice"' in html
    assert 'href="#phone"' not in html
    assert draw(look_app, source, form=DelegateForm()).strip() == ""


@pytest.mark.parametrize(("current", "done"), [(1, 0), (2, 1), (None, 4)])
def test_stepper_names_the_current_step(look_app: Flask, current: int | None, done: int) -> None:
    html = draw(
        look_app,
        '{% from "components/steps.html" import stepper %}{{ stepper(current) }}',
        current=current,
    )
    assert html.count("<li") == 4
    assert html.count('aria-current="step"') == (0 if current is None else 1)
    assert html.count("#check-lg") == done


def test_countdown_is_complete_without_the_script(look_app: Flask) -> None:
    deadline = datetime(2024, 3, 5, 10, tzinfo=UTC)
    source = (
        '{% from "components/countdown.html" import countdown, time_left_words %}'
        '{{ countdown(deadline, now, "Hạn") }}<i>{{ time_left_words(deadline, now) }}</i>'
    )
    html = draw(
        look_app, source, deadline=deadline, now=deadline - timedelta(days=1, hours=1, minutes=40)
    )
    assert "<i>1 ngày 1 giờ 40 phút</i>" in html
    assert 'data-part="seconds" hidden' in html
    over = draw(look_app, source, deadline=deadline, now=deadline)
    assert "<i>Đã quá hạn đăng ký</i>" in over
    assert "data-running hidden" in over
    assert "data-over hidden" not in over


def test_sort_link_turns_the_sorted_column_round(look_app: Flask) -> None:
    html = draw(
        look_app,
        '{% from "components/table.html" import data_table %}'
        '{% call(row) data_table([{"label": "Đơn vị", "sort": "unit"}, {"label": "Người dự"}],'
        ' ["x"], sort="unit") %}<tr><td>{{ row }}</td></tr>{% endcall %}',
    )
    assert html.count("aria-sort") == 1
    assert 'aria-sort="ascending"' in html
    assert "/desk/registrations?q=hien&amp;sort=-unit" in html


@pytest.mark.parametrize(
    ("page", "total", "words", "links"),
    [(1, 121, "Dòng 1–50 trong 121", 1), (2, 121, "Dòng 51–100 trong 121", 2),
     (3, 121, "Dòng 101–121 trong 121", 1), (1, 9, "Dòng 1–9 trong 9", 0),
     (1, 0, "Không có dòng nào", 0)],
)  # fmt: skip
def test_pagination_counts_rows(
    look_app: Flask, page: int, total: int, words: str, links: int
) -> None:
    html = draw(
        look_app,
        '{% from "components/table.html" import pagination %}{{ pagination(page, 50, total) }}',
        page=page,
        total=total,
    )
    assert words in html
    assert html.count("<a ") == links


def test_progress_bar_says_its_value(look_app: Flask) -> None:
    html = draw(
        look_app,
        '{% from "components/progress.html" import progress_bar %}'
        '{{ progress_bar([(61, "main"), (3, "failed")], 108, "64/108 thư") }}',
    )
    assert 'role="progressbar"' in html
    assert 'aria-valuenow="64"' in html
    assert 'aria-label="64/108 thư"' in html
    assert 'x="56.5%"' in html
    assert 'fill="url(#hatch-red)"' in html


def test_failure_page_needs_neither_database_nor_built_files(tmp_path: Path) -> None:
    from flask_babel import Babel

    from app.core.assets import init_assets

    app = Flask("bare", root_path=str(tmp_path), template_folder=str(TEMPLATES))
    Babel(app, default_locale="vi")
    init_assets(app)
    with app.test_request_context("/units/x", method="POST"):
        html = app.jinja_env.get_template("errors/500.html").render(request_id="0305165248")
    assert "0305165248" in html
    assert "Hệ thống đang trục trặc" in html
    assert "/units/x" in html
