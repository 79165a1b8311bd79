"""The doors: web packages by audience. The anonymous/staff line is a folder and a gate."""

from flask import Flask

from app.config import Settings


def init_app(app: Flask, settings: Settings) -> None:
    """Put the doors on the application."""
    app.extensions["mashang"] = settings
