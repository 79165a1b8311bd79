"""What the desk says: buttons, lines of history, outcomes, reasons. Keys are those of the rooms."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from app.cases.rating import Rating
from app.cases.workflow import Note

Words = dict[str, LazyString]

# in the order in which the case page offers them
BUTTONS: Words = {
    "triage": _l("分好，排进队列"),
    "start": _l("开始办"),
    "resolve": _l("办好了"),
    "recall": _l("撤回待转"),
    "in_hand": _l("在办，告诉居民下一次"),
    "carry_over": _l("接着办"),
    "answer": _l("直接答复"),
    "mark_due": _l("列入待转"),
    "forward_now": _l("现在就转12345"),
    "ask_resident": _l("问居民一句"),
    "assign": _l("换人办，换主责"),
    "note": _l("记一笔"),
    "extend": _l("延期"),
    "merge": _l("和另一件并成一件"),
    "split": _l("拆出去单独办"),
    "unsplit": _l("放回原来那一件"),
    "unmerge": _l("拆回来，单独办"),
    "reopen": _l("重新办"),
    "release": _l("放回队列"),
    "decline": _l("不予办理"),
    "transfer": _l("转110/119/120/122"),
    "set_aside": _l("先搁置"),
    "publish": _l("给邻居看"),
    "unpublish": _l("不给邻居看了"),
}
# the forms of units stand apart: on the dispatchers' page, and on the page of the unit's officers
UNIT_BUTTONS: Words = {
    "assign_unit": _l("请这个单位办"),
    "release_unit": _l("撤下来"),
    "unit_done": _l("办好了"),
    "unit_answer": _l("答复街道"),
    "unit_returns": _l("不归我们"),
}
PARTS: Words = {"lead": _l("主责"), "supporting": _l("协办")}
PART_ENDS: Words = {
    "done": _l("办好了"),
    "over": _l("这件已经结束"),
    "returned": _l("不归他们，退回来了"),
    "released": _l("撤下来了"),
}
CIRCLES: Words = {
    "door": _l("这个楼门"),
    "community": _l("同楼和社区公示"),
}
ICONS = {
    "resolve": "check",
    "answer": "check",
    "carry_over": "day",
    "in_hand": "day",
    "extend": "clock",
    "recall": "day",
    "mark_due": "send",
    "forward_now": "send",
    "publish": "people",
    "transfer": "phone",
}
NOTE_LABELS: Words = {
    "resolve": _l("办了什么"),
    "answer": _l("怎么答复的"),
    "in_hand": _l("为什么还要等"),
    "carry_over": _l("为什么接着办"),
    "extend": _l("为什么要延期"),
    "note": _l("记什么"),
    "ask_resident": _l("问什么"),
    "decline": _l("为什么办不了，去哪儿办"),
    "transfer": _l("怎么转的"),
    "set_aside": _l("为什么搁置"),
    "reopen": _l("为什么重新办"),
    "assign_unit": _l("请他们办什么"),
    "release_unit": _l("为什么撤下来"),
    "unit_answer": _l("办到哪一步，怎么答复"),
    "unit_done": _l("办了什么"),
    "unit_returns": _l("为什么不归您单位，该找谁"),
}
NOTE_READERS: dict[Note, LazyString] = {
    Note.TOLD: _l("居民在回执里看到的就是这句。"),
    Note.REASON: _l("只给同事看，居民看不到。"),
    Note.PRIVATE: _l("只给同事看，可以不写。"),
}
DONE: Words = {
    "triage": _l("分好了，排进了队列。"),
    "start": _l("开始办了。"),
    "resolve": _l("记下了：办好了。"),
    "recall": _l("撤回来了，下一个办件日接着办。"),
    "in_hand": _l("记下了：在办。"),
    "carry_over": _l("记下了：接着办。"),
    "answer": _l("答复了。"),
    "mark_due": _l("列入待转了。"),
    "forward_now": _l("转12345了，工单号回来就写在这里。"),
    "note": _l("记下了。"),
    "ask_resident": _l("问了，居民在回执里看得到，回答了会告诉您。"),
    "extend": _l("延期了，居民看得到理由。"),
    "split": _l("拆出去了，新的一件请再分一次。"),
    "unsplit": _l("放回去了，那边一起办。"),
    "merge": _l("并好了，那边一起办。"),
    "unmerge": _l("拆回来了，请再分一次。"),
    "reopen": _l("重新排进了队列。"),
    "release": _l("放回来了。"),
    "decline": _l("记下了：不予办理，居民会看到您写的话。"),
    "transfer": _l("记下了：已经转走。"),
    "set_aside": _l("搁置了。"),
    "publish": _l("邻居看得到了，写的是您的话。"),
    "unpublish": _l("邻居看不到了。已经算上的还在。"),
    "assign": _l("换好了。"),
    "assign_unit": _l("请他们办了，单位会看到。"),
    "release_unit": _l("撤下来了，单位会看到。"),
    "unit_answer": _l("答复了，街道看得到。"),
    "unit_done": _l("记下了：办好了，居民会看到您写的话。"),
    "unit_returns": _l("退回给街道了。"),
}
HISTORY: Words = {
    "receive": _l("扫码收到"),
    "triage": _l("分好，排进队列"),
    "answer": _l("直接答复"),
    "start": _l("开始办"),
    "resolve": _l("办好了"),
    "note": _l("记了一笔"),
    "add_photo": _l("加了照片"),
    "see_phone": _l("看了居民的联系方式"),
    "assign": _l("换了人办"),
    "undo_triage": _l("撤回：收回来重新分"),
    "undo_assign": _l("撤回：还是原来的人办"),
    "visit": _l("上门"),
    "in_hand": _l("在办"),
    "carry_over": _l("接着办"),
    "mark_due": _l("列入待转"),
    "lapse_due": _l("到点没定，列入待转"),
    "recall": _l("撤回待转"),
    "roll_over": _l("没转，顺到下一个办件日"),
    "release_due": _l("转12345"),
    "forward_now": _l("转12345，没等周六"),
    "order_made": _l("12345收下了，工单号回来了"),
    "order_news": _l("12345有了消息"),
    "hotline_resolved": _l("12345说办好了"),
    "returned": _l("12345退回来了，重新排进队列"),
    "closed_unsolved": _l("12345办结，没解决，重新排进队列"),
    "publish": _l("公示"),
    "unpublish": _l("撤下公示"),
    "ask_resident": _l("问了居民"),
    "answered": _l("居民回答了"),
    "merge": _l("并到别的一件"),
    "merged_in": _l("别的一件并了进来"),
    "unmerge": _l("拆回来了"),
    "unmerged_out": _l("并进来的拆出去了"),
    "extend": _l("延期"),
    "extend_by_clock": _l("到期没办完，期限跟着往后"),
    "split": _l("拆出去几句，单独办"),
    "split_from": _l("从另一件拆出来"),
    "unsplit": _l("放回原来那一件"),
    "join": _l("邻居也说：我家也是"),
    "report_again": _l("又有人说了同一件"),
    "undo_join": _l("邻居撤了“我家也是”"),
    "call_me": _l("居民请打电话"),
    "alarm": _l("居民说有危险"),
    "leave_phone": _l("居民留了电话"),
    "forget_phone": _l("居民删掉了联系方式"),
    "forget_contact": _l("到期删掉了联系方式"),
    "data_request": _l("居民要看或要删自己的信息"),
    "settle_data_request": _l("答复了居民的信息请求"),
    "add": _l("补充了话"),
    "rate": _l("评了：解决了"),
    "not_solved": _l("评了：没解决，重新排进队列"),
    "not_solved_again": _l("又评了没解决，等调度员定"),
    "withdraw": _l("撤回了"),
    "withdraw_one": _l("撤回了自己的，别人的照样办"),
    "close": _l("到期没评，办结"),
    "reopen": _l("重新办"),
    "decline": _l("不予办理"),
    "transfer": _l("转紧急电话"),
    "set_aside": _l("搁置"),
    "release": _l("放回队列"),
    "assign_unit": _l("请单位来办"),
    "release_unit": _l("撤下了单位"),
    "unit_answer": _l("单位答复了"),
    "unit_done": _l("主责单位办好了"),
    "unit_returns": _l("单位说不归他们"),
}
RATINGS: dict[Rating, LazyString] = {
    Rating.AWAITED: _l("等居民评"),
    Rating.NOT_RATED: _l("居民没有评"),
}
ACTORS: Words = {
    "resident": _l("居民"),
    "system": _l("系统"),
    "hotline": _l("12345热线"),
    "staff": _l("工作人员"),
}
ASIDE: Words = {
    "trap": _l("填了人看不见的那一格，像是机器写的"),
    "threat": _l("像是威胁"),
    "filth": _l("像是下流话"),
    "advertising": _l("像是广告或骗局"),
    "illegal": _l("像是违法的买卖"),
    "insult": _l("只有骂人的话"),
}
VISITS: Words = {
    "resolved": _l("办好了"),
    "carry_over": _l("接着办"),
    "no_one_home": _l("没人在家"),
    "not_ours": _l("不归我们"),
    "needs_unit": _l("要部门来"),
}
VISIT_ICONS = {
    "resolved": "check",
    "carry_over": "day",
    "no_one_home": "door",
    "not_ours": "search",
    "needs_unit": "people",
}
OUTCOMES: Words = {
    "resolved": _l("办好了"),
    "in_hand": _l("在办"),
    "carried": _l("接着办"),
    "due": _l("待转12345"),
    "forwarded": _l("已转12345"),
    "rolled_over": _l("顺到下次"),
    "recalled": _l("撤回待转"),
    "ended": _l("不在这里办了"),
    "open": _l("还没定"),
}
OUTCOME_SHAPES = {
    "resolved": "is-good",
    "in_hand": "is-now",
    "carried": "is-now",
    "due": "is-sent",
    "forwarded": "is-sent",
    "rolled_over": "",
    "recalled": "is-now",
    "ended": "is-shut",
    "open": "",
}
CHOICES: Words = {
    "resolve": _l("办好了"),
    "in_hand": _l("在办"),
    "carry_over": _l("接着办"),
    "mark_due": _l("转12345"),
}
AGAINST: Words = {
    "not_open": _l("已经结束"),
    "not_triaged": _l("还没分"),
    "inquiry": _l("是咨询"),
    "no_legal_basis": _l("没有同意，也没有法定依据"),
    "returned_before": _l("退回过一次"),
    "from_hotline": _l("是12345派来的"),
    "day_not_opened": _l("那天没有人开始办件"),
    "day_skipped": _l("那天定了不办"),
}
FORWARDINGS: Words = {
    "waiting": _l("等着送出"),
    "delivered": _l("12345收下了"),
    "ended": _l("有了结果"),
    "held": _l("等人处理"),
}
FORWARDING_SHAPES = {"waiting": "", "delivered": "is-sent", "ended": "is-good", "held": "is-hot"}
HELD: Words = {
    "manual": _l("要人把材料交给12345"),
    "channel_not_ready": _l("和12345的连接还没设好"),
    "order_unknown": _l("12345说没有这张工单"),
    "nobody_left": _l("居民都撤回了，没有要转的话"),
    "http_400": _l("12345读不懂这份材料"),
    "http_413": _l("材料太大，12345没收"),
}
HELD_TO_DO: Words = {
    "manual": _l("打12345或在市里的系统里录，把工单号写在这里。"),
    "channel_not_ready": _l(
        "请管理员把连接设好，再试一次。等不及就打12345或在市里的系统里录，把工单号写在这里。"
    ),
    "nobody_left": _l("不用再转。先打电话问问居民；市里另有答复，记在这里。"),
    "order_unknown": _l("打12345问一问这张工单。还在就再试一次，有了答复也可以记在这里。"),
    "http_400": _l("打12345或在市里的系统里录，把工单号写在这里。市里修好了，可以再试一次。"),
    "http_413": _l("打12345或在市里的系统里录，把工单号写在这里。市里放宽了大小，可以再试一次。"),
}
FORWARDING_DONE: Words = {
    "try_again": _l("好，再试一次。"),
    "order": _l("工单号记下了。"),
    "answer": _l("12345的答复记下了。"),
}
CHANNEL_FAULTS: Words = {
    "401": _l("12345不认我们的口令"),
    "403": _l("12345不让我们用这个口令办"),
    "404": _l("12345的地址不对"),
    "settings": _l("和12345的连接没有设对"),
}
ORDERS: Words = {
    "accepted": _l("已受理"),
    "assigned": _l("已派单"),
    "in_progress": _l("办理中"),
    "returned": _l("退单"),
    "closed": _l("办结"),
}
BASES: Words = {"consent": _l("居民同意"), "statutory": _l("法定职责")}
GROUNDS: Words = {
    "lawful_channel": _l("依法要走诉讼、仲裁、纪检、复议、信息公开或信访"),
    "secret": _l("涉及国家秘密、商业秘密或个人隐私"),
    "beyond_duty": _l("不在各单位职责范围"),
    "unlawful": _l("违反法律或公序良俗"),
}
EMERGENCY: Words = {
    "110": _l("110 报警"),
    "119": _l("119 火警"),
    "120": _l("120 急救"),
    "122": _l("122 交通事故"),
}
BULK_ACTS: Words = {
    "triage": _l("分了，排进队列"),
    "assign": _l("派了人，换了主责"),
}
