"""Moved to app.core.policies."""

from app.core.policies import *  # noqa: F403
