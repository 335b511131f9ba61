"""What the unit's page says of the signed form."""

from __future__ import annotations

from typing import Any

from app.signed_forms.queries import FormStanding
from app.signed_forms.rules import MOST_BYTES, FormState, megabytes


def signed_form_panel(standing: FormStanding) -> dict[str, Any]:
    """For ``unit_pages/_signed_form.html``, as the variable ``signed_form``.

    ``state``: a key of the states "form"; ``form``: the upload that counts, or None; ``on_time``;
    ``needs_scan``: whether the unit has something to send; ``most_mb``.
    """
    return {
        "state": standing.state,
        "form": standing.form,
        "on_time": standing.on_time,
        "needs_scan": standing.state not in (FormState.RECEIVED, FormState.ACCEPTED),
        "most_mb": megabytes(MOST_BYTES),
    }
