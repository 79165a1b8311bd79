"""What in a resident's words means danger to life, recognised by a table of phrases (`urgency_phrases.csv`). Pure.

Every clause is judged by itself: what is denied, long past, feared, told of elsewhere or only a manner of speaking
is no alarm, and silences no other clause. In doubt it is one: a needless page costs a tap, a missed one a life."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

KINDS = ("gas", "fire", "lift", "crime", "injury", "danger")
LONGEST = 4000  # characters looked at; a report has at most half as many
WINDOW = 40  # characters before and after a phrase that may take it back
_TABLE = Path(__file__).with_name("urgency_phrases.csv")
_GAP = "[^,.没未无]{0,8}?"
_STEM = 2


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
    near: re.Pattern[str] | None
    without: re.Pattern[str] | None


@dataclass(frozen=True)
class _Book:
    """The table, ready to be asked. `stems` tells whether a phrase may begin anywhere,
    `every_stem` where, `phrases` which."""

    same: tuple[tuple[str, str], ...]
    stems: re.Pattern[str]
    every_stem: re.Pattern[str]
    phrases: dict[str, tuple[_Phrase, ...]]
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
    if not any(_matches(book, plain)):
        return None
    plain = book.calm.sub("□", plain)
    found: Urgency | None = None
    for one in _alarms(book, plain):
        if found is None or KINDS.index(one.kind) < KINDS.index(found.kind):
            found = one
            if found.kind == KINDS[0]:
                break
    return found


def _alarms(book: _Book, plain: str) -> Iterator[Urgency]:
    for phrase, match in _matches(book, plain):
        if _stands(book, plain, phrase, match):
            yield Urgency(phrase.kind, phrase.written)


def _matches(book: _Book, plain: str) -> Iterator[tuple[_Phrase, re.Match[str]]]:
    """Where a phrase of the table stands, whatever is said about it."""
    if book.stems.search(plain) is None:
        return
    for stem in book.every_stem.finditer(plain):
        for phrase in book.phrases[stem[1]]:
            match = phrase.pattern.match(plain, stem.start())
            if match is not None:
                yield phrase, match


def _stands(book: _Book, plain: str, phrase: _Phrase, match: re.Match[str]) -> bool:
    """Whether this clause means what the phrase says, here and now."""
    around = plain[max(0, match.start() - 80) : match.end() + 80]
    if phrase.near is not None and phrase.near.search(around) is None:
        return False
    start = max(0, match.start() - WINDOW)
    before = plain[start : match.start()]
    sentence = before.rsplit(".", 1)[-1]
    clause = sentence.rsplit(",", 1)[-1]
    after = plain[match.end() : match.end() + WINDOW].split(".", 1)[0]
    whole = clause + match[0] + after.split(",", 1)[0]
    if phrase.without is not None and phrase.without.search(whole):
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
    rows = table()
    by_stem = _by_stem([row for row in rows if row["kind"] in KINDS])
    return _Book(
        same=tuple((row["phrase"], row["near"]) for row in rows if row["kind"] == "same"),
        stems=re.compile(_any_of_stems(by_stem)),
        every_stem=re.compile(f"(?=({_any_of_stems(by_stem)}))"),
        phrases={stem: tuple(found) for stem, found in by_stem.items()},
        calm=_any(rows, "calm"),
        denied=re.compile(f"(?:{_words(rows, 'denied')})(?:{_words(rows, 'denied_then')})*$"),
        feared=_any(rows, "feared"),
        past=_any(rows, "past"),
        now=_any(rows, "now"),
        told=_any(rows, "told"),
        over=_any(rows, "over"),
    )


def table() -> list[dict[str, str]]:
    """The rows of the table as they are written."""
    with _TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def beginnings(written: str) -> list[str]:
    """Every text a phrase may begin with, up to its first gap."""
    parts = re.findall(r"\(([^()]*)\)|([^()]+)", written.split("~", 1)[0])
    return ["".join(one) for one in product(*((group or plain).split("|") for group, plain in parts))]


def _phrase(row: dict[str, str]) -> _Phrase:
    near, without = row["near"], row["without"]
    return _Phrase(
        row["kind"],
        row["phrase"],
        re.compile(row["phrase"].replace("(", "(?:").replace("~", _GAP)),
        re.compile(near) if near else None,
        re.compile(without) if without else None,
    )


def _words(rows: list[dict[str, str]], kind: str) -> str:
    return "|".join(row["phrase"].replace("~", _GAP) for row in rows if row["kind"] == kind)


def _any(rows: list[dict[str, str]], kind: str) -> re.Pattern[str]:
    return re.compile(_words(rows, kind))


def _by_stem(rows: list[dict[str, str]]) -> dict[str, list[_Phrase]]:
    """Phrases by their first two characters; by the first alone where one of them has no second to go by."""
    starts = [(_phrase(row), start[:_STEM]) for row in rows for start in beginnings(row["phrase"])]
    alone = {start for _, start in starts if len(start) < _STEM}
    found: dict[str, list[_Phrase]] = {}
    for phrase, start in starts:
        known = found.setdefault(start[0] if start[0] in alone else start, [])
        if phrase not in known:
            known.append(phrase)
    return found


def _any_of_stems(stems: Iterable[str]) -> str:
    """One alternative for each first character, so that most characters are passed over at a glance."""
    seconds: dict[str, str] = {}
    for stem in sorted(stems):
        seconds[stem[0]] = seconds.get(stem[0], "") + stem[1:]
    return "|".join(f"{first}[{more}]" if more else first for first, more in seconds.items())
