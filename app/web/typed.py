"""What somebody typed, fit to be shown again."""

from __future__ import annotations

from flask import request

from app.cases.wording import without_control_characters


def typed_in() -> dict[str, str]:
    """The form of this request, without the characters no page can carry."""
    return {name: fit(value) for name, value in request.form.items()}


def fit(written: str) -> str:
    """Something written in an address or a form, without the characters no page can carry."""
    return without_control_characters(written)
