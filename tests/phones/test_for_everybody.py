"""Every page residents see, for everybody: large enough to read and to press, in light and dark, in a narrow
window, with wide spacing, named for a screen reader. A page is fetched once in each view and then looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, CDPSession, Page
from werkzeug.wrappers import Response

from app.access.actor import resident
from app.cases import asking, handling, intake, joining, merging, own_report, photos, publishing
from app.cases.models import CaseFile
from app.cases.wording import Words
from app.categories.models import Category
from app.db import transaction
from app.forwarding import handover
from app.places import codes
from app.web.resident.pictured import TILES
from tests.conftest import START
from tests.databases import settings_for
from tests.journeys.people import PLACE
from tests.pages.tours import NOBODYS, PHONE, YES, picture
from tests.pages.visitors import Resident
from tests.world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

VIEWS = {"zh": "", "zh-elder": "elder=1", "en": "lang=en", "en-elder": "lang=en&elder=1"}
WIDTHS = (390, 768, 320)  # the narrowest last: there it is looked at once more
A_PAGE = 3  # reports taken from one page: the next is told to wait
GAS = "屋里一股煤气味，头晕"
LONG = "https://example.org/" + "very-long-address-without-a-place-to-break" * 3

# WCAG 2.2, 1.4.12: nobody may lose anything who spaces text like this. Not an element, so no policy is in its way.
SPACED = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
    p { margin-bottom: 2em !important }`);
  document.adoptedStyleSheets = [sheet];
}"""
OPENED = "() => document.querySelectorAll('details').forEach(one => one.open = true)"
LAID_OUT = """() => {
  const told = one => one.tagName.toLowerCase() + (one.id && '#' + one.id) + (one.className && '.' + one.className)
    + ' “' + (one.textContent || one.name || '').trim().slice(0, 20) + '”';
  const shown = one => one.checkVisibility({visibilityProperty: true}) && !one.closest('.trap, .unseen');
  const faults = [], all = [...document.body.querySelectorAll('*')].filter(shown);
  const scrolls = one => one && (['auto', 'scroll'].includes(getComputedStyle(one).overflowX) || scrolls(one.parentElement));
  const beyond = all.filter(one => one.getBoundingClientRect().right > innerWidth + 1 && !scrolls(one.parentElement));
  if (document.documentElement.scrollWidth > innerWidth)
    faults.push(`scrolls sideways to ${document.documentElement.scrollWidth}: ${beyond.slice(0, 3).map(told).join(', ')}`);
  for (const one of all) {
    const style = getComputedStyle(one);
    if (!['hidden', 'clip'].includes(style.overflowX) || one.closest('svg, input, textarea, select')) continue;
    if (style.clipPath !== 'none') continue; // for screen readers alone
    if (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1)
      faults.push(`cut off: ${told(one)}`);
  }
  return faults;
}"""
UNBROKEN = """() => {
  const faults = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = document.createRange();
  while (texts.nextNode()) {
    const text = texts.currentNode;
    if (!text.parentElement.checkVisibility() || text.parentElement.closest('option, textarea, .unseen')) continue;
    for (const word of text.data.matchAll(/[A-Za-z0-9]+/g)) {
      const run = text.data.slice(0, word.index).match(/[!-~]*$/)[0] + text.data.slice(word.index).match(/^[!-~]*/)[0];
      if (run.length > 16) continue; // an address has to break somewhere
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      if (new Set([...range.getClientRects()].map(one => one.top)).size > 1) faults.push(`“${word[0]}” is broken`);
    }
  }
  return faults;
}"""
LARGE_ENOUGH = """([body, text, tap, wide]) => {
  const told = one => one.tagName.toLowerCase() + (one.id && '#' + one.id) + (one.className && '.' + one.className)
    + ' “' + (one.textContent || one.name || '').trim().slice(0, 20) + '”';
  const shown = one => one.checkVisibility({visibilityProperty: true}) && !one.closest('.trap, .unseen');
  const inSentence = link => {
    if (link.tagName !== 'A' || getComputedStyle(link).display !== 'inline') return false;
    const around = link.parentElement.cloneNode(true);
    around.querySelectorAll('a').forEach(one => one.remove());
    return around.textContent.trim() !== '';
  };
  const faults = [], size = one => parseFloat(getComputedStyle(one).fontSize);
  if (size(document.body) < body) faults.push(`body text ${size(document.body)} px`);
  const targets = 'a[href], button, input:not([type=hidden]), select, textarea, summary';
  for (const control of document.querySelectorAll(targets)) {
    const target = ['radio', 'checkbox'].includes(control.type) ? control.closest('label') || control : control;
    if (!shown(target) || inSentence(target)) continue;
    const {width, height} = target.getBoundingClientRect();
    if (target === control && ['radio', 'checkbox'].includes(control.type)) { // its name is for screen readers alone
      if (Math.min(width, height) < 24) faults.push(`${told(target)} is ${Math.min(width, height)} px`);
      continue;
    }
    if (height < tap - .5) faults.push(`${told(target)} is ${height} px high`);
    if (width < wide) faults.push(`${told(target)} is ${width} px wide`);
  }
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const holder = texts.currentNode.parentElement;
    if (texts.currentNode.data.trim() && shown(holder) && size(holder) < text)
      faults.push(`${told(holder)} is ${size(holder)} px large`);
  }
  const headings = document.querySelectorAll('h1').length;
  if (headings !== 1) faults.push(`${headings} h1`);
  return faults;
}"""
RUN = "options => axe.run({...options, resultTypes: ['violations']}).then(({violations}) => ({violations}))"
# Contrast is four fifths of axe's time, and the same text in the same clothes on the same ground is as easy to read
# on the next page: axe is asked about what looks like nothing it has judged before. `look` is everything that
# could make a difference, from the page down to the element; what axe could not decide is asked again.
READABLE = """async ([rules, judged]) => {
  const known = new Set(judged), looks = new Map();
  const sum = text => {
    let one = 0xdeadbeef, two = 0x41c6ce57;
    for (let at = 0; at < text.length; at++) {
      one = Math.imul(one ^ text.charCodeAt(at), 2654435761);
      two = Math.imul(two ^ text.charCodeAt(at), 1597334677);
    }
    return (one >>> 0).toString(36) + (two >>> 0).toString(36);
  };
  const worn = ({color, backgroundColor, backgroundImage, opacity, fontSize, fontWeight, position, textShadow, display}) =>
    [color, backgroundColor, backgroundImage, opacity, fontSize, fontWeight, position, textShadow, display].join();
  const look = one => {
    if (!one) return '';
    if (!looks.has(one)) {
      const states = [one.tagName, one.getAttribute('class'), one.type, one.disabled].join();
      looks.set(one, sum([look(one.parentElement), states, worn(getComputedStyle(one)),
        worn(getComputedStyle(one, '::before')), worn(getComputedStyle(one, '::after'))].join()));
    }
    return looks.get(one);
  };
  const written = one => ['INPUT', 'TEXTAREA', 'SELECT'].includes(one.tagName)
    || [...one.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim());
  const fresh = new Map(), often = new Map(); // two of a look: should one of them be covered by something else
  for (const one of document.body.querySelectorAll('*')) {
    if (!written(one) || !one.checkVisibility({visibilityProperty: true, opacityProperty: true})) continue;
    const times = (often.get(look(one)) || 0) + 1;
    often.set(look(one), times);
    if (times < 3 && !known.has(look(one))) fresh.set(one, look(one));
  }
  if (!fresh.size) return {violations: [], judged: []};
  const answer = await axe.run({include: [...fresh.keys()]},
    {runOnly: rules, elementRef: true, resultTypes: ['violations', 'incomplete']});
  const undecided = new Set(answer.incomplete.flatMap(rule => rule.nodes.map(node => fresh.get(node.element))));
  const plain = ({message}) => ({message});
  const violations = answer.violations.map(({id, nodes}) => ({id, nodes: nodes.map(node => ({html: node.html,
    any: node.any.map(plain), all: node.all.map(plain), none: node.none.map(plain)}))}));
  return {violations, judged: [...new Set(fresh.values())].filter(each => !undecided.has(each))};
}"""
CONTRAST = ["color-contrast", "color-contrast-enhanced"]
AXE = Axe().axe_script
CONTROLS = frozenset(
    {"link", "button", "textbox", "searchbox", "checkbox", "radio", "combobox", "spinbutton", "slider"}
    | {"DisclosureTriangle", "listbox"}
)


@pytest.fixture
def environ(database_url: str, tmp_path: Path) -> dict[str, str]:
    return settings_for(database_url, tmp_path) | {
        "MASHANG_NOW": START,
        "MASHANG_SMS_URL": "http://127.0.0.1:9/",  # nobody listens there
        "MASHANG_LIMITS": f"door=100000,network=100000,page={A_PAGE}",
    }


@pytest.mark.parametrize(
    "view", [pytest.param(view, marks=pytest.mark.xdist_group(f"everybody-{view}")) for view in VIEWS]
)
def test_every_page_is_for_everybody(
    browser: Browser, app: Flask, world: World, address: str, view: str
) -> None:
    pages = Album(app, world, VIEWS[view]).filled()
    faults = list(Eye(browser, app, address, view).faults(pages))
    assert not faults, "\n".join(faults)


BAD = """<!doctype html><html lang="en"><head><title>bad</title><style>
  body { margin: 0; font-size: 15px; background: #fff; color: #666 }
  @media (prefers-color-scheme: dark) { body { background: #000; color: #333 } }
  .wide { width: 500px } .low { overflow: hidden; height: 20px } .thin { width: 40px; overflow-wrap: anywhere }
</style></head><body><main><p class="wide">wide</p><div class="low">one<br>two</div><p class="thin">119 Medical</p>
  <button></button><a href="/">alone</a></main></body></html>"""
FOUND = (
    "at 390 px: scrolls sideways to 500", "cut off: div", "“Medical” is broken", "body text 15 px", "px high", "0 h1",
    "a button without a name", "html lang is not zh-CN", "light: button-name", "light: color-contrast-enhanced",
    "dark: color-contrast:", "spaced at 320 px: scrolls",
)  # fmt: skip


@pytest.mark.xdist_group("everybody-eye")
def test_the_eye_finds_what_is_wrong(browser: Browser, app: Flask, address: str) -> None:
    faults = "\n".join(Eye(browser, app, address, "zh-elder").faults({"bad": ("/bad", BAD)}))
    assert [one for one in FOUND if one not in faults] == []


@pytest.mark.xdist_group("everybody-eye")
def test_what_could_be_read_on_one_page_is_judged_again_in_other_colours(
    browser: Browser, app: Flask, address: str
) -> None:
    good = BAD.replace("color: #666", "color: #000").replace("color: #333", "color: #fff")
    pages = {"good": ("/good", good), "again": ("/again", good), "bad": ("/bad", BAD)}
    faults = Eye(browser, app, address, "zh-elder").faults(pages)
    contrast = [one for one in faults if "color-contrast" in one and '<p class="wide">' in one]
    assert {one.split(" ")[0] for one in contrast} == {"bad"}
    assert {one.split(": ")[1] for one in contrast} == {"light", "dark"}


def with_pictures() -> None:
    """The leaves of the catalogue that stand as pictures on the form."""
    with transaction() as session:
        session.add_all(
            Category(code=tile.code, level1="住房", level2="楼内", level3=str(tile.word), limit_key="7d")
            for tile in TILES
        )


@dataclass
class Album:
    """Every page of a resident in one view: name, address and what the server answered."""

    app: Flask
    world: World
    view: str
    pages: dict[str, tuple[str, str]] = field(default_factory=dict)

    def filled(self) -> dict[str, tuple[str, str]]:
        """All of them."""
        with_pictures()
        for name, url, status in (
            ("home", "/", 200),
            ("privacy", "/privacy", 200),
            ("find a receipt", "/r/", 200),
            ("a receipt nobody was given", f"/r/{NOBODYS}", 404),
            ("recovery", "/r/recover", 200),
            ("type a code", "/d/", 200),
            ("a code there is not", "/d/none", 404),
            ("nowhere", "/nowhere", 404),
            ("the board, quiet", self._board, 200),
        ):
            self._see(name, url, status)
        self._recovery_refused()
        self._at_a_quiet_door()
        self._with_neighbours()
        self._receipts()
        self._old_stickers()
        self._see("the board", self._board)
        return self.pages

    @property
    def _board(self) -> str:
        return f"/c/{self.world.doors[0].community_code}"

    def _recovery_refused(self) -> None:
        who = self._somebody()
        self._send("recovery refused", who, "/r/recover", 422, **who.signs("/r/"), phone="12")

    def _at_a_quiet_door(self) -> None:
        door = f"/d/{self.world.doors[4].code}"
        who = self._somebody()
        self._see("form", door)
        wrong = {"text": "", "phone": "12", "email": "none", "kind": "none"}
        self._send("form refused", who, door, 422, **who.signs(door) | wrong)
        form = who.signs(door) | {"text": "灯坏了，" + LONG}
        self._send("taken", who, door, 303, **form)
        self._send("other words", who, door, 422, **form | {"text": "门也坏了"})
        for _ in range(A_PAGE - 2):
            self._send("taken", who, door, 303, **form)
        self._send("too many", who, door, 429, **form)
        form = who.signs(door) | {"text": GAS}
        self._send("telephone first", who, door, 200, **form, photo1=(picture(), "a.png"))
        form = who.signs(door) | {"text": GAS}
        self._send("back to change it", who, door, 200, **form, change_words="1")
        receipt = self._send("taken", who, door, 303, **who.signs(door), text=GAS, urgent_seen="1")
        self._see("receipt, urgent", receipt)

    def _with_neighbours(self) -> None:
        world = self.world
        for text, circle in (
            ("三层声控灯不亮，晚上看不见台阶", "door"),
            ("电梯到四层总要停一下", "community"),
        ):
            self._published(world.queued(text=text), text, circle)
        done = self._published(world.queued(text="单元门"), "单元门关不严", "community")
        handling.act(world.actor("worker"), done.number, "resolve", done.version, "修好了")
        door = world.doors[0]
        self._see("form with neighbours", f"/d/{door.code}")
        who = self._somebody()
        wrong = who.signs(f"/d/{door.code}") | {"case": done.number, "phone": "12"}
        self._send("me too refused", who, f"/d/{door.code}/me-too", 422, **wrong)
        case = self._published(world.queued(text="楼道堆物"), "二层楼道堆着旧柜子", "door")
        for network, name in (("10.0.0.1", "me too"), ("10.0.0.1", "me too, not counted")):
            receipt = joining.join(resident(), door, case.number, str(uuid4()), network=network)
            self._see(f"receipt, {name}", f"/r/{receipt}")
        signed = who.signs(f"/r/{receipt}")
        self._send("taken", who, f"/r/{receipt}/undo", 303, **signed)
        self._see("receipt, me too undone", f"/r/{receipt}")
        self._see("receipt, published", f"/r/{self._receipt_of(case)}")

    def _published(self, case: CaseFile, words: str, circle: str) -> CaseFile:
        return publishing.publish(self.world.actor("dispatcher"), case.number, case.version, words, circle)

    def _receipts(self) -> None:
        world, at_desk = self.world, self.world.actor("dispatcher")
        received = self._with_photos()
        self._see("receipt, received", f"/r/{received}")
        self._refused_on(f"/r/{received}")
        case = world.queued(text=LONG)
        self._see("receipt, queued", f"/r/{self._receipt_of(case)}")
        asking.ask(at_desk, case.number, case.version, "是几层的灯？什么时候方便上门？")
        self._see("receipt, with a question", f"/r/{self._receipt_of(case)}")
        for name, action, data in (
            ("in hand", "start", {}),
            ("resolved", "resolve", {}),
            ("declined", "decline", {"ground": "lawful_channel"}),
            ("transferred", "transfer", {"called": "119"}),
        ):
            case = world.queued(text="灯不亮")
            handling.act(at_desk, case.number, action, case.version, "说明白了", data=data)
            self._see(f"receipt, {name}", f"/r/{self._receipt_of(case)}")
            if action == "resolve":
                self._judge(f"/r/{self._receipt_of(case)}")
        case = world.queued(text="归热力的")
        handover.forward_now(at_desk, case.number, case.version)
        self._see("receipt, forwarded", f"/r/{self._receipt_of(case)}")
        self._merged()
        taken_back = world.report(text="不用了")
        own_report.withdraw(taken_back)
        self._see("receipt, withdrawn", f"/r/{taken_back}")
        self._see("no promise", f"/r/{taken_back}/promise.ics", 404)

    def _with_photos(self) -> str:
        taken = [photos.take_in(picture(), f"photo{number}") for number in (1, 2)]
        words = Words(
            text="三层的灯\n\n两天了", phone=PHONE, name="周阿姨", photos=len(taken), call_back=True
        )
        receipt = intake.receive(resident(), self.world.doors[0], str(uuid4()), words, taken)
        photos.reencode(taken[0].media_name)
        return receipt

    def _refused_on(self, page: str) -> None:
        who = self._somebody()
        self._send("adding refused", who, f"{page}/add", 422, **who.signs(page), text="")
        self._send("taken", who, f"{page}/data-request", 303, **who.signs(page), kind="see")
        self._see("what is held", f"{page}?held=1")

    def _judge(self, page: str) -> None:
        who = self._somebody()
        wrong = who.signs(page) | {"contacted": "yes"}
        self._send("judging refused", who, f"{page}/follow-up", 422, **wrong)
        self._send("taken", who, f"{page}/follow-up", 303, **who.signs(page) | YES)
        self._see("receipt, judged", page)

    def _merged(self) -> None:
        into, one = self.world.queued(text="先说的"), self.world.queued(text="后说的")
        merging.merge(self.world.actor("dispatcher"), one.number, one.version, into.number)
        self._see("receipt, merged", f"/r/{self._receipt_of(into)}")

    def _old_stickers(self) -> None:
        for door, reason in zip(self.world.doors[9:11], ("replaced", "stolen"), strict=True):
            codes.revoke(self.world.actor("admin"), door.code, reason)
            if reason == "replaced":
                codes.issue(self.world.actor("admin"), "110105015")
            self._see(f"sticker {reason}", f"/d/{door.code}", 410)

    def _receipt_of(self, case: CaseFile) -> str:
        return str(self.world.again(case).reports[0].receipt)

    def _somebody(self) -> Resident:
        return Resident(self.app.test_client())

    def _see(self, name: str, url: str, status: int = 200) -> None:
        seen = self._viewed(url)
        self.pages[name] = (seen, self._somebody().see(seen, status))

    def _send(self, name: str, who: Resident, url: str, status: int, **fields: object) -> str:
        """Sent in this view; what came back is a page of its own unless it leads to another."""
        sent = self._viewed(url)
        answer = who.send(sent, status, **fields)
        if status != 303:
            self.pages[name] = (sent, answer)
        return answer

    def _viewed(self, url: str) -> str:
        if not self.view or self.view in url:
            return url
        return f"{url}{'&' if '?' in url else '?'}{self.view}"


class Stage:
    """In front of an application: whatever page a browser goes to is the one that came before. Style sheets are the
    application's; it is asked once for each, where a browser whose requests are held up would ask for every page."""

    def __init__(self, app: Flask) -> None:
        self.page = ""
        self._behind = app.wsgi_app
        app.wsgi_app = self  # type: ignore[method-assign]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("HTTP_SEC_FETCH_DEST") != "document":
            return self._behind(environ, start_response)
        return Response(self.page, mimetype="text/html")(environ, start_response)


class Eye:
    """Looks at pages as they came, in one window."""

    def __init__(self, browser: Browser, app: Flask, address: str, view: str) -> None:
        self._address = address
        self._stage = Stage(app)
        self._is_elder = view.endswith("elder")
        self._judged: set[str] = set()  # looks that axe has decided on
        self._lang = "en" if view.startswith("en") else "zh-CN"
        self._context = browser.new_context(**PLACE, viewport={"width": 390, "height": 844}, bypass_csp=True)
        self._page = self._context.new_page()
        self._tree: CDPSession = self._context.new_cdp_session(self._page)
        self._context.add_init_script(AXE)

    def faults(self, pages: dict[str, tuple[str, str]]) -> Iterator[str]:
        """Everything against them, each with the name of its page."""
        for name, (url, body) in pages.items():
            self._stage.page = body
            self._page.goto(f"{self._address}{url}")
            for fault in self._faults_of(self._page):
                yield f"{name} ({url}): {fault}"
        self._context.close()

    def _faults_of(self, page: Page) -> Iterator[str]:
        """At each width once, and spread out only at the end: making a window wider or narrower paints it anew."""
        page.set_viewport_size({"width": 390, "height": 844})
        page.evaluate(OPENED)
        if page.locator("html").get_attribute("lang") != self._lang:
            yield f"html lang is not {self._lang}"
        yield from self._nameless()
        yield from self._violations(page)
        least = [22, 22, 60, 44] if self._is_elder else [18, 16, 48, 44]
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 844})
            found = page.evaluate(LAID_OUT) + page.evaluate(UNBROKEN) + page.evaluate(LARGE_ENOUGH, least)
            yield from (f"at {width} px: {fault}" for fault in found)
        page.evaluate(SPACED)
        yield from (f"spaced at {width} px: {fault}" for fault in page.evaluate(LAID_OUT))

    def _nameless(self) -> Iterator[str]:
        nodes: list[dict[str, Any]] = self._tree.send("Accessibility.getFullAXTree")["nodes"]
        for node in nodes:
            role = node.get("role", {}).get("value")
            if role in CONTROLS and not node["ignored"] and not node.get("name", {}).get("value", "").strip():
                yield f"a {role} without a name"

    def _violations(self, page: Page) -> Iterator[str]:
        """All rules in light; in dark only the colours can be different. Light is last, for what is looked at next."""
        page.emulate_media(color_scheme="dark")
        yield from self._unreadable("dark", page)
        page.emulate_media(color_scheme="light")
        yield from self._unreadable("light", page)
        yield from _told(
            "light", page.evaluate(RUN, {"rules": {rule: {"enabled": False} for rule in CONTRAST}})
        )

    def _unreadable(self, scheme: str, page: Page) -> Iterator[str]:
        answer = page.evaluate(READABLE, [CONTRAST if self._is_elder else CONTRAST[:1], sorted(self._judged)])
        self._judged.update(answer["judged"])
        yield from _told(scheme, answer)


def _told(scheme: str, answer: dict[str, Any]) -> Iterator[str]:
    for one in answer["violations"]:
        for node in one["nodes"]:
            why = "; ".join(check["message"] for check in (*node["any"], *node["all"], *node["none"]))
            yield f"{scheme}: {one['id']}: {node['html'][:120]}: {why}"
