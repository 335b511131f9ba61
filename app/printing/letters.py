"""Giấy mời: one page a letter, many letters in one PDF (Nghị định 30, Phụ lục III, Mẫu 1.7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.printing import nd30
from app.printing.compiler import compile_pdf, join_pdfs
from app.printing.errors import LetterTooLongError
from app.printing.fonts import FontSet, load_fonts
from app.printing.head import End, Head, end_data, head_data, lay_end, lay_head, texts_of
from app.printing.linebreak import clean
from app.printing.model import Issuer, Numbering, Signature, Title
from app.printing.paragraph import Line, ParagraphBreaker, Run, paragraphs_height
from app.printing.qr import group_digits, qr_svg

LETTERS_A_RUN = 250  # typst's memory grows with the pages of one run
UNKNOWN_HONORIFIC = "Ông (Bà)"
CLOSING_MARK = "./."


@dataclass(frozen=True)
class Addressee:
    """Who is invited; without a name the unit's representative. ``honorific``: Ông, Bà or ""."""

    unit: str
    name: str = ""
    position: str = ""
    honorific: str = ""


@dataclass(frozen=True)
class InvitationLetter:
    """One giấy mời. Texts are sentences without their label and without a full stop at the end.

    ``inviter``: ``Sở Giáo dục và Đào tạo Hải Phòng``; ``purpose``: after "Tới dự:"; ``chair``,
    ``time``, ``place``: after their labels, left out when empty; ``notes``: paragraphs;
    ``code``: the entrance code's digits, "" for none.
    """

    issuer: Issuer
    numbering: Numbering
    subject: tuple[str, ...]
    inviter: str
    addressee: Addressee
    purpose: str
    time: str
    place: str
    signature: Signature
    recipients: tuple[str, ...]
    chair: str = ""
    notes: tuple[str, ...] = ()
    code: str = ""
    type_name: str = "GIẤY MỜI"


def invitation_pdf(letters: Sequence[InvitationLetter], fonts_dir: Path | None = None) -> bytes:
    """All letters as one PDF, a page each, in the order given.

    ``fonts_dir``: where the merged fonts are (default ``build/fonts``). Raises
    :class:`MissingGlyphError`, :class:`LetterTooLongError`, or ``ValueError`` without letters.
    """
    if not letters:
        raise ValueError("no letters")
    fonts = load_fonts(fonts_dir)
    setter = _LetterSetter(fonts)
    laid = [setter.letter(letter, index) for index, letter in enumerate(letters)]
    runs = [laid[start : start + LETTERS_A_RUN] for start in range(0, len(laid), LETTERS_A_RUN)]
    return join_pdfs([_compile(letters[0], run, fonts) for run in runs])


def _compile(first: InvitationLetter, run: list[dict[str, Any]], fonts: FontSet) -> bytes:
    title = clean(" ".join((first.type_name, *first.subject)))
    return compile_pdf("invitation.typ", {"title": title, "letters": run}, fonts)


def addressee_runs(addressee: Addressee) -> list[Run]:
    """``(text, bold)``: ``Bà`` **name**, position, unit and a full stop."""
    if not clean(addressee.name):
        return [(f"Đại diện {clean(addressee.unit)}.", False)]
    honorific = clean(addressee.honorific) or UNKNOWN_HONORIFIC
    rest = [part for part in map(clean, (addressee.position, addressee.unit)) if part]
    tail = "".join(f", {part}" for part in rest) + "."
    return [(f"{honorific} ", False), (clean(addressee.name), True), (tail, False)]


def _paragraphs(letter: InvitationLetter) -> list[list[Run]]:
    labelled = (
        ("Tới dự", letter.purpose),
        ("Chủ trì", letter.chair),
        ("Thời gian", letter.time),
        ("Địa điểm", letter.place),
    )
    texts = [f"{label}: {_unstopped(text)}." for label, text in labelled if clean(text)]
    texts += [f"{_unstopped(note)}." for note in letter.notes if clean(note)]
    texts[-1] = texts[-1].removesuffix(".") + CLOSING_MARK
    return [
        [(f"{clean(letter.inviter)} trân trọng kính mời:", False)],
        addressee_runs(letter.addressee),
        *([(text, False)] for text in texts),
    ]


def _unstopped(text: str) -> str:
    return clean(text).removesuffix(CLOSING_MARK).removesuffix(".")


class _LetterSetter:
    """Lays letters out; what many letters of one call have in common is laid out once."""

    def __init__(self, fonts: FontSet) -> None:
        self._fonts = fonts
        self._breakers = {
            size: ParagraphBreaker(fonts, size, nd30.TEXT_WIDTH)
            for size in (nd30.STYLES["body"].size, nd30.BODY["smallest_pt"])
        }
        self._head = lru_cache(maxsize=8)(self._lay_head)
        self._end = lru_cache(maxsize=8)(self._lay_end)
        self._lines = lru_cache(maxsize=256)(self._break)

    def _lay_head(self, issuer: Issuer, numbering: Numbering, title: Title) -> Head:
        self._fonts.check(map(clean, (*issuer.superior, *issuer.issuing, *title.subject)))
        head = lay_head(self._fonts, issuer, numbering, title)
        self._fonts.check(texts_of(head.marks))
        return head

    def _lay_end(self, signature: Signature, recipients: tuple[str, ...]) -> End:
        self._fonts.check(map(clean, (*signature.lines, signature.signer, *recipients)))
        return lay_end(self._fonts, signature, recipients)

    def _break(self, runs: tuple[Run, ...], size: float) -> list[Line]:
        self._fonts.check(text for text, _ in runs)
        return self._breakers[size].lines(runs)

    def letter(self, letter: InvitationLetter, index: int) -> dict[str, Any]:
        """The letter as ``invitation.typ`` wants it."""
        head = self._head(letter.issuer, letter.numbering, Title(letter.type_name, letter.subject))
        end = self._end(letter.signature, letter.recipients)
        top = head.bottom + nd30.INVITATION["body_below_rule"]
        paragraphs = [tuple(runs) for runs in _paragraphs(letter)]
        return {
            "head": head_data(head),
            "end": end_data(end),
            "top": top,
            **self._fit(paragraphs, top, end, index),
            "code": _code_data(letter.code) if letter.code else None,
        }

    def _fit(
        self, paragraphs: list[tuple[Run, ...]], top: float, end: End, index: int
    ) -> dict[str, Any]:
        """The first of: as it should be, less space to sign in, smaller type, both."""
        lowest = nd30.INVITATION["name_lowest_y"]
        spaces = (nd30.END["name_below_title"], nd30.END["tightest_name_below_title"])
        for size in self._breakers:
            broken = [self._lines(runs, size) for runs in paragraphs]
            height = paragraphs_height([len(lines) for lines in broken], size)
            sign_y = top + height + nd30.INVITATION["sign_below_body"]
            for space in spaces:
                name_y = sign_y + end.titles_bottom + space
                if max(name_y, sign_y + end.recipients_bottom) <= lowest:
                    texts = [[line.runs for line in lines] for lines in broken]
                    return {"size": size, "lines": texts, "sign_y": sign_y, "name_below": space}
        raise LetterTooLongError(index)


def _code_data(code: str) -> dict[str, Any]:
    return {"svg": qr_svg(code, quiet_zone=0), "lines": group_digits(code)}
