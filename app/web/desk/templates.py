"""The ready sentences of the sub-district: the list, one of them, and what is done with it."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.access.freshness import OLDER
from app.categories import queries as categories
from app.errors import ManyRefused, NotFound, Refused
from app.reading import reading
from app.replies import queries as replies
from app.replies import templates
from app.replies import words as reply_words
from app.replies.templates import Sentence
from app.web.auth.sign_in import actor
from app.web.desk import bp, phrases
from app.web.desk.case_page import Tried
from app.web.typed import typed_in
from app.web.words import by_field

Answer = str | Response | tuple[str, int]
LARGEST_ID = 2**31 - 1


@bp.get("/templates", endpoint="templates")
def listed() -> str:
    """Every sentence, by what is done with it."""
    return _draw()


@bp.post("/templates")
def add_template() -> Answer:
    """Keep one more."""
    return _do(lambda: templates.add(actor(), _sentence()), _("记下了，从现在起可以选它。"), _draw)


@bp.post("/templates/usual")
def usual_templates() -> Response:
    """Begin with the usual ones, if there are none."""
    count = templates.put_in_usual(actor())
    flash(_("放好了%(count)s句。", count=count) if count else _("已经有了，没有再放。"))
    return redirect(url_for("desk.templates"), 303)


@bp.get("/templates/<int:template_id>")
def template(template_id: int) -> str:
    """One of them, to be changed."""
    return _draw_one(_row_id(template_id))


@bp.post("/templates/<int:template_id>")
def change_template(template_id: int) -> Answer:
    """Say it differently."""
    one, as_seen = _row_id(template_id), request.form.get("seen", "")
    return _do(
        lambda: templates.change(actor(), one, _sentence(), as_seen),
        _("改好了。"),
        lambda tried: _draw_one(one, tried),
    )


@bp.post("/templates/<int:template_id>/retire")
def retire_template(template_id: int) -> Answer:
    """Offer it no longer."""
    return _turn(templates.retire, template_id, _("停用了，不再让人选它。"))


@bp.post("/templates/<int:template_id>/take-back")
def take_back_template(template_id: int) -> Answer:
    """Offer it again."""
    return _turn(templates.take_back, template_id, _("又可以选它了。"))


def _turn(verb: Callable[..., None], template_id: int, words: str) -> Answer:
    one, as_seen = _row_id(template_id), request.form.get("seen", "")
    return _do(lambda: verb(actor(), one, as_seen), words, lambda tried: _draw_one(one, tried))


def _do(verb: Callable[[], object], words: str, draw: Callable[[Tried], str]) -> Answer:
    try:
        verb()
    except (Refused, ManyRefused) as refused:
        older = isinstance(refused, Refused) and refused.key == OLDER
        return draw(Tried("template", by_field(refused), typed_in())), 409 if older else 422
    flash(words)
    return redirect(url_for("desk.templates"), 303)


def _sentence() -> Sentence:
    return Sentence(*(request.form.get(field, "") for field in templates.FIELDS))


def _row_id(number: int) -> int:
    if number > LARGEST_ID:
        raise NotFound
    return number


def _draw(tried: Tried | None = None) -> str:
    rows = replies.listed(reading(), actor().sub_district_id)
    by_action = {action: [one for one in rows if one.action == action] for action in reply_words.ACTIONS}
    return render_template(
        "desk/templates.html",
        rows=rows,
        by_action=by_action,
        usual=len(reply_words.usual()),
        **_form(tried or Tried()),
    )


def _draw_one(template_id: int, tried: Tried | None = None) -> str:
    row = replies.by_id(reading(), actor().sub_district_id, template_id)
    if row is None:
        raise NotFound
    return render_template("desk/template.html", row=row, seen=templates.seen(row), **_form(tried or Tried()))


def _form(tried: Tried) -> dict[str, object]:
    tree: dict[str, list[tuple[str, str]]] = {}
    for leaf in categories.in_use(reading()):
        tree.setdefault(leaf.level1, []).append((leaf.code, f"{leaf.level2} / {leaf.level3}"))
    words = {code: f"{level1} / {name}" for level1, leaves in tree.items() for code, name in leaves}
    return {
        "tried": tried,
        "actions": {action: phrases.BUTTONS[action] for action in reply_words.ACTIONS},
        "tree": tree,
        "category_words": words,
        "places": "".join(f"{{{name}}}" for name in reply_words.NAMED),
        "longest": templates.LONGEST_TITLE,
    }
