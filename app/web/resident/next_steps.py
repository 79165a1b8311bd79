"""What a receipt says first: how it stands in one line, and what comes next, for somebody who reads no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from app import clock
from app.calendar.queries import today
from app.cases.danger import Looking
from app.cases.models import CaseFile, Report
from app.cases.rating import Rating
from app.cases.told import Told
from app.cases.workflow import OPEN, State
from app.web.language import clock_time, day

HEADLINES: dict[State, LazyString] = {
    State.RECEIVED: _l("收到了，%(day)s来看"),
    State.QUEUED: _l("排上了，%(day)s来看"),
    State.IN_PROGRESS: _l("正在办"),
    State.RESOLVED: _l("办好了，等您说"),
    State.CLOSED: _l("办结"),
    State.FORWARDED: _l("已转12345，等那边答复"),
    State.DECLINED: _l("这里办不了，告诉您去哪儿"),
    State.TRANSFERRED: _l("已转110、119、120或122"),
    State.WITHDRAWN: _l("您已撤回"),
    State.SET_ASIDE: _l("请工作人员看一看"),
    State.MERGED: _l("和邻居的并成一件"),
}
STEPS: dict[State, LazyString] = {
    State.FORWARDED: _l("12345会派给管这事的单位，工单号和答复回来就写在这里。想问，打12345。"),
    State.TRANSFERRED: _l("那边的人会处理。还有危险，马上打电话，不要等。"),
    State.SET_ASIDE: _l("街道的人会先看一看，看完接着办，或者写在这里告诉您。不用再说一遍。"),
    State.MERGED: _l("和邻居说的是同一件事，一起办，结果写在这里。"),
}
GROUNDS: dict[str, LazyString] = {
    "lawful_channel": _l("这件事要走法院、仲裁、纪检、复议、信息公开或者信访，那边有专门的人管。"),
    "secret": _l("这件事牵涉秘密或者别人的隐私，这里不能办。"),
    "beyond_duty": _l("这件事不归街道和它的单位管。"),
    "unlawful": _l("这件事办了就违反法律或者公序良俗，不能办。"),
}


@dataclass(frozen=True)
class Standing:
    """How a report stands: the headline, the next step in sentences, the number that was called, if one was, and
    whether the promised day still stands."""

    headline: str
    steps: list[str]
    called: str = ""
    is_waiting: bool = False


def standing(
    report: Report,
    case: CaseFile,
    lines: Sequence[Told],
    rating: Rating,
    closes_on: date | None,
    looked_at: Looking | None,
) -> Standing:
    """The first lines of a receipt. `closes_on` is the day from which silence counts as not rated, `looked_at` the
    hour of what does not wait for Saturday."""
    state = State(case.state)
    if report.support is not None and report.support.undone_at is not None:
        return Standing(
            str(_("不算您家了")), [str(_("邻居说的这件事照样办。要再算上，去楼门的页面点“我家也是”。"))]
        )
    if report.withdrawn_at is not None:
        return Standing(str(HEADLINES[State.WITHDRAWN]), [_withdrawn(state)])
    when = promised(case, looked_at)
    headline = str(HEADLINES[state]) % {"day": when}
    if state in OPEN:
        late = is_over(case, looked_at)
        return Standing(
            _("还没有办完") if late else headline, [_late(when)] if late else [], is_waiting=not late
        )
    return Standing(headline, _steps(state, lines, rating, closes_on), _data(lines, "transfer", "called"))


def promised(case: CaseFile, looked_at: Looking | None) -> str:
    """The promised day; what does not wait for Saturday is promised its own hour."""
    if looked_at is None:
        return day(case.promised_on)
    on, time = day(case.promised_on), clock_time(looked_at.at)
    if looked_at.is_from:
        return str(_("%(day)s %(time)s以后", day=on, time=time))
    return str(_("最晚%(day)s %(time)s", day=on, time=time))


def is_over(case: CaseFile, looked_at: Looking | None) -> bool:
    """Whether the promised day, or its hour, has passed."""
    now = clock.now()
    if looked_at is not None and not looked_at.is_from and looked_at.at < now:
        return True
    return case.promised_on < today(now)


def _withdrawn(state: State) -> str:
    if state is State.WITHDRAWN:
        return str(_("这件事不办了。又要办，就再说一件。"))
    return str(_("您说的不算了；邻居说的同一件事照样办。又要办，就再说一件。"))


def _late(when: str) -> str:
    return str(_("原来说%(day)s来看，还没有写下结果。打电话问问社区，报上面的回执号。", day=when))


def _steps(state: State, lines: Sequence[Told], rating: Rating, closes_on: date | None) -> list[str]:
    if state is State.RESOLVED:
        return [_resolved(rating, closes_on)]
    if state is State.CLOSED:
        return [_closed(rating)]
    if state is State.DECLINED:
        ground = GROUNDS.get(_data(lines, "decline", "ground"))
        return [*([str(ground)] if ground else []), str(_("还不明白，打电话问社区，报上面的回执号。"))]
    return [str(STEPS[state])] if state in STEPS else []


def _resolved(rating: Rating, closes_on: date | None) -> str:
    if rating is Rating.AWAITED and closes_on is not None:
        asked = _(
            "您去看看，真办好了没有，在下面说一声。%(day)s还没说，就办结，记“没有评”。", day=day(closes_on)
        )
        return str(asked)
    return str(_("您说还是没办好，街道的人会定怎么接着办，写在这里告诉您。"))


def _closed(rating: Rating) -> str:
    if rating is Rating.NOT_RATED:
        return str(_("过了几天您没有说，就办结了，记“没有评”，不算满意也不算不满意。没办好，现在说也算。"))
    return str(_("这件事办完了。又坏了，就在下面改一改，或者再说一件。"))


def _data(lines: Sequence[Told], action: str, key: str) -> str:
    found = (str(line.event.data.get(key, "")) for line in reversed(lines) if line.event.action == action)
    return next(found, "")
