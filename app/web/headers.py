"""Headers every answer carries. Pages hold no inline script or style, so the policy allows none."""

from __future__ import annotations

from flask import Flask, Response, request

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PICTURE_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
PICTURES = frozenset({"resident.photo", "desk.photo"})
STAFF_DOORS = ("desk", "auth", "admin")


STAFF_PATHS = ("/desk", "/admin", "/login", "/set-password")


def is_staff_side() -> bool:
    """Whether this request is at a staff door, also at an address behind it that leads nowhere."""
    endpoint = request.endpoint
    if endpoint is None:
        return f"{request.path}/".startswith(tuple(f"{path}/" for path in STAFF_PATHS))
    return endpoint.partition(".")[0] in STAFF_DOORS


def init_app(app: Flask) -> None:
    """Add them to every answer."""
    app.after_request(_add)


def _add(response: Response) -> Response:
    headers = response.headers
    is_picture = request.endpoint in PICTURES and response.mimetype == "image/jpeg"
    added = [
        ("Content-Security-Policy", PICTURE_POLICY if is_picture else POLICY),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin" if is_staff_side() else "no-referrer"),
    ]
    if is_picture:
        headers.remove("Content-Disposition")  # the file's own name is nobody's business
        added.append(("Content-Disposition", 'inline; filename="photo.jpg"'))
        added.append(("Cross-Origin-Resource-Policy", "same-origin"))
    if "Cache-Control" not in headers:
        added.append(("Cache-Control", "no-store"))
    headers.extend(added)  # nobody else has set them
    return response
