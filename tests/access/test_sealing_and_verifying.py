"""The chain over the audit log, attacked by somebody who has the database: whatever is changed, taken away or put in
is named, up to the last head that was printed."""

from __future__ import annotations

import base64
import logging
import re
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.orm import Session

from app import clock, config
from app.access import audit, queries, seals, verifying
from app.access.actor import SYSTEM
from app.access.chain import Head, derive
from app.access.models import AuditEntry, AuditSeal
from app.access.triggers import put_up, take_away
from app.access.verifying import Broken, Verdict, verify
from app.commands import worker
from app.config import ROOT
from app.db import db, transaction
from tests.world import World

Attack = Callable[[Connection], object]


@pytest.fixture(autouse=True)
def put_back(app: Flask) -> Iterator[None]:
    """PostgreSQL's databases are used again: the triggers an attack took away stand again afterwards."""
    yield
    db.session.remove()
    with db.engine.begin() as connection:
        take_away(connection)
        put_up(connection)


def write(count: int, act: str = "see") -> None:
    """So many lines."""
    with transaction() as session:
        for number in range(count):
            audit.record(session, SYSTEM, act, "case", f"2611-{number:04}", ("words",))


def chain(links: int = 4, lines: int = 3) -> list[Head]:
    """So many seals over so many lines each."""
    heads = []
    for _ in range(links):
        write(lines)
        heads += seals.seal()
    db.session.remove()
    return heads


def attack(*statements: str) -> None:
    """What an administrator of the database does: no trigger is in the way, and none is missing afterwards."""
    with db.engine.begin() as connection:
        take_away(connection)
        for statement in statements:
            connection.execute(text(statement))
        put_up(connection)


def look(*printed: Head) -> Verdict:
    with Session(db.engine) as session:
        return verify(session, seals.keys(), [(head.number, head.mac[:16]) for head in printed])


def fault(*printed: Head) -> str:
    with pytest.raises(Broken) as broken:
        look(*printed)
    return str(broken.value)


def test_what_nobody_touched_is_as_it_was_sealed(world: World) -> None:
    heads = chain()
    write(2)
    found = look(*heads)
    assert (found.seals, found.lines, found.unsealed, found.head) == (4, 12, 2, heads[-1])
    assert [head.number for head in heads] == [1, 2, 3, 4]
    assert found.unsealed_since is not None


def test_an_empty_log_is_as_it_should_be(world: World) -> None:
    assert seals.seal() == []
    assert look() == Verdict(0, 0, 0, None, None)
    assert "cut off" in fault(Head(1, 3, "ab" * 32))


def copy_of(line: int, as_id: str, act: str = "act") -> str:
    columns = "actor_kind, staff_id, object_kind, object_id, fields, sub_district_id, at"
    return f"INSERT INTO audit_entry (id, act, {columns}) SELECT {as_id}, {act}, {columns} FROM audit_entry WHERE id = {line}"


ATTACKS = {
    "a value": (["UPDATE audit_entry SET staff_id = 1 WHERE id = 5"], "line 5 was altered"),
    "a moment": (
        ["UPDATE audit_entry SET at = '2026-11-24 01:00:00.000001' WHERE id = 5"],
        "line 5 was altered",
    ),
    "a word": (["UPDATE audit_entry SET fields = 'words ' WHERE id = 12"], "line 12 was altered"),
    "one into the next": (
        ["UPDATE audit_entry SET act = 'see,case', object_kind = '' WHERE id = 5"],
        "line 5 was altered",
    ),
    "whose auditor reads it": (
        ["UPDATE audit_entry SET sub_district_id = 77 WHERE id = 2"],
        "line 2 was altered",
    ),
    "one line gone": (["DELETE FROM audit_entry WHERE id = 5"], "line 5 is missing (seal 2)"),
    "the first gone": (["DELETE FROM audit_entry WHERE id = 1"], "line 1 is missing"),
    "the tail gone": (
        ["DELETE FROM audit_entry WHERE id > 8"],
        "line 9 is missing, and every line after it (seal 3)",
    ),
    "all lines gone": (["DELETE FROM audit_entry"], "line 1 is missing, and every line after it"),
    "one put in the place of one": (
        ["DELETE FROM audit_entry WHERE id = 5", copy_of(4, "5")],
        "line 5 was altered",
    ),
    "one put in before": ([copy_of(4, "0")], "line 0 was put in"),
    "two in each other's place": (
        [
            "UPDATE audit_entry SET id = -4 WHERE id = 4",
            "UPDATE audit_entry SET id = 4 WHERE id = 6",
            "UPDATE audit_entry SET id = 6 WHERE id = -4",
        ],
        "line 4 was altered",
    ),
    "a line moved to the end": (
        ["UPDATE audit_entry SET id = 900 WHERE id = 4"],
        "line 4 is missing (seal 2)",
    ),
    "a seal gone": (["DELETE FROM audit_seal WHERE number = 2"], "seal 2 is missing"),
    "the first seal gone": (["DELETE FROM audit_seal WHERE number = 1"], "seal 1 is missing"),
    "a seal and its lines gone": (
        ["DELETE FROM audit_seal WHERE number = 2", "DELETE FROM audit_entry WHERE id BETWEEN 4 AND 6"],
        "seal 2 is missing",
    ),
    "a seal gone and the rest counted anew": (
        [
            "DELETE FROM audit_entry WHERE id BETWEEN 4 AND 6",
            "DELETE FROM audit_seal WHERE number = 2",
            "UPDATE audit_seal SET number = 2 WHERE number = 3",
            "UPDATE audit_seal SET number = 3 WHERE number = 4",
        ],
        "seal 2 was altered, or does not follow",
    ),
    "two seals in each other's place": (
        [
            "UPDATE audit_seal SET number = 99 WHERE number = 2",
            "UPDATE audit_seal SET number = 2 WHERE number = 3",
            "UPDATE audit_seal SET number = 3 WHERE number = 99",
        ],
        "seal 2 was altered, or does not follow",
    ),
    "a seal put in": (
        [
            "INSERT INTO audit_seal (number, at, first_id, last_id, count, key_id, mac, marks) "
            "SELECT 0, at, first_id, last_id, count, key_id, mac, marks FROM audit_seal WHERE number = 1"
        ],
        "seal 0 was put in",
    ),
    "a seal put at the end": (
        [
            "INSERT INTO audit_seal (number, at, first_id, last_id, count, key_id, mac, marks) "
            "SELECT 5, at, first_id, last_id, count, key_id, mac, marks FROM audit_seal WHERE number = 4"
        ],
        "seal 5 was altered, or does not follow",
    ),
    "the marks of a seal": (
        ["UPDATE audit_seal SET marks = (SELECT marks FROM audit_seal WHERE number = 3) WHERE number = 2"],
        "seal 2 was altered",
    ),
    "the moment of a seal": (
        ["UPDATE audit_seal SET at = '2026-01-01 00:00:00.000000' WHERE number = 4"],
        "seal 4 was altered",
    ),
    "how far a seal goes": (["UPDATE audit_seal SET last_id = 9 WHERE number = 4"], "seal 4 was altered"),
    "the key of a seal": (
        ["UPDATE audit_seal SET key_id = 'none' WHERE number = 2"],
        "seal 2 was made with key none, which MASHANG_FIELD_KEYS does not hold",
    ),
}


@pytest.mark.parametrize("name", list(ATTACKS))
def test_every_attack_is_named(world: World, name: str) -> None:
    statements, words = ATTACKS[name]
    chain()
    write(1)
    db.session.remove()
    look()
    attack(*statements)
    assert fault().startswith(words)


def test_a_line_put_into_a_gap_of_ids_is_named(world: World) -> None:
    """Ids whose transaction failed stay free for ever: who puts a line there later does it after the seal."""
    write(2)
    attack(copy_of(2, "5"))
    seals.seal()
    db.session.remove()
    assert look().lines == 3
    attack(copy_of(1, "4"))
    assert fault().startswith("line 4 was put in")


def test_lines_and_seals_cut_off_the_end_are_found_by_the_printed_head_alone(world: World) -> None:
    heads = chain()
    attack("DELETE FROM audit_entry WHERE id > 6", "DELETE FROM audit_seal WHERE number > 2")
    assert look().head == heads[1]  # by itself it looks whole
    look(*heads[:2])
    assert fault(heads[3]) == f"cut off: seal {heads[3]} was printed, the last one there is {heads[1]}"
    chain(links=3)  # the worker goes on, and the numbers come again
    assert fault(heads[2]).startswith(f"rewritten: seal 3 was printed as {heads[2].mac[:16]}, and is now ")
    look(heads[0], heads[1])


def test_all_seals_gone_and_made_anew_over_an_altered_line(world: World) -> None:
    heads = chain()
    attack("DELETE FROM audit_seal", "UPDATE audit_entry SET act = 'nothing' WHERE id = 5")
    assert look().unsealed == 12
    assert fault(heads[0]) == f"cut off: seal {heads[0]} was printed, there is none"
    seals.seal()
    db.session.remove()
    look()  # nobody can prove it from the database alone, and the command says so
    assert fault(heads[3]).startswith("cut off")
    assert fault(heads[0]).startswith("rewritten")


def test_a_running_worker_notices_that_seals_went(world: World, caplog: pytest.LogCaptureFixture) -> None:
    watch = seals.Watch()
    write(3)
    watch.turn()
    write(3)
    watch.turn()
    assert "cut off" not in caplog.text
    attack("DELETE FROM audit_entry WHERE id > 3", "DELETE FROM audit_seal WHERE number > 1")
    watch.turn()
    assert "cut off or rewritten" in caplog.text


def test_what_stands_between_the_product_and_the_log_is_named(world: World) -> None:
    chain()
    with db.engine.begin() as connection:
        take_away(connection)
    assert "is missing" in fault()
    with db.engine.begin() as connection:
        put_up(connection)
    look()
    hide = {
        "sqlite": ["CREATE TRIGGER hide BEFORE INSERT ON audit_entry BEGIN SELECT RAISE(IGNORE); END"],
        "postgresql": [
            "CREATE RULE hide AS ON INSERT TO audit_entry WHERE NEW.staff_id = 7 DO INSTEAD NOTHING"
        ],
    }
    attack(*hide[db.engine.dialect.name])
    assert "hide" in fault()
    undo = {"sqlite": "DROP TRIGGER hide", "postgresql": "DROP RULE hide ON audit_entry"}
    attack(undo[db.engine.dialect.name])
    look()
    if db.engine.dialect.name == "postgresql":
        attack("ALTER TABLE audit_entry ENABLE ROW LEVEL SECURITY")
        assert "hidden by row-level security" in fault()
        attack("ALTER TABLE audit_entry DISABLE ROW LEVEL SECURITY")
        look()


def test_a_view_in_the_place_of_the_log_is_named(world: World) -> None:
    """It would leave out lines before they are ever sealed."""
    chain()
    put_back = ("DROP VIEW audit_entry", "ALTER TABLE away RENAME TO audit_entry")
    with db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit_entry RENAME TO away"))
        connection.execute(text("CREATE VIEW audit_entry AS SELECT * FROM away WHERE act <> 'hidden'"))
    try:
        assert "the trigger audit_entry_" in fault()
    finally:
        with db.engine.begin() as connection:
            for statement in put_back:
                connection.execute(text(statement))


def test_a_trigger_switched_off_or_hollowed_out_is_named(world: World) -> None:
    chain()
    if db.engine.dialect.name == "postgresql":
        with db.engine.begin() as connection:
            connection.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_append_only"))
        assert "is switched off" in fault()
        with db.engine.begin() as connection:
            connection.execute(text("ALTER TABLE audit_entry ENABLE TRIGGER audit_entry_append_only"))
            hollow = "CREATE OR REPLACE FUNCTION mashang_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            connection.execute(text(f"{hollow} 'BEGIN RETURN NULL; END'"))
        assert "is not as it was made" in fault()
        return
    with db.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_entry_no_delete"))
        never = "CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry WHEN 0 BEGIN SELECT 1; END"
        connection.execute(text(never))
    assert "audit_entry_no_delete is not as it was made" in fault()


def test_what_cannot_be_read_is_said_and_is_no_crash(world: World) -> None:
    chain()
    if db.engine.dialect.name == "sqlite":
        attack("UPDATE audit_entry SET at = 'never' WHERE id = 5")
        assert fault().startswith("line 5 was altered")
        attack("UPDATE audit_entry SET at = '2026-11-24 01:00:00', act = CAST(x'ff' AS TEXT) WHERE id = 5")
        assert fault().startswith("cannot be read")
        attack("UPDATE audit_seal SET marks = 'none' WHERE number = 1")
        assert "read" in fault() or "altered" in fault()
    attack("ALTER TABLE audit_seal RENAME TO seal_away")
    try:
        assert "cannot be read" in fault()
    finally:
        with db.engine.begin() as connection:
            connection.execute(text("ALTER TABLE seal_away RENAME TO audit_seal"))


# ---- keys ----------------------------------------------------------------------------------------------


def use_keys(*keys: bytes) -> None:
    config.activate(replace(config.active(), field_keys=keys))


def test_keys_are_rotated_and_every_seal_is_read_with_its_own(world: World) -> None:
    old, new = b"o" * 32, b"n" * 32
    use_keys(old)
    first = chain(links=2)
    use_keys(new, old)
    second = chain(links=2)
    look(*first, *second)
    db.session.remove()
    ids = db.session.scalars(select(AuditSeal.key_id).order_by(AuditSeal.number)).all()
    assert ids == [derive(old).id] * 2 + [derive(new).id] * 2
    use_keys(new)
    assert fault() == (
        f"seal 1 was made with key {derive(old).id}, which MASHANG_FIELD_KEYS does not hold: "
        "nothing from there on can be verified"
    )


def test_with_another_key_under_the_same_name_nothing_fits(world: World) -> None:
    chain()
    mine = seals.keys()
    forged = {key_id: replace(key, secret=b"x" * 32) for key_id, key in mine.items()}
    with pytest.raises(Broken, match="seal 1 was altered"), Session(db.engine) as session:
        verify(session, forged)


def test_neither_key_nor_its_name_is_the_field_key() -> None:
    key = derive(b"k" * 32)
    assert key.secret not in (b"k" * 32,)
    assert key.id not in key.secret.hex()
    assert derive(b"k" * 31 + b"l").id != key.id


# ---- several at once -----------------------------------------------------------------------------------


def test_several_workers_seal_each_line_once(app: Flask, world: World) -> None:
    stop = threading.Event()
    wrong: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        with app.app_context():
            try:
                while not stop.is_set():
                    work()
            except BaseException as error:
                wrong.append(error)
            finally:
                db.session.remove()

    def looks() -> None:
        look()

    jobs: list[Callable[[], object]] = [seals.seal, seals.seal, looks, lambda: write(3), lambda: write(1)]
    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    stop.wait(3)
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    seals.seal()
    db.session.remove()
    found = look()
    assert found.seals > 2
    assert (found.unsealed, found.lines) == (0, db.session.scalar(select(func.count(AuditEntry.id))))


def test_a_line_whose_transaction_ends_late_is_never_taken_for_one_put_in(world: World) -> None:
    """PostgreSQL gives out ids before it is known who ends first."""
    write(1)
    if db.engine.dialect.name == "sqlite":
        assert len(seals.seal()) == 1
        return
    early = db.engine.connect()
    early.begin()
    values = dict(
        at=clock.now(), actor_kind="system", act="late", object_kind="case", object_id="1", fields="",
    )  # fmt: skip
    early.execute(insert(AuditEntry).values(values))
    write(1)
    tries, seals.TRIES = seals.TRIES, 2
    try:
        assert seals.seal() == []  # a lower id may still come
    finally:
        seals.TRIES = tries
    early.commit()
    early.close()
    assert [head.last_id for head in seals.seal()] == [3]
    assert look().lines == 3


# ---- size ----------------------------------------------------------------------------------------------


def test_many_lines_take_few_statements_and_little_memory(
    world: World, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    row = dict(
        actor_kind="staff", staff_id=1, act="see", object_kind="case", object_id="2611-0001",
        fields="words", sub_district_id=1, at=clock.now(),
    )  # fmt: skip
    peaks = []
    for _ in range(2):
        with db.engine.begin() as connection:
            connection.execute(insert(AuditEntry), [row] * 25_000)
        seals.seal()
        tracemalloc.start()
        with count_queries() as statements:
            found = look()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert (found.lines, found.seals, found.unsealed) == (50_000, 26, 0)
    assert len(statements) < 40
    assert peaks[1] < 1.3 * peaks[0] < 40_000_000


# ---- the command ---------------------------------------------------------------------------------------


def test_the_command_says_what_it_found_and_what_it_cannot_prove(app: Flask, world: World) -> None:
    heads = chain()
    write(1)
    db.session.remove()
    run = app.test_cli_runner().invoke
    good = run(args=["audit", "verify", "--head", str(heads[1]), "--head", str(heads[3])])
    assert good.exit_code == 0
    assert good.stdout == f"seals=4 rows=12 unsealed=1 head={heads[3]}\n"
    assert re.fullmatch(r"4:[0-9a-f]{16}", str(heads[3]))
    for words in ("1 lines since", "after the last seal", "cut off the end", "holds one of the keys"):
        assert words in good.stderr
    assert "no --head given" in run(args=["audit", "verify"]).stderr
    for wrong in ("4", "4:xyz", ":", "4:ab", "x:aaaaaaaaaaaaaaaa", "9999999999:aaaaaaaaaaaaaaaa"):
        assert run(args=["audit", "verify", "--head", wrong]).exit_code == 2
    attack("DELETE FROM audit_entry WHERE id = 5")
    bad = run(args=["audit", "verify"])
    assert (bad.exit_code, bad.stdout, bad.stderr) == (1, "", "audit: line 5 is missing (seal 2)\n")


def test_a_missing_key_is_a_clear_error(app: Flask, world: World) -> None:
    chain()
    use_keys(b"another-key-of-thirty-two-bytes!")
    told = app.test_cli_runner().invoke(args=["audit", "verify"])
    assert told.exit_code == 1
    assert "MASHANG_FIELD_KEYS does not hold" in told.stderr
    assert base64.urlsafe_b64encode(b"another-key-of-thirty-two-bytes!").decode() not in told.stderr


def test_the_worker_seals_and_says_the_head(
    app: Flask, world: World, process_env: Callable[[], dict[str, str]]
) -> None:
    world.queued()
    write(3)
    db.session.remove()
    env = process_env()
    said = [
        subprocess.run(
            [sys.executable, "-m", "flask", "worker", "--once"],
            cwd=ROOT, env=env, capture_output=True, text=True, check=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    found = look()
    assert (found.lines, found.unsealed, found.seals) == (3, 0, 1)
    assert f"INFO mashang.audit: audit sealed: seal=1 last=3 head={found.head}" in said[0].stderr
    assert "audit sealed" not in said[1].stderr  # nothing new, no seal


def test_a_running_worker_seals_each_minute(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(worker, "SEAL_SECONDS", 0.2)
    caplog.set_level(logging.INFO, logger="mashang.audit")
    stop = threading.Event()

    def run() -> None:
        with app.app_context():
            worker._run(stop)
            db.session.remove()

    running = threading.Thread(target=run)
    running.start()
    try:
        for _ in range(2):
            write(2)
            end = time.monotonic() + 20
            while look().unsealed and time.monotonic() < end:
                time.sleep(0.05)
            assert look().unsealed == 0
    finally:
        stop.set()
        running.join()
    assert look().seals >= 2
    assert f"head={look().head}" in caplog.text


def test_a_seal_that_cannot_be_made_does_not_stop_the_worker(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_arguments: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(seals, "seal", fails)
    worker._seal(seals.Watch())
    assert "could not be sealed" in caplog.text


def test_the_head_as_of_a_moment(world: World, at: Callable[[str], None]) -> None:
    at("2026-11-28T10:00")
    first = chain(links=1)
    at("2026-11-28T20:00")
    closed = clock.now()
    at("2026-11-28T20:05")
    second = chain(links=1)
    assert queries.head_at(db.session(), closed) == first[0]
    assert queries.head_at(db.session(), clock.now()) == second[0]
    at("2026-11-28T09:00")
    assert queries.head_at(db.session(), clock.now()) is None
    assert verifying.LINES_AT_ONCE == 2000
