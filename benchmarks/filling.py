"""Databases with many cases, written past the application: the words are invented, the shape is the product's.

One case has one report, one line of history, its words in the index and its place in the counts, as if the worker had
been by. Three in a hundred are still open; the rest ended, most as closed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, insert, text

from app.cases import grams
from app.cases.digesting import marks_of
from app.cases.models import CaseEvent, CaseFile, Report
from app.cases.queue_models import CaseWords
from app.db import table

WHERE = (
    "一层",
    "三层",
    "六层",
    "楼道",
    "楼梯拐角",
    "单元门口",
    "地下室",
    "自行车棚",
    "楼前",
    "电梯里",
    "楼顶",
    "花坛边",
)
WHAT = (
    "灯",
    "水管",
    "暖气",
    "电梯",
    "垃圾桶",
    "单元门",
    "下水道",
    "墙皮",
    "井盖",
    "路面",
    "消火栓",
    "充电桩",
    "树枝",
    "信箱",
)
HOW = (
    "坏了",
    "漏水",
    "不热",
    "不亮",
    "堵了",
    "满了没人清",
    "关不严",
    "夜里响",
    "松动了",
    "挡着路",
    "掉下来一块",
    "时好时坏",
)
SINCE = (
    "今天早上开始的",
    "有三天了",
    "上周报过一次",
    "老人走不了",
    "孩子害怕",
    "请尽快看看",
    "邻居也这么说",
    "下雨更厉害",
)
RARE = "鹦鹉"  # in one case of a thousand
COMMON = "请尽快"
OPEN = (
    ("received", 0.006),
    ("queued", 0.014),
    ("in_progress", 0.01),
    ("resolved", 0.01),
    ("forwarded", 0.01),
)
NOW = datetime(2026, 11, 24, 1, tzinfo=UTC)
_BATCH = 5000


def fill(engine: Engine, count: int, seed: int = 7) -> None:
    """Add cases until there are `count` of them, in the places the database has."""
    made = random.Random(seed)
    with engine.connect() as connection:
        places = _places(connection)
        categories = [row[0] for row in connection.execute(text("SELECT id FROM category ORDER BY id"))]
        first = connection.scalar(text("SELECT coalesce(max(id), 0) FROM case_file")) or 0
    is_sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        if is_sqlite:
            connection.exec_driver_sql("COMMIT")
            for pragma in ("synchronous=OFF", "cache_size=-100000", "foreign_keys=OFF"):
                connection.exec_driver_sql(f"PRAGMA {pragma}")
            connection.detach()
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(text("DROP INDEX IF EXISTS ix_case_words_marks"))
        for start in range(first + 1, count + 1, _BATCH):
            ids = range(start, min(start + _BATCH, count + 1))
            _write(connection, [_case(made, case_id, count, places, categories) for case_id in ids])
            connection.commit()
        if not is_sqlite:
            connection.execute(
                text("CREATE INDEX ix_case_words_marks ON case_words USING gin (case_marks(marks))")
            )
        _settle(connection, is_sqlite)
        connection.commit()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def _places(connection: Connection) -> list[tuple[Any, ...]]:
    asked = text(
        "SELECT d.id, c.id, c.sub_district_id, b.name, d.name, c.name FROM doorway d JOIN building b ON b.id = d.building_id "
        "JOIN community c ON c.id = b.community_id ORDER BY d.id"
    )
    return [tuple(row) for row in connection.execute(asked)]


def _case(
    made: random.Random, case_id: int, count: int, places: list[tuple[Any, ...]], categories: list[int]
) -> dict[str, Any]:
    doorway, community, sub_district, building, door, community_name = made.choice(places)
    received = NOW - timedelta(minutes=5 * (count - case_id) * min(1.0, 500_000 / count))
    said = f"{made.choice(WHERE)}{made.choice(WHAT)}{made.choice(HOW)}，{made.choice(SINCE)}。"
    if case_id % 1000 == 17:
        said += f"好像是{RARE}叼走的"
    state, hand = "closed", made.random()
    for name, share in OPEN:
        if hand < share:
            state = name
            break
        hand -= share
    number = f"{received:%y%m}-{case_id:07d}"
    words = grams.words_of([said, f"{building}{door}", community_name])
    return {
        "id": case_id, "number": number, "sub": sub_district, "community": community, "doorway": doorway,
        "state": state, "title": said[:39], "text": said, "received": received, "words": words,
        "marks": marks_of(words, number, state, sub_district, community),
        "category": made.choice(categories) if categories and state != "received" else None,
        "step": made.choice((1, 2, 3, 3, 3, 3)), "phone": f"{made.randrange(10**6):064x}" if case_id % 3 else None,
        "hours": made.choice((24, 168, 360)),
    }  # fmt: skip


def _write(connection: Connection, cases: list[dict[str, Any]]) -> None:
    is_sqlite = connection.dialect.name == "sqlite"
    connection.execute(insert(table(CaseFile)), [_case_row(one) for one in cases])
    connection.execute(insert(table(Report)), [_report_row(one) for one in cases])
    connection.execute(insert(table(CaseEvent)), [_event_row(one) for one in cases])
    connection.execute(insert(table(CaseWords)), list(_words_rows(cases, is_sqlite)))
    if is_sqlite:
        rows = [
            {"id": one["id"], "grams": grams.grams(one["words"]), "marks": " ".join(one["marks"])}
            for one in cases
        ]
        connection.execute(
            text("INSERT INTO case_search (rowid, grams, marks) VALUES (:id, :grams, :marks)"), rows
        )


def _case_row(one: dict[str, Any]) -> dict[str, Any]:
    due = one["received"] + timedelta(hours=one["hours"])
    return {
        "id": one["id"], "number": one["number"], "sub_district_id": one["sub"], "community_id": one["community"],
        "doorway_id": one["doorway"], "state": one["state"], "version": 2, "title": one["title"], "kind": "help",
        "category_id": one["category"], "lead_unit": "", "due_first": one["step"] == 1,
        "received_at": one["received"], "due_at": due, "internal_due_at": due - timedelta(hours=24),
        "case_day": due.date(), "promised_on": due.date(), "promise_tentative": False, "carries": 0,
        "returned_times": 0, "reopened_times": 0, "visibility": "private", "public_words": "", "urgency": "",
        "step": one["step"], "homes": 0,
    }  # fmt: skip


def _report_row(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": one["id"], "case_id": one["id"], "receipt": f"{one['id']:012d}", "submission_key": f"{one['id']:036d}",
        "submission_digest": "", "doorway_id": one["doorway"], "channel": "scan", "text": one["text"], "kind": "help",
        "spot": "", "phone_index": one["phone"], "call_back": False, "consent_forward": False,
        "received_at": one["received"],
    }  # fmt: skip


def _event_row(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "case_id": one["id"], "at": one["received"], "action": "receive", "from_state": None, "to_state": "received",
        "actor_kind": "resident", "report_id": one["id"], "note": "", "told": "", "data": {},
    }  # fmt: skip


def _words_rows(cases: list[dict[str, Any]], is_sqlite: bool) -> Iterator[dict[str, Any]]:
    for one in cases:
        marks = one["marks"]
        if not is_sqlite:
            marks = dict.fromkeys([*grams.grams(one["words"]).split(), *marks])
        yield {"case_id": one["id"], "words": one["words"], "marks": " ".join(marks)}


def _settle(connection: Connection, is_sqlite: bool) -> None:
    connection.execute(text("DELETE FROM case_count"))
    connection.execute(
        text(
            "INSERT INTO case_count (sub_district_id, community_id, state, cases) SELECT sub_district_id, community_id, "
            "state, count(*) FROM case_file GROUP BY sub_district_id, community_id, state"
        )
    )
    if not is_sqlite:
        for name in ("case_file", "report", "case_event"):
            last = f"(SELECT max(id) FROM {name})"
            connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), {last})"))


def main() -> None:
    import sys

    from app import create_app
    from app.db import db

    app = create_app()
    with app.app_context():
        fill(db.engine, int(sys.argv[1]))


if __name__ == "__main__":
    main()
