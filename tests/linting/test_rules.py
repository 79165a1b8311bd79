"""Every rule finds the fault it is for, and a good page has none."""

from __future__ import annotations

import pytest

from tests.linting import rules
from tests.linting.page import Page
from tests.linting.rules import RULES, faults_of

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'",
    "Cache-Control": "no-store",
}
GOOD = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>报修</title><link rel="stylesheet" href="/assets/a.css"></head>
<body><h1 id="top">红庙北里1号楼</h1><a href="#top">回到上面</a><a href="tel:12345">12345</a>
<svg aria-hidden="true"><symbol id="bulb"><path d="M0 0"></path></symbol><use href="#bulb"></use></svg>
<form method="post" action="/d/7K2M9QX3"><label for="text">说说什么事</label>
<textarea id="text" name="text" aria-describedby="hint"></textarea><p id="hint">一句话就行</p>
<label>电话 <input name="phone"></label><input name="spot" aria-label="在哪里">
<input type="hidden" name="submission_key"><button>提交</button></form>
<script src="/assets/a.js" defer></script></body></html>"""

BAD = [
    (rules.well_formed, "</form>", "</form></div>"),
    (rules.well_formed, "<button>", '<button type="submit"type="submit">'),
    (rules.well_formed, "一句话就行", "<b>一句<i>话</b>就行</i>"),
    (rules.well_formed, "一句话就行", "一句话 &foo; 就行"),
    (rules.well_formed, "一句话就行", "一句话 < 就行"),
    (rules.well_formed, "<button>", "<a href=x><a>x</a></a><button>"),
    (rules.well_formed, "<button>", "<table><p>x</p></table><button>"),
    (rules.well_formed, "<!doctype html>", ""),
    (rules.selects_hold_options, "<button>", '<select aria-label="x"><p>x</p></select><button>'),
    (rules.selects_hold_options, "<button>", '<select aria-label="x"><option><b>x</b></select><button>'),
    (rules.one_h1, "</body>", "<h1>又一个</h1></body>"),
    (rules.one_h1, '<h1 id="top">红庙北里1号楼</h1>', '<p id="top"></p>'),
    (rules.has_title, "<title>报修</title>", ""),
    (rules.has_title, "报修</title>", " </title>"),
    (rules.has_language, ' lang="zh-CN"', ""),
    (rules.unique_ids, "<button>", '<button id="top">'),
    (rules.fields_have_labels, '<label for="text">说说什么事</label>', '<label for="text"></label>'),
    (rules.fields_have_labels, ' aria-label="在哪里"', ' placeholder="在哪里"'),
    (rules.fields_have_labels, '<label>电话 <input name="phone"></label>', '<select name="phone"></select>'),
    (rules.nothing_inline, "</body>", "<script>alert(1)</script></body>"),
    (rules.nothing_inline, "</head>", "<style>p{}</style></head>"),
    (rules.nothing_inline, "<button>", '<button onclick="x()">'),
    (rules.nothing_inline, "<button>", '<button style="color:red">'),
    (rules.nothing_external, 'src="/assets/a.js"', 'src="https://cdn.mashang.test/a.js"'),
    (rules.nothing_external, 'href="/assets/a.css"', 'href="//cdn.mashang.test/a.css"'),
    (rules.nothing_external, 'href="tel:12345"', 'href="javascript:void(0)"'),
    (rules.references_resolve, 'aria-describedby="hint"', 'aria-describedby="hint gone"'),
    (rules.references_resolve, 'for="text"', 'for="words"'),
    (rules.references_resolve, 'href="#top"', 'href="#bottom"'),
    (rules.references_resolve, '<use href="#bulb">', '<use href="#lamp">'),
    (rules.references_resolve, '<use href="#bulb">', '<use xlink:href="#lamp">'),
]


def test_a_good_page_has_no_fault() -> None:
    assert faults_of(Page(GOOD, "/d/7K2M9QX3", HEADERS)) == []


@pytest.mark.parametrize(("rule", "good", "bad"), BAD)
def test_a_fault_is_found_by_its_rule(rule: rules.Rule, good: str, bad: str) -> None:
    assert good in GOOD
    found = list(rule(Page(GOOD.replace(good, bad, 1), "/d/7K2M9QX3", HEADERS)))
    assert found
    assert rule in RULES


@pytest.mark.parametrize(
    ("rule", "path", "headers"),
    [
        (rules.strict_policy, "/login", {"Content-Security-Policy": ""}),
        (
            rules.strict_policy,
            "/login",
            {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"},
        ),
        (rules.strict_policy, "/login", {"Content-Security-Policy": "default-src 'none'; img-src *"}),
        (rules.resident_pages_leave_no_trace, "/r/ABC", {"Cache-Control": "max-age=60"}),
        (rules.resident_pages_leave_no_trace, "/d/ABC", {"Set-Cookie": "session=1"}),
        (rules.resident_pages_leave_no_trace, "/c/ABC", {"Set-Cookie": "lang=en"}),
    ],
)
def test_headers_are_looked_at(rule: rules.Rule, path: str, headers: dict[str, str]) -> None:
    assert list(rule(Page(GOOD, path, HEADERS | headers)))
    assert rule in RULES


def test_staff_pages_may_set_their_cookie() -> None:
    assert faults_of(Page(GOOD, "/desk/", HEADERS | {"Set-Cookie": "session=1"})) == []


def test_every_rule_has_a_test() -> None:
    tried = {rule for rule, _good, _bad in BAD} | {rules.strict_policy, rules.resident_pages_leave_no_trace}
    assert set(RULES) == tried
