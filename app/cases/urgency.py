"""What in a resident's words means danger to life, recognised by a table of phrases (`urgency_phrases.csv`) and,
where the table doubts, by the weight of the characters (`urgency_weights.csv`). Pure.

Every clause is judged by itself: what is denied, long past, feared, told of elsewhere or only a manner of speaking
is no alarm, and silences no other clause. The weights are learnt from the practice sentences of the tests by
`python -m scripts.learn_urgency`; they speak for words no phrase foresaw and against a phrase in words that are
plainly ordinary. In doubt it is an alarm: a needless page costs a tap, a missed one a life."""

from __future__ import annotations

import csv
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain
from operator import add
from pathlib import Path

KINDS = ("gas", "fire", "lift", "crime", "injury", "danger")
LONGEST = 4000  # characters looked at; a report has at most half as many
WINDOW = 40  # characters before and after a phrase that may take it back
BESIDE = 8  # characters of its own clause before and after it that may make it another thing
PIECE = 60  # characters weighed together
FEW = 30  # grams, of some ten characters
UNLIKELY, LIKELY, SURE = -2.5, 0.5, 0.8  # from where weights are believed; found by leaving one file out
_TABLE = Path(__file__).with_name("urgency_phrases.csv")
_WEIGHTS = Path(__file__).with_name("urgency_weights.csv")
_GAP = "[^,.没未无]{0,8}?"
_STEM = 2
_ALONE = 20  # how much more common one character is than two together
_LOOKS = re.compile(r"\(\?[^()]*\)")
_NAMED = re.compile(r"<([a-z_0-9]+)>(?![a-z=!])")
_NUMBER = re.compile(r"\d+")
_NESTED = 3  # a named list may name others


@dataclass(frozen=True)
class Urgency:
    """What was recognised: one of KINDS, and the phrase of the table that said so."""

    kind: str
    phrase: str


@dataclass(frozen=True)
class _Phrase:
    """A row of the table. Its patterns are made when its characters first occur somewhere: making all of them at
    once would keep the first report of a process waiting."""

    kind: str
    written: str
    near_written: str
    without_written: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(self.written.replace("(", "(?:").replace("(?:?", "(?").replace("~", _GAP))

    @cached_property
    def near(self) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(one.replace("~", _GAP)) for one in self.near_written.split("&") if one)

    @cached_property
    def without(self) -> re.Pattern[str] | None:
        return re.compile(self.without_written.replace("~", _GAP)) if self.without_written else None


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
    likely: tuple[tuple[str, re.Pattern[str]], ...]


def recognised(text: str, weighed_by: Mapping[str, float] | None = None) -> Urgency | None:
    """The danger these words speak of, the gravest kind first in the order of KINDS; None for none.
    Other weights than those shipped are for measuring."""
    book = _book()
    plain = compared(text)
    if book.at.keys().isdisjoint(_stems(plain)):
        return None
    likely = likelihood(plain, weights() if weighed_by is None else weighed_by)
    if likely < UNLIKELY:  # most words of residents end here
        return None
    found = book.at.keys() & _stems(plain)
    possible = [book.phrases[at] for at in sorted({at for key in found for at in book.at[key]})]
    possible = [phrase for phrase in possible if phrase.pattern.search(plain) and _is_near(phrase, plain)]
    if any(
        _stands(book, plain, phrase, match) for phrase in possible for match in phrase.pattern.finditer(plain)
    ):
        plain = book.calm.sub("□", plain)
    else:
        return _unforeseen(possible, plain, likely)
    for phrase in possible:
        if any(_stands(book, plain, phrase, match) for match in phrase.pattern.finditer(plain)):
            return Urgency(phrase.kind, phrase.written)
    return _unforeseen(possible, plain, likely)


def _unforeseen(possible: list[_Phrase], plain: str, likely: float) -> Urgency | None:
    """Danger that no phrase foresaw; surer it must be where one stands that these very words took back."""
    taken_back = next((phrase.kind for phrase in possible if phrase.pattern.search(plain)), "")
    if likely <= (SURE if taken_back else LIKELY):
        return None
    return Urgency(taken_back or likeliest(plain), "")


def likeliest(plain: str) -> str:
    """The one kind whose words occur in these compared words. Of none, or of several, it is left open: what to do
    in a fire is wrong advice for a gas leak, and the general page is wrong for neither."""
    book = _book()
    calm = book.calm.sub("□", plain)
    kinds = [kind for kind, words in book.likely if words.search(calm)]
    return kinds[0] if len(kinds) == 1 else KINDS[-1]


def _stems(plain: str) -> Iterator[str]:
    """Every character, and every two in a row."""
    return chain(plain, map(add, plain, plain[1:]))


def likelihood(plain: str, weighed_by: Mapping[str, float]) -> float:
    """How much the likeliest piece of these compared words speaks for danger; above 0 rather yes than no.
    Words without Chinese say nothing either way: too few were learnt from."""
    if plain.isascii():
        return 0.0
    return max((_piece_weight(piece, weighed_by) for piece in _pieces(plain)), default=-math.inf)


def grams(piece: str) -> list[str]:
    """What is weighed: every one, two and three characters in a row. A number is one character, whatever it is:
    a telephone or a flat says nothing of danger, and the few numbers of the practice would be learnt by heart."""
    piece = _NUMBER.sub("0", piece)
    pairs = [*map(add, piece, piece[1:])]
    return [*piece, *pairs, *map(add, pairs, piece[2:])]


def _piece_weight(piece: str, weighed_by: Mapping[str, float]) -> float:
    found = grams(piece)
    return weighed_by.get("", 0.0) + scale(found) * sum(filter(None, map(weighed_by.get, found)))


def scale(found: list[str]) -> float:
    """By how much each gram counts: the less the more there are, but few say nothing for sure."""
    return 1 / math.sqrt(max(len(found), FEW))


def _pieces(plain: str) -> Iterator[str]:
    """Sentences, long ones in pieces that overlap, so that one clause is not lost among many."""
    for sentence in plain.split("."):
        for start in range(0, max(1, len(sentence) - PIECE // 2), PIECE // 2):
            piece = sentence[start : start + PIECE]
            if len(piece) > 1:
                yield piece


def _stands(book: _Book, plain: str, phrase: _Phrase, match: re.Match[str]) -> bool:
    """Whether this clause means what the phrase says, here and now."""
    around = plain[max(0, match.start() - 80) : match.end() + 80]
    if not _is_near(phrase, around):
        return False
    start = max(0, match.start() - WINDOW)
    before = plain[start : match.start()]
    sentence = before.rsplit(".", 1)[-1]
    clause = sentence.rsplit(",", 1)[-1]
    after = plain[match.end() : match.end() + WINDOW].split(".", 1)[0]
    whole = clause + match[0] + after.split(",", 1)[0]
    if phrase.without is not None and phrase.without.search(
        clause[-BESIDE:] + match[0] + after.split(",", 1)[0][:BESIDE]
    ):
        return False
    if book.denied.search(clause) or book.feared.search(clause) or book.told.search(whole):
        return False
    if book.now.search(whole):
        return True
    return not (_is_past(book, sentence, whole) or book.over.search(match[0] + after))


def _is_near(phrase: _Phrase, around: str) -> bool:
    return all(near.search(around) for near in phrase.near)


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
_ENDS = dict.fromkeys("。!?;！？；\n\r", ".") | dict.fromkeys("、:，：", ",")
_ALIKE = str.maketrans(_SIMPLE | _ENDS)
_DROPPED = re.compile(r"[^\w,.□]+|_+")


def compared(text: str) -> str:
    """One form for what reads the same: width, case, traditional characters, no blanks, signs or emoji."""
    plain = text[:LONGEST].lower().translate(_ALIKE)
    if not unicodedata.is_normalized("NFKC", plain):
        plain = unicodedata.normalize("NFKC", plain).lower().translate(_ALIKE)
    plain = _DROPPED.sub("", plain)
    for typed, meant in _book().same:
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
        phrases=tuple(_Phrase(row["kind"], row["phrase"], row["near"], row["without"]) for row in phrases),
        at=_where(phrases),
        calm=_any(rows, "calm"),
        denied=re.compile(f"(?:{_words(rows, 'denied')})(?:{_words(rows, 'denied_then')})*$"),
        feared=_any(rows, "feared"),
        past=_any(rows, "past"),
        now=_any(rows, "now"),
        told=_any(rows, "told"),
        over=_any(rows, "over"),
        likely=tuple((row["near"], re.compile(row["phrase"])) for row in rows if row["kind"] == "likely"),
    )


@cache
def weights() -> dict[str, float]:
    """What each one, two or three characters weigh; "" is what holds whatever is written."""
    with _WEIGHTS.open(encoding="utf-8", newline="") as file:
        return {row["characters"]: float(row["weight"]) for row in csv.DictReader(file)}


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
        texts = {
            text + more if len(text) < _STEM else text
            for text in texts
            for more in (group or plain).split("|")
        }
    return {text[:_STEM] for text in texts}


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
