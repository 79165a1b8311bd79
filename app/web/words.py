"""The words of the house: message keys, states and choices, as people read them. Rooms hand out keys;
only the doors know languages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_babel.speaklater import LazyString

from app.access.actor import Role
from app.cases.workflow import State
from app.errors import ManyRefused, Refused
from app.web.saying import told

MESSAGES: dict[str, LazyString] = {
    # a resident's form
    "text_missing": _l("请写一句话，或者拍一张照片。"),
    "text_too_long": _l("最多%(longest)s个字，现在有%(length)s个。"),
    "field_too_long": _l("这里最多%(longest)s个字。"),
    "control_characters": _l("里面有看不见的控制字符，已经去掉，看一眼再提交。"),
    "choice_unknown": _l("这一项请重新选。"),
    "phone_wrong": _l("电话像是少了几位，请再看看。"),
    "phone_needed": _l("要给您打电话，请留个号码。"),
    "email_wrong": _l("邮箱的写法不对，请再看看。"),
    "page_broken": _l("这个页面不完整，请再点一次提交。"),
    "page_expired": _l("这个页面放得太久了，请再点一次提交，写的都还在。"),
    "page_used": _l("这一页刚才交过了，这次写的还没有存。再点一次就存上。"),
    "too_many": _l("刚才点得太多了，%(time)s再来。"),
    "photo_too_big": _l("这张照片太大，请换一张%(megabytes)sMB以内的。"),
    "photo_too_large": _l("这张照片的尺寸太大，请换一张小一点的。"),
    "photo_unreadable": _l("这个文件不是能看的照片，请换一张。"),
    "photo_not_kept": _l("照片这会儿存不下，先不带照片提交，过后在回执上再加。"),
    "photo_needed": _l("请选一张照片。"),
    "not_here": _l("这件事不在这个楼门的名单上。要是您家有事，写在下面就行。"),
    "done_already": _l("这件事刚办好。您家要是还没好，写在下面再说一次。"),
    "not_joined": _l("这一件是您自己说的，要撤就点“撤回我说的”。"),
    "answer_missing": _l("请选一个。"),
    "nothing_to_judge": _l("这件事还没办完，办完了再请您评。"),
    "taken_back": _l("您已经撤回了，不用再评。"),
    "photos_too_many": _l("照片太多了，最多%(most)s张。"),
    "withdrawn_before": _l("您已经撤回了。还有别的事，请再说一件。"),
    "undo_instead": _l("这件是邻居说的，请按“撤了我家也是”。"),
    "answer_empty": _l("请写一句，再回答。"),
    "nothing_asked": _l("现在没有要您回答的话，可能已经回答过了。"),
    "photos_enough": _l("一张回执最多%(most)s张照片，已经够了。"),
    # the desk
    "community_only_assists": _l("这一类社区只是协助，不能让社区主责，请换一个单位。"),
    "nobody_to_ask": _l("居民都撤回了，没有人可以问。"),
    "request_settled": _l("这个请求已经有人答复了。"),
    "action_not_from_here": _l("这件事现在不能这样办，先看看它到哪一步了。"),
    "note_needed": _l("请写一句，办的人和居民要知道为什么。"),
    "day_not_yet": _l("还没到%(day)s，不能开始。"),
    "day_closed": _l("%(day)s已经收尾了。"),
    "day_not_closed": _l("%(day)s还没有收尾。"),
    "staff_only": _l("这一步要工作人员来做。"),
    "next_day_missing": _l("请写下一次的日期，居民要知道。"),
    "next_day_far": _l("下一次的日期太远，请写一年以内的。"),
    "next_day_past": _l("下一次的日期要在今天以后。"),
    "carried_before": _l("已经接着办过%(most)s次，不能再接着办。"),
    "person_missing": _l("请选谁接着办。"),
    "person_unknown": _l("这个人不在这个社区，请换一位。"),
    "not_on_a_day": _l("办件日那天才能列入待转。"),
    "second_step_closed": _l("一天里试错了太多次，第二步先关了。24小时后再来，或者请管理员重设。"),
    "lead_at_work": _l(
        "%(unit)s正在主责办理。要换，请在案件页“请单位来办”里请新的主责单位，原来的会收到通知。"
    ),
    "due_to_forward": _l("这件已定为转12345，要先由调度员收回。"),
    "not_marked": _l("这件事没有列入待转。"),
    "hold_over": _l("撤回的时间过了，该转的已经转了。"),
    "not_eligible_not_open": _l("这件事已经结束，不能转12345。"),
    "not_eligible_not_triaged": _l("这件事还没分，先分了再转12345。"),
    "not_eligible_inquiry": _l("咨询直接答复，不转12345。"),
    "not_eligible_from_hotline": _l("这件就是12345派来的，请在12345的系统里答复，不再转回去。"),
    "not_eligible_no_legal_basis": _l("居民没有同意，街道也没有设法定依据，不能转12345。"),
    "row_stale": _l("刚才有人改过这件，先看看现在怎样，再定。"),
    "row_gone": _l("这件已经不在这天的名单上。"),
    "forwarding_not_held": _l("这一次转12345已经有人处理了，先看看它到哪一步了。"),
    "forwarding_without_order": _l("这一次转12345还没有工单号，或者已经有了结果，先看看它到哪一步了。"),
    "workorder_id_wrong": _l("请写12345给的工单号，最多80个字。"),
    "no_contact": _l("居民没有留联系方式。"),
    "whose_contact": _l("有几位居民留了电话，请选看谁的。"),
    "merge_itself": _l("不能并到它自己。"),
    "case_unknown": _l("没有这个案件号，请再看看。"),
    "merge_not_open": _l("那一件已经不在办了，不能并过去。"),
    "merged_further": _l("那一件自己也并到别的一件了，请先把它拆回来。"),
    "reason_needed": _l("请写为什么要看，居民看得到。"),
    "tipoff_not_public": _l("举报不给邻居看。"),
    "tick_about_no_person": _l("投诉要先勾上：说的不是哪个人。"),
    "public_words_missing": _l("请用您自己的话写一句给邻居看。"),
    "public_words_number": _l("里面像是有电话或证件号，请去掉。"),
    "public_words_flat": _l("里面像是有门牌号，请去掉，只写到楼门。"),
    "not_published": _l("这件没有给邻居看，不用撤。"),
    # many at once
    "nothing_ticked": _l("请先勾上要办的。"),
    "too_many_ticked": _l("一次最多%(most)s件，请少勾几件。"),
    "case_not_here": _l("没有这件。"),
    "nothing_assigned": _l("请选一个人，或者写上主责单位。"),
    "undone_already": _l("这一批已经撤回了。"),
    # filters of the queue
    "filter_name_missing": _l("请给这些条件起个名字。"),
    "filter_name_taken": _l("您已经有一个叫这个名字的，换一个。"),
    "filter_too_long": _l("条件太多，存不下。"),
    "filters_enough": _l("最多存%(most)s个，先删掉一个。"),
    # keying-in
    "place_unknown": _l("请写在哪儿，再从找到的里面选一个。"),
    "place_many": _l("找到好几处，请选一个。"),
    "maybe_same": _l("有一件很像，请选是不是同一件。"),
    "ledger_unreadable": _l("这份台账读不了。"),
    "ledger_missing": _l("请选一份台账。"),
    "ledger_too_big": _l("台账太大，最多%(megabytes)sMB。"),
    "patrol_has_no_contact": _l("网格巡查是自己看到的，不记居民的姓名和电话。"),
    # units and their officers
    "unit_unknown": _l("没有这个单位，请从名单里选。"),
    "unit_on_it": _l("这个单位已经在办这件。"),
    "unit_not_on_it": _l("这个单位没有在办这件。"),
    "unit_due_past": _l("请写今天或以后的日期。"),
    "unit_due_late": _l("不能晚过这件的期限。"),
    "unit_only_supports": _l("您是协办，答复就行；办好了由主责单位来说。"),
    "units_outstanding": _l("协办单位还没有都答复。等它们答复了，或者请调度员撤下来，再说办好了。"),
    "merge_units_at_work": _l("这件还有单位在办，请先把单位撤下来，再并过去。"),
    # putting off, splitting
    "extension_not_later": _l("新的期限要比现在的%(day)s晚，也要在今天以后。"),
    "extension_far": _l("延得太久了，最晚%(day)s。"),
    "extended_before": _l("已经延期%(most)s次，不能再往后答应。期限是%(day)s，到时办不好就转12345。"),
    "extension_dispatcher": _l("已经延期过一次，再延要调度员来定。期限是%(day)s。"),
    "split_nothing": _l("请勾上要拆出去的那几句。"),
    "split_not_here": _l("勾上的话已经不在这件里了，请再看看。"),
    "split_withdrawn": _l("居民已经撤回的，不用拆。"),
    "split_neighbour": _l("“我家也是”跟着它算上的那句走，不能单独拆。"),
    "split_first_stays": _l("这一件是从头一句来的，那一句要留下，把别的拆出去。"),
    "split_nobody_left": _l("至少要留下一句，不能全拆走。"),
    "split_since": _l("并过来的那几句已经拆到别的一件里了，这里没有可以拆回来的。"),
    "not_split": _l("这一件不是拆出来的。"),
    # ready sentences
    "reply_missing": _l("请写一句话。"),
    "reply_place_unknown": _l("大括号里有%(count)s处换不成什么，只能写框下面列出的那些。"),
    "replies_enough": _l("最多%(most)s句，请先改用不上的。"),
    # accounts
    "password_short": _l("密码至少10个字。"),
    "password_long": _l("密码太长了。"),
    "link_ended": _l("这个链接用过了或者过期了。"),
    "username_wrong": _l("用户名用2到60个字母、数字、点或者横线，不留空格。"),
    "username_taken": _l("已经有人叫%(username)s了。"),
    "name_wrong": _l("姓名要写，最多%(longest)s个字。"),
    "role_unknown": _l("请选一个角色。"),
    "community_unknown": _l("没有%(community)s这个社区。"),
    "community_missing": _l("社区工作者至少要管一个社区。"),
    "unit_missing": _l("承办人要写是哪个单位的。"),
    "not_oneself": _l("不能对自己的账号这样做，请另一位管理员来。"),
    "last_admin": _l("这是最后一位管理员，先请另一位来当。"),
    "supervisor_unknown": _l("没有这个人，或者账号关了。"),
    "supervisor_self": _l("不能自己督办自己。"),
    "supervisor_far": _l("那是别的街道的人。"),
    "supervisor_role": _l("那个账号看不到案件。"),
    "code_wrong": _l("验证码不对。看看手机上现在的六位数字。"),
    "second_factor_there": _l("已经设过第二步验证了。"),
    "second_factor_missing": _l("还没有设第二步验证。"),
    # the administrator
    "page_older": _l("您打开这一页以后有人改过。您写的还在，和现在的比一比，要改就再存一次。"),
    "name_missing": _l("请写名字。"),
    "office_phone_wrong": _l("电话只写数字、横线、括号和“转”，最多30个字。"),
    "number_wrong": _l("请写%(low)s到%(high)s之间的整数。"),
    "time_wrong": _l("请写18:00这样的时间。"),
    "unit_there": _l("名单上已经有这个名字，也许停用了。"),
    "unit_leads_leaves": _l("还有%(count)s个分类一开始就归它主责，先给它们换一个单位，再停用。"),
    "unit_is_the_community": _l("这个名字是留给社区自己的，请换一个。"),
    "community_there": _l("已经有一个社区叫这个名字。"),
    "cutoff_after_closing": _l("截止不能比办件日收尾还晚。"),
    "hold_before_closing": _l("待转要留到收尾以后。"),
    "day_not_coming": _l("只能定以后二十周里的办件日。"),
    "day_begun": _l("那天已经开始了，不能再改。"),
    "category_unknown": _l("没有这个分类。"),
    "category_there": _l("已经有这个代码。"),
    "category_code_wrong": _l("代码写1到12个字母或数字。"),
    "frame_unknown": _l("没有这个公布的分类，请从单子里选。"),
    "file_missing": _l("请选一个文件。"),
    "file_unreadable": _l("这个文件这会儿读不了，请再试一次。"),
    "table_too_big": _l("表格太大，请分成几份。"),
    "duty_person": _l("请选一个人。"),
    "duty_role": _l("这个人看不了案件，不能值班。"),
    "duty_days_wrong": _l("请至少勾一天。"),
    "duty_time_wrong": _l("请写08:00这样的时间。"),
}

STATES: dict[State, LazyString] = {
    State.RECEIVED: _l("刚收到"),
    State.QUEUED: _l("已排进周六"),
    State.IN_PROGRESS: _l("正在办"),
    State.RESOLVED: _l("办好了，等您说"),
    State.CLOSED: _l("办结"),
    State.FORWARDED: _l("已转12345"),
    State.DECLINED: _l("这里办不了，告诉您去哪儿"),
    State.TRANSFERRED: _l("已转110/119/120/122"),
    State.WITHDRAWN: _l("您已撤回"),
    State.SET_ASIDE: _l("请工作人员看一看"),
    State.MERGED: _l("和邻居的并成一件"),
}
DUE_FIRST = _l("已排上，不等周六")

STAFF_STATES: dict[State, LazyString] = STATES | {
    State.RESOLVED: _l("办好待评"),
    State.DECLINED: _l("不予办理"),
    State.WITHDRAWN: _l("居民撤回"),
    State.SET_ASIDE: _l("已搁置"),
    State.MERGED: _l("并到别的一件"),
}

SHAPES: dict[State, str] = {
    State.RECEIVED: "",
    State.QUEUED: "is-now",
    State.IN_PROGRESS: "is-now",
    State.RESOLVED: "is-good",
    State.CLOSED: "is-good",
    State.FORWARDED: "is-sent",
    State.DECLINED: "is-shut",
    State.TRANSFERRED: "is-shut",
    State.WITHDRAWN: "is-shut",
    State.SET_ASIDE: "is-shut",
    State.MERGED: "is-now",
}

KINDS: dict[str, LazyString] = {
    "help": _l("求助"),
    "complaint": _l("投诉"),
    "suggestion": _l("建议"),
    "inquiry": _l("咨询"),
    "tipoff": _l("举报"),
}

ROLES: dict[Role, LazyString] = {
    Role.WORKER: _l("社区工作者"),
    Role.DISPATCHER: _l("街道调度员"),
    Role.OFFICER: _l("部门承办人"),
    Role.PRINTER: _l("印制人员"),
    Role.LEADER: _l("街道负责人"),
    Role.AUDITOR: _l("审计人员"),
    Role.ADMIN: _l("管理员"),
}

CHANNELS: dict[str, LazyString] = {
    "scan": _l("扫码"),
    "phone": _l("电话"),
    "walk_in": _l("来访"),
    "wechat_group": _l("微信群"),
    "grid_patrol": _l("网格巡查"),
    "mail": _l("来信"),
    "hotline": _l("12345派来"),
}

SATISFACTIONS: dict[str, LazyString] = {
    "satisfied": _l("满意"),
    "basically_satisfied": _l("基本满意"),
    "dissatisfied": _l("不满意"),
}

URGENT: dict[str, LazyString] = {
    "gas": _l("紧急：漏气"),
    "fire": _l("紧急：着火"),
    "lift": _l("紧急：电梯困人"),
    "crime": _l("紧急：人身危险"),
    "injury": _l("紧急：有人受伤"),
    "danger": _l("紧急：有危险"),
}

NOTICES: dict[str, LazyString] = {
    "urgent_report": _l("紧急：可能有危险"),
    "urgent_unread": _l("紧急：过了10分钟还没有人看"),
    "alert_failed": _l("紧急消息发不到外面，请管理员看一看地址"),
    "report_received": _l("新收到一件"),
    "set_aside_by_rule": _l("系统先放一边了，请看一看"),
    "not_solved": _l("居民说没解决"),
    "not_solved_again": _l("居民第二次说没解决，请定怎么办"),
    "call_wanted": _l("居民请打电话"),
    "unit_asked": _l("请您单位来办"),
    "unit_released": _l("这件不用您单位办了"),
    "unit_answered": _l("单位答复了"),
    "unit_done": _l("主责单位说办好了"),
    "unit_returned": _l("单位说不归他们，退回来了，请另定"),
    "rolled_over": _l("没转成，顺到下一个办件日"),
    "returned": _l("12345退回来了"),
    "closed_unsolved": _l("12345办结，没解决"),
    "forwarding_held": _l("转12345卡住了，等人处理"),
    "undelivered_24h": _l("24小时还没送到12345"),
    "second_step_closed": _l(
        "有人拿着密码，一天里试错了太多次验证码，第二步先关了。不是您的话，请马上改密码"
    ),
    "channel_stopped": _l("和12345的连接停了，请管理员看一看"),
    "day_closed": _l("办件日收尾了，待转的可以撤回"),
    "data_request": _l("居民要删自己的信息，请答复"),
    "resident_answered": _l("居民回答了您问的"),
    "day_not_opened": _l("办件日没有人开始，一件也没转"),
    "assigned": _l("有一件分给您办"),
    "assigned_many": _l("有几件分给您办"),
    "assign_undone": _l("分给您的几件撤回去了"),
}


def message(refused: Refused) -> str:
    """What to tell somebody whose input was refused."""
    return str(MESSAGES[refused.key]) % refused.params


def by_field(refused: Refused | ManyRefused) -> dict[str, str]:
    """Messages beside their fields; what belongs to no field stands under `""`. The first fault of a field
    is the one told."""
    many = refused.refusals if isinstance(refused, ManyRefused) else [refused]
    errors: dict[str, str] = {}
    for one in many:
        errors.setdefault(one.field or "", message(one))
    return errors


def shape(state: State, *, due_first: bool = False) -> str:
    """The class that draws a state's shape."""
    return "is-now" if due_first and state is State.QUEUED else SHAPES[state]


FEWEST = 5  # smaller counts would point at single homes


def homes_told(homes: int) -> str:
    """How many homes joined, as the public reads it: a small number is only said to be some."""
    if homes < FEWEST:
        return str(_l("已有邻居"))
    return str(ngettext("已有%(num)s户", "已有%(num)s户", homes))


def told_state(state: State, *, due_first: bool = False) -> str:
    """A state in the resident's words."""
    return told(DUE_FIRST if due_first and state is State.QUEUED else STATES[state])
