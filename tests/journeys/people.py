"""People at a browser. Each has a browser context of their own; whatever a page does that it should not —
an error on its console, a request that fails or leaves the house — fails the story."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, Response, expect

PHONE: Mapping[str, Any] = {
    "viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True,
}  # fmt: skip
DESK: Mapping[str, Any] = {"viewport": {"width": 1440, "height": 900}}
PLACE: Mapping[str, Any] = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "ignore_https_errors": True}
PATIENCE_MS = 15_000


class Pictures:
    """Screenshots, if somebody asked for them."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def take(self, page: Page, name: str, *, whole: bool = False) -> None:
        """Save the window as it stands, or the whole page."""
        if self._folder is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=self._folder / f"{name}.png", full_page=whole, animations="disabled")


class Person:
    """Somebody with a telephone or at a desk. `expecting`: refusals that belong to what they are about to do."""

    def __init__(
        self,
        browser: Browser,
        device: Mapping[str, Any],
        *,
        script: bool = True,
        expecting: Sequence[int] = (),
    ) -> None:
        self._expected = tuple(expecting)
        self.faults: list[str] = []
        self.cookies_set: list[str] = []
        self._origins: set[str] = set()
        self.context = browser.new_context(**device, **PLACE, java_script_enabled=script)
        self.context.set_default_timeout(PATIENCE_MS)
        self.page = self.context.new_page()
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("request", self._see)
        self.page.on("requestfailed", self._miss)
        self.page.on("response", self._receive)

    def open(self, url: str) -> Page:
        """Go to an address."""
        self._origins.add(_origin(url))
        self.page.goto(url)
        return self.page

    def reads(self, *words: str, where: str = "body") -> None:
        """These words stand on the page, to be seen."""
        for each in words:
            expect(self.page.locator(where)).to_contain_text(each, use_inner_text=True)

    def does_not_read(self, *words: str) -> None:
        """None of these words stands on the page."""
        for each in words:
            expect(self.page.locator("body")).not_to_contain_text(each)

    def press(self, name: str, where: Locator | None = None) -> None:
        """Press the button of this name; the answer has come when this returns."""
        with self.page.expect_navigation():
            (where or self.page).get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str) -> None:
        """Follow the link of this name."""
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=name).first.click()

    def is_well(self) -> None:
        """Nothing went wrong so far, seen or unseen."""
        assert not self.faults, "\n".join(self.faults)

    def close(self) -> None:
        """Put the telephone away."""
        self.context.close()

    def _hear(self, message: ConsoleMessage) -> None:
        told = [f"status of {status} " for status in self._expected]
        if _is_unasked(message.location.get("url", "")):
            return
        if message.type in ("error", "warning") and not any(each in message.text for each in told):
            self.faults.append(f"console at {self.page.url}: {message.text}")

    def _see(self, request: Request) -> None:
        if _origin(request.url) not in self._origins:
            self.faults.append(f"{self.page.url} asked {request.url}")

    def _miss(self, request: Request) -> None:
        # what is broken off is the icon, by somebody who is faster than it
        if request.failure != "net::ERR_ABORTED" and not _is_unasked(request.url):
            self.faults.append(f"failed: {request.url} {request.failure}")

    def _receive(self, response: Response) -> None:
        if "set-cookie" in response.headers:
            self.cookies_set.append(response.url)
        if response.status >= 400 and response.status not in self._expected and not _is_unasked(response.url):
            self.faults.append(f"{response.request.method} {response.url} answered {response.status}")


def _is_unasked(url: str) -> bool:
    """The browser asks for the icon when everything else is there, and a list for its news every few seconds: the house
    may be on its way to another day by then, and a proxy says so. That they are served is told in
    tests/phones/test_first_load.py and tests/browser/test_queue_by_keyboard.py."""
    return "/static/icon." in url or "/desk/news" in url


def anonymous(person: Person) -> None:
    """No cookie was set, and none is kept."""
    assert not person.cookies_set
    assert not person.context.cookies()


def barrier_free(page: Page) -> None:
    """axe finds nothing against the page as it stands."""
    results = Axe().run(page)
    assert results.violations_count == 0, f"{page.url}\n{results.generate_report()}"


@contextmanager
def somebody(
    browser: Browser, device: Mapping[str, Any], *, script: bool = True, expecting: Sequence[int] = ()
) -> Iterator[Person]:
    """Somebody for a while, who must be well at the end."""
    person = Person(browser, device, script=script, expecting=expecting)
    try:
        yield person
        person.is_well()
    finally:
        person.close()


def receipt_on(page: Page) -> str:
    """The receipt number the page shows."""
    shown = page.locator(".code").first.inner_text()
    assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", shown), shown
    return shown


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
