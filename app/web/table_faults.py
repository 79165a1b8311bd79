"""What is wrong with an imported table, said in the language of the page. Rooms and stored lines keep it in Chinese."""

from __future__ import annotations

import re

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from markupsafe import Markup, escape

SENTENCES: tuple[tuple[str, LazyString], ...] = (
    ("第%(line)s行：%(rest)s", _l("第%(line)s行：%(rest)s")),
    ("是公式，请改成文字或数字", _l("是公式，请改成文字或数字")),
    ("不是电子表格，打不开", _l("不是电子表格，打不开")),
    (
        "是旧格式（.xls）或者加了密码，请另存为不加密的 .xlsx",
        _l("是旧格式（.xls）或者加了密码，请另存为不加密的 .xlsx"),
    ),
    ("不是 CSV 文字，像是 .xlsx，请改回扩展名", _l("不是 CSV 文字，像是 .xlsx，请改回扩展名")),
    ("只认 .xlsx、.xls 和 .csv", _l("只认 .xlsx、.xls 和 .csv")),
    ("打不开：坏了，或者加了密码", _l("打不开：坏了，或者加了密码")),
    ("是表格里读不出来的日期", _l("是表格里读不出来的日期")),
    ("是表格的错误值", _l("是表格的错误值")),
    ("是表格的错误值 %(value)s", _l("是表格的错误值 %(value)s")),
    ("是“真/假”，不是文字或数字", _l("是“真/假”，不是文字或数字")),
    ("表格从这一行起读不出来", _l("表格从这一行起读不出来")),
    ("行太多", _l("行太多")),
    ("被表格当成了日期，请先把这一格设成文本再写", _l("被表格当成了日期，请先把这一格设成文本再写")),
    ("编码是 UTF-16，请另存为 UTF-8 的 CSV", _l("编码是 UTF-16，请另存为 UTF-8 的 CSV")),
    ("不是 CSV 文字", _l("不是 CSV 文字")),
    (
        "编码不对：不是 UTF-8，也不像 GB18030，请另存为 UTF-8 的 CSV",
        _l("编码不对：不是 UTF-8，也不像 GB18030，请另存为 UTF-8 的 CSV"),
    ),
    ("不是合格的 CSV（%(why)s）", _l("不是合格的 CSV（%(why)s）")),
    ("加了密码，请另存为不加密的 .xlsx", _l("加了密码，请另存为不加密的 .xlsx")),
    ("有%(names)s张表，最多%(most)s张，请分成几份", _l("有%(names)s张表，最多%(most)s张，请分成几份")),
    (
        "前%(lines)s行里没有表头，至少要有这几列：%(wanted)s",
        _l("前%(lines)s行里没有表头，至少要有这几列：%(wanted)s"),
    ),
    ("表头缺列，至少要有这几列：%(wanted)s", _l("表头缺列，至少要有这几列：%(wanted)s")),
    ("超过%(most)s行，后面的没有读，请分成几份", _l("超过%(most)s行，后面的没有读，请分成几份")),
    ("表头下面一行也没有", _l("表头下面一行也没有")),
    ("里面有看不见的控制字符，已经去掉", _l("里面有看不见的控制字符，已经去掉")),
    ("看不出是什么时间", _l("看不出是什么时间")),
    ("空着，没有编号认不出是哪一件", _l("空着，没有编号认不出是哪一件")),
    ("最多%(most)s个字", _l("最多%(most)s个字")),
    ("最多%(most)s个字，现在有%(length)s个", _l("最多%(most)s个字，现在有%(length)s个")),
    ("最多%(most)s个字，没有带上", _l("最多%(most)s个字，没有带上")),
    ("不像电话，没有带上", _l("不像电话，没有带上")),
    ("看不出回访的结果，没有带上", _l("看不出回访的结果，没有带上")),
    ("和第%(line)s行重复", _l("和第%(line)s行重复")),
    ("空着", _l("空着")),
    ("没录上，请看一遍再录", _l("没录上，请看一遍再录")),
    ("不能空着", _l("不能空着")),
    ("最多%(most)s个看得见的字", _l("最多%(most)s个看得见的字")),
    ("表格太大，最多%(most)s行", _l("表格太大，最多%(most)s行")),
    ("没有表头，要有%(wanted)s", _l("没有表头，要有%(wanted)s")),
    ("要是%(wanted)s里的一个", _l("要是%(wanted)s里的一个")),
    ("没有“%(code)s”这个分类代码", _l("没有“%(code)s”这个分类代码")),
    ("写 yes、no，或者是、否", _l("写 yes、no，或者是、否")),
    ("超过%(size)sMB，表格太大，请分成几份", _l("超过%(size)sMB，表格太大，请分成几份")),
    ("这一行超过%(most)s个字，是不是少了换行或引号？", _l("这一行超过%(most)s个字，是不是少了换行或引号？")),
    ("有一格超过%(most)s个字，是不是少了引号？", _l("有一格超过%(most)s个字，是不是少了引号？")),
    (
        "里面有%(parts)s个文件，最多%(most)s个，不像表格",
        _l("里面有%(parts)s个文件，最多%(most)s个，不像表格"),
    ),
    ("里面有同名的文件，不像表格", _l("里面有同名的文件，不像表格")),
    ("解开以后超过%(size)sMB，表格太大，请分成几份", _l("解开以后超过%(size)sMB，表格太大，请分成几份")),
    (
        "单元格里的字超过%(size)sMB，表格太大，请分成几份",
        _l("单元格里的字超过%(size)sMB，表格太大，请分成几份"),
    ),
    ("里面有一个开头全是空白的文件，不像表格", _l("里面有一个开头全是空白的文件，不像表格")),
    ("%(where)s：一行超过%(most)s格", _l("%(where)s：一行超过%(most)s格")),
    (
        "%(where)s：东西太多，不像台账，请把数据另存为一份新的 .xlsx",
        _l("%(where)s：东西太多，不像台账，请把数据另存为一份新的 .xlsx"),
    ),
    ("%(where)s：单元格太多，请分成几份", _l("%(where)s：单元格太多，请分成几份")),
    ("%(where)s：套了太多层，不像表格", _l("%(where)s：套了太多层，不像表格")),
    ("%(where)s：一格里超过%(most)s个字", _l("%(where)s：一格里超过%(most)s个字")),
    (
        "%(where)s：里面有文档类型声明（DTD），表格里不该有，没有读",
        _l("%(where)s：里面有文档类型声明（DTD），表格里不该有，没有读"),
    ),
    ("%(part)s 第%(row)s行", _l("%(part)s 第%(row)s行")),
    ("交台账的人现在不能导入了", _l("交台账的人现在不能导入了")),
    ("读了几次都没读成，请分成几份再交", _l("读了几次都没读成，请分成几份再交")),
)
SENTENCES_IN = ("rest", "where")  # what stands in these places is a sentence again
_HAN = re.compile("[\u4e00-\u9fff]")
_PLACE = re.compile(r"%\((\w+)\)s")


def _pattern(sentence: str) -> re.Pattern[str]:
    parts = _PLACE.split(sentence)
    return re.compile(
        "".join(f"(?P<{part}>.+?)" if at % 2 else re.escape(part) for at, part in enumerate(parts)), re.DOTALL
    )


_PATTERNS = [(_pattern(sentence), words) for sentence, words in SENTENCES]


def said(reason: str) -> str:
    """A reason in the language of the page; itself where it is no sentence known."""
    found = _found(reason)
    if found is None:
        return reason
    words, places = found
    places |= {name: said(places[name]) for name in SENTENCES_IN if name in places}
    return str(words) % places if places else str(words)


def shown(reason: str) -> Markup:
    """The same for a page: what stands in its places is as the file has it, and marked so."""
    found = _found(reason)
    if found is None:
        return Markup('<span translate="no" lang="zh-CN">{}</span>').format(reason)
    words, places = found
    if not places:
        return escape(str(words))
    kept = {name: _as_it_stands(place) for name, place in places.items()}
    kept |= {name: shown(places[name]) for name in SENTENCES_IN if name in places}
    return escape(str(words)) % kept


def _as_it_stands(place: str) -> Markup:
    """Numbers and codes are part of the sentence; headings in Chinese are nobody's to translate."""
    if _HAN.search(place):
        return Markup('<span translate="no" lang="zh-CN">{}</span>').format(place)
    return escape(place.replace("、", ", "))


def _found(reason: str) -> tuple[LazyString, dict[str, str]] | None:
    for pattern, words in _PATTERNS:
        found = pattern.fullmatch(reason)
        if found is not None:
            return words, found.groupdict()
    return None
