import pytest
from flask import Flask

from app.core.states import NOTICE_ICONS, STATES, TONES, state_tag


@pytest.mark.parametrize(
    ("kind", "state", "values", "word", "icon", "tone"),
    [
        ("registration", "confirmed", {}, "Có chỗ", "check-circle-fill", "done"),
        ("registration", None, {}, "Chưa đăng ký", "circle", "none"),
        ("registration", "waitlisted", {"place": 3}, "Chờ, thứ 3", "hourglass-split", "waiting"),
        ("registration", "waitlisted", {}, "Danh sách chờ", "hourglass-split", "waiting"),
        ("registration", "confirmed", {"place": 3}, "Có chỗ", "check-circle-fill", "done"),
        ("presence", "arrived", {"time": "07:41"}, "Đã vào 07:41", "check2-all", "done"),
        ("presence", "arrived", {"time": None}, "Đã điểm danh", "check2-all", "done"),
        ("form", "doubtful", {"short": True}, "Cần xem", "exclamation-triangle-fill", "look"),
    ],
)
def test_state_tag_has_word_icon_and_tone(
    look_app: Flask, kind: str, state: str, values: dict, word: str, icon: str, tone: str
) -> None:
    with look_app.test_request_context():
        tag = state_tag(kind, state, **values)
    assert (tag.word, tag.icon, tag.tone) == (word, icon, tone)


def test_state_tag_refuses_a_state_without_word(look_app: Flask) -> None:
    with look_app.test_request_context(), pytest.raises(KeyError):
        state_tag("registration", "lost")


def test_states_use_only_known_tones() -> None:
    assert {look.tone for states in STATES.values() for look in states.values()} == set(TONES)
    assert set(NOTICE_ICONS) == set(TONES)
