"""The words of the audit log: acts, kinds of objects and names of fields, as people read them. What has no word here
is shown as it is written."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

ACTS: dict[str, LazyString] = {
    "see": _l("看了"),
    "see_phone": _l("看了完整电话"),
    "print": _l("打印了"),
    "export": _l("导出了"),
    "export_queue": _l("导出了队列"),
    "find_by_phone": _l("按电话查了"),
    "key_in": _l("录入了"),
    "ledger_read": _l("读入了台账"),
    "ledger_imported": _l("导入了楼门台账"),
    "sub_district_added": _l("加了街道"),
    "codes_issued": _l("发了楼门码"),
    "code_revoked": _l("作废了楼门码"),
    "codes_printed": _l("印了楼门码"),
    "staff_added": _l("加了账号"),
    "password_link_made": _l("发了设密码的链接"),
    "password_set": _l("设了密码"),
    "supervisor_set": _l("改了上级"),
    "shared_office_set": _l("定了能不能改共用的"),
    "staff_changed": _l("改了账号"),
    "staff_closed": _l("关了账号"),
    "staff_opened": _l("又开了账号"),
    "session_ended": _l("让一处登录退出了"),
    "sessions_ended": _l("让各处登录退出了"),
    "second_factor_set": _l("设了第二步验证"),
    "second_step_closed": _l("一天里试错太多，关了第二步"),
    "second_factor_reset": _l("取消了第二步验证"),
    "recovery_codes_made": _l("换了恢复码"),
    "recovery_code_used": _l("用了一个恢复码"),
    "print_case": _l("打印了案件"),
    "unit_added": _l("加了单位"),
    "unit_changed": _l("改了单位"),
    "unit_retired": _l("停用了单位"),
    "unit_taken_back": _l("又用了单位"),
    "community_changed": _l("改了社区"),
    "settings_changed": _l("改了设置"),
    "limit_changed": _l("改了时限"),
    "case_day_settled": _l("定了办件日"),
    "category_added": _l("加了分类"),
    "category_changed": _l("改了分类"),
    "category_taken_back": _l("又用了分类"),
    "duty_added": _l("排了班"),
    "duty_removed": _l("撤了班"),
    "catalogue_imported": _l("导入了分类目录"),
    "category_retired": _l("停用了分类"),
    "start_channel": _l("重新接上了12345"),
    "forwarding_exported": _l("导出了要转的"),
    "forwarding_try_again": _l("又转了一次"),
    "forwarding_by_hand": _l("记下了工单号"),
    "answer_by_hand": _l("记下了12345的答复"),
    "reply_added": _l("加了现成的话"),
    "reply_changed": _l("改了现成的话"),
    "reply_retired": _l("停用了现成的话"),
    "reply_taken_back": _l("又启用了现成的话"),
    "replies_put_in": _l("放进了常用的话"),
}

KINDS: dict[str, LazyString] = {
    "case": _l("案件"),
    "door": _l("楼门"),
    "door_code": _l("楼门码"),
    "case_day": _l("办件日"),
    "queue": _l("队列"),
    "search": _l("查找"),
    "forwarding": _l("转12345"),
    "hotline_channel": _l("12345的通道"),
    "data_request": _l("要删信息的请求"),
    "audit": _l("审计记录"),
    "staff": _l("账号"),
    "sub_district": _l("街道"),
    "category": _l("分类"),
    "print_run": _l("印次"),
    "ledger_import": _l("台账"),
    "unit": _l("单位"),
    "community": _l("社区"),
    "time_limit": _l("时限"),
    "calendar_day": _l("日历的一天"),
    "reply_template": _l("现成的话"),
}

FIELDS: dict[str, LazyString] = {
    "words": _l("居民的话"),
    "spot": _l("在哪儿"),
    "photos": _l("照片"),
    "photo": _l("照片"),
    "additions": _l("补充"),
    "history": _l("经过"),
    "ratings": _l("评价"),
    "titles": _l("标题"),
    "visits": _l("上门"),
    "outcomes": _l("结果"),
    "results": _l("答复"),
    "cases": _l("案件"),
    "lines": _l("记录"),
    "name": _l("姓名"),
    "phone": _l("电话"),
    "phone_masked": _l("电话（中间隐去）"),
    "email": _l("邮箱"),
    "username": _l("用户名"),
    "role": _l("角色"),
    "password_hash": _l("密码"),
    "supervisor_id": _l("上级"),
    "weekday": _l("星期"),
    "starts": _l("从几点"),
    "display_name": _l("姓名"),
    "community_ids": _l("社区"),
    "unit_id": _l("单位"),
    "is_active": _l("能不能登录"),
    "ended_at": _l("哪天结束"),
    "totp_since": _l("第二步验证"),
    "keeps_shared": _l("能不能改共用的"),
    "receipt": _l("回执号"),
    "ends": _l("到几点"),
    "code": _l("代码"),
    "district": _l("区"),
    "status": _l("状态"),
    "revoked_reason": _l("为什么作废"),
    "printed_at": _l("哪天印的"),
    "retired": _l("停用"),
    "person": _l("谁"),
    "act": _l("做了什么"),
    "object": _l("对哪一件"),
    "day": _l("哪天"),
    "action": _l("做了什么"),
    "category": _l("分类"),
    "title": _l("标题"),
    "text": _l("写的话"),
}

OBJECTS: dict[str, LazyString] = {
    "all": _l("全部"),
    "open": _l("等着的"),
    "lines": _l("记录"),
}
"""Objects that are no single thing."""

ACTORS: dict[str, LazyString] = {
    "system": _l("系统"),
    "resident": _l("居民"),
    "hotline": _l("12345"),
    "staff": _l("工作人员"),
}


def act_word(act: str) -> str:
    """What was done."""
    return str(ACTS.get(act, act))


def kind_word(kind: str) -> str:
    """To what kind of thing."""
    return str(KINDS.get(kind, kind))


def object_word(object_id: str) -> str:
    """Which thing: its number or id, or what several of them are called."""
    return str(OBJECTS.get(object_id, object_id))


def field_words(fields: str) -> str:
    """Which fields: `居民的话、照片 17`."""
    words = []
    for field in filter(None, fields.split(",")):
        name, _colon, which = field.partition(":")
        words.append(f"{FIELDS.get(name, name)} {which}".strip())
    return str(_("，")).join(words)
