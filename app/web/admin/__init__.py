"""The administrator's door. So far: what an account may do, and what it was told."""

from __future__ import annotations

from flask import Blueprint, render_template
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
    Permission.ADMINISTER: _l("管理账号和设置"),
}


@bp.get("/")
def overview() -> str:
    """What this account may do, and what it was told."""
    allowed = [str(word) for permission, word in MAY_DO.items() if may(actor(), permission)]
    return render_template(
        "admin/overview.html",
        allowed=allowed,
        notices=[one for one in notices.unread(reading(), actor()) if one.kind not in CALLED_OUT],
        words=NOTICES,
    )
