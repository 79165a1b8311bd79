"""The pages on which a person plays the city: the orders, and what the city answers to each."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from app.standin import words
from app.standin.faults import Faults
from app.standin.orders import BEIJING, PAGE, SATISFACTIONS, STATUSES, Answer, Order, Orders
from app.standin.push import Push

LONGEST_TEXT = 4000
_SOLVED: Mapping[str, bool | None] = {"unknown": None, "yes": True, "no": False}


def human_pages(orders: Orders, faults: Faults, push: Push | None) -> Blueprint:
    """The pages for people. They ask for no log-in: the stand-in listens on loopback only."""
    pages = Blueprint("pages", __name__)
    pages.before_request(_refuse_other_sites)
    pages.context_processor(_for_templates)
    pages.app_errorhandler(HTTPException)(_error_page)

    @pages.get("/")
    def all_orders() -> ResponseReturnValue:
        shown = orders.newest(request.args.get("before", type=_number))
        older = shown[-1].number if len(shown) == PAGE else None
        return render_template(
            "orders.html", orders=shown, older=older, count=orders.count(), faults=faults.describe()
        )

    @pages.get("/orders/<workorder_id>")
    def one_order(workorder_id: str) -> ResponseReturnValue:
        order = _found(orders, workorder_id)
        return _order_page(orders, order, push, _as_typed(order), {})

    @pages.post("/orders/<workorder_id>")
    def answer(workorder_id: str) -> ResponseReturnValue:
        order = _found(orders, workorder_id)
        wrong = _what_is_wrong(request.form)
        if wrong:
            return _order_page(orders, order, push, request.form, wrong), 422
        answered = orders.answer(workorder_id, _read_answer(request.form))
        if push:
            _push_now(orders, answered, push)
        return redirect(url_for("pages.one_order", workorder_id=workorder_id, lang=_lang_to_keep()), 303)

    @pages.post("/orders/<workorder_id>/push")
    def push_again(workorder_id: str) -> ResponseReturnValue:
        order = _found(orders, workorder_id)
        if push is None:
            abort(404)
        _push_now(orders, order, push)
        return redirect(url_for("pages.one_order", workorder_id=workorder_id, lang=_lang_to_keep()), 303)

    return pages


def _number(text: str) -> int:
    value = int(text)
    if not 0 <= value < 2**62:
        raise ValueError(text)
    return value


def _found(orders: Orders, workorder_id: str) -> Order:
    return orders.find(workorder_id) or abort(404)


def _push_now(orders: Orders, order: Order, push: Push) -> None:
    taken, answer = push.send(order.as_contract())
    orders.note(order.workorder_id, "pushed" if taken else "push_failed", answer)


def _order_page(
    orders: Orders, order: Order, push: Push | None, typed: Mapping[str, str], wrong: Mapping[str, str]
) -> str:
    return render_template(
        "order.html",
        order=order,
        typed=typed,
        wrong=wrong,
        push=push,
        happenings=orders.happenings(order.workorder_id),
        dossier=json.dumps(order.dossier, ensure_ascii=False, indent=2),
    )


def _as_typed(order: Order) -> dict[str, str]:
    return {
        "status": order.status,
        "lead_unit": order.lead_unit or "",
        "result": order.result or "",
        "solved": next(word for word, value in _SOLVED.items() if value is order.solved),
        "satisfaction": order.satisfaction or "",
    }


def _what_is_wrong(typed: Mapping[str, str]) -> dict[str, str]:
    """The fields that cannot be saved, each with the words beside it."""
    choices = {"status": STATUSES, "solved": tuple(_SOLVED), "satisfaction": ("", *SATISFACTIONS)}
    unknown = (name for name, known in choices.items() if typed.get(name, "") not in known)
    too_long = (name for name in ("lead_unit", "result") if len(typed.get(name, "")) > LONGEST_TEXT)
    return dict.fromkeys(unknown, "请从这几个里选一个。") | dict.fromkeys(
        too_long, "请写短一些，最多4000字。"
    )


def _read_answer(typed: Mapping[str, str]) -> Answer:
    """The answer in a form that `_what_is_wrong` has nothing against."""
    return Answer(
        status=next(status for status in STATUSES if status == typed["status"]),
        lead_unit=typed.get("lead_unit", "").strip() or None,
        result=typed.get("result", "").strip() or None,
        solved=_SOLVED[typed["solved"]],
        satisfaction=next((word for word in SATISFACTIONS if word == typed.get("satisfaction")), None),
    )


def _refuse_other_sites() -> None:
    # No log-in, so no session to bind a token to; the browser itself says where a form came from.
    origin = request.headers.get("Sec-Fetch-Site", "none")
    if request.method == "POST" and origin not in ("same-origin", "none"):
        abort(403)


def _language() -> str:
    return "en" if request.args.get("lang") == "en" else "zh"


def _lang_to_keep() -> str | None:
    return "en" if _language() == "en" else None


def _for_templates() -> dict[str, Any]:
    language = _language()
    return {
        "language": language,
        "lang": _lang_to_keep(),
        "say": lambda chinese: words.in_language(language, chinese),
        "at": _shown,
        "words": words,
    }


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"


def _error_page(wrong: HTTPException) -> ResponseReturnValue:
    if request.path.startswith("/workorders"):
        return {"reason": wrong.description}, wrong.code or 500
    title = "没有这一页" if wrong.code == 404 else "这一页打不开"
    return render_template("error.html", title=title, **_for_templates()), wrong.code or 500
