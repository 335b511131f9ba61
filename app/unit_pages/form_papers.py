"""From an entry and the clerk's choices to the unit's form (P37–P48)."""

from __future__ import annotations

from dataclasses import replace

from app.core.errors import DomainError
from app.events.form_paper import file_stem, numbering_of, recipients_of, subject_of
from app.events.models import Event, Participation
from app.extensions import db
from app.printing.model import Issuer, Numbering, Signature
from app.printing.unit_form import SIGN_AND_STAMP, FormPaper, FormRow
from app.registration.codes import form_digits
from app.registration.models import Registration
from app.unit_pages.form_choices import DEPUTY, FormChoices
from app.units.models import Unit
from app.units.papers import paper_head, signature_titles


def filled_form(
    participation: Participation, registration: Registration, choices: FormChoices
) -> FormPaper:
    """The form with the delegate's row and the code of this version of the entry."""
    event: Event = participation.event
    return FormPaper(
        issuer=_issuer(participation),
        numbering=_numbering(event, choices),
        subject=subject_of(event),
        rows=(FormRow(registration.full_name or "", participation.name, registration.position),),
        signature=Signature(title_lines(participation, choices.signs), choices.signer),
        recipients=recipients_of(event),
        code=form_digits(registration),
    )


def unfilled_form(participation: Participation) -> FormPaper:
    """The unit's own head over an empty row, to be filled in by hand; no code, as nothing is known
    of whom it will name."""
    event: Event = participation.event
    return FormPaper(
        issuer=_issuer(participation),
        numbering=numbering_of(event),
        subject=subject_of(event),
        rows=(FormRow(),),
        signature=Signature(title_lines(participation, "head")),
        recipients=recipients_of(event),
        sign_note=SIGN_AND_STAMP,
    )


def title_lines(participation: Participation, signs: str) -> tuple[str, ...]:
    """P47 by kind: HIỆU TRƯỞNG, or KT. HIỆU TRƯỞNG over PHÓ HIỆU TRƯỞNG."""
    titles = signature_titles(participation.kind, participation.name)
    return titles.deputy if signs == DEPUTY else (titles.head,)


def form_stem(participation: Participation) -> str:
    """``DS-THPT-Ngo-Quyen``: what the file is called."""
    name = participation.short_name or participation.name
    return file_stem("DS", name.removeprefix("Trường "))


def _issuer(participation: Participation) -> Issuer:
    """P38: by kind, or the two lines the unit has of its own."""
    unit = db.session.get_one(Unit, participation.unit_id)
    superior, issuing = paper_head(
        participation.kind,
        participation.name,
        participation.district,
        unit.header_line_1,
        unit.header_line_2,
    )
    return Issuer((superior,) if superior else (), tuple(issuing))


def _numbering(event: Event, choices: FormChoices) -> Numbering:
    """As typed; white where nothing was (design 4.10)."""
    blank = numbering_of(event)
    return replace(
        blank,
        symbol=choices.symbol,
        place=choices.place or blank.place,
        year=choices.day.year if choices.day else blank.year,
        number=choices.number or None,
        date=choices.day,
    )


class FormNotReady(DomainError):
    """Nobody is named yet: the form would be of nobody."""
