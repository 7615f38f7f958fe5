"""Acts about who may see a student's record: relations, limits, and what an adult student permits.

Each is entered by the office with the date of its paper and the reason, and counts for the very next request.
"""

from dataclasses import dataclass
from datetime import date

from schoolgate.apps.access.actors import OFFICE, Actor, Role
from schoolgate.apps.access.moment import now, today
from schoolgate.apps.ledger.acts import Impossible, NotAllowed, act, record
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.ledger.safe import context, open_value, seal_new

from .directory import Name, name_key, open_names, seal_name
from .models import (
    Basis,
    Guardian,
    Guardianship,
    Limit,
    LimitKind,
    Paper,
    Permission,
    RelationKind,
    Student,
    in_force,
)
from .relations import holds_rights_alone, is_adult


@dataclass(frozen=True, slots=True)
class Shown:
    """What was shown to the office.

    Attributes:
        dated: the paper's own date.
        reason: which paper it is and why it changes something, in words that stay sealed.
    """

    dated: date
    reason: str


@act(Kind.RELATION_BEGUN, roles=OFFICE)
def begin_relation(
    *, actor: Actor, guardian: Guardian | Name, student: Student, kind: RelationKind, starts: date, shown: Shown
) -> Guardianship:
    """Enter that somebody is a student's parent, guardian, foster parent, or acts as a parent.

    `guardian` is a name where no feed has brought the person: they then come into the student's school's directory.

    Raises:
        Impossible: They are related on that day already, the paper says nothing or is of a day to come, or another
            person has the number.
    """
    _check(shown)
    if isinstance(guardian, Name):
        guardian = _new_guardian(guardian, student)
    between = Guardianship.objects.select_for_update().filter(guardian=guardian, student=student)
    if between.filter(in_force(starts)).exists() or between.filter(starts=starts).exists():
        raise Impossible("They are related on that day already. End that relation first.")
    made = Guardianship.objects.create(guardian=guardian, student=student, kind=kind, starts=starts)
    _keep(actor, shown, Paper(relation=made, event=Paper.Event.BEGUN))
    facts = {"relation": str(made.pk), "kind": kind.value, "starts": starts.isoformat()}
    _record(actor, made, facts, shown)
    return made


@act(Kind.RELATION_ENDED, roles=OFFICE)
def end_relation(*, actor: Actor, relation: Guardianship, ends: date, shown: Shown) -> Guardianship:
    """End a relation: `ends` is the first day on which it no longer holds.

    Raises:
        Impossible: It has ended, would end before it began, or the paper says nothing.
    """
    _check(shown)
    held = Guardianship.objects.select_for_update().get(pk=relation.pk)
    held.ends = _end_of(held, ends)
    held.save(update_fields=["ends"])
    _keep(actor, shown, Paper(relation=held, event=Paper.Event.ENDED))
    _record(actor, held, {"relation": str(held.pk), "ends": ends.isoformat()}, shown)
    return held


@act(Kind.LIMIT_ENTERED, roles=OFFICE)
def enter_limit(
    *,
    actor: Actor,
    guardian: Guardian,
    student: Student,
    kind: LimitKind,
    starts: date,
    shown: Shown,
    ends: date | None = None,
) -> Limit:
    """Enter what takes a guardian's access away (603 CMR 23.07(5)). Who it bars sees nothing from the next request on.

    It needs no relation that holds today: an order stays on file for the day on which one begins.

    Raises:
        Impossible: The days make no sense, the paper says nothing, the same limit is in force, or a student who is
            not known to be 18 would limit a parent.
    """
    _check(shown)
    if ends is not None and ends <= starts:
        raise Impossible("The last day lies before the first. Correct one of them.")
    if kind is LimitKind.STUDENT_LIMITED and not _adult(student):
        raise Impossible("Only a student of 18 can limit a parent's access (603 CMR 23.01(3)).")
    same = Limit.objects.select_for_update().filter(guardian=guardian, student=student, kind=kind)
    if same.filter(in_force(starts)).exists():
        raise Impossible("The same limit is in force on that day. End it first, or leave it as it is.")
    made = Limit.objects.create(guardian=guardian, student=student, kind=kind, starts=starts, ends=ends)
    _keep(actor, shown, Paper(limit=made, event=Paper.Event.BEGUN))
    facts = {"limit": str(made.pk), "kind": kind.value, "starts": starts.isoformat()}
    _record(actor, made, facts | ({"ends": ends.isoformat()} if ends else {}), shown)
    return made


@act(Kind.CUSTODIAN_TOLD, roles=OFFICE)
def tell_custodian(*, actor: Actor, limit: Limit, told_on: date, shown: Shown) -> Limit:
    """Write down that the parent with custody was told, in English and the home language, by certified and
    first-class mail: 21 full days later the other parent may see the record (603 CMR 23.07(5), M.G.L. c.71 s.34H).

    Raises:
        Impossible: The limit is of another kind, has its notice, or the day lies ahead.
    """  # noqa: D205 - one sentence
    _check(shown)
    held = Limit.objects.select_for_update().get(pk=limit.pk)
    if held.kind != LimitKind.WITHOUT_CUSTODY:
        raise Impossible("No notice ends this limit. It holds until its paper ends.")
    if held.told_on is not None:
        raise Impossible("The parent with custody was told already.")
    if told_on > today():
        raise Impossible("The day of the notice lies ahead. Enter it once both letters are in the mail.")
    held.told_on = told_on
    held.save(update_fields=["told_on"])
    _keep(actor, shown, Paper(limit=held, event=Paper.Event.TOLD))
    _record(actor, held, {"limit": str(held.pk), "told_on": told_on.isoformat()}, shown)
    return held


@act(Kind.LIMIT_ENDED, roles=OFFICE)
def end_limit(*, actor: Actor, limit: Limit, ends: date, shown: Shown) -> Limit:
    """End a limit: `ends` is the first day on which it no longer holds.

    Raises:
        Impossible: It has ended, would end before it began, or the paper says nothing.
    """
    _check(shown)
    held = Limit.objects.select_for_update().get(pk=limit.pk)
    held.ends = _end_of(held, ends)
    held.save(update_fields=["ends"])
    _keep(actor, shown, Paper(limit=held, event=Paper.Event.ENDED))
    _record(actor, held, {"limit": str(held.pk), "ends": ends.isoformat()}, shown)
    return held


@act(Kind.ADULT_PERMITTED, roles=OFFICE | {Role.STUDENT})
def permit_guardian(
    *, actor: Actor, guardian: Guardian, student: Student, basis: Basis, shown: Shown, ends: date | None = None
) -> Permission:
    """Let a guardian see the record of a student of 18, from today.

    The student agrees, signed in or on a paper that is signed and dated and names the records, the purpose and the
    person (34 CFR 99.30); or counsel decides that a tax dependency is shown (34 CFR 99.31(a)(8)).

    Raises:
        NotAllowed: Somebody other than counsel says that a dependency is shown, or a student acts for another.
        Impossible: The rights are not known to be the student's alone, the same permission is in force, the days make
            no sense, or the paper says nothing.
    """
    _check(shown)
    if actor.role is Role.STUDENT and (basis is not Basis.AGREES or student.pk not in actor.children):
        raise NotAllowed("a student agrees for their own record alone")
    if basis is Basis.DEPENDENT and actor.role is not Role.COUNSEL:
        raise NotAllowed("counsel decides whether a dependency is shown")
    if not _alone(student):
        raise Impossible("The student is not known to be 18: the guardians' own rights hold until then.")
    if ends is not None and ends <= today():
        raise Impossible("The last day has passed. Choose a later one, or none.")
    if not Guardianship.objects.filter(in_force(today()), guardian=guardian, student=student).exists():
        raise Impossible("They are not related today. Enter the relation first.")
    same = Permission.objects.select_for_update().filter(guardian=guardian, student=student, basis=basis)
    if same.filter(in_force(today())).exists():
        raise Impossible("This is on file already.")
    made = Permission.objects.create(guardian=guardian, student=student, basis=basis, starts=today(), ends=ends)
    _keep(actor, shown, Paper(permission=made, event=Paper.Event.BEGUN))
    facts = {"permission": str(made.pk), "basis": basis.value, "starts": made.starts.isoformat()}
    _record(actor, made, facts | ({"ends": ends.isoformat()} if ends else {}), shown)
    return made


@act(Kind.ADULT_PERMISSION_ENDED, roles=OFFICE | {Role.STUDENT})
def end_permission(*, actor: Actor, permission: Permission, shown: Shown) -> Permission:
    """Take back what lets a guardian see the record of a student of 18: from the next request on they see nothing.

    Raises:
        NotAllowed: A student takes back another's, or what was not theirs to give.
        Impossible: It has ended.
    """
    _check(shown)
    held = Permission.objects.select_for_update().get(pk=permission.pk)
    if actor.role is Role.STUDENT and (held.basis != Basis.AGREES or held.student_id not in actor.children):
        raise NotAllowed("a student takes back their own agreement alone")
    held.ends = _end_of(held, today())
    held.save(update_fields=["ends"])
    _keep(actor, shown, Paper(permission=held, event=Paper.Event.ENDED))
    _record(actor, held, {"permission": str(held.pk), "ends": today().isoformat()}, shown)
    return held


@act(Kind.COLLEGE_ENTERED, roles=OFFICE)
def enter_college(*, actor: Actor, student: Student, since: date | None, shown: Shown) -> Student:
    """Enter from which day on a student has left school for a college, or (None) that they have not.

    From that day on the rights are the student's at whatever age (34 CFR 99.3 "eligible student", 99.5). Of somebody
    who attends a school of the district beside a college the parents keep their rights in the school's record: that
    is not entered here.

    Raises:
        Impossible: It stands so already, the day lies ahead, or the paper says nothing.
    """
    _check(shown)
    held = Student.objects.select_for_update().get(pk=student.pk)
    if held.at_college_from == since:
        raise Impossible("It stands so already.")
    if since is not None and since > today():
        raise Impossible("The first day at the college lies ahead. Enter it once it has come.")
    held.at_college_from = since
    held.save(update_fields=["at_college_from"])
    _keep(actor, shown, Paper(student=held, event=Paper.Event.ENDED if since is None else Paper.Event.BEGUN))
    facts: dict[str, object] = {"since": since.isoformat() if since else "", "paper_dated": shown.dated.isoformat()}
    record(actor=actor, subject=f"student:{held.pk}", facts=facts)
    return held


def open_reason(paper: Paper) -> str:
    """The words of a paper; empty once they were destroyed. Whoever shows them has written the reading down first."""
    if not paper.wrapped_key:
        return ""
    return open_value(context("people.paper", paper.pk, "reason"), paper.wrapped_key, paper.sealed).decode()


def _check(shown: Shown) -> None:
    if not shown.reason.strip():
        raise Impossible("Write which paper it is, and why it changes who may see the record.")
    if shown.dated > today():
        raise Impossible("The paper's date lies ahead. Enter the date that stands on it.")


def _new_guardian(name: Name, student: Student) -> Guardian:
    made = seal_name(Guardian(), name, name_key(student.school))
    if made.number_index and Guardian.objects.filter(number_index=made.number_index).exists():
        raise Impossible("Somebody has this number already: enter the relation by the number.")
    made.save(force_insert=True)
    return made


def _adult(student: Student) -> bool:
    held = Student.objects.select_related("name_key").get(pk=student.pk)
    return is_adult(open_names([held])[held], today()) is True


def _alone(student: Student) -> bool:
    held = Student.objects.select_related("name_key").get(pk=student.pk)
    return holds_rights_alone(held, open_names([held])[held], today()) is True


def _end_of(held: Guardianship | Limit | Permission, ends: date) -> date:
    if held.ends is not None and held.ends <= today():
        raise Impossible("It has ended already.")
    if ends < held.starts:
        raise Impossible(f"It began on {held.starts:%Y-%m-%d}: it cannot end before that.")
    return ends


def _keep(actor: Actor, shown: Shown, paper: Paper) -> None:
    paper.dated, paper.entered_by_id, paper.entered_at = shown.dated, actor.person, now()
    value = seal_new(context("people.paper", paper.pk, "reason"), shown.reason.strip().encode())
    paper.wrapped_key, paper.sealed = value.wrapped_key, value.sealed
    paper.save(force_insert=True)


def _record(actor: Actor, row: Guardianship | Limit | Permission, facts: dict[str, str], shown: Shown) -> None:
    told: dict[str, object] = {**facts, "guardian": str(row.guardian_id), "paper_dated": shown.dated.isoformat()}
    record(actor=actor, subject=f"student:{row.student_id}", facts=told)
