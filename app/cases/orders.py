"""What a ledger says that 12345 exported: its columns by whatever name they go, its lines, and every fault with line,
column and reason. Pure but for reading the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain, islice
from pathlib import Path

from app.cases import wording
from app.places.spreadsheet import Cell, Line, Manner, NotASpreadsheet, Unreadable, read_sheets
from app.places.unpacking import Bounds

HEADER_WITHIN = 30
MOST_LINES = 20_000
LONGEST_ORDER = 40
MANNER = Manner(dates=True, bounds=Bounds(120 * 1024 * 1024, 32 * 1024 * 1024, 6_000_000))
REQUIRED = ("order", "text")
# The first alias is how a column is named in faults; where several stand in one header, the earlier wins.
ALIASES: dict[str, tuple[str, ...]] = {
    "order": ("工单编号", "诉求编号", "工单号", "工单编码", "受理编号", "工单流水号", "编号"),
    "name": (
        "来电人",
        "反映人",
        "诉求人",
        "来电人姓名",
        "诉求人姓名",
        "反映人姓名",
        "市民姓名",
        "联系人",
        "姓名",
    ),
    "phone": (
        "联系电话",
        "来电号码",
        "来电电话",
        "诉求人电话",
        "反映人电话",
        "联系方式",
        "手机号",
        "手机号码",
        "电话",
    ),
    "text": ("主要内容", "诉求内容", "反映内容", "问题描述", "诉求描述", "来电内容", "工单内容", "内容"),
    "category": ("问题分类", "诉求分类", "问题类别", "分类", "问题类型"),
    "finished": ("办结时间", "办结日期", "结案时间", "结束时间"),
    "received": ("受理时间", "来电时间", "接诉时间", "诉求时间", "派单时间", "创建时间"),
    "due": ("处理时限", "截止时间", "办理时限", "处置时限", "反馈时限", "办结时限", "到期时间"),
    "address": ("地址", "诉求地址", "事发地址", "反映地址", "问题地址", "详细地址", "点位地址"),
    "community": ("社区", "所属社区", "社区名称", "被反映社区", "社区（村）"),
    "unit": ("承办单位", "主办单位", "主责单位"),
    "kind": ("诉求类型", "工单类型", "类型"),
    "contacted": ("是否联系", "联系情况", "是否联系市民", "是否联系诉求人", "是否响应"),
    "solved": ("是否解决", "解决情况"),
    "satisfied": ("满意度", "是否满意", "满意情况"),
}
# What the hotline's own follow-up came to, by the words ledgers write; what nobody was asked is left empty.
YES, NO = "yes", "no"
_NOT_ASKED = frozenset({"", "-", "—", "/", "无", "未回访", "未评价", "未反馈", "待回访"})
_CONTACTED = {
    "是": YES,
    "已联系": YES,
    "联系": YES,
    "响应": YES,
    "已响应": YES,
    "否": NO,
    "未联系": NO,
    "未响应": NO,
}
_SOLVED = {"是": YES, "已解决": YES, "解决": YES, "否": NO, "未解决": NO, "没解决": NO, "没有解决": NO}
_SATISFIED = {
    **dict.fromkeys(("满意", "非常满意", "很满意", "是"), "satisfied"),
    "基本满意": "basically_satisfied",
    **dict.fromkeys(("不满意", "非常不满意", "很不满意", "否"), "dissatisfied"),
}
_HEARD = {"contacted": _CONTACTED, "solved": _SOLVED, "satisfied": _SATISFIED}
KINDS = {"咨询": "inquiry", "求助": "help", "投诉": "complaint", "举报": "tipoff", "建议": "suggestion"}
LEVELS = re.compile(r"\s*(?:-+[>＞]|－+[>＞]|→|[>＞]|－+|—+|-+|[/／]|\\|[|｜])\s*")
_DATE = re.compile(
    r"(20[0-9]{2})\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})\s*日?"
    r"(?:[ T]*([0-9]{1,2})\s*[:：时]\s*([0-9]{1,2})?(?:[:：分][0-9.]*)?秒?分?)?"
)
_COMPACT = re.compile(r"(20[0-9]{2})([0-9]{2})([0-9]{2})(?:([0-9]{2})([0-9]{2})(?:[0-9]{2})?)?")
_SPAN = re.compile(r"([0-9]{1,3})\s*(个?工作日|个?小时|天|日)内?")
_SERIAL = re.compile(r"(4[0-9]{4}|5[0-9]{4})(\.[0-9]+)?")
_FIRST_SERIAL = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's own beginning, on nobody's clock


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a line, at which column by its own heading; `stops` that the line cannot be taken for it."""

    column: str
    reason: str
    stops: bool = True


@dataclass(slots=True)
class Order:
    """One work order as the ledger has it; moments are those of the wall."""

    line: int
    number: str = ""
    name: str = ""
    phone: str = ""
    text: str = ""
    category: str = ""
    kind: str = ""
    address: str = ""
    community: str = ""
    unit: str = ""
    received: datetime | None = None
    finished: datetime | None = None
    due: datetime | None = None
    is_finished: bool = False
    heard: dict[str, str] = field(
        default_factory=dict
    )  # contacted, solved, satisfied: those that were answered
    faults: list[Fault] = field(default_factory=list)

    @property
    def is_faulty(self) -> bool:
        """Whether it cannot be taken."""
        return any(fault.stops for fault in self.faults)


@dataclass
class Orders:
    """What could be read; `broken` says why nothing more could."""

    orders: list[Order] = field(default_factory=list)
    broken: str = ""


def read_orders(path: Path, most: int | None = None) -> Orders:
    """Read a ledger, so many lines at most; faults are collected, never raised. Raises OSError for a file that is not
    there."""
    seen_headers = False
    try:
        for sheet in read_sheets(path, MANNER):
            head = list(islice(sheet, HEADER_WITHIN))
            header = _header(head)
            seen_headers = seen_headers or header is not None
            if header is not None and all(column in header.places for column in REQUIRED):
                rest = (line for line in head if line[0] > header.line)
                return _read(header, chain(rest, sheet), most or MOST_LINES)
    except NotASpreadsheet as broken:
        return Orders(broken=f"第{broken.line}行：{broken.reason}")
    wanted = "、".join(ALIASES[column][0] for column in REQUIRED)
    lacking = "表头缺列" if seen_headers else f"前{HEADER_WITHIN}行里没有表头"
    return Orders(broken=f"{lacking}，至少要有这几列：{wanted}")


@dataclass(frozen=True)
class _Header:
    line: int
    places: dict[str, int]
    headings: dict[str, str]


def _header(head: Sequence[Line]) -> _Header | None:
    """The row that names most columns: title rows above it, and a row of groups, name fewer."""
    found = [header for header in map(_as_header, head) if header is not None]
    return max(found, key=lambda header: (len(header.places), -header.line), default=None)


def _as_header(line: Line) -> _Header | None:
    headings = ["" if isinstance(cell, Unreadable) else _heading(cell) for cell in line[1]]
    places = {
        column: next(headings.index(alias) for alias in aliases if alias in headings)
        for column, aliases in ALIASES.items()
        if any(alias in headings for alias in aliases)
    }
    shown = {column: str(line[1][at]).strip() for column, at in places.items()}
    return _Header(line[0], places, shown) if any(column in places for column in REQUIRED) else None


def _heading(cell: str) -> str:
    return re.sub(r"[\s*＊:：]|[(（\[【](?!村).*", "", cell)


def _read(header: _Header, lines: Iterator[Line], most: int) -> Orders:
    read, seen = Orders(), dict[str, int]()
    try:
        for number, cells in lines:
            if not any(cells) or _repeats(header, cells):
                continue
            if len(read.orders) >= most:
                read.broken = f"超过{most}行，后面的没有读，请分成几份"
                break
            read.orders.append(_order(header, number, cells, seen))
    except NotASpreadsheet as broken:
        read.broken = f"第{broken.line}行：{broken.reason}"
    if not read.orders and not read.broken:
        read.broken = "表头下面一行也没有"
    return read


def _repeats(header: _Header, cells: list[Cell]) -> bool:
    """A header printed again at the top of a page of the ledger."""
    at = header.places["order"]
    return at < len(cells) and cells[at] == header.headings["order"]


def _order(header: _Header, line: int, cells: list[Cell], seen: dict[str, int]) -> Order:
    order = Order(line)

    def fault(column: str, reason: str, *, stops: bool = True) -> None:
        order.faults.append(Fault(header.headings.get(column, ALIASES[column][0]), reason, stops))

    def cell(column: str, *, stops: bool = False) -> str:
        at = header.places.get(column)
        found = cells[at] if at is not None and at < len(cells) else ""
        if isinstance(found, Unreadable):
            fault(column, found.reason, stops=stops)
            return ""
        if wording.has_control_characters(found):
            fault(column, "里面有看不见的控制字符，已经去掉", stops=False)
        return wording.without_control_characters(found).strip()

    def moment(column: str, written: str) -> datetime | None:
        found = moment_of(written)
        if written and found is None:
            fault(column, "看不出是什么时间", stops=False)
        return found

    order.number = cell("order", stops=True)
    if not order.number:
        fault("order", "空着，没有编号认不出是哪一件")
    elif len(order.number) > LONGEST_ORDER:
        fault("order", f"最多{LONGEST_ORDER}个字")
        order.number = order.number[:LONGEST_ORDER]
    elif order.number in seen:
        fault("order", f"和第{seen[order.number]}行重复")
    else:
        seen[order.number] = line
    order.text = cell("text", stops=True)
    if not order.text:
        fault("text", "空着")
    elif len(order.text) > wording.LONGEST_TEXT:
        fault("text", f"最多{wording.LONGEST_TEXT}个字，现在有{len(order.text)}个")
    order.name = cell("name")
    if len(order.name) > wording.LONGEST_NAME:
        fault("name", f"最多{wording.LONGEST_NAME}个字，没有带上", stops=False)
        order.name = ""
    order.phone = cell("phone")
    if order.phone and not wording.is_phone(order.phone):
        fault("phone", "不像电话，没有带上", stops=False)
        order.phone = ""
    order.kind = next((kind for word, kind in KINDS.items() if word in cell("kind")), "")
    order.category, order.unit = cell("category")[:200], cell("unit")[:60]
    order.address, order.community = cell("address")[:300], cell("community")[:60]
    order.received = moment("received", cell("received"))
    written = cell("finished")
    order.finished = moment("finished", written)
    order.is_finished = bool(written) and order.finished is not None
    for column, meanings in _HEARD.items():
        order.heard |= _heard(column, cell(column), meanings, fault)
    due = cell("due")
    order.due = span_from(order.received, due) or moment("due", due)
    return order


def _heard(
    column: str, written: str, meanings: Mapping[str, str], fault: Callable[..., None]
) -> dict[str, str]:
    """What one answer of the hotline's follow-up means; nothing for what was not asked, or is not understood."""
    said = re.sub(r"\s+", "", written)
    if said in meanings:
        return {column: meanings[said]}
    if said not in _NOT_ASKED:
        fault(column, "看不出回访的结果，没有带上", stops=False)
    return {}


def moment_of(written: str) -> datetime | None:
    """A moment in whatever way a ledger writes it (2026-11-24 09:05, 2026年11月24日9时5分, 20261124, a serial number);
    None for what is none."""
    found = _DATE.fullmatch(written.strip()) or _COMPACT.fullmatch(written.strip())
    try:
        if found is not None:
            year, month, day, hour, minute = (int(part or 0) for part in found.groups())
            return datetime(year, month, day, hour, minute)  # noqa: DTZ001 - the wall's time; the zone is put on later
        if _SERIAL.fullmatch(written.strip()):
            return _FIRST_SERIAL + timedelta(days=round(float(written) * 1440) / 1440)
    except ValueError:
        return None
    return None


def span_from(start: datetime | None, written: str) -> datetime | None:
    """The end of `24小时`, `7天`, `5个工作日` (weekdays) after a start; None for what is no span, or without a start."""
    found = _SPAN.fullmatch(written.strip())
    if found is None or start is None:
        return None
    number, unit = int(found[1]), found[2]
    if "小时" in unit:
        return start + timedelta(hours=number)
    if "工作日" not in unit:
        return start + timedelta(days=number)
    day = start
    while number:
        day += timedelta(days=1)
        number -= day.weekday() < 5
    return day


def levels_of(category: str) -> tuple[str, ...]:
    """一级->二级->三级, however it is parted."""
    return tuple(part for part in LEVELS.split(category.strip()) if part)
