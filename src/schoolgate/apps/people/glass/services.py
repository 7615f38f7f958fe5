"""Acts of break-glass: opened, ended, looked at by somebody else, missed, kept from a family for a time."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from schoolgate.apps.access.actors import OFFICE, SCHOOL, Actor, Role
from schoolgate.apps.access.moment import now, today
from schoolgate.apps.access.numbers import new_number
from schoolgate.apps.access.wall import as_program
from schoolgate.apps.ledger.acts import Impossible, NotAllowed, act, record
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.ledger.safe import seal_new
from schoolgate.apps.ledger.students import student_facts
from schoolgate.apps.people.models import Student
from schoolgate.apps.people.notices.models import Told
from schoolgate.apps.people.notices.sending import holders, privacy_officers, tell
from schoolgate.apps.people.relations import kept_from_any

from .models import BrokenGlass, GlassEnding, GlassReason, Verdict
from .selectors import place_of, review_due

REVIEWERS: Final = OFFICE | {Role.PRINCIPAL}
# A sentence, not a word: who reviews must be able to follow it.
LEAST_WORDS: Final = 40
LONGEST_HOLD: Final = timedelta(days=30)
# Who did it, for the public figures: it has no row of its own there (transparency/counting.toml).
OWN_STAFF: Final = "own_staff"


@dataclass(frozen=True, slots=True)
class Over:
    """What the glass is broken over: exactly one student, or one incident.

    Attributes:
        school: whose principal is told.
        students: all whom it is about.
    """

    students: frozenset[UUID]
    student: UUID | None = None
    incident: UUID | None = None
    school: UUID | None = None


@dataclass(frozen=True, slots=True)
class Emergency:
    """Why, as 34 CFR 99.36 and 99.32(a)(5) ask: the articulable and significant threat, to whom, and why to know."""

    reason: GlassReason
    threat: str
    threatened: str
    needed: str


@act(Kind.GLASS_BROKEN, roles=SCHOOL)
def break_glass(*, actor: Actor, over: Over, why: Emergency) -> BrokenGlass:
    """Open one student's or one incident's reports for an hour. Others are told at once, and somebody looks at it.

    Raises:
        Impossible: One is open already, an earlier one was not reviewed in time, the threat is not put into words,
            or a child of the actor's own is among the students.
    """
    if any(len(said.strip()) < least for said, least in _said(why)):
        raise Impossible("Say what threatens whom, and why you must know now, so that another person can follow it.")
    _refuse_own_children(actor, over)
    _refuse_overdue(actor)
    made = BrokenGlass(
        number=new_number("G"),
        user_id=actor.person,
        role=actor.role.value,
        school_id=over.school,
        student_id=over.student,
        incident=over.incident,
        reason=why.reason.value,
        opened_at=now(),
    )
    words = {"threat": why.threat.strip(), "threatened": why.threatened.strip(), "needed": why.needed.strip()}
    value = seal_new(place_of(made, "words"), json.dumps(words, ensure_ascii=False).encode())
    made.wrapped_key, made.sealed = value.wrapped_key, value.sealed
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        raise Impossible("You have a record open in an emergency already. End that one first.") from None
    principals = holders(Role.PRINCIPAL, school=over.school) if over.school else set()
    others = {actor.person} | _kept_from_any(over.students)
    tell((privacy_officers(but=others) | principals) - others, Told.GLASS_TO_REVIEW, made.pk)
    tell([actor.person], Told.GLASS_OWN, made.pk)
    facts: dict[str, object] = {
        "number": made.number,
        "over": "student" if over.student else "incident",
        "reason": why.reason.value,
        "recipient": OWN_STAFF,
    }
    record(actor=actor, subject=f"glass:{made.pk}", facts=facts | student_facts(over.students))
    return made


@act(Kind.GLASS_ENDED, roles=SCHOOL | OFFICE | {Role.ADMINISTRATOR})
def end_glass(*, actor: Actor, glass: BrokenGlass) -> BrokenGlass:
    """End it: one's own, or as the office anybody's. Nothing opens by it from the next request on.

    The district's own programs write down that an hour was over.

    Raises:
        NotAllowed: It is somebody else's, or it lasts and no person ends it.
        Impossible: It has ended.
    """
    held = BrokenGlass.objects.select_for_update().get(pk=glass.pk)
    if held.ended_at is not None:
        raise Impossible("It has ended already.")
    program, over = actor.user_id is None, now() >= held.until
    if not (actor.in_office or held.user_id == actor.user_id or (program and over)):
        raise NotAllowed("this is not yours to end")
    own = GlassEnding.OWN if held.user_id == actor.user_id else GlassEnding.OFFICE
    held.ended_how = GlassEnding.CLOCK if over else own
    held.ended_at = held.until if over else now()
    held.ended_by_id = actor.user_id
    held.save(update_fields=["ended_at", "ended_how", "ended_by"])
    record(actor=actor, subject=f"glass:{held.pk}", facts={"number": held.number, "how": held.ended_how})
    return held


@act(Kind.GLASS_REVIEWED, roles=REVIEWERS)
def review_glass(*, actor: Actor, glass: BrokenGlass, verdict: Verdict, words: str) -> BrokenGlass:
    """Say what one thinks of somebody else's emergency opening, once.

    Raises:
        NotAllowed: It is one's own, or not the actor's to know of.
        Impossible: It still lasts, was reviewed, or nothing is said.
    """
    held = _locked(actor, glass)
    if held.closed_at is None:
        raise Impossible("It still lasts. End it, or wait until its hour is over, so that you see all that was read.")
    if held.reviewed_at is not None:
        raise Impossible("Somebody has reviewed it meanwhile.")
    if len(words.strip()) < LEAST_WORDS:
        raise Impossible("Say in a sentence or two why you think so.")
    value = seal_new(place_of(held, "review"), words.strip().encode())
    held.review_key, held.sealed_review = value.wrapped_key, value.sealed
    held.reviewed_by_id, held.reviewed_at, held.verdict = actor.person, now(), verdict.value
    held.save(update_fields=["review_key", "sealed_review", "reviewed_by", "reviewed_at", "verdict"])
    facts: dict[str, object] = {"number": held.number, "verdict": verdict.value, "late": today() > review_due(held)}
    record(actor=actor, subject=f"glass:{held.pk}", facts=facts)
    return held


@act(Kind.GLASS_REVIEW_MISSED, roles=frozenset({Role.ADMINISTRATOR}))
def note_missed_review(*, actor: Actor, glass: BrokenGlass, students: Iterable[UUID]) -> None:
    """Write down, for the public count, that nobody reviewed it in two business days; those who should are told again.

    Raises:
        Impossible: It was reviewed, is not overdue, or was written down.
    """
    held = BrokenGlass.objects.select_for_update().get(pk=glass.pk)
    if held.reviewed_at is not None or held.missed_at is not None or today() <= review_due(held):
        raise Impossible("Nothing was missed.")
    held.missed_at = now()
    held.save(update_fields=["missed_at"])
    students = set(students)
    others = {held.user_id} | _kept_from_any(students)
    tell(privacy_officers(but=others) | (holders(Role.COUNSEL) - others), Told.GLASS_OVERDUE, held.pk)
    facts: dict[str, object] = {"number": held.number, "recipient": OWN_STAFF}
    record(actor=actor, subject=f"glass:{held.pk}", facts=facts | student_facts(students))


@act(Kind.GLASS_NOTICE_HELD, roles=OFFICE)
def hold_glass_notice(*, actor: Actor, glass: BrokenGlass, until: date, reason: str) -> BrokenGlass:
    """Keep the family from being told for some days more, with the reason; `until` is the last of them.

    Raises:
        NotAllowed: It is one's own.
        Impossible: No reason is given, or the day is past or more than thirty days ahead.
    """
    held = _locked(actor, glass)
    if not today() <= until <= today() + LONGEST_HOLD:
        raise Impossible("The last day lies between today and thirty days from now. You can hold it again then.")
    if len(reason.strip()) < LEAST_WORDS:
        raise Impossible("Say in a sentence or two whom it would endanger if the family were told now.")
    value = seal_new(place_of(held, "hold"), reason.strip().encode())
    held.hold_key, held.sealed_hold = value.wrapped_key, value.sealed
    held.held_by_id, held.held_until = actor.person, until
    held.save(update_fields=["hold_key", "sealed_hold", "held_by", "held_until"])
    record(actor=actor, subject=f"glass:{held.pk}", facts={"number": held.number, "until": until.isoformat()})
    return held


def _said(why: Emergency) -> list[tuple[str, int]]:
    return [(why.threat, LEAST_WORDS), (why.threatened, 1), (why.needed, LEAST_WORDS)]


def _locked(actor: Actor, glass: BrokenGlass) -> BrokenGlass:
    held = BrokenGlass.objects.visible_to(actor).select_for_update().filter(pk=glass.pk).first()
    if held is None:
        raise NotAllowed("this is not yours to know of")
    if held.user_id == actor.person:
        raise NotAllowed("another person looks at what one has opened oneself")
    return held


def _kept_from_any(students: Iterable[UUID]) -> set[UUID]:
    """Whose work never shows them one of these students' records: they could not review it. One query."""
    with as_program():
        return kept_from_any(students, today())


def _refuse_own_children(actor: Actor, over: Over) -> None:
    """A parent whom an order keeps away could work at the school: whatever the relation was, a colleague must look."""
    own = Q(relations__guardian__user=actor.person) | Q(limits__guardian__user=actor.person) | Q(user=actor.person)
    with as_program():
        related = Student.objects.filter(own, pk__in=over.students).exists()
    if related:
        raise Impossible("You are related to a student whom this is about. Ask a colleague or the records office.")


def _refuse_overdue(actor: Actor) -> None:
    for one in BrokenGlass.objects.unreviewed().filter(user=actor.person):
        if today() > review_due(one):
            raise Impossible(
                f"Your earlier opening {one.number} was not reviewed in two business days. Call the records office: "
                "they review it, or look for you."
            )
