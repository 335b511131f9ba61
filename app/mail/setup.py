"""Binding the outbox to an application."""

from __future__ import annotations

from flask import Flask

from app.mail.bounces import init_bounces
from app.mail.queue import init_queue
from app.mail.rendering import EventFacts, init_facts
from app.mail.tasks import init_tasks


def init_outbox(app: Flask, facts: EventFacts) -> None:
    """The task queue with the outbox's tasks, and who knows what mails say of an event."""
    queue = init_queue(app)
    init_tasks(queue)
    init_bounces(app, queue)
    init_facts(app, facts)
