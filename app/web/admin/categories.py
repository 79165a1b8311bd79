"""The catalogue: found, changed, retired leaf by leaf; taken out and in as a table, looked at first."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.access.permissions import may_keep_shared
from app.cases import unit_list_queries as units
from app.categories import catalogue, keeping, limits, queries
from app.categories.keeping import CatalogueRefused
from app.categories.models import Category
from app.errors import ManyRefused, NotFound, Refused
from app.reading import reading
from app.web import table_faults
from app.web.admin import bp
from app.web.admin.forms import NOTHING, Tried, not_taken, seen
from app.web.auth.sign_in import actor
from app.web.typed import fit

Answer = Response | tuple[str, int]
LARGEST_TABLE = 4 * 1024 * 1024
LARGEST_HANDED_BACK = 600 * 1024  # a form's fields are kept in memory up to a megabyte
MOST_TOLD = 100
KINDS = (".csv", ".txt", ".xlsx", ".xls")


@bp.get("/categories", endpoint="categories")
def categories_page() -> Answer:
    """The tree, or what a search finds in it."""
    return _draw()


@bp.get("/categories.csv")
def categories_table() -> Response:
    """Every leaf, retired ones included."""
    answer = Response(keeping.export_catalogue(reading()), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="categories.csv"'
    return answer


@bp.get("/categories/new")
def new_category() -> Answer:
    """An empty leaf, for who may put it in."""
    if not may_keep_shared(actor()):
        return redirect(url_for("admin.categories"), 303)
    return _leaf(None)


@bp.post("/categories/new")
def add_category() -> Answer:
    """Put a leaf in."""
    try:
        code = keeping.add_leaf(actor(), request.form)
    except (Refused, ManyRefused) as refused:
        return _leaf(None, not_taken("leaf", refused))
    flash(_("加好了，从现在起可以选它。"))
    return redirect(url_for("admin.category", code=code), 303)


@bp.get("/categories/leaf/<code>", endpoint="category")
def category_page(code: str) -> Answer:
    """One leaf."""
    return _leaf(_known(code))


@bp.post("/categories/leaf/<code>")
def change_category(code: str) -> Answer:
    """Take what was changed."""
    leaf = _known(code)
    try:
        changed = keeping.change_leaf(actor(), leaf.code, request.form, seen())
    except (Refused, ManyRefused) as refused:
        return _leaf(_known(code), not_taken("leaf", refused))
    flash(_("改好了%(count)s项。", count=len(changed)) if changed else _("没有改动。"))
    return redirect(url_for("admin.category", code=code), 303)


@bp.post("/categories/leaf/<code>/retire")
def retire_category(code: str) -> Response:
    """Offer a leaf no longer."""
    keeping.retire(actor(), _known(code).code)
    flash(_("停用了，不再让人选它；已经用它的案件不变。"))
    return redirect(url_for("admin.category", code=code), 303)


@bp.post("/categories/leaf/<code>/take-back")
def take_back_category(code: str) -> Response:
    """Offer a leaf again."""
    keeping.take_back(actor(), _known(code).code)
    flash(_("又可以选它了。"))
    return redirect(url_for("admin.category", code=code), 303)


@bp.post("/categories/preview")
def preview_categories() -> Answer:
    """Look a table through; nothing is taken yet."""
    try:
        with _uploaded() as path:
            found = _looked_through(path)
    except CatalogueRefused as refused:
        return _draw(Tried("import", {}, {}, 422), refused.faults)
    except Refused as refused:
        return _draw(not_taken("import", refused))
    except OSError:
        return _draw(not_taken("import", Refused("file_unreadable", "table")))
    return render_template("admin/categories_preview.html", found=found, most=MOST_TOLD), 200


@bp.post("/categories/import")
def import_categories() -> Answer:
    """Take the table that was looked through, all of it or nothing."""
    try:
        with _on_disk(
            ".csv", lambda path: path.write_text(request.form.get("table", ""), "utf-8", newline="")
        ) as path:
            taken = keeping.import_catalogue(actor(), path, as_seen=seen())
    except CatalogueRefused as refused:
        return _draw(Tried("import", {}, {}, 422), refused.faults)
    except Refused as refused:
        return _draw(not_taken("import", refused))
    flash(_("收下了：新的%(added)s个，改了%(changed)s个。", added=taken.added, changed=taken.changed))
    return redirect(url_for("admin.categories"), 303)


def _looked_through(path: Path) -> keeping.Preview:
    found = keeping.preview(reading(), path)
    if len(found.table.encode()) > LARGEST_HANDED_BACK:
        raise Refused("table_too_big", "table")
    return found


@contextmanager
def _uploaded() -> Iterator[Path]:
    """The chosen file, on disk for as long as it is read."""
    upload = request.files.get("table")
    if upload is None or not upload.filename:
        raise Refused("file_missing", "table")
    if upload.stream.seek(0, os.SEEK_END) > LARGEST_TABLE:
        raise Refused("table_too_big", "table")
    upload.stream.seek(0)
    kind = next((kind for kind in KINDS if upload.filename.lower().endswith(kind)), ".none")
    with _on_disk(kind, upload.save) as path:
        yield path


@contextmanager
def _on_disk(kind: str, put: Callable[[Path], object]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"table{kind}")
        put(path)
        yield path


def _known(code: str) -> Category:
    leaf = queries.by_code(reading(), code) if code.isalnum() and len(code) <= 12 else None
    if leaf is None:
        raise NotFound
    return leaf


# ---- drawing -------------------------------------------------------------------------------------------


def _draw(tried: Tried = NOTHING, faults: Sequence[keeping.Fault] = ()) -> tuple[str, int]:
    wanted = fit(request.args.get("q", ""))[:60].strip()
    leaves = queries.everything(reading())
    found = [leaf for leaf in leaves if _fits(leaf, wanted.casefold())]
    page = render_template(
        "admin/categories.html",
        tree=_tree(found),
        wanted=wanted,
        found=len(found),
        count=len(leaves),
        unmapped=[leaf for leaf in leaves if not leaf.retired and not leaf.frame],
        frame=catalogue.frame(),
        keeps=may_keep_shared(actor()),
        tried=tried,
        faults=faults[:MOST_TOLD],
        said=table_faults.shown,
        more=max(len(faults) - MOST_TOLD, 0),
    )
    return page, tried.status


def _fits(leaf: Category, wanted: str) -> bool:
    return not wanted or any(
        wanted in text.casefold()
        for text in (leaf.code, leaf.level1, leaf.level2, leaf.level3, leaf.lead_unit)
    )


Tree = list[tuple[str, list[tuple[str, list[Category]]], int]]


def _tree(leaves: Sequence[Category]) -> Tree:
    """Level one, in it level two, in it the leaves: in the order of their codes, names that recur put together."""
    order: dict[str, dict[str, list[Category]]] = {}
    for (one, two), group in groupby(leaves, key=lambda leaf: (leaf.level1, leaf.level2)):
        order.setdefault(one, {}).setdefault(two, []).extend(group)
    return [
        (one, list(inside.items()), sum(len(group) for group in inside.values()))
        for one, inside in order.items()
    ]


def _leaf(leaf: Category | None, tried: Tried = NOTHING) -> tuple[str, int]:
    session = reading()
    values: Mapping[str, object] = tried.typed if tried.form else _as_form(leaf)
    offered = [catalogue.COMMUNITY, *units.offered(session, current_user.sub_district_code)]
    known = str(values.get("lead_unit", ""))
    frame = catalogue.frame()
    page = render_template(
        "admin/category.html",
        leaf=leaf,
        keeps=may_keep_shared(actor()),
        values=values,
        seen=keeping.seen(leaf) if leaf else "",
        limits=[
            (limit.key, _("%(key)s（%(hours)s小时）", key=limit.key, hours=limit.hours))
            for limit in limits.rows(session)
        ],
        offered=[(name, name) for name in dict.fromkeys([*offered, known]) if name],
        is_strange=bool(known) and known not in offered,
        frame=[(code, " › ".join(levels)) for code, levels in frame.items()],
        longest=keeping.LONGEST,
        tried=tried,
    )
    return page, tried.status


def _as_form(leaf: Category | None) -> Mapping[str, object]:
    if leaf is None:
        return {"limit": queries.DEFAULT_LIMIT}
    names = ("code", "level1", "level2", "level3", "lead_unit", "frame")
    ticks = {name: "1" if getattr(leaf, name) else "" for name in ("due_first", "community_may_lead")}
    return {name: getattr(leaf, name) for name in names} | ticks | {"limit": leaf.limit_key}
