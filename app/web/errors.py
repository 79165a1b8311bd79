"""Friendly pages for what goes wrong; nobody loses what they typed, nobody sees a stack."""

from __future__ import annotations

import logging
import math
import time
from datetime import UTC, datetime
from typing import Any

from flask import Flask, current_app, make_response, render_template, request
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Response

from app.errors import Forbidden, NotFound, Stale
from app.web.auth import going_on
from app.web.headers import is_staff_side
from app.web.typed import fit

log = logging.getLogger("mashang")
Answer = tuple[str, int] | Response
PAGES = {403, 404, 405, 410, 413, 429}
WORDS = ("text", "note")


def init_app(app: Flask) -> None:
    """Answer every refusal and every defect with a page."""
    app.register_error_handler(NotFound, lambda _e: _page(404))
    app.register_error_handler(Forbidden, lambda _e: _page(403))
    app.register_error_handler(Stale, _stale)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, _unsigned)
    app.register_error_handler(Exception, _defect)
    app.jinja_env.globals |= {"typed_words": typed_words, "photos_chosen": photos_chosen}


def too_many(until: float) -> Response:
    """The page for who knocked too often; `until` is the Unix time from which they may again."""
    page = _page(429, until=datetime.fromtimestamp(until, UTC))
    return retry_at(make_response(page), until)


def retry_at(answer: Response, until: float) -> Response:
    """The same answer, told to machines too."""
    answer.headers["Retry-After"] = str(max(1, math.ceil(until - time.time())))
    return answer


def typed_words() -> list[str]:
    """Longer texts of the refused request, so that the page can hand them back."""
    if not _has_form():
        return []
    return [fit(value) for key, value in request.form.items() if key in WORDS and value.strip()]


def photos_chosen() -> bool:
    """Whether photos came with the refused request: no page can hand them back, and it is to say so."""
    return _has_form() and any(upload.filename for upload in request.files.values())


def _has_form() -> bool:
    most = current_app.config["MAX_CONTENT_LENGTH"]
    if request.method != "POST" or (request.content_length or 0) > most:
        return False
    try:
        return bool(request.form or request.files)
    except (HTTPException, OSError):  # the page that tells of one fault is not to be another
        return False


def _unsigned(error: CSRFError) -> Answer | HTTPException:
    """A form of a session that is gone: whoever typed it logs in, and sends it then."""
    if is_staff_side() and not current_user.is_authenticated and going_on.from_our_page():
        return going_on.log_in_first()
    return _http(error)


def _http(error: HTTPException) -> Answer | HTTPException:
    code = error.code or 500
    if code < 400:
        return error
    answer = make_response(_page(code if code in PAGES else 400 if code < 500 else 500, code))
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        answer.headers["Allow"] = ", ".join(error.valid_methods)
    return answer


def _stale(error: Stale) -> Answer:
    return render_template("errors/stale.html", error=error, staff=True, typed=typed_words()), 409


def _defect(error: Exception) -> Answer:
    log.exception("defect at %s", request.endpoint, exc_info=error)
    return _page(500)


def _page(page: int, code: int | None = None, **facts: Any) -> tuple[str, int]:
    words = typed_words()
    return render_template(f"errors/{page}.html", staff=is_staff_side(), typed=words, **facts), code or page
