"""The emergency numbers, and what to do before anything else, for each kind of danger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from app.cases import urgency
from app.web.resident import bp

NUMBERS: dict[str, LazyString] = {"119": _l("火警"), "120": _l("急救"), "110": _l("报警"), "122": _l("交通")}


@dataclass(frozen=True)
class Alarm:
    """What a page says about one kind of danger; `numbers` has the one to call on top."""

    numbers: tuple[str, ...]
    title: LazyString
    steps: tuple[LazyString, ...]


ANY = Alarm(("119", "120", "110", "122"), _l("有危险，先打电话"), ())
ALARMS: dict[str, Alarm] = {
    "gas": Alarm(
        ("119", "120", "110", "122"),
        _l("像是漏气，先离开屋子"),
        (
            _l("别开灯关灯，别碰电器，别点火。"),
            _l("开着门走，叫上家里人，别坐电梯。"),
            _l("到了楼外再打119，别在屋里打电话。"),
        ),
    ),
    "fire": Alarm(
        ("119", "120", "110", "122"),
        _l("像是着火，先离开，再打119"),
        (
            _l("别坐电梯，弯下身子走楼梯。"),
            _l("楼梯里有烟，就退回屋里关上门，用湿布堵门缝，到窗口打119。"),
            _l("说清哪个小区、哪栋楼、几层。"),
        ),
    ),
    "lift": Alarm(
        ("119", "120", "110", "122"),
        _l("电梯里有人，先打119"),
        (
            _l("别扒门，别跳，靠墙站稳。"),
            _l("按住轿厢里的警铃，或打轿厢里写着的维修电话。"),
            _l("里面有人不舒服，再打120。"),
        ),
    ),
    "crime": Alarm(
        ("110", "120", "119", "122"),
        _l("有人身危险，先打110"),
        (
            _l("先到安全的地方，锁好门，别去拦。"),
            _l("不方便出声，就先躲好，再悄悄打110。"),
            _l("有人受伤，再打120。"),
        ),
    ),
    "injury": Alarm(
        ("120", "110", "119", "122"),
        _l("有人受伤或不舒服，先打120"),
        (
            _l("人别随便搬动，留一个人守着。"),
            _l("没有呼吸，就照120电话里说的做。"),
            _l("有人想不开或要跳楼，打110，陪着说话。"),
        ),
    ),
    "danger": Alarm(
        ("119", "110", "120", "122"),
        _l("有危险，先离远一点，再打119"),
        (
            _l("别碰电线、水里的电器和快掉下来的东西。"),
            _l("拦住别人，别让孩子靠近。"),
            _l("人找不到、门里没人应，打110。"),
        ),
    ),
}


@bp.app_template_global("alarm_for")
def alarm_for(kind: str = "") -> Alarm:
    """What to say of this kind of danger; of none in particular for an unknown one."""
    return ALARMS.get(kind, ANY)


@bp.app_template_global("alarm_word")
def alarm_word(number: str) -> str:
    """What a number is for."""
    return str(NUMBERS[number])


@bp.app_template_global("danger_in")
def danger_in(typed: Sequence[str]) -> str:
    """The kind of danger words speak of that could not be taken; empty for none."""
    danger = urgency.recognised("\n".join(typed)) if typed else None
    return danger.kind if danger else ""
