"""The page a delegate opens from the letter's link, its files, and the answer.

The link is the key: no account, and no cookie before somebody answers. The page may be kept by
its own service worker (static/js/letter-worker.js) for a hall without a network; `X-Letter`
tells the worker whether to keep it, how long, or to forget it. No other cache may (no-store).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from wtforms import TextAreaField
from wtforms.validators import Length

from app.core.access import public
from app.core.assets import built_file, draw_icons_inside, preload_style
from app.core.clock import from_local, local_date, now
from app.core.database import unit_of_work
from app.core.errors import DomainError, NotFound
from app.core.forms import BaseForm, Needed
from app.events.models import Event
from app.extensions import db
from app.invitations.answers import Answer, give_answer, may_answer, name_other
from app.invitations.calendars import calendar_file
from app.invitations.letter_files import outgoing_pdf
from app.invitations.models import Invitation
from app.invitations.pages import code_values, map_url, noted
from app.invitations.proof import delegate_actor
from app.invitations.queries import invitation_of_secret, is_standing
from app.invitations.routes import blueprint, pdf_answer
from app.printing.calendar import PUBLISH, media_type
from app.registration.forms import DelegateForm
from app.registration.models import ChangeRequest
from app.registration.rules import RequestSource
from app.units.papers import suggested_positions

KEEP_AFTER = timedelta(days=1)  # the phone forgets the page when the event is over
REASON_MAX = 1000


def _reason(needed: Any = None) -> TextAreaField:
    return TextAreaField(
        _l("Lý do"),
        validators=[
            *([Needed(needed)] if needed else []),
            Length(max=REASON_MAX, message=_l("Lý do dài quá 1.000 chữ. Hãy viết gọn lại.")),
        ],
        render_kw={"rows": 3},
    )


class YesForm(BaseForm):
    """Only the CSRF token."""


class NoForm(BaseForm):
    reason = _reason(_l("Hãy ghi lý do, để đơn vị và Sở biết."))


class OtherForm(DelegateForm):
    reason = _reason(_l("Hãy ghi lý do, để Sở xét."))


FORMS = {Answer.YES: YesForm, Answer.NO: NoForm, Answer.OTHER: OtherForm}


@blueprint.before_request
def _icons() -> None:
    if request.endpoint in _PHONE_PAGES:
        draw_icons_inside()


@blueprint.after_request
def _style_first(response: Response) -> Response:
    return preload_style(response, "unit.css") if request.endpoint in _PHONE_PAGES else response


_PHONE_PAGES = {"invitations.letter_page", "invitations.answer"}


@blueprint.get("/invitations/<secret>")
@public
def letter_page(secret: str) -> Response:
    invitation = _letter(secret)
    invitation = noted(invitation, "opened_at")
    standing = is_standing(invitation)
    response = make_response(
        render_template(
            "invitations/letter_page.html", standing=standing, **_shown(secret, invitation)
        )
    )
    if standing:
        left = _keep_until(invitation.registration.participation.event) - now()
        response.headers["X-Letter"] = f"keep; seconds={max(0, int(left.total_seconds()))}"
    else:
        response.headers["X-Letter"] = "void"
    return response


def _shown(secret: str, invitation: Invitation) -> dict[str, Any]:
    registration = invitation.registration
    event = registration.participation.event
    return {
        "secret": secret,
        "letter": invitation,
        "registration": registration,
        "participation": registration.participation,
        "event": event,
        "contact": event.contact,
        "may_answer": may_answer(event, now()),
        "asked": _asked(invitation),
        "map_url": map_url(event),
        "data_notice_url": url_for("events.privacy"),
        **code_values(registration),
    }


def _asked(invitation: Invitation) -> ChangeRequest | None:
    """What became of the person named in one's place."""
    if invitation.answer != Answer.OTHER:
        return None
    return db.session.scalar(
        select(ChangeRequest)
        .where(
            ChangeRequest.registration_id == invitation.registration_id,
            ChangeRequest.source == RequestSource.DELEGATE,
        )
        .order_by(ChangeRequest.id.desc())
        .limit(1)
    )


def _keep_until(event: Event) -> datetime:
    last = event.ends_at or event.starts_at
    day = local_date(last) if last else event.valid_on
    return from_local(datetime.combine(day, datetime.min.time())) + timedelta(days=1) + KEEP_AFTER


@blueprint.get("/invitations/<secret>/giay-moi.pdf")
@public
def letter_pdf(secret: str) -> Response:
    invitation = _letter(secret)
    if not is_standing(invitation):
        raise NotFound(_("Giấy mời này không còn hiệu lực."))
    invitation = noted(invitation, "downloaded_at")
    return pdf_answer(outgoing_pdf(invitation), "Giay-moi.pdf")


@blueprint.get("/invitations/<secret>/tap-huan.ics")
@public
def letter_calendar(secret: str) -> Response:
    invitation = _letter(secret)
    content = calendar_file(invitation)
    if content is None or not is_standing(invitation):
        raise NotFound()
    noted(invitation, "calendar_at")
    return Response(
        content,
        content_type=media_type(PUBLISH),
        headers={"Content-Disposition": 'attachment; filename="tap-huan.ics"'},
    )


@blueprint.route("/invitations/<secret>/answer/<any(yes,other,no):kind>", methods=["GET", "POST"])
@public
def answer(secret: str, kind: str) -> ResponseReturnValue:
    wanted = Answer(kind)
    invitation = _letter(secret)
    page = url_for("invitations.letter_page", secret=secret)
    if not is_standing(invitation) or not may_answer(_event_of(invitation), now()):
        return redirect(page, 303)  # which says so
    if request.method == "GET":
        return _answer_page(secret, invitation, wanted, FORMS[wanted](formdata=None))
    form = FORMS[wanted]()
    if not form.validate_on_submit():
        return _answer_page(secret, invitation, wanted, form, status=422)
    try:
        with unit_of_work():
            _give(_letter(secret), wanted, form)
    except DomainError as refusal:
        return _answer_page(secret, _letter(secret), wanted, form, refusal=refusal)
    return redirect(f"{page}#answer", 303)


def _give(invitation: Invitation, wanted: Answer, form: Any) -> None:
    by = delegate_actor(invitation.registration)
    if wanted == Answer.OTHER:
        name_other(invitation, form.entry(), reason=form.reason.data, by=by, now=now())
    else:
        reason = form.reason.data if wanted == Answer.NO else None
        give_answer(invitation, wanted, reason=reason, by=by, now=now())


def _answer_page(
    secret: str,
    invitation: Invitation,
    wanted: Answer,
    form: Any,
    *,
    refusal: DomainError | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    participation = invitation.registration.participation
    page = render_template(
        f"invitations/answer_{wanted}.html",
        form=form,
        refusal=refusal,
        wanted=wanted,
        positions=suggested_positions(participation.kind, participation.name),
        **_shown(secret, invitation),
    )
    return page, (refusal.status if refusal else status)


@blueprint.get("/invitations/worker.js")
@public
def worker() -> Response:
    """The service worker, from a place where it may only control these pages."""
    response = Response(built_file("letter-worker.js"), mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    return response


def _event_of(invitation: Invitation) -> Event:
    return invitation.registration.participation.event


def _letter(secret: str) -> Invitation:
    invitation = invitation_of_secret(secret)
    if invitation is None:
        raise NotFound(
            _("Đường dẫn này không đúng. Hãy mở lại từ thư của Sở, hoặc chép đủ cả đường dẫn.")
        )
    return invitation
