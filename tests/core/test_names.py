"""What a name and a position may look like. All people are invented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.names import (
    NAME_MAX,
    is_leader_post,
    name_problem,
    position_problem,
    split_honorific,
)


@pytest.mark.parametrize(
    "name",
    [
        "An",
        "Lê Ánh",
        "Phạm Thu Hiên",
        "Tôn Nữ Thị Ngọc Lan",
        "Công Tằng Tôn Nữ Minh Châu",
        "H'Hen Niê",
        "H’Hen Niê",
        "Y-Bhiăk Êban",
        "Và Bá Xử",
        "Và A Dơ",
        "Nguyễn V. An",
        "Nguyễn Văn A",
        "Marie Curie",
        "Jürgen Müller",
        "  Lê\u00a0Văn\nAn ",
        "Phan Lan Anh",
        "Cô Sa",
        "Ông Thắng",
    ],
)
def test_real_names_pass(name: str) -> None:
    assert name_problem(name) is None


@pytest.mark.parametrize(
    ("name", "code", "suggestion"),
    [
        ("", "missing", None),
        (" \u00a0\u200b\n", "missing", None),
        ("a" * 300, "too_long", None),
        ("Lê Văn An, Trần Thị Bình", "several", None),
        ("Lê Văn An và Trần Thị Bình", "several", None),
        ("LÊ VĂN AN VÀ TRẦN THỊ BÌNH", "several", None),
        ("Lê Văn An; Trần Thị Bình", "several", None),
        ("Lê Văn An & Bình", "several", None),
        ("Lê Văn An\nTrần Thị Bình", "several", None),
        ("Lê Văn An / Trần Thị Bình", "several", None),
        ("Lê Văn An - Trần Thị Bình", "several", None),
        ("Lê Văn An, Hiệu trưởng", "position_in_name", "Lê Văn An"),
        ("Lê Văn An (Phó Giám đốc)", "position_in_name", "Lê Văn An"),
        ("1. Lê Văn An", "digits", "Lê Văn An"),
        ("Lê Văn An 2", "digits", None),
        ("<b>Lê Văn An</b>", "signs", None),
        ("<script>1</script>", "signs", None),
        ("Lê <Văn> An", "signs", None),
        ("=Lê Văn An", "signs", None),
        ("@Lê Văn An", "signs", None),
        ("Lê Văn An 😀", "signs", None),
        ("Lê Văn A\u0333n", "signs", None),
        ("...", "signs", None),
        ("Лев Толстой", "letters", None),
        ("NguyÔn V¨n Hïng", "old_font", "Nguyễn Văn Hùng"),
        ("Nguyeãn Vaên Huøng", "old_font", "Nguyễn Văn Hùng"),
    ],
)
def test_impossible_names_are_errors(name: str, code: str, suggestion: str | None) -> None:
    problem = name_problem(name)
    assert problem is not None
    assert (problem.code, problem.suggestion, problem.is_warning) == (code, suggestion, False)


@pytest.mark.parametrize(
    ("name", "code", "suggestion"),
    [
        ("PHẠM THU HIÊN", "all_capitals", "Phạm Thu Hiên"),
        ("H'HEN NIÊ", "all_capitals", "H'Hen Niê"),
        ("phạm thu hiên", "all_small", "Phạm Thu Hiên"),
        ("Bà Phạm Thu Hiên", "honorific", "Phạm Thu Hiên"),
        ("ThS. Phạm Thu Hiên", "honorific", "Phạm Thu Hiên"),
        ("PGS.TS. Phạm Thu Hiên", "honorific", "Phạm Thu Hiên"),
        ("Đ/c Phạm Thu Hiên", "honorific", "Phạm Thu Hiên"),
        ("Đồng chí: PHẠM THU HIÊN", "honorific", "Phạm Thu Hiên"),
        ("Ông (Bà) Phạm Thu Hiên", "honorific", "Phạm Thu Hiên"),
        ("cô TS Phạm Thu Hiên", "honorific", "Phạm Thu Hiên"),
        ("Nguyen Van An", "no_marks", None),
    ],
)
def test_doubtful_names_are_warnings_with_a_suggestion(
    name: str, code: str, suggestion: str | None
) -> None:
    problem = name_problem(name)
    assert problem is not None
    assert (problem.code, problem.suggestion, problem.is_warning) == (code, suggestion, True)


def test_sentences_are_those_of_the_look() -> None:
    assert str(name_problem("").message) == "Hãy nhập họ và tên của người dự."
    assert str(name_problem("PHẠM THU HIÊN").message) == (
        "Tên đang viết hoa hết. Đổi thành “Phạm Thu Hiên”?"
    )
    assert str(name_problem("Lê An và Lê Ba").message) == (
        "Mỗi đơn vị cử 01 người. Hãy giữ lại một tên."
    )
    assert str(position_problem(" ").message) == "Hãy chọn hoặc nhập chức vụ của người dự."


def test_longest_name_passes_and_one_letter_more_does_not() -> None:
    longest = ("Nguyễn " * 20)[:NAME_MAX].strip().ljust(NAME_MAX, "n")
    assert name_problem(longest) is None
    assert name_problem(longest + "n").code == "too_long"


@given(st.text())
def test_any_text_gets_an_answer_and_a_suggestion_is_no_error(text: str) -> None:
    problem = name_problem(text)
    if problem and problem.is_warning and problem.suggestion:
        again = name_problem(problem.suggestion)
        assert again is None or again.is_warning


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Bà Lê Thị An", ("Bà", "Lê Thị An")),
        ("ThS. Lê Thị An", ("ThS.", "Lê Thị An")),
        ("Lê Thị An", ("", "Lê Thị An")),
        ("Thầy", ("", "Thầy")),
        ("Tsuji Aya", ("", "Tsuji Aya")),
        ("Bành Thị An", ("", "Bành Thị An")),
    ],
)
def test_split_honorific(name: str, parts: tuple[str, str]) -> None:
    assert split_honorific(name) == parts


@pytest.mark.parametrize(
    "position",
    [
        "Hiệu trưởng",
        "Phó Hiệu trưởng",
        "P. Hiệu trưởng",
        "P.Hiệu trưởng",
        "PHÓ HIỆU TRƯỞNG",
        "Hiệu phó",
        "pho hieu truong",
        "PHT",
        "P.HT",
        "Q. Hiệu trưởng",
        "Quyền Giám đốc",
        "Giám đốc",
        "PGĐ",
        "Trưởng phòng",
        "Phó Trưởng phòng",
        "Phó phòng",
        "Trưởng ban",
        "Phó Trưởng Ban Chỉ đạo",
        "Chủ tịch",
        "Phó Chủ tịch UBND huyện",
        "Chánh Văn phòng",
        "Phó Chánh Thanh tra",
        "Phụ trách trường",
        "Phó Hiệu trưởng phụ trách",
        "Bí thư Chi bộ, Hiệu trưởng",
        "Chủ tịch Công đoàn, Phó Hiệu trưởng",
        "Phó Hiệu trưởng kiêm Chủ tịch Công đoàn",
        "Tổ trưởng - Phó Giám đốc",
    ],
)
def test_leader_posts(position: str) -> None:
    assert is_leader_post(position)


@pytest.mark.parametrize(
    "position",
    [
        "",
        "Giáo viên",
        "Chuyên viên",
        "Chuyên viên phòng Giáo dục Trung học",
        "Tổ trưởng",
        "Văn thư",
        "Kế toán trưởng",
        "Nguyên Hiệu trưởng",
        "Thư ký Hiệu trưởng",
        "Chủ tịch Công đoàn",
        "Trưởng ban đại diện cha mẹ học sinh",
        "Phụ trách công tác xã hội học tập",
        "Nhân viên văn phòng",
    ],
)
def test_other_posts_are_flagged(position: str) -> None:
    assert not is_leader_post(position)


@pytest.mark.parametrize(
    ("position", "code"),
    [
        ("", "missing"),
        ("x" * 101, "too_long"),
        ("=1+1", "signs"),
        ("<i>Giáo viên</i>", "signs"),
        ("-Hiệu trưởng", "signs"),
        ("12", "signs"),
        ("HiÖu tr\u00adëng", "old_font"),
    ],
)
def test_impossible_positions(position: str, code: str) -> None:
    assert position_problem(position).code == code


@pytest.mark.parametrize("position", ["Hiệu trưởng", "Phó Hiệu trưởng (phụ trách)", "Q. Giám đốc"])
def test_positions_pass(position: str) -> None:
    assert position_problem(position) is None
