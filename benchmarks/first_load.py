"""What a telephone fetches on a first visit to a door, and how long a slow network keeps somebody waiting for the
form: in Chromium, with nothing in its cache."""

import gzip
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, Error, Page, Request, sync_playwright

from benchmarks.servers import BenchError

BITS_A_SECOND, ROUND_TRIP_MS = 400_000, 400
_PHONE_WIDTH, _PHONE_HEIGHT = 390, 844
_QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
# painted at least once, which waits for the style sheet; milliseconds since the visit began
_PAINTED = (
    "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))))"
)


@dataclass(frozen=True)
class FirstLoad:
    """What one first visit asks for, without its script, and the script apart; bytes as compressed."""

    requests: int
    size: int
    scripts: int
    script_size: int


@dataclass(frozen=True)
class FirstVisit:
    """One round: what was fetched, and seconds until the form could be used."""

    fetched: FirstLoad
    usable: float


def visit(url: str) -> FirstVisit:
    """Both in a browser of its own. Raises BenchError."""
    with chromium() as browser:
        return FirstVisit(first_load(browser, url), usable_after(browser, url))


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window, Debian's if it is there. Raises BenchError when it does not start."""
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(_QUIET))
        except Error as wrong:
            raise BenchError(f"Chromium does not start: {wrong.message.splitlines()[0]}") from wrong
        yield browser
        browser.close()


def first_load(browser: Browser, url: str) -> FirstLoad:
    """Count a first visit. The page itself is compressed here, as a proxy in front would do; the rest counts as it
    came. The icon of the tab is fetched by hand, for a browser without a window fetches none."""
    page = _cold(browser)
    asked: list[Request] = []
    page.on("requestfinished", lambda request: asked.append(request))  # noqa: PLW0108 - it marks what it is given
    try:
        answer = page.goto(url, wait_until="networkidle")
        if answer is None or answer.status != 200:
            raise BenchError(f"{url} did not answer 200")
        scripts = [one for one in asked if one.resource_type == "script"]
        sizes = [_size(one) for one in asked if one not in scripts]
        sizes += _icons(page, {one.url for one in asked})
        return FirstLoad(len(sizes), sum(sizes), len(scripts), sum(map(_size, scripts)))
    finally:
        page.context.close()


def usable_after(browser: Browser, url: str) -> float:
    """Seconds from following the address until the form is painted and takes words, on a slow network.

    The network's delay is added to every request; setting up a connection costs nothing here."""
    page = _cold(browser)
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.setCacheDisabled", {"cacheDisabled": True})
    speed = BITS_A_SECOND / 8
    network.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": ROUND_TRIP_MS, "downloadThroughput": speed, "uploadThroughput": speed},
    )
    try:
        page.goto(url, wait_until="commit")
        field = page.locator("textarea[name=text]")
        field.wait_for(state="visible")
        milliseconds = float(page.evaluate(_PAINTED))
        field.fill("楼道灯坏了", timeout=1000)
        return milliseconds / 1000
    except Error as wrong:
        raise BenchError(f"the form at {url} could not be used: {wrong.message.splitlines()[0]}") from wrong
    finally:
        page.context.close()


def _cold(browser: Browser) -> Page:
    return browser.new_context(viewport={"width": _PHONE_WIDTH, "height": _PHONE_HEIGHT}).new_page()


def _size(request: Request) -> int:
    if request.resource_type == "document":
        answer = request.response()
        return len(gzip.compress(answer.body(), 6)) if answer else 0
    return int(request.sizes()["responseBodySize"])


def _icons(page: Page, fetched: set[str]) -> list[int]:
    links = page.eval_on_selector_all("link[rel=icon]", "links => links.map(link => link.href)")
    missing = [link for link in links if link not in fetched and not link.startswith("data:")]
    return [len(gzip.compress(page.request.get(link).body(), 6)) for link in missing]
