"""Vietnamese text: cleaning, searching, comparing, sorting.

Sort order is that of ICU/CLDR for Vietnamese: letters a ă â b c d đ e ê … first, then the tones
ngang, huyền, hỏi, ngã, sắc, nặng, then small before capital letters. Sort keys consist of digits
and small ASCII letters only, so every database sorts them alike under any collation.
"""

from __future__ import annotations

import re
import unicodedata

from app.core.legacy_text import (
    convert_tcvn3,
    convert_vni,
    is_syllable,
    legacy_to_unicode,
    looks_like_tcvn3,
    looks_like_vni,
)

__all__ = [
    "clean_text",
    "convert_tcvn3",
    "convert_vni",
    "fold",
    "is_syllable",
    "legacy_to_unicode",
    "looks_like_tcvn3",
    "looks_like_vni",
    "match_key",
    "person_sort_key",
    "sort_key",
    "split_name",
    "title_case_name",
    "upper_vi",
]

_LOOKALIKES = str.maketrans({"Ð": "Đ", "ð": "đ", "Ɖ": "Đ", "ɖ": "đ"})
_BLANKS = dict.fromkeys((0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0), " ")
_PUNCTUATION = str.maketrans(
    dict.fromkeys("‐‑‒–—―−", "-")
    | dict.fromkeys("‘’‚ʼʻ`´", "'")
    | dict.fromkeys("“”„«»", '"')
    | {"…": "..."}
)
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Cn", "Co"})
_TONE_WEIGHTS = {"\u0300": "2", "\u0309": "3", "\u0303": "4", "\u0301": "5", "\u0323": "6"}
_LETTER_MARKS = frozenset("\u0302\u0306\u031b")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_SORTED = " _-,;:!?.'\"()[]{}§@*/\\&#%`^°+<=>|~$0123456789aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_PRIMARY = {
    char: _DIGITS[1 + index // 36] + _DIGITS[index % 36] for index, char in enumerate(_SORTED)
}


def clean_text(text: str) -> str:
    """The text in NFC on one line: single blanks, no invisible or control characters, true Đ.

    Runs of any kind of blank (non-breaking ones, tabs, line breaks) become one space. Zero-width,
    direction, private and unassigned characters and lone surrogates are dropped.
    """
    spaced = "".join(" " if char.isspace() else char for char in text.translate(_BLANKS))
    visible = "".join(
        char
        for char in spaced
        if unicodedata.category(char) not in _INVISIBLE
        and not "\ufe00" <= char <= "\ufe0f"
        and char != "\u034f"
    )
    composed = unicodedata.normalize("NFC", visible).translate(_LOOKALIKES)
    return " ".join(composed.split())


def fold(text: str) -> str:
    """Search text: no marks, no case, đ as d, plain quotes and hyphens ("Đỗ Thủy" → "do thuy")."""
    plain = clean_text(text)
    for _ in range(2):  # capitals and punctuation may come out of compatibility letters
        plain = unicodedata.normalize("NFKD", plain).casefold().translate(_PUNCTUATION)
        plain = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(plain.replace("đ", "d").split())


def _move_tones(text: str) -> str:
    """Put each word's tone behind its letters, so that Thủy and Thuỷ become one spelling (NFD)."""
    done: list[str] = []
    tones: list[str] = []
    for char in unicodedata.normalize("NFD", text):
        if char in _TONE_WEIGHTS:
            tones.append(char)
            continue
        if tones and not char.isalpha() and not unicodedata.combining(char):
            done += tones
            tones = []
        done.append(char)
    return "".join(done + tones)


def match_key(text: str) -> str:
    """The text for telling whether two names are the same one.

    Equal for upper and lower case, NFC and NFD, old and new placing of tones (Thủy, Thuỷ; Hòa,
    Hoà), kinds of hyphens and quotes and the blanks around a hyphen. Other marks count.
    """
    plain = clean_text(text).translate(_PUNCTUATION).casefold()
    key = unicodedata.normalize("NFC", _move_tones(plain))
    return re.sub(r"\s*-\s*", "-", key)


def _primary(char: str) -> str:
    known = _PRIMARY.get(char)
    if known is not None:
        return known
    point, digits = ord(char), ""
    for _ in range(5):
        point, digit = divmod(point, 36)
        digits = _DIGITS[digit] + digits
    return "z" + digits


def _base_letters(text: str) -> list[tuple[str, bool, str]]:
    """(small letter with ă/â/ơ marks kept, is capital, weights of other marks) of each letter."""
    letters: list[tuple[str, bool, str]] = []
    for char in _move_tones(clean_text(text).translate(_PUNCTUATION)):
        if char in _TONE_WEIGHTS and letters:
            base, capital, marks = letters[-1]
            letters[-1] = (base, capital, marks + _TONE_WEIGHTS[char])
        elif char in _LETTER_MARKS and letters:
            base, capital, marks = letters[-1]
            joined = unicodedata.normalize("NFC", base + char)
            known = len(joined) == 1 and joined in _PRIMARY
            letters[-1] = (joined, capital, marks) if known else (base, capital, marks + "7")
        elif unicodedata.combining(char) and letters:
            base, capital, marks = letters[-1]
            letters[-1] = (base, capital, marks + "8")
        else:
            small = char.lower()
            letters.append((small if len(small) == 1 else char, char != small, ""))
    return letters


def _levels(text: str) -> tuple[str, str, str]:
    """Letters, tones and case of the text as three strings of [0-9a-z] without "0" at a start."""
    letters = _base_letters(text)
    primary = "".join(_primary(base) for base, _, _ in letters)
    secondary = "".join("1" + marks for _, _, marks in letters).rstrip("1")
    tertiary = "".join("2" if capital else "1" for _, capital, _ in letters).rstrip("1")
    return primary, secondary, tertiary


def sort_key(text: str) -> str:
    """Key for sorting titles, units and places in Vietnamese order; plain ASCII, about 3 × length.

    Letters of the whole text come before any tone, tones before case, as in ICU.
    """
    return "0".join(_levels(text))


def split_name(full_name: str) -> tuple[str, str, str]:
    """(họ, đệm, tên) of a full name; a single word is a tên."""
    words = clean_text(full_name).split(" ")
    if len(words) == 1:
        return "", "", words[0]
    return words[0], " ".join(words[1:-1]), words[-1]


def person_sort_key(full_name: str) -> str:
    """Key for sorting people: by tên, then họ, then đệm, each by letters and then by tones.

    Case decides last of all, so "LÊ VĂN AN" stands among its namesakes. Plain ASCII.
    """
    family, middle, given = split_name(full_name)
    parts = [_levels(part) for part in (given, family, middle)]
    return "0".join([level for part in parts for level in part[:2]] + [part[2] for part in parts])


def upper_vi(text: str) -> str:
    """The cleaned text in capitals, for the heads of documents."""
    return clean_text(text).upper()


def title_case_name(name: str) -> str:
    """The name with a capital at the start of every syllable, also after "-" and "'"."""
    small = clean_text(name).lower()
    return re.sub(r"[^\s\-'’.]+", lambda word: word.group()[:1].upper() + word.group()[1:], small)
