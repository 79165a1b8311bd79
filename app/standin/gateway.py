"""The gateway itself: the work-order interface of CONTRACT, with its faults, and the app around it."""

from __future__ import annotations

import hmac
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, Response, jsonify, request
from flask.json.provider import DefaultJSONProvider
from flask.typing import ResponseReturnValue
from waitress.channel import ClientDisconnected  # type: ignore[import-untyped,unused-ignore]
from werkzeug.exceptions import HTTPException

from app.standin.dossier import BadBody, read_dossier
from app.standin.faults import BEFORE_ANYTHING, Faults
from app.standin.orders import Orders
from app.standin.pages import human_pages
from app.standin.push import Push

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LARGEST_BODY = 2 * 1024 * 1024
REFUSAL = "演示退单：不属于热线受理范围 (demonstration refusal)"
_CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)


class ReplyLost(BaseException):
    """Close the connection without a byte. No Exception, or Flask would make a 500 answer of it."""


class Refusal(Exception):
    """An answer that is no order: a status, the reason in the body, and further headers."""

    def __init__(self, status: int, reason: str, **headers: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class _PlainJSON(DefaultJSONProvider):
    ensure_ascii = False
    sort_keys = False


class KeysInHand:
    """The idempotency keys whose request has not been answered yet."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self._lock = threading.Lock()

    @contextmanager
    def hold(self, key: str) -> Iterator[None]:
        """Hold a key for one request. Raises Refusal 409 while another request holds it."""
        with self._lock:
            if key in self._keys:
                raise Refusal(409, "Idempotency-Key: a request with this key is in progress", Retry_After="1")
            self._keys.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._keys.discard(key)


def create_gateway(store: Path, token: str | None, faults: Faults, push: Push | None = None) -> Flask:
    """The stand-in as a WSGI app over the order file `store`.

    Without a token any bearer is accepted. For `drop` and `lost-reply` the app raises waitress's own
    ClientDisconnected, on which waitress closes the socket without a byte; other servers may answer 500.
    Raises sqlite3.Error or OSError when the file cannot be opened.
    """
    orders = Orders(store)
    gateway = Flask("app.standin", static_folder="static", template_folder="templates")
    gateway.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    gateway.json = _PlainJSON(gateway)
    gateway.register_blueprint(_interface(orders, token, faults))
    gateway.register_blueprint(human_pages(orders, faults, push))
    gateway.after_request(_with_headers)
    gateway.add_url_rule("/healthz", "healthz", lambda: _healthz(orders))
    gateway.wsgi_app = _dropping(gateway.wsgi_app)  # type: ignore[assignment,method-assign]
    return gateway


def _interface(orders: Orders, token: str | None, faults: Faults) -> Blueprint:
    interface = Blueprint("interface", __name__)
    in_hand = KeysInHand()

    @interface.before_request
    def check_token() -> None:
        _check_bearer(request.headers.get("Authorization", ""), token)

    @interface.errorhandler(Refusal)
    def refuse(refusal: Refusal) -> ResponseReturnValue:
        return jsonify(reason=refusal.reason), refusal.status, refusal.headers

    @interface.errorhandler(HTTPException)
    def refuse_plainly(wrong: HTTPException) -> ResponseReturnValue:
        return jsonify(reason=wrong.description), wrong.code or 500

    @interface.post("/workorders")
    def receive() -> ResponseReturnValue:
        key, dossier = _read_order()
        if faults.strikes("no-idempotency"):
            return _take(orders, faults, key, dossier, honour_key=False)
        with in_hand.hold(key):
            return _take(orders, faults, key, dossier, honour_key=True)

    @interface.get("/workorders")
    def look_up() -> ResponseReturnValue:
        external_id = request.args.get("external_id", "")
        if not external_id:
            raise Refusal(400, "external_id: missing in the query")
        return jsonify(items=[order.as_contract() for order in orders.shown_by_external_id(external_id)])

    @interface.get("/workorders/<workorder_id>")
    def one(workorder_id: str) -> ResponseReturnValue:
        order = orders.find(workorder_id)
        if order is None:
            raise Refusal(404, f"workorder_id: no order {workorder_id}")
        return jsonify(order.as_contract())

    return interface


def _check_bearer(header: str, token: str | None) -> None:
    scheme, _, given = header.partition(" ")
    if scheme.lower() != "bearer" or not given.strip():
        raise Refusal(401, "Authorization: a bearer token is missing", WWW_Authenticate="Bearer")
    if token and not hmac.compare_digest(given.strip().encode(), token.encode()):
        raise Refusal(401, "Authorization: wrong token", WWW_Authenticate="Bearer")


def _read_order() -> tuple[str, dict[str, Any]]:
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key:
        raise Refusal(400, "Idempotency-Key: missing in the header")
    try:
        dossier = read_dossier(request.get_data())
    except BadBody as wrong:
        raise Refusal(400, str(wrong)) from None
    if str(dossier["external_id"]) != key:
        raise Refusal(400, "Idempotency-Key: not the same as external_id")
    return key, dossier


def _take(
    orders: Orders, faults: Faults, key: str, dossier: dict[str, Any], *, honour_key: bool
) -> ResponseReturnValue:
    """Make the order, or find the one of this key, with every fault that comes up on the way."""
    _fail_before_anything(faults)
    if faults.strikes("422") and not (honour_key and orders.is_known(key)):
        raise Refusal(422, REFUSAL)
    hidden_for = faults.seconds["late"] if faults.strikes("late") else 0.0
    order, made = orders.make(key, dossier, honour_key=honour_key, hidden_for=hidden_for)
    if faults.strikes("lost-reply"):
        raise ReplyLost
    if faults.strikes("slow"):
        time.sleep(faults.seconds["slow"])
    return jsonify(workorder_id=order.workorder_id), 201 if made else 200


def _fail_before_anything(faults: Faults) -> None:
    struck = next((name for name in BEFORE_ANYTHING if faults.strikes(name)), None)
    match struck:
        case "drop":
            raise ReplyLost
        case "500":
            raise Refusal(500, "fault 500: nothing was made")
        case "503":
            raise Refusal(503, "fault 503: nothing was made", Retry_After="1")
        case "409":
            raise Refusal(409, "Idempotency-Key: a request with this key is in progress", Retry_After="1")


def _healthz(orders: Orders) -> ResponseReturnValue:
    orders.ping()
    return jsonify(status="ok")


def _with_headers(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = _CSP
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response


def _dropping(app: WSGIApplication) -> WSGIApplication:
    def call(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            return app(environ, start_response)
        except ReplyLost:
            raise ClientDisconnected from None

    return call
