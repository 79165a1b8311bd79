"""The administrator's door: where to go, what an account may do, and what it was told."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from app.access.permissions import Permission, may
from app.notices import queries as notices
from app.notices.telling import CALLED_OUT
from app.reading import reading
from app.web.auth.sign_in import actor
from app.web.words import NOTICES

bp = Blueprint("admin", __name__, url_prefix="/admin")

MAY_DO: dict[Permission, LazyString] = {
    Permission.SEE_CASES: _l("看案件和办件日"),
    Permission.TRIAGE: _l("分新来的案件"),
    Permission.HANDLE: _l("办案件：开始、办好、在办、记一笔"),
    Permission.DISPOSE: _l("定不予办理、转紧急电话、搁置"),
    Permission.SEE_CONTACT: _l("写明原因后看居民的电话"),
    Permission.RUN_CASE_DAY: _l("开始办件日，记录上门"),
    Permission.CLOSE_CASE_DAY: _l("给办件日收尾，撤回待转"),
    Permission.FORWARD: _l("不等周六，转12345"),
    Permission.SEE_FORWARDINGS: _l("看转12345的办到哪一步"),
    Permission.ASSIGN_UNITS: _l("请部门、单位来办"),
    Permission.SEE_UNIT_CASES: _l("看请本单位办的案件"),
    Permission.WORK_FOR_UNIT: _l("替本单位答复、报办好了、退回"),
    Permission.PRINT_CODES: _l("印楼门码"),
    Permission.SEE_AUDIT: _l("看审计记录"),
    Permission.KEY_IN: _l("录电话、来访、微信群说的事"),
    Permission.IMPORT_LEDGER: _l("录12345的台账"),
    Permission.ADMINISTER: _l("管理账号和设置"),
}

# where to go from here: permission, endpoint, name, one sentence
GO: tuple[tuple[Permission, str, LazyString, LazyString], ...] = (
    (Permission.ADMINISTER, "admin.staff", _l("人员"), _l("谁有账号、管哪里、登录的第二步。")),
    (Permission.ADMINISTER, "admin.units", _l("承办单位"), _l("谁可以主责、协办：名字、电话、停用。")),
    (Permission.ADMINISTER, "admin.communities", _l("社区"), _l("居民看到的名字和电话，楼门码贴到哪一步。")),
    (Permission.ADMINISTER, "admin.categories", _l("分类目录"), _l("三级分类：时限、主责单位、不等周六。")),
    (Permission.ADMINISTER, "admin.duty", _l("值班表"), _l("紧急的事，哪个钟点谁来看。")),
    (
        Permission.ADMINISTER,
        "admin.settings",
        _l("设置"),
        _l("电话、办件日的时间、时限，哪个周六办、哪个不办。"),
    ),
    (Permission.SEE_AUDIT, "admin.audit", _l("审计"), _l("谁看过什么、做过什么，只记编号。")),
    (Permission.PRINT_CODES, "admin.codes", _l("楼门码"), _l("哪些还没印、还没贴，印过哪几次。")),
    (Permission.PRINT_CODES, "admin.places", _l("楼和楼门"), _l("每个楼门的码现在怎样，下载成表。")),
)


@bp.get("/")
def overview() -> str:
    """Where to go, what this account may do, and what it was told."""
    allowed = [str(word) for permission, word in MAY_DO.items() if may(actor(), permission)]
    return render_template(
        "admin/overview.html",
        allowed=allowed,
        is_office=may(actor(), Permission.ADMINISTER),
        go=[
            (url_for(endpoint), word, why)
            for permission, endpoint, word, why in GO
            if may(actor(), permission)
        ],
        notices=[one for one in notices.unread(reading(), actor()) if one.kind not in CALLED_OUT],
        words=NOTICES,
    )


# the views hang themselves on `bp`
from app.web.admin import audit, categories, communities, duty, logins, places, settings, staff, units  # noqa: E402, F401
