"""Every action, thing and field that the application records has a word in Vietnamese."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import pytest

from app.audit.field_words import FIELD_WORDS, changes, value_word
from app.audit.words import ACTION_WORDS, AREA_WORDS, THING_WORDS, action_word, thing_word
from app.checkin.desk_forms import STEWARD, SUPERVISOR
from app.checkin.rules import How, Outcome, Remark
from app.core.policies import ROLES
from app.events.guests import GuestKind
from app.events.models import Event
from app.events.rules import EventState
from app.hall_papers.print_rules import LAYOUTS
from app.invitations import proof
from app.invitations.answers import Answer
from app.invitations.reminder_rules import Anchor, Deed
from app.invitations.reminder_rules import Kind as ReminderKind
from app.mail.models import MessageState
from app.mail.reasons import REASONS
from app.mail.rules import BatchState
from app.personal_data.rules import Kind as DataRequestKind
from app.registration.rules import RequestKind, State
from app.signed_forms.rules import Verdict as FormVerdict
from app.units.importing import FIELDS
from app.units.rules import UnitKind

APP = Path(__file__).parents[2] / "app"
# The written-together actions: their expression → the words that stand in it.
STEPS = {
    "f'registration.{state}'": ("withdrawn", "rejected"),  # registration/services.py
    "f'request.{step}'": (  # registration/requests.py
        "replace_asked", "withdraw_asked", "accepted", "refused", "taken_back",
    ),
    "f'invitation.{STEPS[step]}'": tuple(proof.STEPS.values()),
    "f'invitation.{step}'": ("answered", "told", "told_undone"),  # invitations/proof.py
}  # fmt: skip


RECORDED_FACTS = ("slot_facts", "guest_facts", "_session_facts")
# Closed sets of which some value is recorded: (field, thing) of each.
CHOICES: dict[type[StrEnum], tuple[str, str]] = {
    State: ("state", "registration"),
    EventState: ("state", "event"),
    BatchState: ("state", "mail_batch"),
    MessageState: ("state", "message"),
    RequestKind: ("asked", "request"),
    Outcome: ("outcome", "scan"),
    How: ("how", "registration"),
    Remark: ("remark", "scan"),
    UnitKind: ("kind", "unit"),
    GuestKind: ("role", "participation"),
    Answer: ("answer", "invitation"),
    FormVerdict: ("verdict", "registration"),
    DataRequestKind: ("request", "data_request"),
    ReminderKind: ("reminder", "event"),
    Anchor: ("anchor", "event"),
    Deed: ("reason", "event"),
}
# Those that no entry of the log ever holds: a new set belongs here or above.
NEVER_RECORDED = {
    "app.checkin.attendance.Mark", "app.checkin.door_entries.Kind", "app.checkin.rules.SessionTime",
    "app.core.phones.PhoneChange", "app.core.spreadsheet_rows.CellKind", "app.events.rules.Phase",
    "app.events.rules.Route", "app.hall_papers.sheet_rules.Problem",
    "app.hall_papers.sheet_rules.ScanState", "app.hall_papers.sheet_rules.Verdict",
    "app.invitations.proof_rules.Reach", "app.invitations.rules.ApprovalState",
    "app.invitations.rules.LetterState", "app.invitations.sending.Verdict",
    "app.mail.queries.Tab", "app.personal_data.rules.State",
    "app.registration.rules.RequestSource", "app.registration.rules.RequestState",
    "app.signed_forms.rules.FormState", "app.unit_pages.steps.Next", "app.units.importing.Action",
}  # fmt: skip


def shorthands(tree: ast.Module) -> dict[str, int]:
    """Functions that hand a parameter on to record(…) as its action → that parameter's place."""
    found = {}
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            names = [one.arg for one in function.args.args]
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "record":
                    action = getattr(call.args[0], "id", "")
                    if action in names:
                        found[function.name] = names.index(action)
    return found


def calls() -> Iterator[tuple[str, ast.Call, ast.expr | None]]:
    """(module, call, action) of each record(…) and of the shorthands of its module; the action
    is None where the shorthand hands on what its callers say."""
    for path in sorted(APP.rglob("*.py")):
        module = ".".join(path.relative_to(APP.parent).with_suffix("").parts)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        short = shorthands(tree)
        handed_on = {
            node
            for function in ast.walk(tree)
            if isinstance(function, ast.FunctionDef) and function.name in short
            for node in ast.walk(function)
        }
        for node in ast.walk(tree):
            name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if name in ("record", "record_all"):
                yield module, node, None if node in handed_on else node.args[0]
            elif name in short:
                yield module, node, node.args[short[name]]


def actions_of(module: str, node: ast.expr) -> list[str]:
    """The values an expression can have. Fails on one it does not understand."""
    if isinstance(node, ast.Constant):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return actions_of(module, node.body) + actions_of(module, node.orelse)
    if isinstance(node, ast.JoinedStr) and ast.unparse(node) in STEPS:
        area = ast.literal_eval(ast.unparse(node)[1:]).partition(".")[0]
        return [f"{area}.{step}" for step in STEPS[ast.unparse(node)]]
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        owner = getattr(importlib.import_module(module), node.value.id)
        return [getattr(owner, node.attr)]
    if isinstance(node, ast.Name):
        return [getattr(importlib.import_module(module), node.id)]
    raise AssertionError(f"{module}:{node.lineno} records {ast.unparse(node)}: teach this test")


def recorded() -> set[str]:
    return {
        action
        for module, _call, said in calls()
        if said is not None
        for action in actions_of(module, said)
    }


def test_every_recorded_action_has_a_word():
    found = recorded()
    assert len(found) > 40
    assert sorted(found - set(ACTION_WORDS)) == []


def test_no_word_for_what_is_never_recorded():
    assert sorted(set(ACTION_WORDS) - recorded()) == []


def handed_facts(tree: ast.Module) -> Iterator[str]:
    """Keywords of the calls `after=some_facts(…, key=…)`, and the keys `some_facts` returns."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in {"before", "after"}:
            if getattr(getattr(node.value, "func", None), "id", "").endswith("_facts"):
                yield from (one.arg for one in node.value.keywords if one.arg)
        elif isinstance(node, ast.FunctionDef) and node.name in RECORDED_FACTS:
            for part in ast.walk(node):
                if isinstance(part, ast.Return) and isinstance(part.value, ast.Dict):
                    yield from (one.value for one in part.value.keys if one is not None)


def test_every_action_belongs_to_a_named_area():
    assert {action.partition(".")[0] for action in ACTION_WORDS} <= set(AREA_WORDS)


def test_every_recorded_thing_has_a_word():
    things = {
        call.args[1].elts[0].value
        for _module, call, _said in calls()
        if len(call.args) > 1 and isinstance(call.args[1], ast.Tuple)
    }
    assert len(things) > 8
    assert sorted(things - set(THING_WORDS)) == []


def test_every_recorded_field_has_a_word():
    keys = {
        key.value
        for _module, call, _said in calls()
        for keyword in call.keywords
        if keyword.arg in {"before", "after"} and isinstance(keyword.value, ast.Dict)
        for key in keyword.value.keys
        if isinstance(key, ast.Constant)
    }
    keys |= {  # of what a function `…_facts` puts together, and its callers add
        name
        for path in sorted(APP.rglob("*.py"))
        for name in handed_facts(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert len(keys) > 20 and {"reason", "reminder"} <= keys
    keys |= set(FIELDS)
    keys |= set(Event.__table__.columns.keys()) - {"id"}
    assert sorted(keys - set(FIELD_WORDS)) == []


@pytest.mark.parametrize(
    ("field", "values", "thing"),
    [
        *((field, values, thing) for values, (field, thing) in CHOICES.items()),
        ("role", ROLES, "account"),
        ("role", (STEWARD, SUPERVISOR), "gate"),
        ("print", LAYOUTS, "print"),
        ("layout", [one for kind in LAYOUTS.values() for one in kind], "print"),
        ("error_code", REASONS, "message"),
    ],
)
def test_every_value_of_a_choice_is_read_in_words(app, field, values, thing):
    for value in values:
        assert value_word(field, str(value), thing) != str(value), value


def test_every_closed_set_is_worded_or_known_never_to_be_recorded():
    found = {
        f"{'.'.join(path.relative_to(APP.parent).with_suffix('').parts)}.{node.name}"
        for path in sorted(APP.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and "StrEnum" in map(ast.unparse, node.bases)
    }
    worded = {f"{one.__module__}.{one.__name__}" for one in CHOICES}
    assert sorted(found - worded - NEVER_RECORDED) == []
    assert sorted((worded | NEVER_RECORDED) - found) == []


def test_an_unknown_action_is_still_a_sentence(app):
    assert action_word("moon.landed") == "Thao tác khác (moon.landed)"


def test_changes_show_only_what_differs(app):
    found = changes(
        {"full_name": "Tạ Đăng Khuê", "phone": None, "state": "waitlisted"},
        {"full_name": "Tạ Đăng Khuê", "phone": "0900000001", "state": "confirmed"},
        thing="registration",
    )
    assert [(one.label, one.before, one.after) for one in found] == [
        ("Điện thoại", "–", "0900000001"),
        ("Trạng thái", "Danh sách chờ", "Có chỗ"),
    ]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("cutoff_at", "2024-03-05T10:00:00+00:00", "05/03/2024 17:00"),
        ("issued_on", "2024-03-01", "01/03/2024"),
        ("cutoff_at", "ngày mai", "ngày mai"),
        ("invited_kinds", ["department", "other"], "Phòng thuộc Sở; Đơn vị khác"),
        ("sessions", [{"name": "Buổi sáng", "topic": ""}], "Tên: Buổi sáng"),
        ("planned_seats", 110, "110"),
        ("note", "", "–"),
    ],
)
def test_values_are_read_as_people_write_them(app, field, value, words):
    assert value_word(field, value) == words


def test_things(app):
    assert thing_word("registration", 7) == "Đăng ký số 7"
    assert thing_word("register", 0) == "Danh bạ đơn vị"


def test_a_changed_plan_is_told_without_our_own_names(app):
    before = {"letter": {"inviter": "Sở", "signer": ""}, "plan": {"headcount": "110"}}
    with app.test_request_context():
        told = " ".join(one.before for one in changes(before, {}, thing="event"))
    assert told == "Bên mời: Sở Số lượng: 110"
