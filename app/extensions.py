"""Extensions, unbound; imports no feature."""

from typing import TYPE_CHECKING

from flask_babel import Babel
from flask_mail import Mail
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect

from app.core.database import Base
from app.core.plain_first import PlainFirst

db = SQLAlchemy(model_class=Base, session_options={"class_": PlainFirst})
csrf = CSRFProtect()
babel = Babel()
mail = Mail()

if TYPE_CHECKING:  # db.Model is made at run time: type checkers see the base it is made from
    Model = Base
else:
    Model = db.Model
