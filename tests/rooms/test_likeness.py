"""Offering what the neighbours have said: pairs of sentences, alike and not, one set the rules were practised on
and one held back. Counted and printed; the traps share words and mean something else."""

from __future__ import annotations

import time

import pytest

from app.cases.likeness import likeness, similar, traits

Pairs = tuple[tuple[str, str], ...]
ALIKE: Pairs = (
    ("楼道灯不亮", "五层的灯坏了一周了"),
    ("楼道灯不亮", "晚上楼梯间漆黑，老人怕摔"),
    ("楼道灯不亮", "声控灯怎么跺脚都没反应，没亮过"),
    ("楼道灯一直闪", "6楼的灯泡坏了"),
    ("暖气不热", "家里暖气片冰凉，只有十五度"),
    ("暖气不热", "今天又停暖了，屋里冷得不行"),
    ("暖气不热，晚上只有16度", "供暖温度低，孩子都感冒了"),
    ("单元门关不严", "楼门锁不上，谁都能进"),
    ("单元门关不严", "3单元大门合不上，夜里咣当响"),
    ("门禁刷不开", "单元门打不开，卡刷了没用"),
    ("电梯停运", "电梯坏了两天了，八十岁的老人下不了楼"),
    ("电梯故障", "直梯又不动了"),
    ("一层下水返味", "厕所地漏味道大"),
    ("下水堵了", "马桶不通，一冲就往上冒"),
    ("污水管堵塞", "下水道堵住了，厨房水下不去"),
    ("楼上漏水", "卫生间顶上一直往下滴"),
    ("顶层渗水", "下雨屋顶漏水，墙皮都湿了"),
    ("停水", "家里没水了，做不了饭"),
    ("整栋楼停电", "怎么又没电了"),
    ("楼前自行车挡路", "电动车乱停，轮椅过不去"),
    ("飞线充电", "有人从窗户拉线充电，电瓶车就在楼下"),
    ("楼道堆物", "三层过道里放着旧沙发，没法走"),
    ("楼道里堆满纸箱", "走廊堆放杂物，怕着火"),
    ("垃圾没人清", "楼下垃圾桶满了三天了"),
    ("装修噪音大", "楼上施工，电钻从早响到晚"),
    ("楼道有蟑螂", "家里好多蟑螂，整个单元都有"),
    ("外墙皮脱落", "外墙往下掉，砸着人怎么办"),
    ("楼梯扶手松了", "二层栏杆晃得厉害"),
    ("树枝挡住窗户", "楼前大树挡着光，屋里一天都黑"),
    ("遛狗不拴绳", "大狗没拴绳，孩子害怕"),
    ("快递柜打不开", "快递柜坏了取不出件"),
    ("信报箱被撬", "信报箱让人撬坏了"),
    ("健身器材松动", "小花园健身器材晃"),
)
NOT_ALIKE = (
    ("楼道灯不亮", "单元门坏了"),
    ("楼道灯不亮", "楼道里有人堆纸箱"),
    ("楼道灯不亮", "楼道里有股臭味"),
    ("楼道灯不亮", "电梯坏了"),
    ("楼道灯不亮", "谢谢你们，昨天来得真快"),
    ("暖气不热", "暖气管漏水，地板泡了"),
    ("暖气不热", "热水器坏了找谁"),
    ("暖气不热", "天气热，想装空调"),
    ("单元门关不严", "单元门口堆着垃圾"),
    ("单元门关不严", "单元门刷不开"),
    ("电梯停运", "电梯里有人抽烟，味道大"),
    ("电梯停运", "停车位不够"),
    ("电梯故障", "对讲机坏了"),
    ("一层下水返味", "楼道里堆着旧家具"),
    ("下水堵了", "路口堵车"),
    ("楼上漏水", "楼上装修太吵"),
    ("楼上漏水", "停水了"),
    ("停水", "停电了"),
    ("停水", "停车没地方"),
    ("停电", "电动车没地方停"),
    ("停电", "电话打不通"),
    ("楼前自行车挡路", "自行车在楼道充电"),
    ("飞线充电", "充电桩什么时候装"),
    ("楼道堆物", "楼道墙皮掉了"),
    ("垃圾没人清", "垃圾桶什么时候换新的"),
    ("装修噪音大", "广场舞太吵"),
    ("楼道有蟑螂", "楼道没人扫"),
    ("外墙皮脱落", "外墙贴满小广告"),
    ("楼梯扶手松了", "楼梯太陡，想装电梯"),
    ("树枝挡住窗户", "树上有马蜂窝"),
    ("遛狗不拴绳", "狗叫一夜，睡不着，太吵"),
    ("快递柜打不开", "信报箱锁坏了"),
    ("健身器材松动", "健身器材什么时候装"),
    ("门禁刷不开", "门诊几点开"),
    ("整栋楼停电", "楼上整天跑跳"),
)

HELD_ALIKE = (
    ("楼道灯不亮", "二楼到三楼那段黑咕隆咚的"),
    ("楼道声控灯失灵", "楼梯灯不亮，上楼全靠手机照"),
    ("暖气不热", "供暖一个月了家里还是凉的，暖气片摸着不烫"),
    ("单元门坏了", "楼下防盗门锁不住"),
    ("电梯老停", "电梯卡在四层不动"),
    ("下水道堵", "厨房水池下水慢，反水"),
    ("楼顶漏雨", "顶楼一下雨就渗水"),
    ("楼道堆放杂物", "四层邻居把破烂都放过道里"),
    ("电动车进楼", "有人把电瓶车推进电梯"),
    ("垃圾桶满了没人收", "垃圾堆得到处都是，不清运"),
    ("楼上夜里装修", "半夜有人砸墙，睡不着"),
    ("小区停水", "自来水没有了，也没通知"),
    ("地砖松动", "门口地砖踩上去晃，下雨溅一身水"),
    ("井盖缺失", "路中间井盖没了，太危险"),
    ("监控坏了", "单元监控不工作"),
)
HELD_NOT_ALIKE = (
    ("楼道灯不亮", "楼道窗户玻璃碎了"),
    ("楼道声控灯失灵", "楼道声音大，有人打孩子"),
    ("暖气不热", "暖气费怎么交"),
    ("单元门坏了", "门卫态度不好"),
    ("电梯老停", "停车费太贵"),
    ("电梯老停", "电视没信号"),
    ("下水道堵", "水管水压小"),
    ("楼顶漏雨", "楼顶有人养鸽子"),
    ("楼道堆放杂物", "楼道要粉刷"),
    ("电动车进楼", "电动车丢了"),
    ("垃圾桶满了没人收", "垃圾分类指导员在哪报名"),
    ("楼上夜里装修", "装修要办什么手续"),
    ("小区停水", "小区停车乱"),
    ("地砖松动", "牙齿松动去哪家医院"),
    ("井盖缺失", "井水能喝吗"),
)


def is_alike(one: str, other: str) -> bool:
    """Whether the second would be offered to whoever types the first, and the other way round."""
    there, back = similar(one, [other]), similar(other, [one])
    assert there == back
    return bool(there)


@pytest.mark.parametrize(
    ("name", "alike", "not_alike", "least"),
    [("practised on", ALIKE, NOT_ALIKE, (0.9, 0.9)), ("held back", HELD_ALIKE, HELD_NOT_ALIKE, (0.7, 0.6))],
)
def test_what_is_offered_is_mostly_the_same_matter(
    name: str, alike: Pairs, not_alike: Pairs, least: tuple[float, float]
) -> None:
    missed = [pair for pair in alike if not is_alike(*pair)]
    wrong = [pair for pair in not_alike if is_alike(*pair)]
    found = len(alike) - len(missed)
    precision, recall = found / (found + len(wrong)), found / len(alike)
    print(
        f"\nlikeness, {name}: {len(alike)} alike, {len(not_alike)} not; precision {precision:.2f}, "
        f"recall {recall:.2f}\n  missed {missed}\n  wrong {wrong}"
    )
    assert precision >= least[0]
    assert recall >= least[1]


def test_the_likest_comes_first_and_three_at_most() -> None:
    said = ["单元门关不严", "楼道灯坏了", "灯泡太暗", "五层灯不亮", "路灯不亮", "电梯停了"]
    found = similar("楼道的灯坏了", said)
    assert len(found) == 3
    assert found[0] == 1
    assert not {0, 5} & set(found)


@pytest.mark.parametrize(
    "text", ["", " ", "灯" * 0, "？？？", "坏了", "123", "🙂🙂", "\n\t", "a", "的", "谢谢"]
)
def test_nothing_said_is_like_nothing(text: str) -> None:
    assert similar(text, ["楼道灯不亮", "坏了", "", "谢谢"]) == []


def test_it_is_itself_and_the_same_both_ways() -> None:
    for one, other in ALIKE + NOT_ALIKE:
        assert likeness(traits(one), traits(other)) == likeness(traits(other), traits(one))
        assert is_alike(one, one)


def test_long_texts_cost_little() -> None:
    others = ["楼道灯不亮" * 40] * 20
    start = time.process_time()
    similar("长得很" * 700, others)
    assert time.process_time() - start < 0.1
