"""Who is asking, and what each view demands.

Every view is closed unless marked: `@public`, or `@requires(policy)` where the policy
is a predicate on the actor. One before_request reads the mark; tests read it too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, current_app, g, redirect, request, url_for
from flask_security import current_user

from app.core.errors import Forbidden

View = TypeVar("View", bound=Callable[..., Any])
Policy = Callable[["Actor"], bool]


@dataclass(frozen=True)
class Actor:
    """Who does something: an account, a unit by its link, a gate, or the system itself."""

    kind: str  # account | unit | gate | system | nobody
    ref: str = ""
    label: str = ""
    roles: frozenset[str] = frozenset()
    event_id: int | None = None  # a gate's or a unit's only event

    def has_role(self, *names: str) -> bool:
        return bool(self.roles.intersection(names))


NOBODY = Actor("nobody")
SYSTEM = Actor("system", "system", "Hệ thống")


def public(view: View) -> View:
    view.access = "public"  # type: ignore[attr-defined]
    return view


def requires(policy: Policy) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.access = policy  # type: ignore[attr-defined]
        return view

    return mark


def current_actor() -> Actor:
    """The gate paired with this device, on the hall's pages, or the account signed in, or nobody."""
    if "actor" not in g:
        g.actor = _find_actor()
    return g.actor


def _find_actor() -> Actor:
    """The phone before the account: who opens the hall's page on a gate's phone is that gate."""
    for finder in current_app.extensions.get("actor_finders", ()):
        actor = finder()
        if actor is not None:
            return actor
    if current_user and current_user.is_authenticated:
        return Actor(
            "account",
            str(current_user.id),
            current_user.full_name or current_user.email,
            frozenset(role.name for role in current_user.roles),
        )
    return NOBODY


def init_access(app: Flask) -> None:
    app.extensions["actor_finders"] = []
    app.before_request(_enforce)


# Views of extensions, which carry no mark of ours: each is guarded by its own owner.
THIRD_PARTY = ("security.", "static")


def _enforce() -> Any:
    endpoint = request.endpoint
    if endpoint is None or endpoint.startswith(THIRD_PARTY):
        return None
    access = getattr(current_app.view_functions[endpoint], "access", None)
    if access == "public":
        return None
    if access is None:
        raise Forbidden()
    actor = current_actor()
    if access(actor):
        return None
    if actor.kind == "nobody":
        return redirect(url_for("security.login", next=request.full_path.rstrip("?")))
    raise Forbidden()
