"""What a report may be that no community should simply work off: threats, filth, insults and nothing else,
advertising, fraud, what is illegal. Such a report is taken in and set aside for a person, never dropped. Pure.

Anger is no abuse: whoever swears about a real matter is heard like everybody else."""

from __future__ import annotations

import re
import unicodedata

REASONS = ("trap", "threat", "filth", "advertising", "illegal", "insult")

_PERSON = "(?:你们?|您|他们?|她|全家|物业|社区|主任|书记|工作人员|街道|经理|保安)"
ALWAYS: dict[str, tuple[str, ...]] = {
    "threat": (
        rf"(?:弄|打|整|砍|捅|搞|烧|炸)死{_PERSON}",
        rf"(?:杀了|砍了|捅了|做了|废了){_PERSON}",
        rf"让{_PERSON}.{{0,4}}(?:不得好死|见血|断子绝孙|吃不了兜着走)",
        rf"(?:知道|找得到){_PERSON}.{{0,4}}(?:家|孩子).{{0,8}}(?:小心|等着|走着瞧)",
        "小心你(?:的)?(?:狗命|全家|孩子|脑袋)",
        "(?:iwill|ill|goingto)kill(?:you|all)",
        "burnyour(?:house|office)",
    ),
    "filth": (
        "约炮|一夜情|裸聊|裸照|全套服务|上门服务小妹|援交|包夜|做爱|操逼|艹逼|鸡巴|骚逼|口交|色情|黄片|成人视频",
        "(?:nude|sex|porn)(?:chat|pics|video|cam)",
    ),
    "advertising": (
        "加(?:我)?(?:微信|v信|vx|薇信|qq).{0,12}(?:领|赚|优惠|贷|投|返|免费|咨询|代)",
        "(?:低息|无抵押|秒批|急速|网络).{0,4}(?:贷款|放款)|贷款.{0,6}(?:秒批|当天到账|无抵押)",
        "(?:日赚|日结|月入|躺赚|稳赚|刷单|兼职).{0,10}(?:元|万|千|百|\\d|微信|佣金)",
        "代(?:开|办).{0,6}(?:发票|学历|文凭|刻章)|办证刻章",
        "(?:博彩|赌场|彩金|百家乐|六合彩|时时彩|棋牌).{0,16}(?:注册|网址|http|www|送|下载|平台|上线)|澳门.{0,4}赌场",
        "http.{0,60}(?:casino|bet|loan|porn|viagra)|(?:casino|viagra|cheaploan|freebitcoin)",
    ),
    "illegal": (
        "(?:出售|卖|买|收购|供应|代购).{0,6}(?:毒品|冰毒|海洛因|摇头丸|枪支|手枪|子弹|迷药|假币|银行卡四件套|身份证复印)",
        "(?:冰毒|迷药|枪支|假币).{0,8}(?:出售|联系|加微|到货|批发)",
    ),
}
"""Reason → patterns that are enough wherever they stand. Without blanks and signs, in lower case."""

INSULTS = re.compile(
    "他妈的?|你妈(?:的|逼|b)?|妈(?:的|逼)|操你(?:妈|大爷|全家)?|草泥马|草你|去死|滚(?:蛋|开|出去|犊子)?|傻(?:逼|b|x|子|叉)|煞笔|沙比|脑残|"
    "王八蛋?|混蛋|畜生|垃圾(?=社区|物业|东西|玩意)|狗(?:东西|日的|屁)|废物|贱(?:人|货)|婊子|死全家|白痴|蠢(?:货|猪)|"
    "不要脸|臭不要脸|祖宗(?:十八代)?|fuck(?:ing|you|off)?|shit|idiots?|asshole|bitch|bastards?|stupid|moron"
)
FILLERS = re.compile(
    f"{_PERSON}|你|我|是|都|一(?:群|帮|个|窝)|这(?:群|帮|个|些)|那|就|全|真|的|了|吧|啊|呀|呢|吗|给|和|还|们|个|东西|玩意|"
    "什么|简直|通通|就是|都是|人|妈|操|草|all|are|you|the|a|is|is?t"
)
TOLD_OF = re.compile(
    "小广告|张贴|贴满|贴着|举报|发现|有人|怀疑|被骗|骗了|骚扰|邻居|隔壁|楼[上下道]|report|someone|neighbou?r"
)
"""A report about such things is no such thing; a threat is one however it is told."""

_SIGNS = re.compile(r"[^\w]+|_+")


def reason_to_set_aside(text: str, *, is_trapped: bool = False) -> str | None:
    """Why a person should look before anybody works on this, or None. `is_trapped`: a field that people do
    not see was filled in."""
    if is_trapped:
        return "trap"
    plain = _SIGNS.sub("", unicodedata.normalize("NFKC", text).lower())
    for reason, pattern in _PATTERNS.items():
        if pattern.search(plain) and (reason == "threat" or not TOLD_OF.search(plain)):
            return reason
    return "insult" if _is_nothing_but_insult(plain) else None


def _is_nothing_but_insult(plain: str) -> bool:
    left, insults = INSULTS.subn("", plain)
    return insults > 0 and not FILLERS.sub("", left)


_PATTERNS = {reason: re.compile("|".join(patterns)) for reason, patterns in ALWAYS.items()}
