"""The test house: a fresh database for every test on either kind, the business clock, a small world, and a
client that checks every page it fetches."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import _lru_cache_wrapper
from itertools import cycle
from pathlib import Path
from types import CodeType
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask_babel import Domain
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import event
from werkzeug.routing import Rule

from app import clock, config, create_app
from app import db as database_module
from app.config import ROOT
from app.db import db
from app.web import saying
from tests import reckoning
from tests.databases import MAKERS, DatabaseMaker, PostgresMaker, settings_for
from tests.linting.client import LintingClient
from tests.linting.pseudo import PseudoTranslations
from tests.world import World

START = "2026-11-24T09:00:00+08:00"  # a Tuesday
HERE = ZoneInfo("Asia/Shanghai")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(reckoning)


class Makers:
    """The makers of databases of this test process, each started when first asked for."""

    def __init__(self, folder: Callable[[str], Path]) -> None:
        self._folder = folder
        self._made: dict[str, DatabaseMaker] = {}

    def __getitem__(self, name: str) -> DatabaseMaker:
        if name not in self._made:
            with _process_state_kept():
                self._made[name] = MAKERS[name](self._folder(name))
        return self._made[name]

    def stop(self) -> None:
        """End what runs."""
        for maker in self._made.values():
            if isinstance(maker, PostgresMaker):
                maker.stop()


@pytest.fixture(scope="session")
def makers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Makers]:
    made = Makers(lambda name: tmp_path_factory.mktemp(f"template-{name}"))
    yield made
    made.stop()


_turn = cycle(MAKERS)


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests marked `either_database` take turns on the databases: what they look at no database says, and each takes
    a minute."""
    if metafunc.definition.get_closest_marker("either_database") is not None:
        metafunc.definition.add_marker(pytest.mark.parametrize("maker", [next(_turn)], indirect=True))


@pytest.fixture(params=list(MAKERS))
def maker(request: pytest.FixtureRequest, makers: Makers) -> DatabaseMaker:
    """The kind of database this run of the test is on: the one place that picks it, with the turns above."""
    return makers[request.param]


@pytest.fixture
def database_url(maker: DatabaseMaker, tmp_path: Path) -> Iterator[str]:
    """A fresh, migrated, empty database."""
    url = maker.fresh(tmp_path)
    yield url
    maker.drop(url)


@pytest.fixture
def environ(database_url: str, tmp_path: Path) -> dict[str, str]:
    """Settings of the application under test; a test module may override this fixture to change some."""
    return settings_for(database_url, tmp_path) | {"MASHANG_NOW": START}


class Remembered(BytecodeCache):
    """Templates are compiled once in a test process, not once for each application: a third of all tests' time."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key, bucket.checksum] = bucket.code


class Statements(dict[tuple[object, ...], object]):
    """Statements of one kind of database, put together as SQL once in a test process, not once for each engine: that
    was a tenth of all tests' time. The first part of SQLAlchemy's key is the engine's own dialect."""

    def get(self, key: tuple[object, ...], default: object = None) -> object:
        return super().get(key[1:], default)

    def __setitem__(self, key: tuple[object, ...], statement: object) -> None:
        super().__setitem__(key[1:], statement)


_statements = {name: Statements() for name in MAKERS}


@pytest.fixture(scope="session")
def compiled() -> Iterator[Remembered]:
    """Templates and addresses, written as code once in a test process."""
    with pytest.MonkeyPatch.context() as patching:
        patching.setattr(Rule, "_compile_builder", _remembered_builder())
        yield Remembered()


def _remembered_builder() -> Callable[[Rule, bool], Callable[..., tuple[str, str]]]:
    """Every application has the same routes, and writing the code that builds their addresses was most of its start.
    What is written depends on the rule alone and is given the rule when called."""
    write, written = Rule._compile_builder, dict[Hashable, Callable[..., tuple[str, str]]]()

    def builder(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        if rule.defaults:
            return write(rule, append_unknown)
        key = (rule.rule, tuple(rule._trace), append_unknown)
        if key not in written:
            written[key] = write(rule, append_unknown)
        return written[key]

    return builder


@pytest.fixture
def app(environ: dict[str, str], compiled: Remembered) -> Iterator[Flask]:
    """The application on a fresh database, with its context pushed and the business clock at START."""
    with _process_state_kept():
        made = create_app(environ)
        made.testing = True
        made.test_client_class = LintingClient
        made.jinja_env.bytecode_cache = compiled
        reckoning.know_routes(made)
        with made.app_context():
            db.engine._compiled_cache = _statements[db.engine.name]  # type: ignore[assignment]
            yield made
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def world(app: Flask) -> World:
    """八里庄街道 in small: places, categories and one person of every role."""
    return World()


@pytest.fixture
def at(app: Flask) -> Callable[[str | datetime], None]:
    """Move the business clock: `at("2026-11-28T20:00")`, local where no zone is given."""

    def move(moment: str | datetime) -> None:
        when = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        clock.start_at(when if when.tzinfo else when.replace(tzinfo=HERE))

    return move


@pytest.fixture
def process_env(app: Flask, environ: dict[str, str]) -> Callable[[], dict[str, str]]:
    """The environment of a subprocess on the same database, media and business time as of the call; run it
    in the project's root."""

    def now() -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MASHANG_")}
        business = {
            "MASHANG_NOW": clock.now().astimezone(HERE).isoformat(),
            "FLASK_APP": str(ROOT / "wsgi.py"),
        }
        own = {"PYTHONPATH": str(ROOT), "PYTHON_DOTENV_DISABLED": "1"}  # a .env of this checkout has no say
        return kept | environ | business | own

    return now


@pytest.fixture
def count_queries(app: Flask) -> Callable[[], AbstractContextManager[list[str]]]:
    """`with count_queries() as statements:` gathers the SQL sent meanwhile."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        statements: list[str] = []

        def note(*args: object) -> None:
            statements.append(str(args[2]))

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            yield statements
        finally:
            event.remove(db.engine, "before_cursor_execute", note)

    return counting


@pytest.fixture
def client(app: Flask) -> LintingClient:
    """A browser without script that checks every page it fetches; each call of `app.test_client()` makes
    another one with cookies of its own."""
    made = app.test_client()
    assert isinstance(made, LintingClient)
    return made


@pytest.fixture
def pseudo_locale(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every message of the catalogue comes back between ⟦ ⟧, and the client looks for words outside."""
    _forget_kept_words()
    translations = PseudoTranslations()
    monkeypatch.setattr(Domain, "get_translations", lambda _domain: translations)
    app.config["PSEUDO_LOCALE"] = True
    yield
    _forget_kept_words()


def _forget_kept_words() -> None:
    """What doors keep of one language: the pretended one is none of those the product knows."""
    saying._told_before.clear()
    for name, module in list(sys.modules.items()):
        if name.startswith("app.web"):
            for kept in vars(module).values():
                if isinstance(kept, _lru_cache_wrapper):
                    kept.cache_clear()


@contextmanager
def _process_state_kept() -> Iterator[None]:
    """Put settings, clock and the writers' lines back as they were."""
    settings, offset, lines = config._active, clock._offset, dict(database_module._lines)
    try:
        yield
    finally:
        config._active, clock._offset = settings, offset
        for path in set(database_module._lines) - set(lines):
            line = database_module._lines.pop(path)
            if line._file is not None:
                os.close(line._file)
