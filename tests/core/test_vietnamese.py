"""Cleaning, searching, comparing and sorting of Vietnamese text."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.vietnamese import (
    clean_text,
    fold,
    legacy_to_unicode,
    looks_like_tcvn3,
    looks_like_vni,
    match_key,
    person_sort_key,
    sort_key,
    split_name,
    title_case_name,
    upper_vi,
)

LETTERS = (
    "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ"
)
SYLLABLES = ("An", "Ánh", "Ân", "Bình", "Dũng", "Đức", "Hoà", "Hòa", "Thủy", "Thuỷ", "Oanh", "Ơn")
words = st.text(alphabet=LETTERS + LETTERS.upper(), min_size=1, max_size=6)
names = st.lists(words, min_size=1, max_size=5).map(" ".join)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("  Lê\u00a0 Văn\nAn ", "Lê Văn An"),
        (unicodedata.normalize("NFD", "Thủy Nguyên"), "Thủy Nguyên"),
        ("Ðào Ɖức ðạt", "Đào Đức đạt"),
        ("Trần\u200b Thị\u202e Bình\ufeff", "Trần Thị Bình"),
        ("a\u0000b\x07c", "abc"),
        ("x\u2028y\u3000z\u3164w", "x y z w"),
        ("A\ud800B", "AB"),
        ("\u200b\u00a0\t", ""),
    ],
)
def test_clean_text(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean


@given(st.text())
def test_clean_text_is_stable_composed_and_on_one_line(text: str) -> None:
    clean = clean_text(text)
    assert clean_text(clean) == clean
    assert unicodedata.is_normalized("NFC", clean)
    assert clean == " ".join(clean.split())
    clean.encode()


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đỗ Thị Thuỷ", "do thi thuy"),
        ("ĐỖ THỊ THỦY", "do thi thuy"),
        ("Trường THPT 25/10", "truong thpt 25/10"),
        ("Giáo dục – “Đào tạo”", 'giao duc - "dao tao"'),
        (unicodedata.normalize("NFD", "Ước ượ Ỹ"), "uoc uo y"),
    ],
)
def test_fold_drops_marks_and_case(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_fold_is_stable_and_the_same_for_both_forms_of_unicode(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Thủy Nguyên", "Thuỷ Nguyên"),
        ("Đồng Hòa", "ĐỒNG HOÀ"),
        ("Khỏe", "khoẻ"),
        ("Thúy", unicodedata.normalize("NFD", "Thuý")),
        ("Ðồ Sơn", "Đồ\u00a0Sơn"),
        ("GDNN - GDTX", "GDNN–GDTX"),
    ],
)
def test_match_key_is_equal_for_one_name_in_two_writings(one: str, other: str) -> None:
    assert match_key(one) == match_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Hoa", "Hòa"), ("Hòa", "Hoá"), ("Đào", "Dào"), ("An Lão", "Ân Lão"), ("ma na", "má na")],
)
def test_match_key_tells_other_marks_apart(one: str, other: str) -> None:
    assert match_key(one) != match_key(other)


@given(st.text())
def test_match_key_is_stable(text: str) -> None:
    assert match_key(match_key(text)) == match_key(text)


def test_letters_sort_in_the_vietnamese_alphabet() -> None:
    alphabet = "A Ă Â B C D Đ E Ê F G H I J K L M N O Ô Ơ P Q R S T U Ư V W X Y Z".split()
    assert sorted(reversed(alphabet), key=sort_key) == alphabet


def test_tones_sort_after_all_letters() -> None:
    assert sorted(["mac", "mạ", "mab", "mã", "má", "ma", "mà", "mả"], key=sort_key) == [
        "ma", "mà", "mả", "mã", "má", "mạ", "mab", "mac",
    ]  # fmt: skip


def test_units_sort_like_icu() -> None:
    """The expected order was computed with ICU 72, locale vi_VN."""
    expected = [
        "Trường THPT 25/10",
        "Trường THPT An Dương",
        "Trường THPT An Hải",
        "Trường THPT Anhxtanh",
        "Trường THPT Cát Hải",
        "Trường THPT chuyên Trần Phú",
        "Trường THPT Cộng Hiền",
        "Trường THPT Đồ Sơn",
        "Trường THPT Đồng Hòa",
        "Trường THPT Hải An",
        "Trường THPT Lý Thái Tổ",
        "Trường THPT Lý Thường Kiệt",
        "Trường THPT Trần Hưng Đạo",
        "Trường THPT Trần Tất Văn",
    ]
    assert sorted(reversed(expected), key=sort_key) == expected


def test_people_sort_by_given_name_then_family_then_middle() -> None:
    expected = [
        "Nguyễn Thị An",
        "Nguyễn Văn An",
        "Đinh Văn Anh",
        "Lê Thị Minh Anh",
        "Lê Ánh",
        "Phạm Thị Ánh",
        "Đỗ Thị Ân",
        "Trần Thị Bình",
        "Đào Dũng",
        "Hoàng Văn Đức",
        "Lê Văn Minh",
    ]
    assert sorted(sorted(expected), key=person_sort_key) == expected


def test_case_and_tone_placing_do_not_part_namesakes() -> None:
    names = ["NGUYỄN THỊ THUỶ", "Lê Thị Thủy", "Đặng Thị Thuỷ"]
    assert sorted(names, key=person_sort_key) == [
        "Đặng Thị Thuỷ", "Lê Thị Thủy", "NGUYỄN THỊ THUỶ",
    ]  # fmt: skip


def test_one_word_name_comes_before_its_longer_namesakes() -> None:
    assert sorted(["Lê An", "An", "Bùi Văn An"], key=person_sort_key) == [
        "An", "Bùi Văn An", "Lê An",
    ]  # fmt: skip


@given(st.text(), st.text())
def test_keys_are_plain_and_sort_alike_as_bytes_and_as_text(one: str, other: str) -> None:
    for key in (sort_key, person_sort_key):
        first, second = key(one), key(other)
        assert set(first) <= set("0123456789abcdefghijklmnopqrstuvwxyz")
        assert (first < second) == (first.encode() < second.encode())


@given(names)
def test_sort_key_is_the_same_for_decomposed_text(name: str) -> None:
    assert person_sort_key(unicodedata.normalize("NFD", name)) == person_sort_key(name)


@given(words, st.sampled_from(SYLLABLES))
def test_longer_text_never_sorts_before_its_own_beginning(word: str, more: str) -> None:
    assert sort_key(word) < sort_key(f"{word} {more}")


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("An", ("", "", "An")),
        ("Lê Ánh", ("Lê", "", "Ánh")),
        ("Tôn Nữ Thị Ngọc Lan", ("Tôn", "Nữ Thị Ngọc", "Lan")),
        ("H'Hen  Niê", ("H'Hen", "", "Niê")),
    ],
)
def test_split_name(name: str, parts: tuple[str, str, str]) -> None:
    assert split_name(name) == parts


@pytest.mark.parametrize(
    ("legacy", "text"),
    [
        ("NguyÔn V¨n Hïng", "Nguyễn Văn Hùng"),
        ("TrÇn ThÞ H\u00ad¬ng", "Trần Thị Hương"),
        ("NGUYÔN V¡N A", "NGUYỄN VĂN A"),
        ("Phßng Gi¸o dôc vµ §µo t¹o quËn Lª Ch©n", "Phòng Giáo dục và Đào tạo quận Lê Chân"),
        ("Tr\u00adêng THPT §å S¬n", "Trường THPT Đồ Sơn"),
        ("Nguyeãn Vaên Huøng", "Nguyễn Văn Hùng"),
        ("Traàn Thò Phöông", "Trần Thị Phương"),
        ("Tröôøng THPT Ñoà Sôn", "Trường THPT Đồ Sơn"),
        ("NGUYEÃN THÒ ÑAØO", "NGUYỄN THỊ ĐÀO"),
    ],
)
def test_old_fonts_are_recognised_and_read(legacy: str, text: str) -> None:
    assert legacy_to_unicode(legacy) == text
    assert looks_like_tcvn3(legacy) != looks_like_vni(legacy)


@pytest.mark.parametrize(
    "text",
    [
        "Nguyễn Văn Hùng", "Lê Hoà", "Hà Mã", "Tô Vò", "Lý Thánh Tông", "Trường THPT", "",
        "Jürgen Müller", "Loïc Nuñez Peña",
        "François Hollande", "Marie Curie", "Hermann Gmeiner", "Ngô Bá Khá",
        "½ cup", "© 2024", "H'Hen Niê", "Y-Bhiăk Êban",
    ],
)  # fmt: skip
def test_unicode_text_is_not_taken_for_an_old_font(text: str) -> None:
    assert legacy_to_unicode(text) is None


@given(names)
def test_vietnamese_unicode_letters_are_never_taken_for_an_old_font(name: str) -> None:
    assert legacy_to_unicode(name + " Nguyễn") is None


@pytest.mark.parametrize(
    ("capitals", "name"),
    [
        ("PHẠM THU HIÊN", "Phạm Thu Hiên"),
        ("H'HEN NIÊ", "H'Hen Niê"),
        ("y-bhiăk êban", "Y-Bhiăk Êban"),
        ("ĐỖ  THỊ ÂN", "Đỗ Thị Ân"),
    ],
)
def test_title_case_name(capitals: str, name: str) -> None:
    assert title_case_name(capitals) == name


def test_upper_vi_keeps_every_mark() -> None:
    assert upper_vi("Trường THPT Đồng Hòa") == "TRƯỜNG THPT ĐỒNG HÒA"
