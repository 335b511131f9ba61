"""Text typed for the old Vietnamese 8-bit fonts: TCVN3 (".VnTime") and VNI ("VNI-Times").

Such text consists of ordinary Latin-1 characters that only look right in their own font. It is
recognised by spelling: a word counts as evidence when it is no Vietnamese syllable as it stands
and becomes one after the conversion. So "Müller" and "François" are left alone. Everything here
wants the text *before* :func:`app.core.vietnamese.clean_text`, because TCVN3 uses the soft hyphen
for "ư" and "Ð" for "é".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

_TCVN3_FROM = "µ¸¶·¹¨»¾¼½Æ©ÇÊÈÉË®ÌÐÎÏÑªÒÕÓÔÖ×ÝØÜÞßãáâä«åèæçé¬êíëìîïóñòô\u00adõøö÷ùúýûüþ¡¢£¤¥¦§"
_TCVN3_TO = "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵĂÂÊÔƠƯĐ"
_TCVN3 = dict(zip(_TCVN3_FROM, _TCVN3_TO, strict=True))

_VNI_PLAIN = {"ô": "ơ", "ö": "ư", "ñ": "đ", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}
_TONES = {"ù": "\u0301", "ø": "\u0300", "û": "\u0309", "õ": "\u0303", "ï": "\u0323"}
_CIRCUMFLEX = {"â": "", "á": "\u0301", "à": "\u0300", "å": "\u0309", "ã": "\u0303", "ä": "\u0323"}
_BREVE = {"ê": "", "é": "\u0301", "è": "\u0300", "ú": "\u0309", "ü": "\u0303", "ë": "\u0323"}

_MARKS = "\u0300\u0301\u0303\u0309\u0323"
_UNICODE_ONLY = re.compile("[ăđĩũơưĂĐĨŨƠƯ\u0300-\u0323\u1ea0-\u1ef9]")
_WORD = re.compile(r"[^\s.,;:()/\-–\"“”]+")

_ONSETS = "ngh|ng|nh|gh|gi|kh|ph|th|tr|ch|qu|b|c|d|đ|g|h|k|l|m|n|p|r|s|t|v|x|"
_OPEN_RIMES = (
    "a ai am an ang anh ao au ay ăm ăn ăng âm ân âng âu ây e em en eng eo ê êm ên ênh êu i ia iêm "
    "iên iêng iêu im in inh iu o oa oai oam oan oang oanh oao oay oăm oăn oăng oe oen oeo oi om on "
    "ong oong ô ôi ôm ôn ông ơ ơi ơm ơn u ua uân uâng uây uê uênh ui um un ung uôi uôm uôn uông uơ "
    "uy uya uyên uynh uyu ư ưa ưi ưm ưng ươi ươm ươn ương ươu ưu y yêm yên yêng yêu ynh ym ăng"
).split()
_STOPPED_RIMES = (
    "ac ach ap at ăc ăp ăt âc âp ât ec ep et êch êp êt ich iêc iêp iêt ip it oac oach oap oat oăc "
    "oăt oc oet ooc op ot ôc ôp ôt ơp ơt uât uc uêch uôc uôt up ut uych uyêt uyt ưc ươc ươp ươt ưt "
    "yêt ych yt"
).split()
_OPEN = re.compile(f"(?:{_ONSETS})(?:{'|'.join(_OPEN_RIMES)})")
_STOPPED = re.compile(f"(?:{_ONSETS})(?:{'|'.join(_STOPPED_RIMES)})")


def is_syllable(word: str) -> bool:
    """Whether a word can be a Vietnamese syllable, by its letters and its tone."""
    decomposed = unicodedata.normalize("NFD", word.lower())
    tones = [char for char in decomposed if char in _MARKS]
    if len(tones) > 1:
        return False
    letters = "".join(char for char in decomposed if char not in _MARKS)
    letters = unicodedata.normalize("NFC", letters)
    if _OPEN.fullmatch(letters):
        return True
    return bool(_STOPPED.fullmatch(letters)) and bool(tones) and tones[0] in "\u0301\u0323"


def _vni_table() -> dict[str, str]:
    table: dict[str, str] = {}
    for base, mark_sets in {
        "a": (("", _TONES), ("\u0302", _CIRCUMFLEX), ("\u0306", _BREVE)),
        "e": (("", _TONES), ("\u0302", _CIRCUMFLEX)),
        "o": (("", _TONES), ("\u0302", _CIRCUMFLEX)),
        "u": (("", _TONES),),
        "y": (("", _TONES),),
    }.items():
        for mark, tones in mark_sets:
            for key, tone in tones.items():
                table[base + key] = unicodedata.normalize("NFC", base + mark + tone)
    for horned, letter in (("ô", "ơ"), ("ö", "ư")):
        for key, tone in _TONES.items():
            table[horned + key] = unicodedata.normalize("NFC", letter + tone)
    table |= _VNI_PLAIN
    for key, letter in list(table.items()):
        table[key.upper()] = letter.upper()
        table[key[0].upper() + key[1:]] = letter.upper()
    return table


_VNI = _vni_table()
_VNI_PATTERN = re.compile("|".join(sorted(map(re.escape, _VNI), key=len, reverse=True)))


def _tcvn3_word(word: str) -> str:
    """One word; the capital fonts keep marked letters small, so "NGUYÔN" becomes "NGUYỄN"."""
    plain = [char for char in word if char not in _TCVN3 and char.isalpha()]
    changed = "".join(_TCVN3.get(char, char) for char in word)
    if len(plain) > 1 and all(char.isupper() for char in plain):
        return changed.upper()
    return changed


def convert_tcvn3(text: str) -> str:
    """The text read as TCVN3 (ABC) and written in Unicode (NFC)."""
    return re.sub(r"\S+", lambda found: _tcvn3_word(found.group()), text)


def convert_vni(text: str) -> str:
    """The text read as VNI-Windows and written in Unicode (NFC)."""
    composed = unicodedata.normalize("NFC", text)
    return _VNI_PATTERN.sub(lambda found: _VNI[found.group()], composed)


def _reads_better(text: str, convert: Callable[[str], str]) -> bool:
    if text.isascii() or _UNICODE_ONLY.search(unicodedata.normalize("NFC", text)):
        return False
    mended = spoiled = 0
    for word in _WORD.findall(text):
        converted = convert(word)
        if converted == word:
            continue
        before, after = is_syllable(word), is_syllable(converted)
        mended += after and not before
        spoiled += not after
    return mended > 0 and mended >= 2 * spoiled


def looks_like_tcvn3(text: str) -> bool:
    """Whether the text was typed for a TCVN3 font ("NguyÔn V¨n Hïng")."""
    return _reads_better(text, convert_tcvn3)


def looks_like_vni(text: str) -> bool:
    """Whether the text was typed for a VNI font ("Nguyeãn Vaên Huøng")."""
    return not looks_like_tcvn3(text) and _reads_better(text, convert_vni)


def legacy_to_unicode(text: str) -> str | None:
    """The Unicode reading of text in an old font, or None when it is not in one."""
    if looks_like_tcvn3(text):
        return convert_tcvn3(text)
    if looks_like_vni(text):
        return convert_vni(text)
    return None
