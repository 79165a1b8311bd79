"""`flask db`: migrations by Flask-Migrate."""

from flask import current_app
from flask_migrate import Migrate
from flask_migrate.cli import db as database

from app import models
from app.config import ROOT
from app.db import db

Migrate(current_app, db, directory=str(ROOT / "migrations"), render_as_batch=True)

__all__ = ["database", "models"]
