"""The resident judges (回访): contacted, solved, satisfied. “Not solved” reopens once by itself."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.access.actor import resident
from app.calendar import queries as calendar
from app.calendar.saturdays import next_case_day
from app.cases import danger, handling, homes
from app.cases.channels import has_resident
from app.cases.models import CaseFile, FollowUp
from app.cases.queries import report_by_receipt
from app.cases.wording import has_control_characters, is_submission_key
from app.cases.workflow import WORKFLOW, State
from app.db import transaction
from app.errors import ManyRefused, NotFound, Refused
from app.outbox import posting

SATISFACTIONS = ("satisfied", "basically_satisfied", "dissatisfied")
REOPENS_BY_ITSELF = 1


@dataclass(frozen=True)
class Answers:
    """The three answers as sent; empty where nothing was chosen."""

    contacted: str = ""
    solved: str = ""
    satisfaction: str = ""
    note: str = ""


def answer(receipt: str, submission_key: str, answers: Answers) -> None:
    """Record the three answers for the report of this receipt; the same page twice counts once.

    Solved closes the case; not solved puts it back into the queue once, after that a dispatcher decides. Danger in
    the note is told to whoever is on duty, whatever was answered.
    Raises ManyRefused for missing answers, Refused where there is nothing to judge yet or the report was taken
    back, NotFound."""
    _check(submission_key, answers)
    with transaction() as session:
        report = report_by_receipt(session, receipt)
        if report is None:
            raise NotFound
        key = submission_key.lower()
        case = handling.load_of(session, report)  # first: the same page may be on its way twice
        earlier = session.scalars(select(FollowUp).where(FollowUp.submission_key == key)).first()
        if earlier is not None:
            if _said(earlier) != answers:
                raise Refused("page_used")
            return
        if report.withdrawn_at is not None or (report.support and report.support.undone_at is not None):
            raise Refused("taken_back")
        if not has_resident(report.channel):
            raise Refused("nothing_to_judge")  # staff do not judge themselves
        if State(case.state) not in WORKFLOW["rate"].sources:
            raise Refused("nothing_to_judge")
        session.add(
            FollowUp(
                report_id=report.id,
                submission_key=key,
                contacted=answers.contacted == "yes",
                solved=answers.solved == "yes",
                satisfaction=answers.satisfaction,
                note=answers.note.strip(),
                answered_at=clock.now(),
            )
        )
        _take_effect(session, case, report.id, solved=answers.solved == "yes")
        alarm = danger.told_later(session, case, answers.note, key, is_anew=True)
        if alarm:  # it was not solved, and there is danger: it goes on at once
            handling.apply(session, resident(report.id), case, "alarm", report_id=report.id, **alarm)
            homes.recount(session, case)


def _said(earlier: FollowUp) -> Answers:
    """Answers as they were sent."""
    contacted, solved = ("yes" if one else "no" for one in (earlier.contacted, earlier.solved))
    return Answers(contacted, solved, earlier.satisfaction, earlier.note)


def _take_effect(session: Session, case: CaseFile, report_id: int, *, solved: bool) -> None:
    actor = resident(report_id)
    if solved:
        handling.apply(session, actor, case, "rate", report_id=report_id)
    elif case.reopened_times < REOPENS_BY_ITSELF:
        reopen(session, case, report_id)
        posting.post(session, "not_solved", case.number, key=f"not_solved:{case.id}:{case.version}")
    else:
        handling.apply(session, actor, case, "not_solved_again", report_id=report_id)
        posting.post(
            session, "not_solved_again", case.number, key=f"not_solved_again:{case.id}:{case.version}"
        )


def reopen(session: Session, case: CaseFile, report_id: int) -> None:
    """Back into the queue, for the next case-day, as the resident was told it would be."""
    moment = calendar.local(clock.now())
    settled = calendar.settled_by(session, case.sub_district_id)
    saturday = next_case_day(moment, calendar.rhythm_of(session, case.sub_district_id), settled)
    handling.apply(
        session,
        resident(report_id),
        case,
        "not_solved",
        report_id=report_id,
        data={"next_day": saturday.day},
        case_day=saturday.day,
        promised_on=saturday.day,
        promise_tentative=saturday.tentative,
        reopened_times=case.reopened_times + 1,
        resolved_at=None,
        due_marked_at=None,
        carries=0,
    )


def _check(submission_key: str, answers: Answers) -> None:
    yes_no = {"contacted": answers.contacted, "solved": answers.solved}
    faults = [
        Refused("answer_missing", name) for name, chosen in yes_no.items() if chosen not in ("yes", "no")
    ]
    if answers.satisfaction not in SATISFACTIONS:
        faults.append(Refused("answer_missing", "satisfaction"))
    if len(answers.note) > handling.LONGEST_NOTE:
        faults.append(Refused("field_too_long", "note", {"longest": handling.LONGEST_NOTE}))
    if has_control_characters(answers.note):
        faults.append(Refused("control_characters", "note"))
    if not is_submission_key(submission_key):
        faults.append(Refused("page_broken", "submission_key"))
    if faults:
        raise ManyRefused(faults)
