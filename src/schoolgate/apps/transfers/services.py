"""Acts about copies that moved on: report, accept or reject, answer, look again, close, reopen, withdraw."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from schoolgate.apps.access.actors import OFFICE, SIGNED_IN, Actor, Role
from schoolgate.apps.access.moment import now, today
from schoolgate.apps.access.numbers import new_number
from schoolgate.apps.agencies.documents import Paper, keep_document
from schoolgate.apps.agencies.models import Agency, Agreement
from schoolgate.apps.agencies.services import enter_agreement
from schoolgate.apps.agencies.terms import Terms
from schoolgate.apps.agencies.withdrawing import withdraw_agreement
from schoolgate.apps.incidents.models import Report
from schoolgate.apps.ledger.acts import Impossible, act, record
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.releases.models import Release
from schoolgate.web.dates import day_text, district_day

from .asking import QUESTIONS
from .cited import CONDITION_FACTS, CONFIRMED, Answer, Findings
from .looking import days_of, findings_of, look, touches_of
from .models import HOW, OWN_ANSWER, Case, CaseAnswer, LetterState, State, Touch, Transfer
from .touching import Found
from .words import Words, seal_reason

LONGEST_STORY = 4000
LONGEST_REASON = 2000


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody says moved: between whom and when, and how they know.

    Attributes:
        giver: who passed it on; None where the agency is not in the network, and the words name it.
        receiver: who got it; the same.
        first_day: the day, or the first day on which it may have been.
        last_day: the last such day.
        how: a code of `models.HOW`.
    """

    giver: Agency | None
    receiver: Agency | None
    first_day: date
    last_day: date
    how: str


@act(Kind.TRANSFER_REPORTED, roles=SIGNED_IN)
def report_transfer(*, actor: Actor, claim: Claim, words: Words, paper: Paper | None = None) -> Transfer:
    """Somebody tells of a copy that moved on, with the evidence. It is a tip until the office accepts it.

    Raises:
        Impossible: The days, the agencies or the evidence are not told well enough; says what to add.
    """
    _check_claim(claim, words)
    if not (words.story.strip() or words.citation.strip() or paper):
        raise Impossible("Say what you saw, where it can be looked up, or add the document.")
    if len(words.story) > LONGEST_STORY:
        raise Impossible(f"Tell it in at most {LONGEST_STORY} characters; the document can hold the rest.")
    if claim.how == OWN_ANSWER and actor.role is not Role.AGENCY_USER:
        raise Impossible("Only an agency answers for itself: say how you yourself learned of it.")
    if claim.how == OWN_ANSWER and (claim.giver is None or claim.giver.pk != actor.agency):
        raise Impossible("You answer for your own agency: choose it as the one that passed the copy on.")
    transfer = Transfer(
        number=new_number("T"),
        reported_by_id=actor.person,
        reported_as=actor.role.value,
        reported_at=now(),
        giver=claim.giver,
        receiver=claim.receiver,
        first_day=claim.first_day,
        last_day=claim.last_day,
        how=claim.how,
    )
    if paper:
        # Its own title could name a child.
        named = Paper(f"Evidence for {transfer.number}", paper.content)
        transfer.document = keep_document(named, added_by=actor.user_id)
    value = words.seal(transfer)
    transfer.wrapped_key, transfer.sealed = value.wrapped_key, value.sealed
    transfer.save(force_insert=True)
    record(actor=actor, subject=f"transfer:{transfer.pk}", facts=_told(transfer))
    return transfer


@dataclass(frozen=True, slots=True)
class Accepted:
    """What the office makes of a tip.

    Attributes:
        giver: who passed the copy on.
        receiver: who got it.
        first_day: the day, or the first day on which it may have been.
        last_day: the last such day.
        how: how it was learned, as the office finds by the evidence: a code of `models.HOW`; empty: as it was told.
        release: the copy that was seen, where its number is known.
        report: the report that was seen, where only that is known.
        published: where everybody can read of it, as far as known; shown to all once counsel says so.
        answers: what the office knows already, by the codes of `asking.QUESTIONS`.
    """

    giver: Agency
    receiver: Agency
    first_day: date
    last_day: date
    how: str = ""
    release: Release | None = None
    report: Report | None = None
    published: str = ""
    answers: Mapping[str, bool] | None = None


@act(Kind.TRANSFER_ACCEPTED, roles=OFFICE)
def accept_transfer(*, actor: Actor, transfer: Transfer, accepted: Accepted) -> Case:
    """Take a tip as seen: it becomes an edge of the network, and a case opens, in one act.

    Raises:
        Impossible: It was decided before, the actor told it, the copy left after that day, or the agencies, the days
            or the way it was learned cannot be.
    """
    require_state(transfer, State.REPORTED)
    if transfer.reported_by_id == actor.person:
        raise Impossible("You told of this yourself: somebody else of the office must accept it.")
    how = accepted.how or transfer.how
    _check_claim(Claim(accepted.giver, accepted.receiver, accepted.first_day, accepted.last_day, how), Words())
    if how == OWN_ANSWER and not (transfer.how == OWN_ANSWER and transfer.giver_id == accepted.giver.pk):
        raise Impossible("It is an agency's own answer only where that agency told it: say how it was learned.")
    release, report = accepted.release, accepted.report
    if release is not None:
        report = release.request.report
        _require_left_before(release, accepted.last_day)
    # What was told stays as it was told: whoever told it reads it, and learns nothing that the office knows besides.
    transfer.state, transfer.decided_by_id, transfer.decided_at = State.ACCEPTED, actor.person, now()
    transfer.save()
    kinds = (report.kind,) if report else None
    agreement = enter_agreement(
        giver=accepted.giver,
        receiver=accepted.receiver,
        terms=Terms(
            title=f"A copy was seen to move ({transfer.number})",
            status="observed",
            basis="transfer",
            source=accepted.published.strip() or f"{HOW[how]}: evidence in case {transfer.number}",
            starts=accepted.first_day,
            ends=accepted.last_day,
            kinds=kinds,
            onward="unknown",
        ),
        entered_by=actor.user_id,
        document=transfer.document,
        # That a source is published is counsel's word; until then the line waits with the office.
        public=bool(accepted.published.strip()) and actor.role is Role.COUNSEL,
    )
    case = Case.objects.create(
        transfer=transfer,
        agreement=agreement,
        opened_at=now(),
        looked_at=now(),
        release=release,
        report=report,
        how=how,
    )
    for fact, value in (accepted.answers or {}).items():
        _write_answer(actor, case, fact, value=value)
    touched = _write_touches(case)
    found = _settle(case)
    record(
        actor=actor,
        subject=f"transfer:{transfer.pk}",
        facts={
            "first_day": accepted.first_day.isoformat(),
            "last_day": accepted.last_day.isoformat(),
            "how": how,
            "document": transfer.document.sha256 if transfer.document else "",
            "agreement": str(agreement.pk),
            "case": str(case.pk),
            "touches": sorted(str(one.copy.id) for one in touched),
            "breaks_condition": _word(found.breaks_condition),
        },
    )
    return case


@act(Kind.TRANSFER_REJECTED, roles=OFFICE)
def reject_transfer(*, actor: Actor, transfer: Transfer, reason: str) -> Transfer:
    """Do not take a tip as seen; whoever told it reads the reason.

    Raises:
        Impossible: No reason, or it was decided before.
    """
    require_state(transfer, State.REPORTED)
    _decide(actor, transfer, State.REJECTED, reason)
    record(actor=actor, subject=f"transfer:{transfer.pk}", facts={"state": transfer.state})
    return transfer


@act(Kind.TRANSFER_ANSWERED, roles=OFFICE)
def answer_question(*, actor: Actor, case: Case, fact: str, value: Answer) -> Findings:
    """Answer one question of a case; None takes an answer back. What only counsel may settle, only counsel may answer.

    Raises:
        Impossible: There is no such question, somebody else must answer, or the case is closed.
    """
    require_state(case.transfer, State.ACCEPTED)
    _write_answer(actor, case, fact, value=value)
    found = _settle(case)
    record(
        actor=actor,
        subject=f"transfer:{case.transfer_id}",
        facts={"fact": fact, "answer": _word(value), "breaks_condition": _word(found.breaks_condition)},
    )
    return found


@act(Kind.TRANSFER_LOOKED_AT_AGAIN, roles=OFFICE)
def look_again(
    *, actor: Actor, case: Case, release: Release | None = None, report: Report | None = None
) -> tuple[Found, ...]:
    """Work out anew whom a case touches: the network changed, or it is known now which copy was seen.

    Raises:
        Impossible: The case is closed, or the copy left after that day.
    """
    require_state(case.transfer, State.ACCEPTED)
    if release is not None:
        _require_left_before(release, days_of(case)[1])
        case.release, case.report = release, release.request.report
    elif report is not None:
        case.release, case.report = None, report
    case.looked_at = now()
    case.save()
    touched = _write_touches(case)
    found = _settle(case)
    record(
        actor=actor,
        subject=f"transfer:{case.transfer_id}",
        facts={
            "touches": sorted(str(one.copy.id) for one in touched),
            "breaks_condition": _word(found.breaks_condition),
        },
    )
    return touched


@act(Kind.TRANSFER_CLOSED, roles=OFFICE)
def close_case(*, actor: Actor, case: Case, reason: str) -> Case:
    """Close a case, with what came of it. The edge and its evidence stay.

    While it is open whether the giver broke its condition, requests by the giver wait for the answer. Closing ends
    that, so that counsel alone closes such a case.

    Raises:
        Impossible: No reason, it was closed before, or only counsel may close it yet.
    """
    require_state(case.transfer, State.ACCEPTED)
    if actor.role is not Role.COUNSEL and findings_of(case, touches_of(case)).breaks_condition is None:
        raise Impossible(
            "Whether the giver broke its condition is not answered: answer it first, or let counsel close the case."
        )
    _decide(actor, case.transfer, State.CLOSED, reason)
    record(actor=actor, subject=f"transfer:{case.transfer_id}", facts={"state": case.transfer.state})
    return case


@act(Kind.TRANSFER_REOPENED, roles=frozenset({Role.COUNSEL}))
def reopen_case(*, actor: Actor, case: Case, reason: str) -> Case:
    """Open a closed case again: something in it must be corrected. What the law says of it is worked out anew.

    Raises:
        Impossible: No reason, or it is not closed.
    """
    require_state(case.transfer, State.CLOSED)
    _decide(actor, case.transfer, State.ACCEPTED, reason)
    found = _settle(case)
    record(
        actor=actor,
        subject=f"transfer:{case.transfer_id}",
        facts={"state": case.transfer.state, "breaks_condition": _word(found.breaks_condition)},
    )
    return case


@act(Kind.TRANSFER_WITHDRAWN, roles=frozenset({Role.COUNSEL}))
def withdraw_transfer(*, actor: Actor, case: Case, reason: str) -> Case:
    """Take a transfer back that was accepted in error: nobody saw it, or it was not so.

    Nothing rests on it from then on: no edge of the network, no breach, no disclosure touched, no draft. The ledger,
    the evidence, and the letters that counsel approved or that were sent stay, so that those who got one can be told.

    Raises:
        Impossible: No reason, or it is not an accepted transfer.
    """
    require_state(case.transfer, State.ACCEPTED, State.CLOSED)
    _decide(actor, case.transfer, State.WITHDRAWN, reason)
    withdraw_agreement(case.agreement)
    case.touches.all().delete()
    case.letters.filter(state=LetterState.DRAFT).delete()
    record(
        actor=actor,
        subject=f"transfer:{case.transfer_id}",
        facts={"state": case.transfer.state, "agreement": str(case.agreement_id), "breaks_condition": "no"},
    )
    return case


def _settle(case: Case) -> Findings:
    """Let the network know what the law says: whether the giver broke its condition."""
    found = findings_of(case, touches_of(case))
    broke = found.breaks_condition is True
    Agreement.objects.filter(pk=case.agreement_id).update(breaks_condition=broke)
    case.agreement.breaks_condition = broke
    return found


def _write_touches(case: Case) -> tuple[Found, ...]:
    found = look(case.agreement.giver, days_of(case)[1], release=case.release, report=case.report)
    touched = tuple(one for one in found if one.is_touched)
    case.touches.all().delete()
    Touch.objects.bulk_create(
        Touch(case=case, release_id=one.copy.id, standing=one.standing, why=one.why, path=list(one.path))
        for one in touched
    )
    return touched


def _write_answer(actor: Actor, case: Case, fact: str, *, value: Answer) -> None:
    question = QUESTIONS.get(fact)
    if question is None:
        raise Impossible("There is no such question.")
    if question.who == "counsel" and actor.role is not Role.COUNSEL:
        raise Impossible("Only counsel may answer this.")
    told = {"case": case, "answered_by_id": actor.person, "answered_at": now()}
    CaseAnswer.objects.create(fact=fact, value=value, **told)
    # Counsel confirmed a breach on the answers as they stood: another answer, and counsel must look again.
    newest = case.answers.filter(fact=CONFIRMED).last()
    if fact in CONDITION_FACTS and newest is not None and newest.value is not None:
        CaseAnswer.objects.create(fact=CONFIRMED, value=None, **told)


def _check_claim(claim: Claim, words: Words) -> None:
    if claim.how not in HOW:
        raise Impossible("Say how you learned of it.")
    if claim.last_day < claim.first_day:
        raise Impossible("The last day stands before the first: correct one of them.")
    if claim.last_day > today():
        raise Impossible("The day has not come yet: write the day on which it was seen, or moved.")
    giver = claim.giver.name if claim.giver else words.giver.strip()
    receiver = claim.receiver.name if claim.receiver else words.receiver.strip()
    if not giver or not receiver:
        raise Impossible("Say who passed the copy on and who got it: choose the agency, or write its name.")
    if giver == receiver:
        raise Impossible(f"{giver} stands on both sides: say who passed the copy on and who got it.")


def _require_left_before(release: Release, day: date) -> None:
    left = district_day(release.released_at)
    if left > day:
        raise Impossible(
            f"Copy {release.number} left on {day_text(left)}, after the day on which a copy was seen to move. "
            "Correct the day or the number."
        )


def require_state(transfer: Transfer, *states: State) -> None:
    """Lock a transfer and check where it stands."""
    current = State(Transfer.objects.select_for_update().values_list("state", flat=True).get(pk=transfer.pk))
    if current not in states:
        raise Impossible(f"This stands at “{current.label}”; look at it again.")


def _decide(actor: Actor, transfer: Transfer, state: State, reason: str) -> None:
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise Impossible(f"Say why, in at most {LONGEST_REASON} characters.")
    transfer.state, transfer.decided_by_id, transfer.decided_at = state, actor.person, now()
    seal_reason(transfer, reason)
    transfer.save()


def _told(transfer: Transfer) -> dict[str, object]:
    return {
        "giver": str(transfer.giver_id or ""),
        "receiver": str(transfer.receiver_id or ""),
        "first_day": transfer.first_day.isoformat(),
        "last_day": transfer.last_day.isoformat(),
        "how": transfer.how,
        "document": transfer.document.sha256 if transfer.document else "",
    }


def _word(value: Answer) -> str:
    return {True: "yes", False: "no", None: "not known"}[value]
