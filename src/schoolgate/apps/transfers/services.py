"""Acts about copies that moved on: report, accept or reject, answer, look again, approve and send letters, close."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from schoolgate.apps.access.actors import OFFICE, SIGNED_IN, Actor, Role
from schoolgate.apps.access.moment import now, today
from schoolgate.apps.access.numbers import new_number
from schoolgate.apps.agencies.documents import Paper, keep_document
from schoolgate.apps.agencies.models import Agency, Agreement
from schoolgate.apps.agencies.services import enter_agreement
from schoolgate.apps.agencies.terms import Terms
from schoolgate.apps.incidents.models import Report
from schoolgate.apps.ledger.acts import Impossible, act, record
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.releases.models import Release
from schoolgate.web.dates import day_text, district_day

from .asking import QUESTIONS
from .cited import Answer, Findings
from .citing import section_of
from .drafting import plans
from .looking import days_of, families_of, findings_of, look, touches_of
from .models import HOW, Case, CaseAnswer, Letter, LetterState, State, Touch, Transfer
from .touching import Found
from .words import LetterText, Words, open_text, seal_reason

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
    if (
        claim.how == "own_answer"
        and actor.role is Role.AGENCY_USER
        and (claim.giver is None or claim.giver.pk != actor.agency)
    ):
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
        release: the copy that was seen, where its number is known.
        report: the report that was seen, where only that is known.
        published: where everybody can read of it; empty for what stays within the office.
        answers: what the office knows already, by the codes of `asking.QUESTIONS`.
    """

    giver: Agency
    receiver: Agency
    first_day: date
    last_day: date
    release: Release | None = None
    report: Report | None = None
    published: str = ""
    answers: Mapping[str, bool] | None = None


@act(Kind.TRANSFER_ACCEPTED, roles=OFFICE)
def accept_transfer(*, actor: Actor, transfer: Transfer, accepted: Accepted) -> Case:
    """Take a tip as seen: it becomes an edge of the network, and a case opens, in one act.

    Raises:
        Impossible: It was decided before, the copy left after that day, or the agencies or days cannot be.
    """
    _require(transfer, State.REPORTED)
    claim = Claim(accepted.giver, accepted.receiver, accepted.first_day, accepted.last_day, transfer.how)
    _check_claim(claim, Words())
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
            source=accepted.published.strip() or f"{HOW[transfer.how]}: evidence in case {transfer.number}",
            starts=accepted.first_day,
            ends=accepted.last_day,
            kinds=kinds,
            onward="unknown",
        ),
        entered_by=actor.user_id,
        document=transfer.document,
        public=bool(accepted.published.strip()),
    )
    case = Case.objects.create(
        transfer=transfer, agreement=agreement, opened_at=now(), looked_at=now(), release=release, report=report
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
    _require(transfer, State.REPORTED)
    _decide(actor, transfer, State.REJECTED, reason)
    record(actor=actor, subject=f"transfer:{transfer.pk}", facts={"state": transfer.state})
    return transfer


@act(Kind.TRANSFER_ANSWERED, roles=OFFICE)
def answer_question(*, actor: Actor, case: Case, fact: str, value: Answer) -> Findings:
    """Answer one question of a case; None takes an answer back. What only counsel may settle, only counsel may answer.

    Raises:
        Impossible: There is no such question, somebody else must answer, or the case is closed.
    """
    _require(case.transfer, State.ACCEPTED)
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
    _require(case.transfer, State.ACCEPTED)
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


@act(Kind.LETTER_APPROVED, roles=frozenset({Role.COUNSEL}))
def approve_letter(*, actor: Actor, letter: Letter) -> Letter:
    """Counsel approves a letter as it stands; its words are fixed from then on.

    Raises:
        Impossible: It was approved before, it rests on law that no longer applies, or no day for an answer was chosen.
    """
    case = letter.case
    _require(case.transfer, State.ACCEPTED)
    _require_letter(letter, LetterState.DRAFT)
    if letter.kind in {Letter.PURGE, Letter.ACCOUNT} and (letter.answer_by is None or letter.answer_by <= today()):
        raise Impossible("Choose the day by which you ask for an answer: a day to come.")
    _require_current(letter)
    letter.state, letter.approved_by_id, letter.approved_at = LetterState.APPROVED, actor.person, now()
    letter.save()
    record(
        actor=actor,
        subject=f"transfer:{case.transfer_id}",
        facts={"letter": str(letter.pk), "kind": letter.kind, "cites": letter.cites},
    )
    return letter


@act(Kind.LETTER_SENT, roles=OFFICE)
def mark_sent(*, actor: Actor, letter: Letter) -> Letter:
    """Write down that a letter was sent, by hand or by mail. The program itself sends nothing (rule 4).

    Raises:
        Impossible: Counsel has not approved it, or it was sent before.
    """
    _require_letter(letter, LetterState.APPROVED)
    letter.state, letter.sent_by_id, letter.sent_at = LetterState.SENT, actor.person, now()
    letter.save()
    record(
        actor=actor,
        subject=f"transfer:{letter.case.transfer_id}",
        facts={"letter": str(letter.pk), "kind": letter.kind},
    )
    return letter


@act(Kind.TRANSFER_CLOSED, roles=OFFICE)
def close_case(*, actor: Actor, case: Case, reason: str) -> Case:
    """Close a case, with what came of it. The edge and its evidence stay.

    Raises:
        Impossible: No reason, or it was closed before.
    """
    _require(case.transfer, State.ACCEPTED)
    _decide(actor, case.transfer, State.CLOSED, reason)
    record(actor=actor, subject=f"transfer:{case.transfer_id}", facts={"state": case.transfer.state})
    return case


def save_letter(*, letter: Letter, text: LetterText, answer_by: date | None) -> Letter:
    """Keep counsel's words: a saved draft, no act.

    Raises:
        Impossible: The letter was approved, or the words are empty.
    """
    with transaction.atomic():
        _require_letter(letter, LetterState.DRAFT)
        _write_text(letter, text, answer_by)
    return letter


def _write_text(letter: Letter, text: LetterText, answer_by: date | None) -> None:
    if not text.subject.strip() or not text.body.strip():
        raise Impossible("A letter needs a subject and words.")
    letter.answer_by, letter.edited = answer_by, True
    text.seal(letter)
    letter.save()


def _require_current(letter: Letter) -> None:
    """A letter is approved on what the case knows now: what it cites must apply, in its list and in its words."""
    case = letter.case
    touches = touches_of(case)
    found = findings_of(case, touches)
    plan = next((one for one in plans(case, found, touches, families_of(case, touches)) if one.is_for(letter)), None)
    if plan is None:
        raise Impossible("The case no longer asks for this letter: draft the letters again.")
    if stale := [citation for citation in letter.cites if citation not in plan.cites]:
        raise Impossible(f"The case no longer rests on {', '.join(stale)}: draft the letter again.")
    text = open_text(letter)
    for one in found.left:
        section = section_of(one.citation)
        if section in f"{text.subject} {text.body} {text.english}" and section not in map(section_of, plan.cites):
            raise Impossible(f"The letter speaks of {section}, which does not apply. {one.why} Take it out.")


def _settle(case: Case) -> Findings:
    """Let the network know what the law says: whether the giver broke its condition."""
    found = findings_of(case, touches_of(case))
    broke = found.breaks_condition is True
    Agreement.objects.filter(pk=case.agreement_id).update(breaks_condition=broke)
    case.agreement.breaks_condition = broke
    return found


def _write_touches(case: Case) -> tuple[Found, ...]:
    found = look(case.agreement.giver, days_of(case)[1], release=case.release, report=case.report)
    touched = tuple(one for one in found if one.standing != "not")
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
    CaseAnswer.objects.create(case=case, fact=fact, value=value, answered_by_id=actor.person, answered_at=now())


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


def _require(transfer: Transfer, state: State) -> None:
    """Lock a transfer and check where it stands."""
    current = State(Transfer.objects.select_for_update().values_list("state", flat=True).get(pk=transfer.pk))
    if current != state:
        raise Impossible(f"This stands at “{current.label}”; look at it again.")


def _require_letter(letter: Letter, state: LetterState) -> None:
    current = LetterState(Letter.objects.select_for_update().values_list("state", flat=True).get(pk=letter.pk))
    if current != state:
        raise Impossible(f"This letter stands at “{current.label}”; look at it again.")


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
