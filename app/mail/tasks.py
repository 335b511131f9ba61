"""The worker's tasks for the outbox."""


def schedule_drain(delay: float = 0) -> None:
    """Wake the worker `delay` seconds from now."""
