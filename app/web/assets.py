"""The style sheets, one file for residents and one more for staff, the script modules and the icon of the tab:
served from memory under names that hold their digests, so that a browser keeps them for good. Small enough to
need no build step."""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, request, url_for

from app.config import ROOT

SHEETS = {"resident": ("tokens", "resident"), "desk": ("tokens", "resident", "desk")}
FOR_GOOD = "public, max-age=31536000, immutable"

bp = Blueprint("assets", __name__)


@dataclass(frozen=True)
class Asset:
    """One file as it goes over the wire."""

    name: str
    body: bytes
    packed: bytes
    media_type: str


def init_app(app: Flask) -> None:
    """Read the files once and give templates `asset('resident')`, `asset('desk')`, `asset('icon')`, and
    `modules('keep', …)`: the addresses of script modules, which a page asks for only if it needs them."""
    by_key = {sheet: _sheet(sheet, parts) for sheet, parts in SHEETS.items()} | {"icon": _icon()}
    by_key |= {f"{path.stem}.js": _module(path) for path in sorted((ROOT / "app/static/js").glob("*.js"))}
    icons = _icons(ROOT / "app" / "static" / "icons.svg")
    app.extensions["mashang-assets"] = {asset.name: asset for asset in by_key.values()}
    app.jinja_env.globals["asset"] = lambda key: _address(request.script_root, by_key[key].name)
    app.jinja_env.globals["modules"] = lambda *names: [
        _address(request.script_root, by_key[f"{name}.js"].name) for name in names
    ]
    app.jinja_env.globals["icon_shapes"] = icons
    app.register_blueprint(bp)


@lru_cache(maxsize=100)
def _address(_root: str, name: str) -> str:
    return url_for("assets.asset", name=name)


@bp.get("/static/<name>")
def asset(name: str) -> Response:
    """One file."""
    found: Asset | None = _assets().get(name)
    if found is None:
        abort(404)
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = Response(found.packed if packed else found.body, content_type=found.media_type)
    response.headers["Cache-Control"] = FOR_GOOD
    response.headers["Vary"] = "Accept-Encoding"
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    return response


def _assets() -> dict[str, Asset]:
    from flask import current_app

    known: dict[str, Asset] = current_app.extensions["mashang-assets"]
    return known


def _sheet(name: str, parts: tuple[str, ...]) -> Asset:
    folder = ROOT / "app" / "static" / "css"
    body = b"\n".join((folder / f"{part}.css").read_bytes() for part in parts)
    return _packed(name, "css", _without_remarks(body), "text/css; charset=utf-8")


@cache
def _without_remarks(sheet: bytes) -> bytes:
    """What only its readers in the house need stays here: a kilobyte of every first visit."""
    return re.sub(rb"\s*\n\s*", b"\n", re.sub(rb"/\*.*?\*/", b"", sheet, flags=re.DOTALL))


def _icon() -> Asset:
    return _packed("icon", "svg", (ROOT / "app" / "static" / "icon.svg").read_bytes(), "image/svg+xml")


def _module(path: Path) -> Asset:
    return _packed(path.stem, "js", path.read_bytes(), "text/javascript; charset=utf-8")


@cache  # one process may make the application more than once
def _packed(name: str, suffix: str, body: bytes, media_type: str) -> Asset:
    digest = hashlib.sha256(body).hexdigest()[:12]
    return Asset(f"{name}.{digest}.{suffix}", body, gzip.compress(body, 9, mtime=0), media_type)


def _icons(path: Path) -> dict[str, str]:
    """The shapes inside each `<symbol>`, by its name without the `i-`. Our own file, plainly written: a reader of XML
    would cost every start more than all icons are worth."""
    return dict(re.findall(r'<symbol id="i-([a-z0-9-]+)"[^>]*>(.*?)</symbol>', path.read_text(), re.DOTALL))
