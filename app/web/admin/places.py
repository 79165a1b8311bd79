"""Doorways and their codes, for whoever prints and hangs them: to look at and to take away as a table."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app.errors import NotFound
from app.places import queries
from app.places.exporting import register_table
from app.places.queries import Coverage
from app.reading import reading
from app.web.admin import bp
from app.web.auth.sign_in import actor

PRINT = "--stock a4-poster --only-unprinted --out codes.pdf"


@bp.get("/places", endpoint="places")
def places_page() -> str:
    """Buildings and doorways of one community, each with its code."""
    mine = _mine()
    here = _chosen(mine) or (mine[0] if mine else None)
    entries = list(queries.register(reading(), _place(), {here.community.id})) if here else []
    return render_template("admin/places.html", communities=mine, here=here, entries=entries)


@bp.get("/places.csv")
def places_table() -> Response:
    """The register as a table, of one community or of all; no spreadsheet runs any of it."""
    mine = _mine()
    chosen = _chosen(mine)
    wanted = {chosen.community.id} if chosen else {each.community.id for each in mine}
    answer = Response(register_table(reading(), _place(), wanted), content_type="text/csv; charset=utf-8")
    code = chosen.community.code if chosen else current_user.sub_district_code
    answer.headers["Content-Disposition"] = f'attachment; filename="doorways-{code}.csv"'
    return answer


@bp.get("/codes", endpoint="codes")
def codes_page() -> str:
    """What still lacks a code, paper or a wall; the print runs; how to print what is missing."""
    return render_template(
        "admin/codes.html",
        rows=_mine(),
        runs=queries.print_runs(reading(), _place()),
        command=f".venv/bin/flask codes print --sub-district {current_user.sub_district_code} {PRINT}",
        register=url_for("admin.places_table"),
    )


def _place() -> int:
    return actor().sub_district_id or 0


def _mine() -> list[Coverage]:
    return queries.coverage(reading(), _place(), actor().community_ids)


def _chosen(mine: list[Coverage]) -> Coverage | None:
    written = request.args.get("community", "")
    if not written:
        return None
    for each in mine:
        if str(each.community.id) == written:
            return each
    raise NotFound
