"""Acts of retention: holds, students who left, proposals, the two signatures, the certificate.

Between the second signature and the certificate `destroying.carry_out` destroys, record by record.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

from schoolgate.apps.access.actors import OFFICE, Actor, Role
from schoolgate.apps.access.moment import now, today
from schoolgate.apps.access.numbers import new_number
from schoolgate.apps.incidents.models import Report
from schoolgate.apps.ledger.acts import Impossible, NotAllowed, act, record
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.ledger.safe import context, seal_new
from schoolgate.apps.people.models import Student
from schoolgate.apps.schools.models import District, School

from .models import Certificate, Departure, Hold, HoldKind, Item, Proposal, ProposalState
from .schedule import Series, all_schedules, schedules_digest
from .selectors import preview

RECORDS_OFFICER = frozenset({Role.RECORDS_OFFICER})


@dataclass(frozen=True, slots=True)
class Scope:
    """What a hold covers: one report, one student's reports, one school's, or, with none of them, all."""

    report: Report | None = None
    student: Student | None = None
    school: School | None = None

    @property
    def code(self) -> str:
        """What kind of scope it is, for the log."""
        named = (("report", self.report), ("student", self.student), ("school", self.school))
        return next((name for name, given in named if given is not None), "all")


def one_at_a_time() -> None:
    """Wait until nobody else destroys or places a hold, in this transaction.

    Without it a hold could be placed on PostgreSQL between the look whether something is held and its destruction.
    """
    District.objects.select_for_update().get()


@act(Kind.HOLD_PLACED, roles=OFFICE)
def place_hold(
    *, actor: Actor, kind: HoldKind, scope: Scope, why: str, starts: date, until: date | None = None
) -> Hold:
    """Keep records from being destroyed, from a day on and to a day or until somebody lifts it.

    Raises:
        Impossible: There is no reason, or the end is not after the beginning.
    """
    if not why.strip():
        raise Impossible("Write why this is held: the case, the request, or what counsel said.")
    if until is not None and until <= starts:
        raise Impossible("A hold ends after it began. Correct one of the two days, or leave the end empty.")
    one_at_a_time()
    hold = Hold(
        number=new_number("H"),
        kind=kind,
        report=scope.report,
        student=scope.student,
        school=scope.school,
        placed_by_id=actor.person,
        placed_at=now(),
        starts=starts,
        until=until,
    )
    value = seal_new(context("retention.hold", hold.pk, "why"), why.strip().encode())
    hold.wrapped_key, hold.sealed_why = value.wrapped_key, value.sealed
    hold.save(force_insert=True)
    facts = {"hold": hold.number, "kind": hold.kind, "scope": scope.code, "from": starts.isoformat()}
    record(actor=actor, subject=f"hold:{hold.pk}", facts={**facts, "until": until.isoformat() if until else ""})
    return hold


@act(Kind.HOLD_LIFTED, roles=frozenset({Role.COUNSEL}))
def lift_hold(*, actor: Actor, hold: Hold) -> Hold:
    """Counsel ends a hold today.

    Raises:
        Impossible: It was lifted before, or it has ended.
    """
    one_at_a_time()
    kept = Hold.objects.select_for_update().get(pk=hold.pk)
    if kept.lifted_at is not None or (kept.until is not None and kept.until <= today()):
        raise Impossible("This hold has ended already.")
    kept.until, kept.lifted_by_id, kept.lifted_at = today(), actor.person, now()
    kept.save(update_fields=["until", "lifted_by", "lifted_at"])
    record(actor=actor, subject=f"hold:{kept.pk}", facts={"hold": kept.number})
    return kept


@act(Kind.DEPARTURE_RECORDED, roles=RECORDS_OFFICER)
def record_departure(*, actor: Actor, student: Student, left_on: date, how: Departure.How) -> Departure:
    """Write down when a student left the district; a later word corrects an earlier one.

    Raises:
        Impossible: The day lies in the future.
    """
    if left_on > today():
        raise Impossible("The day lies in the future. Write it down when the student has left.")
    made, _ = Departure.objects.update_or_create(
        student=student,
        defaults={"left_on": left_on, "how": how, "recorded_by_id": actor.person, "recorded_at": now()},
    )
    record(actor=actor, subject=f"student:{student.pk}", facts={"left_on": left_on.isoformat(), "how": str(how)})
    return made


@act(Kind.DESTRUCTION_PROPOSED, roles=RECORDS_OFFICER)
def propose(*, actor: Actor, series: Series, day: date, seen: str) -> Proposal:
    """The records officer proposes, and signs, that what is past its time is destroyed.

    `seen` is the digest of the list that was read, so that nothing is signed unread.

    Raises:
        Impossible: The day is not today or before, there is nothing, or the list is another than was read.
    """
    if day > today():
        raise Impossible("This day has not come: what is past its time by then can be looked at, not destroyed.")
    one_at_a_time()
    found = preview(actor, series, day)
    if not found.rows:
        raise Impossible("Nothing of this series may be destroyed.")
    if found.digest != seen:
        raise Impossible("The list changed since you read it. Read it again.")
    proposal = Proposal.objects.create(
        number=new_number("D"),
        series=series.code,
        day=day,
        digest=found.digest,
        schedules=schedules_digest(),
        proposed_by_id=actor.person,
        proposed_at=now(),
    )
    Item.objects.bulk_create(
        Item(proposal=proposal, report_id=one.report, draft=one.draft, papers_of_id=one.papers_of, due_on=one.due_on)
        for one in found.rows
    )
    record(
        actor=actor,
        subject=f"proposal:{proposal.pk}",
        facts={
            "proposal": proposal.number,
            "series": series.code,
            "day": day.isoformat(),
            "records": len(found.rows),
            "digest": proposal.digest,
            "schedules": proposal.schedules,
        },
    )
    return proposal


@act(Kind.FAMILIES_TOLD_OF_DESTRUCTION, roles=RECORDS_OFFICER)
def families_told(*, actor: Actor, proposal: Proposal, on: date) -> Proposal:
    """Write down since when the families know when the records will be destroyed, and that they may have them.

    Raises:
        Impossible: The day lies in the future, or the proposal is not open for it.
    """
    kept = _locked(proposal, ProposalState.PROPOSED)
    if on > today():
        raise Impossible("The day lies in the future. Write it down when the families have been told.")
    kept.told_on = on
    kept.save(update_fields=["told_on"])
    record(actor=actor, subject=f"proposal:{kept.pk}", facts={"proposal": kept.number, "told_on": on.isoformat()})
    return kept


@act(Kind.DESTRUCTION_SIGNED, roles=OFFICE)
def sign(*, actor: Actor, proposal: Proposal, seen: str) -> Proposal:
    """Counsel, or another records officer, signs: from now on the records are destroyed, save what is held by then.

    Raises:
        NotAllowed: The same person proposed it.
        Impossible: Another list was read, the families were not told in time, or it is not open.
    """
    kept = _locked(proposal, ProposalState.PROPOSED)
    if kept.proposed_by_id == actor.person:
        raise NotAllowed("a second person must sign")
    if seen != kept.digest:
        raise Impossible("The list is another than the one you read. Read it again.")
    if waits := why_not_yet(kept):
        raise Impossible(waits)
    kept.state, kept.signed_by_id, kept.signed_at = ProposalState.SIGNED, actor.person, now()
    kept.save(update_fields=["state", "signed_by", "signed_at"])
    facts: dict[str, object] = {"proposal": kept.number, "series": kept.series, "digest": kept.digest}
    record(actor=actor, subject=f"proposal:{kept.pk}", facts=facts)
    return kept


@act(Kind.DESTRUCTION_WITHDRAWN, roles=OFFICE)
def withdraw(*, actor: Actor, proposal: Proposal) -> Proposal:
    """Take a proposal back before its second signature. What it held is free to be proposed again.

    Raises:
        Impossible: It was signed twice, carried out or withdrawn before.
    """
    kept = _locked(proposal, ProposalState.PROPOSED)
    kept.state = ProposalState.WITHDRAWN
    kept.save(update_fields=["state"])
    record(actor=actor, subject=f"proposal:{kept.pk}", facts={"proposal": kept.number})
    return kept


@act(Kind.DESTRUCTION_CERTIFIED, roles=OFFICE | {Role.ADMINISTRATOR})
def certify(*, actor: Actor, proposal: Proposal) -> Certificate:
    """Say in the log what was destroyed and what was spared, once every record of a proposal had its turn.

    Raises:
        Impossible: A record has not had its turn, or it is certified already.
    """
    kept = _locked(proposal, ProposalState.SIGNED)
    items = list(kept.items.all())
    if any(one.destroyed_at is None and not one.spared for one in items):
        raise Impossible("Records of this proposal wait for their turn. Carry it on first.")
    gone = [one for one in items if one.destroyed_at]
    certificate = Certificate.objects.create(
        number=new_number("X"),
        proposal=kept,
        made_at=now(),
        destroyed=len(gone),
        spared=len(items) - len(gone),
        keys=sum(one.keys for one in gone),
        epochs=sorted({epoch for one in gone for epoch in one.epochs}),
        digest=outcome_digest(items),
    )
    kept.state = ProposalState.CERTIFIED
    kept.save(update_fields=["state"])
    record(
        actor=actor,
        subject=f"proposal:{kept.pk}",
        facts={
            "certificate": certificate.number,
            "proposal": kept.number,
            "series": kept.series,
            "destroyed": certificate.destroyed,
            "spared": certificate.spared,
            "keys": certificate.keys,
            "epochs": certificate.epochs,
            "digest": certificate.digest,
        },
    )
    return certificate


def outcome_digest(items: list[Item]) -> str:
    """SHA-256 over what became of each record: its subject, the moment it was destroyed or why it was spared, and the
    digests of its keys' numbers.
    """  # noqa: D205 - one sentence
    return sha256("\n".join(sorted(_outcome(one) for one in items)).encode()).hexdigest()


def _outcome(item: Item) -> str:
    became = item.destroyed_at.isoformat(timespec="seconds") if item.destroyed_at else item.spared
    return " ".join([item.subject, became, *item.shredded])


def why_not_yet(proposal: Proposal) -> str:
    """Why a proposal cannot be signed a second time today; empty when it can."""
    series = all_schedules()[proposal.series]
    if not series.notice_days:
        return ""
    if proposal.told_on is None:
        return f"The families have not been told ({series.notice_citation}). Write down the day on which they were."
    first = proposal.told_on + timedelta(days=series.notice_days)
    if today() < first:
        return f"The families were told on {proposal.told_on:%d %b %Y}: it can be signed from {first:%d %b %Y} on."
    return ""


def _locked(proposal: Proposal, state: ProposalState) -> Proposal:
    kept = Proposal.objects.select_for_update().get(pk=proposal.pk)
    if kept.state != state:
        raise Impossible(f"This proposal is {kept.get_state_display().lower()}: that can no longer be done.")
    return kept
