"""The second factor on pages: the secret as a picture, and the password given once more before a dangerous act."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from flask_babel import gettext as _

from app.errors import Refused
from app.staff import accounts, second_factor, sessions
from app.web import throttle
from app.web.auth.sign_in import SignedIn
from app.web.words import message

ISSUER = "码上"
QUIET = 4  # modules of white a reader needs around the symbol


@dataclass(frozen=True)
class Offered:
    """A secret to put into a telephone: one path of a square of `size` modules, and the letters to type instead."""

    path: str
    size: int
    letters: str
    address: str


def offer(staff_id: int, username: str, login: str) -> Offered:
    """What the page of setting up shows."""
    import qrcode

    secret = second_factor.offer(staff_id, login)
    address = second_factor.address(secret, username, ISSUER)
    symbol = qrcode.QRCode(border=0)
    symbol.add_data(address)
    rows = symbol.get_matrix()
    path = "".join(
        f"M{x + QUIET} {y + QUIET}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, dark in enumerate(row)
        if dark
    )
    letters = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return Offered(path, len(rows) + 2 * QUIET, letters, address)


def prove(person: SignedIn) -> str:
    """Check the password, and the code where there is one, that came with this request; empty when they are right
    and the login counts as fresh, else what is wrong."""
    if not throttle.may_take_second_step(request.remote_addr or "", person.id):
        return str(_("试得太多了，过几分钟再来。"))
    known = accounts.check_password(person.username, request.form.get("confirm_password", ""))
    try:
        is_right = known is not None and (not person.has_second_factor or _is_code_right(person.id))
    except Refused as refused:
        return message(refused)
    if not is_right:
        return str(_("密码或验证码不对。") if person.has_second_factor else _("密码不对。"))
    sessions.prove(person.login_id)
    return ""


def _is_code_right(staff_id: int) -> bool:
    return second_factor.check(staff_id, request.form.get("confirm_code", ""))
