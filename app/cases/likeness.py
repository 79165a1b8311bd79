"""Whether two texts speak of the same matter: overlap of pairs of characters, after the words of the field are
brought to one form (灯不亮, 灯坏了 and 没灯 are one). Pure.

Small on purpose: it looks through the few published cases of one building while somebody types."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

ALIKE_PAIRS = 0.4  # of texts that name nothing known; measured on the pairs in tests/rooms/test_likeness.py
FEWEST_PAIRS = 2
MOST_CHARACTERS = 300  # what somebody is typing is about one thing where it begins

# What all of these words mean: a thing, what is wrong with it, or both.
_SAME: dict[str, tuple[str, ...]] = {
    "【灯】【坏】": (
        "没有灯",
        "没灯",
        "黑灯",
        "漆黑",
        "很黑",
        "太黑",
        "黑乎乎",
        "黑咕隆咚",
        "黑漆漆",
        "摸黑",
        "看不见路",
        "没有亮",
        "没亮",
    ),
    "【灯】": ("声控灯", "感应灯", "照明灯", "楼道灯", "走廊灯", "路灯", "灯泡", "照明", "灯"),
    "【坏】": (
        "不太亮",
        "不亮了",
        "不亮",
        "不好使",
        "不好用",
        "用不了",
        "不能用",
        "失灵",
        "坏掉",
        "坏了",
        "损坏",
        "故障",
        "出毛病",
        "罢工",
        "不工作",
        "闪个不停",
        "一闪一闪",
        "一直闪",
        "老闪",
        "闪烁",
        "停运",
        "停了",
        "不动了",
        "不动",
        "停用",
        "不走了",
        "不运行",
        "没反应",
        "瞎了",
        "灭了",
        "坏",
    ),
    "【暖】【冷】": (
        "暖气不热",
        "暖气不太热",
        "暖气冰凉",
        "暖气冰",
        "暖气凉",
        "没暖气",
        "没有暖气",
        "没来暖气",
        "不供暖",
        "没供暖",
        "停暖",
        "停热",
        "家里冷",
        "屋里冷",
        "室温低",
        "温度低",
        "暖气片不热",
        "暖气片凉",
    ),
    "【暖】": ("暖气片", "暖气", "供暖", "供热", "地暖", "采暖"),
    "【停水】": ("停水", "没水", "没有水", "断水", "不来水", "水停了"),
    "【停电】": ("停电", "没电", "没有电", "断电", "跳闸", "不来电"),
    "【停气】": ("停气", "没气", "没有气", "断气", "没燃气", "没煤气"),
    "【水漏】【漏】": ("漏水", "渗水", "滴水", "往下滴", "流水", "跑水", "返水", "冒水", "渗漏", "漏"),
    "【堵】": ("堵死", "堵住", "堵了", "不通", "下水慢", "下不去", "反水", "堵"),
    "【下水】": ("下水道", "下水管", "污水管", "马桶", "地漏", "下水", "污水", "粪水"),
    "【臭】": ("恶臭", "异味", "怪味", "臭味", "返味", "味儿大", "味道大", "很臭", "太臭", "臭"),
    "【电梯】": ("升降梯", "直梯", "电梯"),
    "【门】": ("单元门", "楼门", "大门", "防盗门", "门禁", "楼宇门"),
    "【关不上】": ("关不严", "关不上", "关不住", "合不上", "不能关", "闭不上", "锁不上", "锁不住"),
    "【打不开】": ("开不了", "打不开", "刷不开", "进不去", "开不开"),
    "【吵】": (
        "噪音",
        "噪声",
        "扰民",
        "吵闹",
        "很吵",
        "太吵",
        "声音大",
        "动静大",
        "咣当响",
        "嗡嗡响",
        "响个不停",
        "吵",
    ),
    "【装修】": ("装修", "电钻", "打孔", "砸墙", "施工", "钻墙"),
    "【堆】": (
        "堆放",
        "堆着",
        "堆满",
        "堆了",
        "占着",
        "占用",
        "乱堆",
        "堆物",
        "杂物",
        "废旧家具",
        "旧家具",
        "旧沙发",
        "纸箱子",
        "纸箱",
        "破烂",
        "堆",
    ),
    "【垃圾】": ("垃圾桶", "垃圾袋", "垃圾", "厨余"),
    "【没人收】": ("没人收", "没清", "没人清", "没有人收", "不清运", "没拉走", "没收", "满了", "溢出来"),
    "【车】": ("电动车", "电瓶车", "自行车", "摩托车", "三轮车", "共享单车"),
    "【飞线】【充电】": ("飞线充电", "拉线充电", "飞线", "充电"),
    "【充电桩】": ("充电桩", "充电柜"),
    "【门前】": ("单元门口", "楼门口", "大门口", "门口", "门前"),
    "【问】": ("什么时候", "啥时候", "几时", "多会儿", "能不能装", "想装", "希望装", "建议"),
    "【外墙】": ("外墙皮", "外墙", "墙砖"),
    "【墙皮】": ("墙皮", "墙面"),
    "【不拴】": ("不拴绳", "没拴绳", "不拴", "没拴", "不牵绳", "没牵绳"),
    "【狗】【吵】": ("狗叫", "犬吠"),
    "【松】": ("松动", "松了", "晃得厉害", "晃悠", "晃荡", "晃", "摇晃"),
    "【挡】": ("挡路", "挡住", "挡着", "堵着路", "占道", "过不去", "乱停", "堵门口", "挡"),
    "【楼道】": ("走廊", "过道", "楼梯间", "楼梯", "楼道里", "楼道"),
    "【虫】": ("马蜂窝", "马蜂", "蚂蚁", "蟑螂", "老鼠", "蚊子", "耗子", "虫子", "白蚁"),
    "【掉】": ("脱落", "掉下来", "掉皮", "往下掉", "掉块", "掉了"),
    "【扶手】": ("栏杆", "扶手"),
    "【树】": ("树枝", "大树", "树杈", "树"),
    "【狗】": ("遛狗", "犬", "大狗", "小狗", "狗"),
}
_FAULTS = frozenset(
    {
        "【坏】",
        "【冷】",
        "【漏】",
        "【堵】",
        "【臭】",
        "【关不上】",
        "【打不开】",
        "【吵】",
        "【充电】",
        "【没人收】",
        "【挡】",
        "【掉】",
        "【松】",
        "【不拴】",
        "【问】",
    }
)
_BROKEN = "【坏】"  # may be any of these
_WAYS_TO_BREAK = frozenset({"【冷】", "【堵】", "【关不上】", "【打不开】", "【松】", "【掉】"})
_PLACES = frozenset({"【楼道】", "【门前】"})  # where, and not what
_NOTHING = re.compile(
    r"(?:[0-9一二三四五六七八九十两几]+(?:号楼|单元|层|楼|号院|天|个|次|度|点))|"
    r"好几天|好久|很久|快一周|一周|一直|总是|老是|经常|最近|今天|昨天|晚上|白天|夜里|早上|已经|还是|又|了|的|地|得|"
    r"我们|我家|家里|咱们|这里|那里|这边|你们|您好|麻烦|请|帮忙|看看|修一下|修修|处理|解决|尽快|谢谢|能不能|可以|吗|呢|吧|啊|"
    r"非常|特别|有点|都|也|很|太|就|是|有|在|到|把|被|和|跟|里|上|下|口|处|一个|什么|怎么"
)
_LEFT_OUT = re.compile(r"[^\w【】]|[0-9_a-zA-Z]")


@cache
def _rules() -> tuple[re.Pattern[str], dict[str, str]]:
    """One pattern of every word, the longest first, and what each becomes."""
    becomes = {word: whole for whole, words in _SAME.items() for word in words}
    ordered = sorted(becomes, key=lambda word: (-len(word), word))
    return re.compile("|".join(map(re.escape, ordered))), becomes


@dataclass(frozen=True)
class Traits:
    """What a text is about: things and faults known by name, and pairs of the characters that are left."""

    things: frozenset[str]
    faults: frozenset[str]
    pairs: frozenset[str]


def traits(text: str) -> Traits:
    """What this text is about."""
    pattern, becomes = _rules()
    named: set[str] = set()

    def keep(found: re.Match[str]) -> str:
        named.update(re.findall("【[^】]+】", becomes[found[0]]))
        return " "

    rest = pattern.sub(keep, text[:MOST_CHARACTERS])
    rest = _LEFT_OUT.sub(" ", _NOTHING.sub(" ", rest))
    pairs = {part[at : at + 2] for part in rest.split() for at in range(len(part) - 1)}
    known = frozenset(named)
    return Traits(known - _FAULTS - _PLACES, known & _FAULTS, frozenset(pairs))


def likeness(one: Traits, other: Traits) -> float:
    """From 0 to 1. Two texts that name different things, or different faults, are not alike whatever else they
    share; the same thing with the same fault is, and where nothing is named the characters decide."""
    if _differ(one.things, other.things) or _differ(
        _or_broken(one.faults, other.faults), _or_broken(other.faults, one.faults)
    ):
        return 0.0
    alike = _overlap(one.pairs, other.pairs)
    if one.things & other.things:
        return 0.5 + 0.3 * bool(one.faults & other.faults) + 0.2 * alike
    return alike if alike >= ALIKE_PAIRS and len(one.pairs & other.pairs) >= FEWEST_PAIRS else 0.0


def similar(
    text: str, others: Sequence[str], *, most: int = 3, read: Callable[[str], Traits] = traits
) -> list[int]:
    """Which of these texts speak of the same matter, the likest first: places in `others`. Whoever asks about many
    hands in what remembers the traits it has `read`."""
    if not others:
        return []
    own = traits(text)
    found = [(likeness(own, read(other)), -place) for place, other in enumerate(others)]
    return [-place for score, place in sorted(found, reverse=True) if score > 0][:most]


def _or_broken(faults: frozenset[str], others: frozenset[str]) -> frozenset[str]:
    """What somebody may have meant, next to somebody who says only that it is broken."""
    return faults | {_BROKEN} if faults & _WAYS_TO_BREAK and _BROKEN in others else faults


def _differ(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one) and bool(other) and not one & other


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """Dice's measure: twice what is shared, by what there is."""
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0
