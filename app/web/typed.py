"""What somebody typed, fit to be shown again."""

from __future__ import annotations

from flask import request

from app.cases.wording import without_control_characters


def typed_in() -> dict[str, str]:
    """The form of this request, without the characters no page can carry."""
    return {name: without_control_characters(value) for name, value in request.form.items()}
