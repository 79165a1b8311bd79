"""Signed tokens for pages that set no cookie. A token is bound to a place (a door, a receipt) and to the
page's submission key, so it is good for that one form only; thirty days, by the real clock."""

from __future__ import annotations

import hmac
from uuid import uuid4

from flask import current_app
from itsdangerous import BadSignature, SignatureExpired, TimestampSigner
from itsdangerous.signer import SigningAlgorithm

from app.cases.wording import is_submission_key

LIFETIME = 30 * 24 * 3600  # seconds


class _OneShot(SigningAlgorithm):
    """HMAC-SHA1, as itsdangerous makes it, by one call of OpenSSL instead of a Python object for each signature."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return hmac.digest(key, value, "sha1")


class _Signer(TimestampSigner):
    """itsdangerous' own, which would derive its key anew for each signature."""

    def __init__(self, secret_key: str) -> None:
        super().__init__(secret_key, salt="resident-form", algorithm=_OneShot())
        self._derived = super().derive_key()

    def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
        newest = secret_key is None or secret_key == self.secret_key
        return self._derived if newest else super().derive_key(secret_key)


def new_key() -> str:
    """A submission key: one per page, so that a page sent twice counts once."""
    return str(uuid4())


def issue(place: str, submission_key: str) -> str:
    """The token of a form at this place."""
    signed = _signer().sign(_bound(place, submission_key)).decode()
    return signed.rsplit("|", 1)[1].split(".", 1)[1]


def fault(place: str, submission_key: str, token: str) -> str | None:
    """What is wrong with a token: a message key, or None when it is good."""
    if not is_submission_key(submission_key):
        return "page_broken"
    try:
        _signer().unsign(f"{_bound(place, submission_key)}.{token}", max_age=LIFETIME)
    except SignatureExpired:
        return "page_expired"
    except BadSignature:
        return "page_broken"
    return None


def sign_photo(place: str, submission_key: str, photo: str) -> str:
    """A reference to a photo that waits in quarantine, good for the form of this key alone."""
    return _signer().sign(f"{_bound(place, submission_key)}|photo|{photo}").decode().split("|photo|", 1)[1]


def signed_photo(place: str, submission_key: str, reference: str) -> str | None:
    """What such a reference names; None for one of another page, forged, or too old."""
    try:
        whole = _signer().unsign(f"{_bound(place, submission_key)}|photo|{reference}", max_age=LIFETIME)
    except BadSignature:
        return None
    return whole.decode().split("|photo|", 1)[1]


def _bound(place: str, submission_key: str) -> str:
    return f"{place}|{submission_key.lower()}"


def _signer() -> _Signer:
    app = current_app
    signer: _Signer | None = app.extensions.get("mashang-tokens")
    if signer is None:
        signer = _Signer(app.config["SECRET_KEY"])
        app.extensions["mashang-tokens"] = signer
    return signer
