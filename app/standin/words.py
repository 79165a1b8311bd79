"""The stand-in's own words: Chinese in the pages, English here."""

from collections.abc import Mapping
from types import MappingProxyType

from app.standin.orders import Satisfaction, Status

ENGLISH: Mapping[str, str] = MappingProxyType(
    {
        "演示热线·非官方": "Demo hotline, unofficial",
        "这里扮演城市热线，用来演示和测试，和12345没有关系。": (
            "This plays a city's hotline, for demonstration and tests. It has nothing to do with 12345."
        ),
        "收到的工单": "Orders received",
        "一共": "In all",
        "现在开着的故障": "Faults switched on",
        "没有": "none",
        "还没有工单。": "No orders yet.",
        "工单号": "Order",
        "案件号": "Case",
        "说的是什么": "About",
        "状态": "Status",
        "收到的时间": "Received",
        "更早的": "Older",
        "回到全部工单": "Back to all orders",
        "工单": "Order",
        "城市怎么答": "What the city answers",
        "主责单位": "Lead unit",
        "办理结果，退单就写理由": "Result, or the reason when sending it back",
        "解决了吗？": "Solved?",
        "满意吗？": "Satisfied?",
        "保存": "Save",
        "再推送一次": "Push again",
        "还没有保存，差一处": "Not saved yet: one thing is wrong",
        "请从这几个里选一个。": "Please choose one of these.",
        "请写短一些，最多4000字。": "Please shorten this to 4000 characters.",
        "收到的全部内容": "Everything received",
        "后来的事": "What happened since",
        "又收到一次同一单": "The same order was received again",
        "改了答复": "The answer was changed",
        "推送成功": "Pushed",
        "推送没成功": "Push failed",
        "已接收": "Accepted",
        "已派单": "Assigned",
        "正在办": "In progress",
        "已退单": "Returned",
        "已办结": "Closed",
        "解决了": "Solved",
        "没解决": "Not solved",
        "不知道": "Not known",
        "没有评": "Not rated",
        "满意": "Satisfied",
        "基本满意": "Mostly satisfied",
        "不满意": "Dissatisfied",
        "没有这一页": "No such page",
        "这一页打不开": "This page cannot be shown",
        "跳到正文": "Skip to the page",
    }
)
STATUS_WORDS: Mapping[Status, str] = MappingProxyType(
    {
        "accepted": "已接收",
        "assigned": "已派单",
        "in_progress": "正在办",
        "returned": "已退单",
        "closed": "已办结",
    }
)
STATUS_SHAPES: Mapping[Status, str] = MappingProxyType(
    {
        "accepted": "",
        "assigned": "is-now",
        "in_progress": "is-now",
        "returned": "is-shut",
        "closed": "is-good",
    }
)
SOLVED_WORDS: Mapping[str, str] = MappingProxyType({"unknown": "不知道", "yes": "解决了", "no": "没解决"})
SATISFACTION_WORDS: Mapping[Satisfaction | str, str] = MappingProxyType(
    {"": "没有评", "satisfied": "满意", "basically_satisfied": "基本满意", "dissatisfied": "不满意"}
)
HAPPENING_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "received_again": "又收到一次同一单",
        "answered": "改了答复",
        "pushed": "推送成功",
        "push_failed": "推送没成功",
    }
)


def in_language(language: str, chinese: str) -> str:
    """A phrase of the pages in `zh` or `en`. Raises KeyError for a phrase without English."""
    return ENGLISH[chinese] if language == "en" else chinese
