"""Acts about reports. Saving a draft is no act: a draft is seen by its author alone."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import uuid4

from schoolgate.apps.access.actors import SCHOOL, Actor, Role
from schoolgate.apps.access.moment import now, today
from schoolgate.apps.access.numbers import new_number
from schoolgate.apps.ledger.acts import Impossible, NotAllowed, act, record
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.ledger.safe import context, open_value, seal_new
from schoolgate.apps.people.models import User
from schoolgate.apps.people.selectors import school_of
from schoolgate.apps.schools.selectors import calendar
from schoolgate.engines import clock

from .body import Body, Claim
from .checking import EXPIRY_DAYS, REVIEW_DAYS, what_is_missing
from .choosing import Chosen, people_of
from .models import AllegationReview, Draft, Incident, Participant, Report, ReportStep, ReportVersion
from .selectors import unsealed_for_author
from .vocabulary import MEMO, SIGNED_OFF, StepRule, steps_of


def save_draft(*, actor: Actor, body: Body, draft: Draft | None = None) -> Draft:
    """Save a draft, sealed anew under a fresh key each time."""
    if actor.user_id is None:
        raise NotAllowed("sign in first")
    kept = draft or Draft(author_id=actor.user_id, school=school_of(actor))
    value = seal_new(context("incidents.draft", kept.id, "body"), body.to_bytes())
    kept.wrapped_key, kept.sealed, kept.saved_at = value.wrapped_key, value.sealed, now()
    kept.save()
    return kept


def open_draft(draft: Draft) -> Body:
    """What a draft says, for its author."""
    return Body.from_bytes(open_value(context("incidents.draft", draft.id, "body"), draft.wrapped_key, draft.sealed))


def begin_correction(*, actor: Actor, report: Report) -> Draft:
    """Begin a correction: a draft with what the newest version says. The reading is written down first.

    Raises:
        NotAllowed: Neither the author nor a principal of the school asks.
        KeptShut: An order keeps the report shut.
    """
    _may_correct(actor, report)
    opened = unsealed_for_author(actor=actor, report=report)
    draft = Draft(author_id=actor.person, school=report.incident.school, corrects=report, base=opened.version.number)
    return save_draft(actor=actor, body=replace(opened.body, correction=""), draft=draft)


def _may_correct(actor: Actor, report: Report) -> None:
    """Whoever wrote it, and the principal, as long as they still see it."""
    if actor.role is not Role.PRINCIPAL and report.filed_by_id != actor.user_id:
        raise NotAllowed("the author or the principal corrects a report")
    if not Report.objects.visible_to(actor).filter(pk=report.pk).exists():
        raise NotAllowed("this report is not yours")


@act(Kind.REPORT_FILED, roles=SCHOOL)
def file_report(*, actor: Actor, body: Body, draft: Draft | None = None) -> Report:
    """Sign a report: the incident, its participants and the first version, sealed under a key of its own.

    The draft it grew from is deleted with its key.

    Raises:
        Impossible: Something is missing or may not be recorded; the message lists it.
        NotAllowed: The draft is somebody else's.
    """
    if draft is not None and draft.author_id != actor.user_id:
        raise NotAllowed("this draft is somebody else's")
    school = school_of(actor)
    chosen = people_of(body, school)
    _require_whole(body, chosen)
    body = replace(body, claims=settled_claims(body))
    incident = Incident.objects.create(
        school=school,
        occurred_on=date.fromisoformat(body.occurred_on),
        place=body.place,
        kind=body.kind,
        behaviors=list(body.behaviors),
        apart=body.report_kind == MEMO,
    )
    Participant.objects.bulk_create(
        Participant(
            incident=incident,
            token=person.token,
            role=person.role,
            student=chosen.students.get(person.token),
            staff=chosen.staff.get(person.token),
        )
        for person in body.people
    )
    report = Report.objects.create(
        number=new_number("R"),
        incident=incident,
        kind=body.report_kind,
        filed_by=User.objects.get(pk=actor.person),
        filed_at=now(),
        waits_for_principal=_waits(actor, body.report_kind),
    )
    add_version(report, body, signed_by=report.filed_by)
    _begin_steps(report)
    if draft is not None:
        draft.delete()
    record(
        actor=actor,
        subject=f"report:{report.id}",
        facts={"kind": report.kind, "version": 1, "allegations": len(body.claims)},
    )
    return report


@act(Kind.REPORT_CORRECTED, roles=SCHOOL)
def correct_report(*, actor: Actor, draft: Draft, body: Body) -> Report:
    """Sign a correction: one more version beside the earlier ones, with its reason. Nothing is overwritten.

    Whoever it names no longer keeps their token, which nobody else ever gets: a request that names "P2" goes on
    meaning the same child.

    Raises:
        Impossible: Something is missing or may not be recorded, the report was corrected meanwhile, it is kept shut,
            or a token now stands for somebody else.
        NotAllowed: The draft is somebody else's, or the report no longer the actor's to correct.
    """
    if draft.author_id != actor.user_id or draft.corrects_id is None:
        raise NotAllowed("this draft is somebody else's")
    report = Report.objects.select_for_update(of=("self",)).select_related("incident__school").get(pk=draft.corrects_id)
    _may_correct(actor, report)
    if report.sealed_at is not None:
        raise Impossible("An order keeps this report shut: it cannot be corrected now.")
    version = report.versions.latest("number")
    if version.number != draft.base:
        raise Impossible("Somebody corrected this report meanwhile: read the newest version and begin anew.")
    if body.report_kind != report.kind:
        raise Impossible("A correction keeps the kind of report; file another report for another kind.")
    incident = report.incident
    chosen = people_of(body, None)
    _require_whole(body, chosen, correcting=True)
    body = replace(body, claims=settled_claims(body))
    _settle_people(incident, body, chosen, version.number + 1)
    incident.occurred_on = date.fromisoformat(body.occurred_on)
    incident.place, incident.kind, incident.behaviors = body.place, body.kind, list(body.behaviors)
    incident.save(update_fields=["occurred_on", "place", "kind", "behaviors"])
    added = add_version(report, body, signed_by=User.objects.get(pk=actor.person))
    report.waits_for_principal = _waits(actor, report.kind)
    report.save(update_fields=["waits_for_principal"])
    draft.delete()
    record(
        actor=actor,
        subject=f"report:{report.id}",
        facts={"kind": report.kind, "version": added.number, "allegations": len(body.claims)},
    )
    return report


def _settle_people(incident: Incident, body: Body, chosen: Chosen, version: int) -> None:
    held = {one.token: one for one in incident.participants.all()}
    known = {one.student_id for one in held.values()} | {one.staff_id for one in held.values()}
    for person in body.people:
        student, staff = chosen.students.get(person.token), chosen.staff.get(person.token)
        for one in (student, staff):
            if one is not None and one.pk not in known and one.school_id != incident.school_id:
                raise Impossible(f"@{person.token} is not in this school's directory; choose the person again.")
        row = held.pop(person.token, None) or Participant(
            incident=incident, token=person.token, student=student, staff=staff
        )
        if (row.student_id, row.staff_id) != (student and student.pk, staff and staff.pk):
            raise Impossible(f"@{person.token} stood for somebody else before: remove the person and add them anew.")
        row.role, row.left_with = person.role, None
        row.save()
    for row in held.values():
        if row.left_with is None:
            row.left_with = version
            row.save(update_fields=["left_with"])


def _require_whole(body: Body, chosen: Chosen, *, correcting: bool = False) -> None:
    names = {token: name.all for token, name in chosen.names.items()}
    if missing := what_is_missing(body, names=names, correcting=correcting):
        raise Impossible(" ".join(one.message for one in missing))


def settled_claims(body: Body) -> tuple[Claim, ...]:
    """The allegations with their ids, and the days of their review and expiry where the author set none."""
    day = today()
    return tuple(
        replace(
            claim,
            id=claim.id or uuid4().hex[:12],
            review_on=claim.review_on or (day + timedelta(days=REVIEW_DAYS)).isoformat(),
            expires_on=claim.expires_on or (day + timedelta(days=EXPIRY_DAYS)).isoformat(),
        )
        for claim in body.claims
    )


def add_version(report: Report, body: Body, *, signed_by: User | None) -> ReportVersion:
    """Seal one more signed state of a report, with the days on which its allegations are due. Part of an act."""
    number = report.versions.count() + 1
    version = ReportVersion(report=report, number=number, signed_by=signed_by, signed_at=now())
    value = seal_new(context("incidents.reportversion", version.id, "body", number), body.to_bytes())
    version.wrapped_key, version.sealed = value.wrapped_key, value.sealed
    version.save(force_insert=True)
    _settle_reviews(report, body.claims)
    return version


def _settle_reviews(report: Report, claims: tuple[Claim, ...]) -> None:
    """A row for each allegation that somebody must look at again; one that left the report is settled."""
    standing = {one.id: one for one in claims if one.id and one.status != "corroborated"}
    for row in report.reviews.all():
        claim = standing.pop(row.claim, None)
        row.settled_at = None if claim else row.settled_at or now()
        if claim:
            row.review_on, row.expires_on = date.fromisoformat(claim.review_on), _day(claim.expires_on)
        row.save()
    for claim in standing.values():
        AllegationReview.objects.create(
            report=report,
            claim=claim.id,
            review_on=date.fromisoformat(claim.review_on),
            expires_on=_day(claim.expires_on),
        )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _waits(actor: Actor, kind: str) -> bool:
    return kind in SIGNED_OFF and actor.role is not Role.PRINCIPAL


@act(Kind.REPORT_SIGNED_OFF, roles=frozenset({Role.PRINCIPAL}))
def sign_off(*, actor: Actor, report: Report) -> ReportVersion:
    """The principal's word on the newest version: read, and fit to stand.

    Raises:
        NotAllowed: The report is not of the principal's school.
        Impossible: It does not wait for a principal.
    """
    held = Report.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=report.pk).first()
    if held is None:
        raise NotAllowed("this report is not of your school")
    if not held.waits_for_principal:
        raise Impossible("This report waits for nobody's word.")
    version = held.versions.latest("number")
    version.signed_off_by_id, version.signed_off_at = actor.person, now()
    version.save(update_fields=["signed_off_by", "signed_off_at"])
    held.waits_for_principal = False
    held.save(update_fields=["waits_for_principal"])
    record(actor=actor, subject=f"report:{held.id}", facts={"version": version.number})
    return version


def _begin_steps(report: Report) -> None:
    rules = steps_of(report.kind)
    days = calendar() if any(rule.clock for rule in rules) else None
    ReportStep.objects.bulk_create(
        ReportStep(
            report=report,
            code=rule.code,
            place=place,
            due_on=_due(rule, report.filed_at, days) if days and rule.clock and not rule.after else None,
        )
        for place, rule in enumerate(rules)
    )


def _due(rule: StepRule, moment: datetime, days: clock.Calendar) -> date:
    return clock.due(rule.clock, moment, calendar=days).due


@act(Kind.REPORT_STEP_DONE, roles=SCHOOL | {Role.COUNSEL, Role.RECORDS_OFFICER})
def mark_step_done(*, actor: Actor, report: Report, code: str, at: datetime | None = None) -> ReportStep:
    """Write down that a step which must follow a report is done, now or at an earlier moment.

    What counts from it gets its due day.

    Raises:
        NotAllowed: The report is not the actor's to see.
        Impossible: There is no such step, it is done, or the moment lies in the future.
    """
    if not Report.objects.visible_to(actor).filter(pk=report.pk).exists():
        raise NotAllowed("this report is not yours")
    steps = {one.code: one for one in report.steps.select_for_update()}
    step = steps.get(code)
    if step is None or step.done_at is not None:
        raise Impossible("This step is done already, or not one of this report's.")
    moment = at or now()
    if moment > now():
        raise Impossible("This moment lies in the future; say when it was done.")
    step.done_at, step.done_by_id = moment, actor.person
    step.save(update_fields=["done_at", "done_by"])
    for rule in steps_of(report.kind):
        if rule.after == code and rule.clock:
            following = steps[rule.code]
            following.due_on = _due(rule, moment, calendar())
            following.save(update_fields=["due_on"])
    record(actor=actor, subject=f"report:{report.id}", facts={"step": code, "on": moment.date().isoformat()})
    return step


def taken_tokens(draft: Draft) -> frozenset[str]:
    """The tokens that a correction may not give to anybody new."""
    if draft.corrects is None:
        return frozenset()
    return frozenset(draft.corrects.incident.participants.values_list("token", flat=True))
