"""The staff door: queue, case, case-day, closing, the doorway, what went to 12345."""

from __future__ import annotations

from flask import Blueprint
from flask.blueprints import BlueprintSetupState

from app.web.auth.sign_in import me
from app.web.desk.marks import at, due, kind_word, on, staff_state, state_shape, urgent_word
from app.web.desk.rail import rail, role_word
from app.web.words import CHANNELS

bp = Blueprint("desk", __name__, url_prefix="/desk")


@bp.record_once
def _give_templates(state: BlueprintSetupState) -> None:
    state.app.jinja_env.globals |= {"rail": rail, "role_word": role_word, "signed_in": me}
    state.app.jinja_env.globals |= {
        "staff_state": staff_state,
        "state_shape": state_shape,
        "kind_word": kind_word,
        "urgent_word": urgent_word,
        "channel_words": CHANNELS,
    }
    state.app.jinja_env.filters |= {"due": due, "on": on, "at": at}


# the views hang themselves on `bp`
from app.web.desk import acting, case, closing, data_requests, days, door, forwardings, notices, queue  # noqa: E402, F401, I001
from app.web.desk import bulk, exporting, filters, keying, ledgers, news, printing, put_in  # noqa: E402, F401
from app.web.desk import templates, undo_line, unit  # noqa: E402, F401

bp.add_app_template_global(notices.urgent, "urgent")
bp.add_app_template_global(notices.on_duty, "on_duty")
