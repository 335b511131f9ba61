"""Giấy mời: one page a letter, many letters in one PDF (Nghị định 30, Phụ lục III, Mẫu 1.7)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.printing import nd30
from app.printing.compiler import compile_pdf, join_pdfs
from app.printing.errors import LetterGlyphError, LetterTooLongError, MissingGlyphError
from app.printing.fonts import FontSet, load_fonts
from app.printing.head import End, Head, end_data, head_data, lay_end, lay_head, texts_of
from app.printing.linebreak import clean
from app.printing.model import Issuer, Numbering, Signature, Title
from app.printing.paragraph import (
    BOLD,
    MARKED,
    Line,
    ParagraphBreaker,
    Run,
    paragraphs_height,
)
from app.printing.qr import group_digits, qr_svg

LETTERS_A_RUN = 100  # typst's memory grows with the pages of one run
UNKNOWN_HONORIFIC = "Ông (Bà)"
CLOSING_MARK = "./."
MARK_ON, MARK_OFF = "\ue000", "\ue001"  # around what a preview shows on a coloured ground
SMALLEST = nd30.BODY["smallest_pt"]


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
    ``time``, ``place``: after their labels, left out when empty; ``programme``: a paragraph a
    session, after the time; ``notes``: paragraphs; ``bases``: legal bases, italic, above all;
    ``addressee_words``: the addressee's line where it is not the usual one, (text, bold);
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
    bases: tuple[str, ...] = ()
    programme: tuple[str, ...] = ()
    addressee_words: tuple[tuple[str, bool], ...] = ()

    @property
    def who(self) -> str:
        """Whose letter it is, for sentences."""
        return clean(_unmarked(self.addressee.name)) or clean(_unmarked(self.addressee.unit))


def invitation_pdf(
    letters: Sequence[InvitationLetter], fonts_dir: Path | None = None, *, preview: bool = False
) -> bytes:
    """All letters as one PDF, a page each, in the order given.

    ``fonts_dir``: where the merged fonts are (default ``build/fonts``). ``preview``: what stands
    between MARK_ON and MARK_OFF on a coloured ground, the clerk's blanks hatched. Raises
    :class:`LetterGlyphError`, :class:`LetterTooLongError`, or ``ValueError`` without letters.
    """
    if not letters:
        raise ValueError("no letters")
    fonts = load_fonts(fonts_dir)
    setter = LetterSetter(fonts)
    parts = []
    # What is laid out is not kept beyond its run.
    for start in range(0, len(letters), LETTERS_A_RUN):
        run = letters[start : start + LETTERS_A_RUN]
        laid = [setter.letter(letter, start + index) for index, letter in enumerate(run)]
        parts.append(_compile(letters[0], laid, fonts, preview))
    return join_pdfs(parts)


def _compile(
    first: InvitationLetter, run: list[dict[str, Any]], fonts: FontSet, preview: bool
) -> bytes:
    title = clean(" ".join((first.type_name, *first.subject)))
    data = {"title": _unmarked(title), "letters": run, "preview": preview}
    return compile_pdf("invitation.typ", data, fonts)


def addressee_runs(addressee: Addressee) -> list[Run]:
    """``(text, bold)``: ``Bà`` **name**, position, unit and a full stop."""
    if not clean(addressee.name):
        return [(f"Đại diện {clean(addressee.unit)}.", False)]
    honorific = clean(addressee.honorific) or UNKNOWN_HONORIFIC
    rest = [part for part in map(clean, (addressee.position, addressee.unit)) if part]
    tail = "".join(f", {part}" for part in rest) + "."
    return [(f"{honorific} ", False), (clean(addressee.name), True), (tail, False)]


def body_paragraphs(letter: InvitationLetter) -> list[tuple[str, list[Run]]]:
    """(label, runs) of each paragraph below the legal bases, full stops and "./." in place."""
    labelled = (
        ("Tới dự", letter.purpose),
        ("Chủ trì", letter.chair),
        ("Thời gian", letter.time),
        *(("", one) for one in letter.programme),
        ("Địa điểm", letter.place),
    )
    texts = [
        (label or "Các buổi", f"{label}: {_unstopped(text)}." if label else f"{_unstopped(text)}.")
        for label, text in labelled
        if clean(text)
    ]
    texts += [("Nội dung thư", f"{_unstopped(note)}.") for note in letter.notes if clean(note)]
    if texts:
        label, last = texts[-1]
        texts[-1] = (label, last.removesuffix(".") + CLOSING_MARK)
    addressee = [
        run
        for text, bold in letter.addressee_words or addressee_runs(letter.addressee)
        for run in _marked_runs(text, bold)
    ]
    return [
        ("Bên mời", _marked_runs(f"{clean(letter.inviter)} trân trọng kính mời:")),
        ("Kính mời", addressee),
        *((label, _marked_runs(text)) for label, text in texts),
    ]


def basis_lines(bases: Sequence[str]) -> list[str]:
    """Legal bases, each with ";" at its end, the last with "." (Nghị định 30, Phụ lục I)."""
    texts = [clean(basis).rstrip(" ;.,") for basis in bases if clean(basis)]
    return [f"{text};" for text in texts[:-1]] + [f"{text}." for text in texts[-1:]]


def _unstopped(text: str) -> str:
    return clean(text).removesuffix(CLOSING_MARK).removesuffix(".")


_MARKS = re.compile(f"([{MARK_ON}{MARK_OFF}])")


def _unmarked(text: str) -> str:
    return _MARKS.sub("", text)


def _marked_runs(text: str, bold: int = False) -> list[Run]:
    """The text cut at its marks, without them."""
    if MARK_ON not in text:
        return [(text, bold)]
    runs: list[Run] = []
    look = BOLD if bold else 0
    for piece in _MARKS.split(text):
        if piece in (MARK_ON, MARK_OFF):
            look = (look & BOLD) | (MARKED if piece == MARK_ON else 0)
        elif piece:
            runs.append((piece, look))
    return runs


@dataclass(frozen=True)
class Fit:
    """How the text stands on its page: type size, lines, and what is left to sign in (mm).

    ``bases``, ``paragraphs``: the lines of each; ``sign_y``: of "Nơi nhận:"; ``name_below``: the
    signer's name below the last title.
    """

    size: float
    bases: list[list[Line]]
    paragraphs: list[list[Line]]
    sign_y: float
    name_below: float


class LetterSetter:
    """Lays letters out; what many letters of one call have in common is laid out once."""

    def __init__(self, fonts: FontSet) -> None:
        self._fonts = fonts
        sizes = (nd30.STYLES["body"].size, SMALLEST)
        self._breakers = {
            (size, italic): ParagraphBreaker(fonts, size, nd30.TEXT_WIDTH, italic=italic)
            for size in sizes
            for italic in (False, True)
        }
        self._sizes = sizes
        self._head = lru_cache(maxsize=8)(self._lay_head)
        self._end = lru_cache(maxsize=8)(self._lay_end)
        self._lines = lru_cache(maxsize=256)(self._break)
        self._head_data = lru_cache(maxsize=8)(head_data)
        self._end_data = lru_cache(maxsize=8)(end_data)

    def _lay_head(self, issuer: Issuer, numbering: Numbering, title: Title) -> Head:
        texts = map(clean, (*issuer.superior, *issuer.issuing))
        self._check("Cơ quan ban hành", texts)
        self._check("Trích yếu", map(clean, title.subject))
        head = lay_head(self._fonts, issuer, numbering, title)
        self._check("Số, ký hiệu, địa danh", texts_of(head.marks))
        return head

    def _lay_end(self, signature: Signature, recipients: tuple[str, ...]) -> End:
        self._check("Chức vụ, họ tên người ký", map(clean, (*signature.lines, signature.signer)))
        self._check("Nơi nhận", map(clean, recipients))
        return lay_end(self._fonts, signature, recipients)

    def _break(self, runs: tuple[Run, ...], size: float, italic: bool, label: str) -> list[Line]:
        self._check(label, (text for text, _ in runs))
        return self._breakers[size, italic].lines(runs)

    def _check(self, label: str, texts: Iterator[str] | Sequence[str]) -> None:
        try:
            self._fonts.check(texts)
        except MissingGlyphError as error:
            raise _Unprintable(error.characters, label) from error

    def letter(self, letter: InvitationLetter, index: int) -> dict[str, Any]:
        """The letter as ``invitation.typ`` wants it."""
        head, end, fit = self.laid(letter, index)
        return {
            "head": self._head_data(head),
            "end": self._end_data(end),
            "top": head.bottom + nd30.INVITATION["body_below_rule"],
            "size": fit.size,
            "bases": _as_data(fit.bases),
            "lines": _as_data(fit.paragraphs),
            "sign_y": fit.sign_y,
            "name_below": fit.name_below,
            "code": _code_data(letter.code) if letter.code else None,
        }

    def laid(self, letter: InvitationLetter, index: int = 0) -> tuple[Head, End, Fit]:
        """Where everything stands. Raises LetterGlyphError, LetterTooLongError."""
        subject = tuple(map(_unmarked, letter.subject))
        recipients = tuple(map(_unmarked, letter.recipients))
        try:
            head = self._head(letter.issuer, letter.numbering, Title(letter.type_name, subject))
            end = self._end(letter.signature, recipients)
            fit = self._fit(letter, head.bottom + nd30.INVITATION["body_below_rule"], end)
        except _Unprintable as error:
            raise LetterGlyphError(
                error.characters, index=index, who=letter.who, field=error.label
            ) from error
        if fit is None:
            raise LetterTooLongError(index, letter.who)
        return head, end, fit

    def _fit(self, letter: InvitationLetter, top: float, end: End) -> Fit | None:
        """The first of: as it should be, less space to sign in, smaller type, both; or None."""
        paragraphs = [(label, tuple(runs)) for label, runs in body_paragraphs(letter)]
        bases = [tuple(_marked_runs(basis)) for basis in basis_lines(letter.bases)]
        lowest = nd30.INVITATION["name_lowest_y"]
        spaces = (nd30.END["name_below_title"], nd30.END["tightest_name_below_title"])
        for size in self._sizes:
            cited = [self._lines(runs, size, True, "Căn cứ") for runs in bases]
            broken = [self._lines(runs, size, False, label) for label, runs in paragraphs]
            height = paragraphs_height([len(lines) for lines in (*cited, *broken)], size)
            sign_y = top + height + nd30.INVITATION["sign_below_body"]
            for space in spaces:
                name_y = sign_y + end.titles_bottom + space
                if max(name_y, sign_y + end.recipients_bottom) <= lowest:
                    return Fit(size, cited, broken, sign_y, space)
        return None


class _Unprintable(Exception):
    """A part of a letter, by its label, holds characters the fonts have not."""

    def __init__(self, characters: str, label: str) -> None:
        super().__init__(label)
        self.characters, self.label = characters, label


def _as_data(paragraphs: list[list[Line]]) -> list[list[list[tuple[str, int]]]]:
    return [
        [[(text, int(look)) for text, look in line.runs] for line in lines] for lines in paragraphs
    ]


def _code_data(code: str) -> dict[str, Any]:
    return {"svg": qr_svg(code, quiet_zone=0), "lines": group_digits(code)}
