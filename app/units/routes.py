"""The register at the desk: search, one unit, import with preview, export."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_security import current_user

from app.audit.services import history_of
from app.core.access import current_actor, requires
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.core.policies import can_manage, can_see_contacts, can_view_desk
from app.core.spreadsheet_writing import write_csv, write_xlsx
from app.core.spreadsheets import SpreadsheetError
from app.units import services
from app.units.exporting import annotated_rows, export_header, export_row
from app.units.forms import CellForm, UnitForm, UploadForm
from app.units.importing import COLUMNS
from app.units.models import Unit
from app.units.papers import header_lines
from app.units.queries import PER_PAGE, UnitFilter, all_units, get_unit, units_page
from app.units.rules import DISTRICTS, KIND_LABELS, UnitKind

blueprint = Blueprint("units", __name__)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PREVIEW_ROWS = 200


@blueprint.get("/desk/units")
@requires(can_view_desk)
def index() -> Any:
    chosen = UnitFilter.of(request.args.to_dict())
    rows, total = units_page(chosen)
    return render_template(
        "units/index.html",
        rows=rows,
        total=total,
        chosen=chosen,
        per_page=PER_PAGE,
        kinds=KIND_LABELS,
        districts=[one.name for one in DISTRICTS],
        may_manage=can_manage(current_actor()),
        may_see_contacts=can_see_contacts(current_actor()),
    )


@blueprint.get("/desk/units/export.<file_format>")
@requires(can_see_contacts)
def export(file_format: str) -> Any:
    """The register as it can be imported again; the filter of the page applies."""
    units = all_units(UnitFilter.of(request.args.to_dict()))
    rows = [export_row(services.values_of(unit)) for unit in units]
    if file_format == "csv":
        return _download(write_csv(export_header(), rows), "text/csv; charset=utf-8", "don-vi.csv")
    return _download(write_xlsx("Đơn vị", export_header(), rows), XLSX, "don-vi.xlsx")


def _download(content: bytes, media_type: str, filename: str) -> Response:
    return Response(
        content,
        mimetype=media_type,
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )


@blueprint.get("/desk/units/<int:unit_id>")
@requires(can_view_desk)
def detail(unit_id: int) -> Any:
    unit = get_unit(unit_id)
    return _unit_page(unit, UnitForm.of(unit))


def _unit_page(unit: Unit | None, form: UnitForm, status: int = 200) -> Any:
    lines = header_lines(unit.kind, unit.name, unit.district) if unit else None
    return render_template(
        "units/detail.html",
        unit=unit,
        form=form,
        default_lines=(lines[0], " ".join(lines[1])) if lines else None,
        kind_label=KIND_LABELS[UnitKind(unit.kind)] if unit else "",
        history=history_of(("unit", unit.id)) if unit else [],
        may_manage=can_manage(current_actor()),
        may_see_contacts=can_see_contacts(current_actor()),
    ), status


@blueprint.route("/desk/units/new", methods=["GET", "POST"])
@requires(can_manage)
def create() -> Any:
    form = UnitForm()
    if not form.is_submitted():
        return _unit_page(None, form)
    return _save(None, form)


@blueprint.post("/desk/units/<int:unit_id>")
@requires(can_manage)
def edit(unit_id: int) -> Any:
    return _save(unit_id, UnitForm())


def _save(unit_id: int | None, form: UnitForm) -> Any:
    values = form.checked() if form.validate_on_submit() else None
    if values is not None:
        try:
            with unit_of_work():
                unit = get_unit(unit_id) if unit_id else None
                saved = services.save_unit(unit, values, by=current_actor(), now=now())
                saved_id = saved.id
            flash(_("Đã lưu đơn vị."), "toast")
            return redirect(url_for("units.detail", unit_id=saved_id), 303)
        except services.CodeTaken as error:
            form.code.errors = [error.message]
    return _unit_page(get_unit(unit_id) if unit_id else None, form, status=422)


@blueprint.route("/desk/units/import", methods=["GET", "POST"])
@requires(can_manage)
def import_file() -> Any:
    form = UploadForm()
    if request.method == "GET":
        return render_template("units/upload.html", form=form, columns=COLUMNS)
    try:
        form.validate_on_submit()
        upload = request.files.get("file")
        if upload is None or not upload.filename:
            raise SpreadsheetError("missing", _("Chưa chọn tệp. Hãy chọn tệp .xlsx hoặc .csv."))
        data = upload.read()
        with unit_of_work():
            kept = services.store_upload(
                data, upload.filename, account_id=current_user.id, now=now()
            )
            secret = kept.secret
    except SpreadsheetError as error:
        form.file.errors = [error.message]
        return render_template("units/upload.html", form=form, columns=COLUMNS), 422
    return redirect(url_for("units.preview", secret=secret), 303)


@blueprint.get("/desk/units/import/<secret>")
@requires(can_manage)
def preview(secret: str) -> Any:
    upload = services.upload_of(secret, current_user.id)
    checked = services.preview_of(upload)
    only_wrong = request.args.get("rows", "wrong") == "wrong"
    rows = [row for row in checked.rows if row.problems] if only_wrong else checked.rows
    return render_template(
        "units/preview.html",
        secret=secret,
        upload=upload,
        preview=checked,
        counts=checked.counts,
        only_wrong=only_wrong,
        wrong=sum(bool(row.problems) for row in checked.rows),
        rows=rows[:PREVIEW_ROWS],
        more=max(0, len(rows) - PREVIEW_ROWS),
        form=CellForm(formdata=None),
    )


@blueprint.post("/desk/units/import/<secret>/cell")
@requires(can_manage)
def correct(secret: str) -> Any:
    form = CellForm()
    if not form.validate_on_submit() or not (form.row.data or "").isdecimal():
        raise DomainError(_("Ô này không sửa được. Hãy tải lại trang."))
    with unit_of_work():
        upload = services.upload_of(secret, current_user.id)
        services.correct_cell(
            upload, int(form.row.data), form.field.data or "", form.text.data or ""
        )
    shown = "all" if request.form.get("rows") == "all" else None
    anchor = f"row-{form.row.data}"
    return redirect(url_for("units.preview", secret=secret, rows=shown, _anchor=anchor), 303)


@blueprint.get("/desk/units/import/<secret>/marked.xlsx")
@requires(can_manage)
def marked(secret: str) -> Any:
    """The file as read with a last column that says what to mend."""
    header, rows = annotated_rows(services.preview_of(services.upload_of(secret, current_user.id)))
    return _download(write_xlsx("Đơn vị", header, rows), XLSX, "don-vi-can-sua.xlsx")


@blueprint.post("/desk/units/import/<secret>/apply")
@requires(can_manage)
def apply(secret: str) -> Any:
    with unit_of_work():
        upload = services.upload_of(secret, current_user.id)
        counts = services.apply_upload(upload, by=current_actor(), now=now()).counts
    flash(
        ngettext("Đã nhập %(num)s đơn vị", "Đã nhập %(num)s đơn vị", counts.importable)
        + " "
        + _(
            "(%(new)s mới, %(updated)s sửa, %(same)s không đổi).",
            new=counts.new,
            updated=counts.updated,
            same=counts.same,
        ),
        "done",
    )
    return redirect(url_for("units.index"), 303)


@blueprint.post("/desk/units/import/<secret>/drop")
@requires(can_manage)
def drop(secret: str) -> Any:
    with unit_of_work() as session:
        session.delete(services.upload_of(secret, current_user.id))
    flash(_("Đã bỏ tệp, chưa nhập gì."), "toast")
    return redirect(url_for("units.index"), 303)
