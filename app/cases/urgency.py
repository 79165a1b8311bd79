"""What in a resident's words means danger to life, recognised by a table of phrases (`urgency_phrases.csv`). Pure.

Every clause is judged by itself: what is denied, long past, feared, told of elsewhere or only a manner of speaking
is no alarm, and silences no other clause. In doubt it is one: a needless page costs a tap, a missed one a life."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import chain
from operator import add
from pathlib import Path

KINDS = ("gas", "fire", "lift", "crime", "injury", "danger")
LONGEST = 4000  # characters looked at; a report has at most half as many
WINDOW = 40  # characters before and after a phrase that may take it back
BESIDE = 8  # characters of its own clause before and after it that may make it another thing
_TABLE = Path(__file__).with_name("urgency_phrases.csv")
_GAP = "[^,.没未无]{0,8}?"
_STEM = 2
_ALONE = 20  # how much more common one character is than two together
_LOOKS = re.compile(r"\(\?[^()]*\)")
_NAMED = re.compile(r"<([a-z_0-9]+)>(?![a-z=!])")
_NESTED = 3  # a named list may name others


@dataclass(frozen=True)
class Urgency:
    """What was recognised: one of KINDS, and the phrase of the table that said so."""

    kind: str
    phrase: str


@dataclass(frozen=True)
class _Phrase:
    kind: str
    written: str
    pattern: re.Pattern[str]
    near: tuple[re.Pattern[str], ...]
    without: re.Pattern[str] | None


@dataclass(frozen=True)
class _Book:
    """The table, ready to be asked. `phrases` stand in the order of KINDS; `at` tells by the one or two
    characters that must be in a text which of them may be."""

    same: tuple[tuple[str, str], ...]
    phrases: tuple[_Phrase, ...]
    at: dict[str, tuple[int, ...]]
    calm: re.Pattern[str]
    denied: re.Pattern[str]
    feared: re.Pattern[str]
    past: re.Pattern[str]
    now: re.Pattern[str]
    told: re.Pattern[str]
    over: re.Pattern[str]


def recognised(text: str) -> Urgency | None:
    """The danger these words speak of, the gravest kind first in the order of KINDS; None for none."""
    book = _book()
    plain = _plain(text[:LONGEST], book.same)
    keys = book.at.keys() & chain(plain, map(add, plain, plain[1:]))
    if not keys:  # most words of residents end here
        return None
    plain = book.calm.sub("□", plain)
    possible = sorted({at for key in keys for at in book.at[key]})
    for phrase in (book.phrases[at] for at in possible):
        if any(_stands(book, plain, phrase, match) for match in phrase.pattern.finditer(plain)):
            return Urgency(phrase.kind, phrase.written)
    return None


def _stands(book: _Book, plain: str, phrase: _Phrase, match: re.Match[str]) -> bool:
    """Whether this clause means what the phrase says, here and now."""
    around = plain[max(0, match.start() - 80) : match.end() + 80]
    if any(near.search(around) is None for near in phrase.near):
        return False
    start = max(0, match.start() - WINDOW)
    before = plain[start : match.start()]
    sentence = before.rsplit(".", 1)[-1]
    clause = sentence.rsplit(",", 1)[-1]
    after = plain[match.end() : match.end() + WINDOW].split(".", 1)[0]
    whole = clause + match[0] + after.split(",", 1)[0]
    if phrase.without is not None and phrase.without.search(clause[-BESIDE:] + match[0] + after.split(",", 1)[0][:BESIDE]):
        return False
    if book.denied.search(clause) or book.feared.search(clause) or book.told.search(whole):
        return False
    if book.now.search(whole):
        return True
    return not (_is_past(book, sentence, whole) or book.over.search(match[0] + after))


def _is_past(book: _Book, sentence: str, whole: str) -> bool:
    """Said of another time, in this clause or in one before it, with nothing since that brings it to now."""
    if book.past.search(whole):
        return True
    for clause in reversed(sentence.split(",")[:-1]):
        if book.now.search(clause):
            return False
        if book.past.search(clause) or book.told.search(clause):
            return True
    return False


# ---- words as they are compared ------------------------------------------------------------------------

_SIMPLE = dict(
    zip(
        "氣電著煙樓門殺傷暈報斷濃燒聞雞裡裏關來開進們個聲搶賊媽爺頭動沒無過還現應歲車線牆廣鎖對壓洩蓋轎廂層間婦強姦"
        "臟臉嚇騷擾隨蹤頂說話險難讓從塊幾聽見滾傾幫請麼為會萬當壞點鄰藥腦燙臺陽單兩闖竊傳後時發戶風體絲熱災滅備"
        "舊隱價舉掛橫溝決淚濕牽緊終練結給網總續習聯興舊處視覺觸訊記許論謝識議護貨貼賣趕跡輪轉辦農運違適選邊郵錢鐵鍋",
        "气电着烟楼门杀伤晕报断浓烧闻鸡里里关来开进们个声抢贼妈爷头动没无过还现应岁车线墙广锁对压泄盖轿厢层间妇强奸"
        "脏脸吓骚扰随踪顶说话险难让从块几听见滚倾帮请么为会万当坏点邻药脑烫台阳单两闯窃传后时发户风体丝热灾灭备"
        "旧隐价举挂横沟决泪湿牵紧终练结给网总续习联兴旧处视觉触讯记许论谢识议护货贴卖赶迹轮转办农运违适选边邮钱铁锅",
        strict=True,
    )
)
_ENDS = dict.fromkeys("。!?;\n\r", ".") | dict.fromkeys("、:", ",")
_ALIKE = str.maketrans(_SIMPLE | _ENDS)
_DROPPED = re.compile(r"[^\w,.□]+|_+")


def _plain(text: str, same: Iterable[tuple[str, str]]) -> str:
    """One form for what reads the same: width, case, traditional characters, no blanks, signs or emoji."""
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    plain = _DROPPED.sub("", text.lower().translate(_ALIKE))
    for typed, meant in same:
        if typed in plain:
            plain = plain.replace(typed, meant)
    return plain


# ---- the table -----------------------------------------------------------------------------------------


@cache
def _book() -> _Book:
    rows = [row for row in table() if row["kind"] != "word"]
    phrases = sorted((row for row in rows if row["kind"] in KINDS), key=lambda row: KINDS.index(row["kind"]))
    return _Book(
        same=tuple((row["phrase"], row["near"]) for row in rows if row["kind"] == "same"),
        phrases=tuple(_phrase(row) for row in phrases),
        at=_where(phrases),
        calm=_any(rows, "calm"),
        denied=re.compile(f"(?:{_words(rows, 'denied')})(?:{_words(rows, 'denied_then')})*$"),
        feared=_any(rows, "feared"),
        past=_any(rows, "past"),
        now=_any(rows, "now"),
        told=_any(rows, "told"),
        over=_any(rows, "over"),
    )


def table() -> list[dict[str, str]]:
    """The rows of the table, each `<name>` replaced by the words of that name."""
    with _TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    words = {row["phrase"]: row["near"] for row in rows if row["kind"] == "word"}
    return [{column: _spelt_out(text, words) for column, text in row.items()} for row in rows]


def _spelt_out(text: str, words: dict[str, str]) -> str:
    for _ in range(_NESTED):
        if not _NAMED.search(text):
            break
        text = _NAMED.sub(lambda name: words[name[1]], text)
    return text


def keys(written: str) -> set[str]:
    """One or two characters of which a text with this phrase has at least one: of the parts between its gaps
    the one that tells most."""
    parts = (_beginnings(part) for part in _LOOKS.sub("", written).split("~"))
    return min((part for part in parts if part and "" not in part), key=_how_common)


def _how_common(part: set[str]) -> int:
    return sum(1 if len(text) == _STEM else _ALONE for text in part)


def _beginnings(part: str) -> set[str]:
    """The first two characters of every text this part may stand for."""
    texts = {""}
    for group, plain in re.findall(r"\(([^()]*)\)|([^()]+)", part):
        texts = {text + more if len(text) < _STEM else text for text in texts for more in (group or plain).split("|")}
    return {text[:_STEM] for text in texts}


def _phrase(row: dict[str, str]) -> _Phrase:
    near, without = row["near"], row["without"]
    return _Phrase(
        row["kind"],
        row["phrase"],
        re.compile(row["phrase"].replace("(", "(?:").replace("(?:?", "(?").replace("~", _GAP)),
        tuple(re.compile(one.replace("~", _GAP)) for one in near.split("&") if one),
        re.compile(without.replace("~", _GAP)) if without else None,
    )


def _words(rows: list[dict[str, str]], kind: str) -> str:
    return "|".join(row["phrase"].replace("~", _GAP) for row in rows if row["kind"] == kind)


def _any(rows: list[dict[str, str]], kind: str) -> re.Pattern[str]:
    return re.compile(_words(rows, kind))


def _where(rows: list[dict[str, str]]) -> dict[str, tuple[int, ...]]:
    found: dict[str, list[int]] = {}
    for at, row in enumerate(rows):
        for key in keys(row["phrase"]):
            found.setdefault(key, []).append(at)
    return {key: tuple(places) for key, places in found.items()}
