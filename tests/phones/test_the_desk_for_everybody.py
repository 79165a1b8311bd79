"""Every page staff see, in every state the tours lead it to, in Chinese and in English: nothing cut off or beyond
the edge on a phone and on a desk, large enough to press, every control named, axe without a word."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import ClassVar

import pytest
from playwright.sync_api import Browser, Page
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from tests.linting.client import LintingClient
from tests.pages import tours
from tests.pages.conftest import desk, environ, gateway, house, work
from tests.pages.test_english import in_english
from tests.pages.visitors import House
from tests.phones.test_for_everybody import LAID_OUT, LARGE_ENOUGH, SPACED, UNBROKEN, Eye

__all__ = ["desk", "environ", "gateway", "house", "work"]

STAFF = ("/desk", "/admin", "/login", "/set-password")
# of one page, the longest show the most of what it can show; in English one of them, for the marks are the same ones
RICHEST = {"zh": 3, "en": 1}
PHONE, DESK = [16, 13, 44, 32], [16, 12, 24, 24]  # px: body, smallest text, smallest target, its width


class Keeping(LintingClient):
    """Keeps the richest pages that staff were answered with, by route, method and status."""

    kept: ClassVar[defaultdict[tuple[str, str, int], set[tuple[str, str]]]]
    most: ClassVar[int]

    def _look_at(self, response: TestResponse) -> None:
        path, request = response.request.path, response.request
        if (
            not path.startswith(STAFF)
            or response.mimetype != "text/html"
            or 300 <= response.status_code < 400
        ):
            return
        pages = self.kept[_route(self, path, request.method), request.method, response.status_code]
        pages.add((path, response.get_data(as_text=True)))
        if len(pages) > self.most:
            pages.remove(min(pages, key=lambda page: len(page[1])))


def _route(client: LintingClient, path: str, method: str) -> str:
    try:
        return str(client.application.url_map.bind("mashang.test").match(path, method=method)[0])
    except HTTPException:
        return "none"


class StaffEye(Eye):
    """The same eye on staff pages: in light, on a phone and on a desk."""

    def _faults_of(self, page: Page) -> Iterator[str]:
        for width, least in ((360, PHONE), (1440, DESK)):
            page.set_viewport_size({"width": width, "height": 900})
            if width == 360:
                page.evaluate("() => document.querySelectorAll('details').forEach(one => one.open = true)")
                yield from self._nameless()
                yield from self._violations(page)
            found = page.evaluate(LAID_OUT) + page.evaluate(UNBROKEN) + page.evaluate(LARGE_ENOUGH, least)
            yield from (f"at {width} px: {fault}" for fault in found)
        page.set_viewport_size({"width": 360, "height": 900})
        page.evaluate(SPACED)
        yield from (f"spaced at 360 px: {fault}" for fault in page.evaluate(LAID_OUT))


@pytest.mark.parametrize(
    "lang", [pytest.param(lang, marks=pytest.mark.xdist_group(f"desk-{lang}")) for lang in ("zh", "en")]
)
def test_every_staff_page_is_for_everybody(browser: Browser, house: House, address: str, lang: str) -> None:
    Keeping.kept, Keeping.most = defaultdict(set), RICHEST[lang]
    house.app.test_client_class = Keeping
    if lang == "en":
        house.sit_down = in_english(house.sit_down)
    tours.of_the_whole_house(house)
    pages = {
        f"{route} {method} {status} {nth}": page
        for (route, method, status), some in sorted(Keeping.kept.items())
        for nth, page in enumerate(sorted(some))
    }
    faults = list(StaffEye(browser, house.app, address, lang).faults(pages))
    assert not faults, f"{len(faults)} of {len(pages)} pages:\n" + "\n".join(faults)
