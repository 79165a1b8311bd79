"""The doors: web packages by audience. The anonymous/staff line is a folder and a gate."""

from flask import Flask

from app.config import Settings


def init_app(app: Flask, settings: Settings) -> None:
    """Put the doors on the application."""
    from flask_wtf import CSRFProtect
    from werkzeug.middleware.proxy_fix import ProxyFix

    from app.web import (
        admin,
        api,
        assets,
        compiled,
        desk,
        errors,
        gates,
        headers,
        language,
        public,
        resident,
        saying,
        throttle,
        tokens,
        uploads,
    )
    from app.web.auth import sign_in
    from app.web.auth.views import bp as auth
    from app.web.sessions import StaffSessions

    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # as long as the session: a desk page stays open all Saturday
    app.session_interface = StaffSessions()
    csrf = CSRFProtect(app)
    sign_in.init_app(app)
    language.init_app(app)
    saying.init_app(app)
    headers.init_app(app)
    errors.init_app(app)
    throttle.init_app(app, settings)
    uploads.init_app(app)
    assets.init_app(app)
    gates.init_app(app)
    app.jinja_env.globals |= {"is_demo": settings.is_demo, "token_for": tokens.issue}
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    compiled.init_app(app)
    for door in (resident.bp, public.bp, api.bp):
        csrf.exempt(door)  # no session there: signed tokens instead
        app.register_blueprint(door)
    csrf.exempt(assets.bp)
    for door in (auth, desk.bp, admin.bp):
        app.register_blueprint(door)
