"""Who may do what; used as marks on views and by templates."""

from __future__ import annotations

from app.core.access import Actor

ROLES = ("admin", "desk", "leader", "hall")
SUPERVISOR = "supervisor"  # not an account's: a gate's


def can_administer(actor: Actor) -> bool:
    """Accounts, audit log, deletion."""
    return actor.has_role("admin")


def can_manage(actor: Actor) -> bool:
    """Everything the desk changes."""
    return actor.has_role("admin", "desk")


def can_view_desk(actor: Actor) -> bool:
    """The desk's pages, without changing anything (P26: leaders' overview)."""
    return actor.has_role("admin", "desk", "leader")


def can_approve(actor: Actor) -> bool:
    """Letters that go out in the department's name (Nghị định 30, Điều 13): a leader's alone."""
    return actor.has_role("leader")


def can_see_contacts(actor: Actor) -> bool:
    """Phone numbers and addresses of delegates (domain.md 5.3)."""
    return actor.has_role("admin", "desk")


def can_check_in(actor: Actor) -> bool:
    """The hall's pages: staff with an account, or a paired gate."""
    return actor.kind == "gate" or actor.has_role("admin", "desk", "hall")


def is_staff(actor: Actor) -> bool:
    """The office, not a unit: the cut-off does not bind it. A gate enters people at the door only."""
    return actor.kind in ("account", "gate")


def can_admit(actor: Actor) -> bool:
    """Undo what others scanned, let in a walk-in or a substitute: not a steward's gate."""
    return actor.has_role("admin", "desk", "hall", SUPERVISOR)


def can_watch_hall(actor: Actor) -> bool:
    """The board of who has arrived: gates, the hall's staff, the desk and the leaders."""
    return can_check_in(actor) or can_view_desk(actor)
