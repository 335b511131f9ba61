from flask import Blueprint

blueprint = Blueprint("registration", __name__)
