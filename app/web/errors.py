"""Friendly pages for what goes wrong; nobody loses what they typed, nobody sees a stack."""

from __future__ import annotations

import logging

from flask import Flask, render_template, request
from werkzeug.exceptions import HTTPException

from app.errors import Forbidden, NotFound, Stale
from app.web.headers import is_staff_side
from app.web.typed import fit

log = logging.getLogger("mashang")
Answer = tuple[str, int]
PAGES = {403, 404, 405, 410, 413, 429}


def init_app(app: Flask) -> None:
    """Answer every refusal and every defect with a page."""
    app.register_error_handler(NotFound, lambda _e: _page(404))
    app.register_error_handler(Forbidden, lambda _e: _page(403))
    app.register_error_handler(Stale, _stale)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _defect)


def _http(error: HTTPException) -> Answer | HTTPException:
    code = error.code or 500
    if code < 400:
        return error
    return _page(code if code in PAGES else 400 if code < 500 else 500, code)


def _stale(error: Stale) -> Answer:
    return render_template("errors/stale.html", error=error, typed=_typed()), 409


def _defect(error: Exception) -> Answer:
    log.exception("defect at %s", request.endpoint, exc_info=error)
    return _page(500)


def _page(page: int, code: int | None = None) -> Answer:
    return render_template(f"errors/{page}.html", staff=is_staff_side(), typed=_typed()), code or page


def _typed() -> list[str]:
    """Longer texts of the refused request, so that the page can hand them back."""
    if request.method != "POST" or request.content_length is None or request.content_length > 1024 * 1024:
        return []
    try:
        return [
            fit(value) for key, value in request.form.items() if key in ("text", "note") and value.strip()
        ]
    except HTTPException:
        return []
