"""Words that no translator saw are found, and what needs none is left alone."""

from __future__ import annotations

import pytest
from flask import Flask, render_template_string
from flask_babel import Domain, gettext, lazy_gettext, ngettext, pgettext

from tests.linting.page import Page
from tests.linting.pseudo import outside, untranslated


@pytest.mark.parametrize(
    "body",
    [
        "<p>没翻译</p>",
        "<p>⟦翻译了⟧ 没翻译</p>",
        "<p><b>⟦翻译了⟧</b>尾巴</p>",
        '<img src="/a.png" alt="照片">',
        '<input aria-label="⟦电话⟧" placeholder="phone">',
        '<input type="submit" value="提交">',
        '<textarea aria-label="说说什么事"></textarea>',
        "<p><textarea>居民写的</textarea>没翻译</p>",
        '<a href="/" title="首页">⟦首页⟧</a>',
        '<p translate="no">原话 <b translate="yes">没翻译</b></p>',
        "<svg><title>图</title></svg>",
        "<p>已有 3 件</p>",
    ],
)
def test_untranslated_words_are_found(body: str) -> None:
    assert list(untranslated(Page(f"<!doctype html><html><body>{body}</body></html>")))


@pytest.mark.parametrize(
    "body",
    [
        "<p>⟦翻译了⟧</p>",
        "<p>⟦还有 ⟦三天⟧ 到期⟧：12 · 3/4 ✓</p>",
        '<p translate="no">居民原话 <b>也是</b></p>',
        '<time datetime="2026-11-28">11月28日</time>',
        '<input type="text" value="居民写的">',
        "<!-- 注释 --><script src='/a.js'></script>",
        "<textarea>居民写的</textarea>",
    ],
)
def test_what_needs_no_translation_is_left_alone(body: str) -> None:
    assert list(untranslated(Page(f"<!doctype html><html><body>{body}</body></html>"))) == []


def test_brackets_may_nest() -> None:
    assert outside("一⟦二⟦三⟧四⟧五") == "一五"


def test_every_way_of_asking_is_answered_between_brackets(app: Flask, pseudo_locale: None) -> None:
    with app.test_request_context("/"):
        assert gettext("还有%(days)s天", days=3) == "⟦还有3天⟧"
        assert str(lazy_gettext("提交")) == "⟦提交⟧"
        assert ngettext("%(num)d件", "%(num)d件们", 2) == "⟦2件们⟧"
        assert pgettext("动词", "报修") == "⟦报修⟧"
        assert render_template_string("{{ _('码上') }}") == "⟦码上⟧"


def test_the_pretended_language_ends_with_its_test() -> None:
    assert Domain.get_translations.__module__ == "flask_babel"
