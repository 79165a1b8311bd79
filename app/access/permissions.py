"""The one permission table: what each role may do, and what the anonymous resident, the clock and the
hotline may. Scope (which communities) is asked apart, by `require`."""

from __future__ import annotations

from enum import StrEnum

from app.access.actor import Actor, ActorKind, Role
from app.errors import Forbidden, NotFound


class Permission(StrEnum):
    """One thing that may be done or seen."""

    REPORT = "report"  # say it, add to it, withdraw it, judge it
    SEE_DESK = "see_desk"  # the frame of the staff pages: own session, own language
    SEE_CASES = "see_cases"
    EXPORT = "export"  # take lists of cases away as a file
    TRIAGE = "triage"
    UNDO_OF_OTHERS = "undo_of_others"  # take back what a colleague sorted or gave out
    HANDLE = "handle"  # start, resolve, in hand, note, visit
    DISPOSE = "dispose"  # decline, transfer, set aside, release
    PUBLISH = "publish"  # public words, visibility, photos of staff
    MERGE = "merge"
    SETTLE_DATA_REQUESTS = "settle_data_requests"
    SEE_CONTACT = "see_contact"
    RUN_CASE_DAY = "run_case_day"  # open a day, record visits
    CLOSE_CASE_DAY = "close_case_day"  # decide, mark due, recall
    FORWARD = "forward"
    SEE_FORWARDINGS = "see_forwardings"
    ANSWER = "answer"  # what the hotline answered
    KEEP_TIME = "keep_time"  # what the clock does
    PRINT_CODES = "print_codes"
    # units and their officers: what is behind these is cut to the cases of the officer's unit (`cases/scope.py`)
    SEE_CASE = "see_case"  # one case within scope, and its photos
    WORK_ON_CASE = "work_on_case"  # act on one case, add photos
    ASSIGN_UNITS = "assign_units"
    SEE_UNIT_CASES = "see_unit_cases"  # what my unit was asked for
    WORK_FOR_UNIT = "work_for_unit"  # answer, end, send back
    SEE_AUDIT = "see_audit"
    ADMINISTER = "administer"
    KEY_IN = "key_in"  # write down what came by telephone, at the counter, in a group, on patrol, by mail
    IMPORT_LEDGER = "import_ledger"  # a ledger that 12345 exported
    KEEP_REPLIES = "keep_replies"  # the ready sentences of the sub-district


_W, _D, _O, _P = Role.WORKER, Role.DISPATCHER, Role.OFFICER, Role.PRINTER
_L, _AU, _AD = Role.LEADER, Role.AUDITOR, Role.ADMIN
_ALL = frozenset(Role)

MAY: dict[Permission, frozenset[Role | ActorKind]] = {
    Permission.REPORT: frozenset({ActorKind.RESIDENT}),
    Permission.SEE_DESK: _ALL,
    Permission.SEE_CASES: frozenset({_W, _D, _L}),
    Permission.EXPORT: frozenset({_D, _L}),
    Permission.TRIAGE: frozenset({_W, _D}),
    Permission.UNDO_OF_OTHERS: frozenset({_D}),
    Permission.HANDLE: frozenset({_W, _D}),
    Permission.DISPOSE: frozenset({_D}),
    Permission.PUBLISH: frozenset({_W, _D}),
    Permission.MERGE: frozenset({_D}),
    Permission.SETTLE_DATA_REQUESTS: frozenset({_D}),
    Permission.SEE_CONTACT: frozenset({_W, _D, _O}),  # an officer only of a unit that leads: `contact.reveal`
    Permission.RUN_CASE_DAY: frozenset({_W, _D}),
    Permission.CLOSE_CASE_DAY: frozenset({_D}),
    Permission.FORWARD: frozenset({_D}),
    Permission.SEE_FORWARDINGS: frozenset({_D, _L}),
    Permission.ANSWER: frozenset({ActorKind.HOTLINE}),
    Permission.KEEP_TIME: frozenset({ActorKind.SYSTEM}),
    Permission.PRINT_CODES: frozenset({_P, _D, _AD}),
    Permission.SEE_CASE: frozenset({_W, _D, _L, _O}),
    Permission.WORK_ON_CASE: frozenset({_W, _D, _O}),
    Permission.ASSIGN_UNITS: frozenset({_D}),
    Permission.SEE_UNIT_CASES: frozenset({_O}),
    Permission.WORK_FOR_UNIT: frozenset({_O}),
    Permission.SEE_AUDIT: frozenset({_AU, _AD}),
    Permission.KEY_IN: frozenset({_W, _D}),
    Permission.IMPORT_LEDGER: frozenset({_D}),
    Permission.KEEP_REPLIES: frozenset({_D, ActorKind.SYSTEM}),
    Permission.ADMINISTER: frozenset({_AD, ActorKind.SYSTEM}),  # the command line too
}


def may(actor: Actor, permission: Permission) -> bool:
    """Whether the table gives this actor the permission, wherever it may be."""
    allowed = MAY[permission]
    if actor.kind is ActorKind.STAFF:
        return actor.role in allowed
    return actor.kind in allowed


def require(
    actor: Actor,
    permission: Permission,
    *,
    sub_district_id: int | None = None,
    community_id: int | None = None,
) -> None:
    """Pass, or raise Forbidden; out of scope raises NotFound, before it is asked what the role may: a refusal would
    tell that there is something at that other place."""
    if sub_district_id is not None and not actor.covers(sub_district_id, community_id):
        raise NotFound
    if not may(actor, permission):
        raise Forbidden(permission)


def require_office(actor: Actor, sub_district_id: int | None = None) -> None:
    """Pass for who administers this sub-district, or raise Forbidden; another's is NotFound, as if it were not."""
    require(actor, Permission.ADMINISTER)
    if actor.kind is ActorKind.STAFF and actor.sub_district_id != sub_district_id:
        raise NotFound


def may_keep_shared(actor: Actor) -> bool:
    """Whether this actor may change what every sub-district of the installation shares (the catalogue, the time limits):
    the command line, and administrators who were given it."""
    return may(actor, Permission.ADMINISTER) and (actor.kind is not ActorKind.STAFF or actor.keeps_shared)


def require_shared_office(actor: Actor) -> None:
    """Pass for who may change what all sub-districts share. Raises Forbidden."""
    if not may_keep_shared(actor):
        raise Forbidden(Permission.ADMINISTER)
