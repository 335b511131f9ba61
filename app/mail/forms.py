"""Forms of the outbox."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import Length

from app.core.forms import BaseForm, Needed


class AddressForm(BaseForm):
    address = StringField(
        _l("Địa chỉ thư điện tử"),
        validators=[Needed(_l("Hãy nhập địa chỉ thư điện tử của đơn vị.")), Length(max=254)],
    )
