"""Acts about requests: receive, match, answer, decide, confirm, refuse, tell the family."""

from datetime import date, timedelta
from uuid import UUID

from schoolgate.apps.access.actors import OFFICE, Actor, Role
from schoolgate.apps.access.moment import now, today
from schoolgate.apps.access.numbers import new_number
from schoolgate.apps.incidents.models import Report
from schoolgate.apps.ledger.acts import Impossible, act, record
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.ledger.safe import context, seal_new
from schoolgate.apps.ledger.students import student_facts
from schoolgate.apps.people.models import Student
from schoolgate.apps.schools.selectors import calendar, rulebook
from schoolgate.engines import clock, law

from .about import About
from .cases import build_case, elements_asked
from .models import (
    MOVES,
    Confirmation,
    Decision,
    FactAnswer,
    FamilyNotice,
    Obligation,
    Proposal,
    Request,
    State,
)

NOTICE_FIRST = "notify_parent_before"
NO_NOTICE = "do_not_notify"


@act(Kind.REQUEST_RECEIVED, roles=frozenset({Role.AGENCY_USER}))
def receive_request(*, actor: Actor, instrument: str, purpose: str, about: About) -> Request:
    """Take an agency's ask with its instrument. Every one is kept, also those that will be refused (34 CFR 99.32)."""
    if actor.agency is None:
        raise Impossible("Your sign-in belongs to no agency; ask the district to mend it.")
    request = Request(
        number=new_number("Q"),
        agency_id=actor.agency,
        asked_by_id=actor.person,
        received_at=now(),
        instrument=instrument,
        purpose=purpose,
    )
    value = about.seal(request)
    request.wrapped_key, request.sealed = value.wrapped_key, value.sealed
    request.save(force_insert=True)
    record(
        actor=actor,
        subject=f"request:{request.id}",
        facts={
            "agency": str(request.agency_id),
            "recipient": request.agency.kind,
            "instrument": instrument,
            "purpose": purpose,
        },
    )
    return request


@act(Kind.REQUEST_MATCHED, roles=OFFICE)
def match_request(*, actor: Actor, request: Request, report: Report, named: tuple[str, ...]) -> Request:
    """Say which report is asked for, and which of its students the paper names (tokens).

    Students whom the paper does not name are decided on as others: a paper opens a door for those it names.

    Raises:
        Impossible: The request has moved on, or a token is no student of the report.
    """
    students = dict(report.incident.participants.filter(student__isnull=False).values_list("token", "student"))
    if not named or not set(named) <= students.keys():
        raise Impossible("Choose at least one student of this report whom the request is about.")
    request.report, request.named_tokens = report, sorted(named)
    move_request(request, State.MATCHED)
    record(
        actor=actor,
        subject=f"request:{request.id}",
        facts={
            "report": str(report.id),
            "recipient": request.agency.kind,
            **student_facts(students[token] for token in named),
        },
    )
    return request


@act(Kind.FACT_ANSWERED, roles=OFFICE)
def answer_fact(*, actor: Actor, request: Request, fact: str, value: object) -> FactAnswer:
    """Answer one open question. What only counsel may settle, only counsel may answer.

    Raises:
        Impossible: The rulebook knows no such question, the value does not fit, or somebody else must answer.
    """
    book = rulebook()
    if fact in book.facts:
        asked = book.facts[fact]
        try:
            asked.encode(value)
        except ValueError as problem:
            raise Impossible(f"This answer does not fit: {problem}.") from problem
        only_counsel = asked.answered_by == "counsel"
    elif fact in book.provisions and book.provisions[fact].counsel_question:
        if not isinstance(value, bool):
            raise Impossible("Counsel answers this with yes or no.")
        only_counsel = True
    else:
        raise Impossible("The rulebook asks no such question.")
    if only_counsel and actor.role is not Role.COUNSEL:
        raise Impossible("Only counsel may answer this.")
    answer = FactAnswer.objects.create(
        request=request, fact=fact, value=value, answered_by_id=actor.person, answered_at=now()
    )
    record(actor=actor, subject=f"request:{request.id}", facts={"fact": fact})
    return answer


@act(Kind.REQUEST_DECIDED, roles=OFFICE)
def decide_request(*, actor: Actor, request: Request) -> Decision:
    """Let the law decide, by the rules in force today.

    The engine sees categories and facts, never a name or a narrative. A decision made again (after an answer,
    or on a later day) stands beside the earlier ones.
    """
    book = rulebook()
    case_data = build_case(request, on=today())
    outcome = law.decide(book, law.parse_case(case_data, book))
    decision = Decision.objects.create(
        request=request,
        number=request.decisions.count() + 1,
        decided_at=now(),
        law_date=today(),
        outcome=outcome.outcome,
        rulebook=book.id,
        rulebook_digest=book.digest,
        case=case_data,
        document=outcome.to_json(),
    )
    Obligation.objects.bulk_create(
        Obligation(
            decision=decision,
            name=one.name,
            citation=one.citation,
            due=_due(one, request),
        )
        for one in outcome.obligations
    )
    move_request(request, State.DECIDED)
    record(
        actor=actor,
        subject=f"request:{request.id}",
        facts={
            "decision": str(decision.id),
            "outcome": decision.outcome,
            "rulebook": book.digest,
            "secret": any(one.name == NO_NOTICE for one in outcome.obligations),
        },
    )
    return decision


@act(Kind.DECISION_CONFIRMED, roles=OFFICE)
def confirm(*, actor: Actor, decision: Decision, withhold_more: frozenset[str] = frozenset()) -> Confirmation:
    """Confirm a decision as it stands, or stricter. Nothing leaves without this.

    Raises:
        Impossible: The decision is not the newest, is open, permits nothing, or an element is unknown.
    """
    permitted = permitted_elements(decision)
    _require_confirmable(decision)
    unknown = withhold_more - permitted
    if unknown:
        raise Impossible("You can only withhold what the decision would let leave.")
    kept = permitted - withhold_more
    if not kept:
        raise Impossible("Nothing would be left to send: refuse the request instead.")
    confirmation = Confirmation.objects.create(
        decision=decision,
        elements={element: element in kept for element in elements_asked(decision)},
        stricter=bool(withhold_more),
        confirmed_by_id=actor.person,
        confirmed_at=now(),
    )
    move_request(decision.request, State.CONFIRMED)
    record(
        actor=actor,
        subject=f"request:{decision.request_id}",
        facts={"decision": str(decision.id), "stricter": bool(withhold_more)},
    )
    return confirmation


@act(Kind.LOOSER_PROPOSED, roles=frozenset({Role.COUNSEL}))
def propose_looser(*, actor: Actor, decision: Decision, elements: frozenset[str], reason: str) -> Proposal:
    """Counsel proposes to let more leave than the engine would, with a reason. Never past a prohibition.

    Raises:
        Impossible: A question is open, no reason, nothing to loosen, or a prohibition stands in the way.
    """
    _require_newest(decision)
    _require_answered(decision)
    if not reason.strip():
        raise Impossible("Write the reason: a second person will read it, and so may a court.")
    denied = set(elements_asked(decision)) - permitted_elements(decision)
    if not elements or not elements <= denied:
        raise Impossible("Choose elements that the decision withholds.")
    if barred := elements & prohibited_elements(decision):
        raise Impossible(f"A prohibition withholds {', '.join(sorted(barred))}; no person can lift it.")
    proposal = Proposal(decision=decision, elements=sorted(elements), proposed_by_id=actor.person, proposed_at=now())
    value = seal_new(context("requests.proposal", proposal.id, "reason"), reason.encode())
    proposal.wrapped_key, proposal.sealed_reason = value.wrapped_key, value.sealed
    proposal.save(force_insert=True)
    record(
        actor=actor,
        subject=f"request:{decision.request_id}",
        facts={"decision": str(decision.id), "elements": len(elements)},
    )
    return proposal


@act(Kind.LOOSER_CONFIRMED, roles=OFFICE)
def confirm_looser(*, actor: Actor, proposal: Proposal) -> Confirmation:
    """A second person confirms counsel's proposal. It is counted in public.

    Raises:
        Impossible: The same person proposed it, the decision has been made again since, or it is of another day.
    """
    decision = proposal.decision
    _require_newest(decision)
    if proposal.proposed_by_id == actor.user_id:
        raise Impossible("A second person must confirm what you proposed.")
    if decision.request.state != State.DECIDED:
        raise Impossible("This request has moved on; look at it again.")
    _require_todays(decision)
    if set(proposal.elements) & prohibited_elements(decision):
        raise Impossible("A prohibition withholds part of this; no person can lift it.")
    allowed = permitted_elements(decision) | set(proposal.elements)
    confirmation = Confirmation.objects.create(
        decision=decision,
        elements={element: element in allowed for element in elements_asked(decision)},
        proposal=proposal,
        confirmed_by_id=actor.person,
        confirmed_at=now(),
    )
    move_request(decision.request, State.CONFIRMED)
    record(
        actor=actor,
        subject=f"request:{decision.request_id}",
        facts={"decision": str(decision.id), "proposal": str(proposal.id)},
    )
    return confirmation


@act(Kind.REFUSAL_SENT, roles=OFFICE)
def refuse(*, actor: Actor, decision: Decision) -> Request:
    """Refuse: nothing leaves. Always possible, since no door compels the district (34 CFR 99.31(d))."""
    _require_newest(decision)
    move_request(decision.request, State.REFUSED)
    record(
        actor=actor,
        subject=f"request:{decision.request_id}",
        facts={"decision": str(decision.id), "recipient": decision.request.agency.kind},
    )
    return decision.request


@act(Kind.FAMILY_NOTIFIED, roles=OFFICE)
def notify_family(*, actor: Actor, request: Request, student: Student) -> FamilyNotice:
    """Tell a family, before anything leaves, that a record of their child was asked for.

    The copy may leave ten days after, or on the return date of the paper if that is sooner (34 CFR
    99.31(a)(9)(ii); 603 CMR 23.07(4)(b); no source gives a number: the rulebook says so).

    Raises:
        Impossible: A court's order forbids telling, or the student is not in the report.
    """
    if request.report is None:
        raise Impossible("Match the request to a report first.")
    if not request.report.incident.participants.filter(student=student).exists():
        raise Impossible("This student is not in the report.")
    decision = request.decisions.first()
    if decision and decision.obligations.filter(name=NO_NOTICE).exists():
        raise Impossible("A court's order forbids telling the family.")
    notice = FamilyNotice.objects.create(
        request=request,
        student=student,
        language=student.notice_language,
        given_at=now(),
        not_before=earliest_compliance(today()),
    )
    record(
        actor=actor,
        subject=f"request:{request.id}",
        facts={"not_before": notice.not_before.isoformat(), "language": notice.language},
    )
    return notice


def earliest_compliance(told: date) -> date:
    """The first day on which a copy may leave when the family is told on `told`: the notice's clock, read backwards."""
    days = calendar()
    day = told
    while clock.due("notice-before-compliance", day, calendar=days).due < told:
        day += timedelta(days=1)
    return day


def _due(obligation: law.Obligation, request: Request) -> date | None:
    """The day by which an obligation must be met, where its clock starts from something that has happened.

    A clock that counts back from the day of leaving has no date before that day is known.
    """
    if obligation.due_clock is None or obligation.due_from != "request_date":
        return None
    return clock.due(obligation.due_clock, request.received_at, calendar=calendar()).due


def permitted_elements(decision: Decision) -> set[str]:
    """What the engine would let leave."""
    return {one["element"] for one in decision.document["elements"] if one["outcome"] == "permit"}


def prohibited_elements(decision: Decision) -> set[str]:
    """What a prohibition withholds, so that no person can permit it."""
    return {one["element"] for one in decision.document["elements"] if one["prohibitions"]}


def students_named(request: Request) -> set[UUID]:
    """The students whom the paper of a matched request names. One query."""
    if request.report is None:
        return set()
    named = request.report.incident.participants.filter(student__isnull=False, token__in=request.named_tokens)
    return set(named.values_list("student", flat=True))


def waits_until(request: Request, decision: Decision | None = None) -> tuple[bool, date | None]:
    """Whether notice is owed before the copy leaves, and the day on which it may.

    (True, None) means: owed, and some family has not been told yet. `decision` is the newest, where it was read.
    """
    decision = decision or request.decisions.first()
    if decision is None or not any(one.name == NOTICE_FIRST for one in decision.obligations.all()):
        return False, None
    if request.report is None:
        return True, None
    students = students_named(request)
    told = dict(request.notices.filter(student__in=students).values_list("student", "not_before"))
    return True, max(told.values()) if set(told) == students else None


def _require_newest(decision: Decision) -> None:
    newest = Decision.objects.filter(request=decision.request).latest()
    if newest.pk != decision.pk:
        raise Impossible("This request was decided again; look at the newest decision.")


def _require_confirmable(decision: Decision) -> None:
    _require_newest(decision)
    _require_answered(decision)
    if decision.outcome == "deny":
        raise Impossible("The law permits nothing here: refuse the request.")
    _require_todays(decision)


def _require_answered(decision: Decision) -> None:
    """An open question may hide a prohibition, which no person can lift."""
    if decision.outcome == "needs_review":
        raise Impossible("Questions are still open: nothing leaves until they are answered.")


def _require_todays(decision: Decision) -> None:
    if decision.law_date != today():
        raise Impossible("The decision is from another day; decide again by today's law.")


def move_request(request: Request, to: State) -> None:
    """Move a request along its allowed moves. Part of an act, not one itself.

    Raises:
        Impossible: The move is not allowed from where the request stands now.
    """
    current = State(Request.objects.select_for_update().values_list("state", flat=True).get(pk=request.pk))
    if to not in MOVES[current]:
        raise Impossible(f"A request that is “{current.label}” cannot become “{to.label}”.")
    request.state = to
    request.save()
