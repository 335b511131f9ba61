from flask import Blueprint

blueprint = Blueprint("desk_registrations", __name__)
