"""The refusals of events."""

from flask_babel import lazy_gettext as _l

from app.core.errors import DomainError, NotFound


class PlanFileError(DomainError):
    """A plan file that cannot be used; the message names the entry and what is wrong."""

    status = 400


class EventNotFound(NotFound):
    message = _l("Không có sự kiện này.")


class EventStateRefused(DomainError):
    message = _l("Sự kiện không chuyển sang trạng thái đó được.")


class SeatsRefused(DomainError):
    message = _l("Số chỗ không thể ít hơn số đại biểu đã có chỗ.")


class CutoffRefused(DomainError):
    """A cut-off that moves in a way the settings are not the place for."""
