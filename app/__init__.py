"""Mashang 码上. `create_app` wires the house together and does nothing else."""

from __future__ import annotations

from flask import Flask


def create_app(environ: dict[str, str] | None = None) -> Flask:
    """The application, with settings from `environ` (default: the process's, after .env).

    Raises ConfigError, in one line, when a setting is missing or wrong."""
    import os

    from app import clock, config, web
    from app import models as tables  # noqa: F401 - foreign keys lead from room to room
    from app.commands import register_commands
    from app.db import db, make_private

    if environ is None and (config.ROOT / ".env").exists():
        from dotenv import load_dotenv

        load_dotenv(config.ROOT / ".env", override=False)
    settings = config.load_settings(os.environ if environ is None else environ)
    config.activate(settings)
    make_private(settings.database_url)
    clock.start_at(settings.now)
    app = Flask(
        "app",
        root_path=str(config.ROOT / "app"),
        template_folder=str(config.ROOT / "templates"),
        static_folder=None,
        instance_path=str(config.ROOT / "instance"),
    )
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        # what a resident wrote must not end up in a log
        # and a thread keeps its connection: opening one costs more than a report
        SQLALCHEMY_ENGINE_OPTIONS={"hide_parameters": True, "pool_size": 20},
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.base_url.startswith("https://"),
        MAX_CONTENT_LENGTH=130 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
    )
    db.init_app(app)
    web.init_app(app, settings)
    register_commands(app)
    return app
