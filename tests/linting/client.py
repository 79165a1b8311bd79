"""A test client that checks every HTML page it fetches, so that no test has to remember to."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from tests import reckoning
from tests.linting.page import Page
from tests.linting.pseudo import untranslated
from tests.linting.rules import faults_of

OFTEN = frozenset(
    {"set-cookie", "vary", "link"}
)  # may be said more than once; a browser refuses an answer for others


class LintingClient(FlaskClient):
    """Fails the test that fetched a faulty page; in the pretended language, also one with untranslated words.

    Every request has an application context of its own, as on a server: the test's own would keep what
    Flask-Login and Flask-Babel remember from one request to the next."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        with self.application.app_context():
            response = super().open(*args, **kwargs)
        for each in (*response.history, response):
            self._look_at(each)
        return response

    def _look_at(self, response: TestResponse) -> None:
        request = response.request
        names = [name.lower() for name, _value in response.headers if name.lower() not in OFTEN]
        assert len(names) == len(set(names)), f"{request.path}: a header is said twice: {response.headers}"
        if request.method == "GET" and response.status_code < 400 and not _sent_to_log_in(response):
            reckoning.note_fetched(self._endpoint(request.path))
        if response.mimetype == "text/html" and response.data and not 300 <= response.status_code < 400:
            faults = self._faults(Page(response.get_data(as_text=True), request.path, response.headers))
            assert not faults, f"{request.method} {request.path} ({response.status_code}):\n" + "\n".join(
                faults
            )

    def _faults(self, page: Page) -> list[str]:
        faults = faults_of(page)
        if self.application.config.get("PSEUDO_LOCALE"):
            faults += untranslated(page)
        return faults

    def _endpoint(self, path: str) -> str | None:
        adapter = self.application.url_map.bind("mashang.test")
        try:
            endpoint, _values = adapter.match(path, method="GET")
        except HTTPException:
            return None
        return str(endpoint)


def _sent_to_log_in(response: TestResponse) -> bool:
    return response.status_code in (302, 303) and "/login" in response.headers.get("Location", "")
