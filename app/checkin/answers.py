"""The words of an answer: one screen of the hall (look 6), in the language of the request.

A text may hold **strong** parts; page and script both draw them so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from app.checkin.places import arrival_words
from app.checkin.results import Arrival, Person, ScanResult, SessionFacts
from app.checkin.rules import Outcome, SessionTime
from app.core.filters import clock_time, short_date
from app.core.page_texts import gettext as _
from app.core.tokens import FORM_CODE, read_code
from app.registration.rules import State

NEXT, UNDO, CHECK_IN, SEARCH, DESK, SESSIONS = (
    "next", "undo", "check_in", "search", "desk", "sessions",
)  # fmt: skip
STAYS_WELCOME, STAYS_ALREADY = 1500, 4000  # ms; the light answers stay until tapped


@dataclass(frozen=True)
class Action:
    """A button: what it does, its words, and on whom."""

    do: str
    label: str
    registration_id: int | None = None
    presence_id: int | None = None


@dataclass(frozen=True)
class Answer:
    """What fills the screen.

    ``tone``: the class answer-… ; ``stays``: ms until the camera is back, 0 = until tapped;
    ``sound``: high | double | fall | low; ``spoken``: the one sentence for screen readers.
    """

    outcome: str
    tone: str
    stays: int
    sound: str
    title: str
    name: str = ""
    when: str = ""
    lines: list[str] = field(default_factory=list)
    more: list[str] = field(default_factory=list)
    code: str = ""
    todo: str = ""
    foot: str = ""
    actions: list[Action] = field(default_factory=list)
    spoken: str = ""


def strong(text: str) -> str:
    return f"**{text}**"


def shown_name(person: Person) -> str:
    return person.name or _("Đại diện Lãnh đạo")


def _lines(person: Person) -> list[str]:
    return [line for line in (person.position, person.unit) if line]


def _next(label: str | None = None) -> Action:
    return Action(NEXT, label or _("Quét tiếp"))


def _desk() -> Action:
    return Action(DESK, _("Báo bàn đăng ký"))


def _search() -> Action:
    return Action(SEARCH, _("Tìm theo tên"))


def _to_desk() -> str:
    return _("mời sang bàn đăng ký.")


def _arrived(arrival: Arrival) -> str:
    return arrival_words(arrival.at, arrival.gate_name, mark=strong)


def answer_of(result: ScanResult, session: SessionFacts) -> Answer:
    """Every outcome has its screen."""
    return _SCREENS[result.outcome](result, session)


def with_undo(answer: Answer, result: ScanResult, *, may_admit: bool, place: str) -> Answer:
    """Who is in already may be taken back where that is allowed: by whoever admits, by the gate
    itself (services.undo asks the same)."""
    arrival = result.arrival
    if result.outcome is not Outcome.ALREADY or arrival is None:
        return answer
    if not may_admit and arrival.gate_name != place:
        return answer
    undo = Action(UNDO, _("Hoàn tác"), presence_id=arrival.presence_id)
    return replace(answer, actions=[*answer.actions, undo])


def answer_title(outcome: str) -> str:
    """The word of an outcome in a list, without a person's details."""
    return {
        Outcome.WELCOME: _("Mời vào"),
        Outcome.ALREADY: _("Đã điểm danh"),
        Outcome.REPLACED: _("Đã thay người"),
        Outcome.WAITLISTED: _("Danh sách chờ"),
        Outcome.WITHDRAWN: _("Đã rút đăng ký"),
        Outcome.NOT_CONFIRMED: _("Chưa được nhận"),
        Outcome.VOID_CODE: _("Mã đã hủy"),
        Outcome.WRONG_SESSION: _("Không đúng buổi"),
        Outcome.WRONG_EVENT: _("Không đúng sự kiện"),
        Outcome.UNKNOWN: _("Không có trong danh sách"),
    }[Outcome(outcome)]


def _welcome(result: ScanResult, _session: SessionFacts) -> Answer:
    person, arrival, title = _person(result), result.arrival, _("Mời vào")
    presence_id = arrival.presence_id if arrival else None
    return Answer(
        outcome=result.outcome,
        tone="in",
        stays=STAYS_WELCOME,
        sound="high",
        title=title,
        name=shown_name(person),
        lines=_lines(person),
        foot=_(
            "Lượt thứ %(number)s · %(time)s",
            number=result.counts.arrived,
            time=clock_time(arrival.at if arrival else result.at),
        ),
        actions=[_next(), Action(UNDO, _("Hoàn tác"), presence_id=presence_id)],
        spoken=_spoken(title, person),
    )


def _already(result: ScanResult, _session: SessionFacts) -> Answer:
    person = _person(result)
    return Answer(
        outcome=result.outcome,
        tone="already",
        stays=STAYS_ALREADY,
        sound="double",
        title=_("Đã điểm danh"),
        when=_arrived(result.arrival) if result.arrival else "",
        name=shown_name(person),
        lines=_lines(person),
        foot=_("Nếu không phải người này, mời sang bàn đăng ký."),
        actions=[_next()],
        spoken=_spoken(_("Đã điểm danh"), person),
    )


def _replaced(result: ScanResult, _session: SessionFacts) -> Answer:
    old, new = _person(result), result.successor
    if new is None:
        return _stop(
            result, _("Đã thay người"), person=old, todo=_to_desk(), actions=[_desk(), _next()]
        )
    more, todo, actions = _about_successor(result, new)
    old_code = _("Mã này là mã cũ, cấp cho %(name)s.", name=strong(shown_name(old)))
    return Answer(
        outcome=result.outcome,
        tone="replaced",
        stays=0,
        sound="fall",
        title=_("Đã thay bằng"),
        name=shown_name(new),
        lines=_lines(new),
        more=[old_code, *more],
        todo=todo,
        actions=actions,
        spoken=_spoken(_("Đã thay bằng"), new),
    )


def _about_successor(result: ScanResult, new: Person) -> tuple[list[str], str, list[Action]]:
    """(more, what to do, buttons) for the person who stands instead."""
    if result.successor_arrival:
        sentence = _("Người mới đã điểm danh %(when)s.", when=_arrived(result.successor_arrival))
        return [sentence], _to_desk(), [_desk(), _next()]
    if new.state == State.CONFIRMED:
        label = _("Điểm danh %(name)s", name=shown_name(new))
        actions = [
            Action(CHECK_IN, label, registration_id=new.registration_id),
            _next(_("Không phải, quét tiếp")),
        ]
        return [], _("hỏi tên. Đúng là người mới thì điểm danh."), actions
    words = {
        State.WAITLISTED: _("Người mới còn ở danh sách chờ."),
        State.LATE: _("Đăng ký của người mới quá hạn, Sở chưa xét."),
    }
    sentence = words.get(new.state, _("Đăng ký của người mới cũng không còn hiệu lực."))
    return [sentence], _to_desk(), [_desk(), _next()]


def _waitlisted(result: ScanResult, _session: SessionFacts) -> Answer:
    person = _person(result)
    title = _("Danh sách chờ")
    if result.place:
        title = _("Danh sách chờ thứ %(place)s", place=result.place)
    return Answer(
        outcome=result.outcome,
        tone="waiting",
        stays=0,
        sound="fall",
        title=title,
        name=shown_name(person),
        lines=_lines(person),
        todo=_("mời sang bàn đăng ký. Bàn quyết định khi còn ghế trống."),
        actions=[_desk(), _next()],
        spoken=_spoken(title, person),
    )


def _withdrawn(result: ScanResult, _session: SessionFacts) -> Answer:
    new = result.successor
    more, todo, actions = [_("Đơn vị đã rút đăng ký này.")], _to_desk(), [_desk(), _next()]
    if new is not None:
        also, todo, actions = _about_successor(result, new)
        more = [_("Đơn vị hiện cử %(name)s.", name=strong(shown_name(new))), *also]
    return _stop(
        result, _("Đã rút đăng ký"), person=_person(result), more=more, todo=todo, actions=actions
    )


def _not_confirmed(result: ScanResult, _session: SessionFacts) -> Answer:
    person = _person(result)
    late = person.state == State.LATE
    return _stop(
        result,
        _("Chưa được nhận") if late else _("Không được nhận"),
        person=person,
        more=[_("Đăng ký quá hạn, Sở chưa xét.") if late else _("Sở không nhận đăng ký này.")],
        todo=_to_desk(),
        actions=[_desk(), _next()],
    )


def _void_code(result: ScanResult, _session: SessionFacts) -> Answer:
    return _stop(
        result,
        _("Mã đã hủy"),
        person=_person(result),
        more=[_("Người này đã được cấp mã mới.")],
        todo=_("xem mã trên giấy mời mới nhất, hoặc tìm theo tên."),
        actions=[_search(), _next()],
    )


def _wrong_session(result: ScanResult, session: SessionFacts) -> Answer:
    name = strong(session.name)
    if result.session == SessionTime.TOO_EARLY and session.starts_at:
        sentence = _(
            "Buổi %(name)s bắt đầu lúc %(time)s, %(day)s.",
            name=name,
            time=clock_time(session.starts_at),
            day=short_date(session.starts_at),
        )
    else:
        sentence = _session_over(result, session)
    return _stop(
        result,
        _("Không đúng buổi"),
        person=_person(result),
        more=[sentence],
        todo=_("chọn buổi đang diễn ra rồi quét lại."),
        actions=[Action(SESSIONS, _("Chọn buổi")), _next()],
    )


def _session_over(result: ScanResult, session: SessionFacts) -> str:
    """By hand, before the clock would have done so; or by the clock."""
    closed = session.closed_at
    end = closed if closed is not None and closed <= result.at else session.ends_at
    return _(
        "Buổi %(name)s đã kết thúc lúc %(time)s, %(day)s.",
        name=strong(session.name),
        time=clock_time(end),
        day=short_date(end),
    )


def _wrong_event(result: ScanResult, _session: SessionFacts) -> Answer:
    return _stop(
        result,
        _("Không đúng sự kiện"),
        more=[_("Mã này của một sự kiện khác.")],
        todo=_("xem lại giấy mời, hoặc tìm theo tên."),
        actions=[_search(), _next()],
    )


def _unknown(result: ScanResult, _session: SessionFacts) -> Answer:
    code = read_code(result.code or "")
    more = _("Mã này không thuộc sự kiện này.")
    if code is not None and code.purpose == FORM_CODE:
        more = _("Đây là mã của mẫu đăng ký, không phải mã vào cửa.")
    return _stop(
        result,
        _("Không có trong danh sách"),
        more=[more],
        code=code_lines(result.code or ""),
        todo=_("tìm theo tên. Không thấy thì mời sang bàn đăng ký."),
        actions=[_search(), _next()],
    )


def code_lines(text: str) -> str:
    """Digits in fours, four groups a line; any other text as it was read, cut at 60 letters."""
    digits = "".join(c for c in text if c not in " .-\t\r\n")
    if not (digits.isascii() and digits.isdigit()):
        return text.strip()[:60]
    fours = [digits[i : i + 4] for i in range(0, len(digits), 4)]
    return "\n".join(" ".join(fours[i : i + 4]) for i in range(0, len(fours), 4))


def _person(result: ScanResult) -> Person:
    if result.person is None:
        raise ValueError(f"a scan answered {result.outcome} names nobody")
    return result.person


def _stop(result: ScanResult, title: str, *, person: Person | None = None, **parts: Any) -> Answer:
    return Answer(
        outcome=result.outcome,
        tone="stop",
        stays=0,
        sound="low",
        title=title,
        name=shown_name(person) if person else "",
        lines=_lines(person) if person else [],
        spoken=_spoken(title, person),
        **parts,
    )


def _spoken(title: str, person: Person | None) -> str:
    """“Mời vào. Phạm Thu Hiên, Trường THPT Lê Quý Đôn.”"""
    return f"{title}. {shown_name(person)}, {person.unit}." if person else f"{title}."


_SCREENS: dict[Outcome, Callable[[ScanResult, SessionFacts], Answer]] = {
    Outcome.WELCOME: _welcome,
    Outcome.ALREADY: _already,
    Outcome.REPLACED: _replaced,
    Outcome.WAITLISTED: _waitlisted,
    Outcome.WITHDRAWN: _withdrawn,
    Outcome.NOT_CONFIRMED: _not_confirmed,
    Outcome.VOID_CODE: _void_code,
    Outcome.WRONG_SESSION: _wrong_session,
    Outcome.WRONG_EVENT: _wrong_event,
    Outcome.UNKNOWN: _unknown,
}
