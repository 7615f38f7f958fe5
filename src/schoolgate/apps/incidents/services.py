"""Acts about reports. Saving a draft is no act: a draft is seen by its author alone."""

from dataclasses import dataclass
from datetime import date

from schoolgate.apps.access.actors import SCHOOL, Actor
from schoolgate.apps.access.moment import now, today
from schoolgate.apps.access.numbers import new_number
from schoolgate.apps.ledger.acts import Impossible, NotAllowed, act, record
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.ledger.safe import context, open_value, seal_new
from schoolgate.apps.people.models import User
from schoolgate.apps.people.selectors import school_of

from .body import Body
from .choosing import people_of
from .models import INCIDENT_KINDS, PLACES, Draft, Incident, Participant, Report, ReportVersion
from .protected import TOKEN, must_not_record, unexplained


@dataclass(frozen=True, slots=True)
class Missing:
    """Something a draft lacks: the step where it belongs, and what to do."""

    step: str
    message: str


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


def what_is_missing(body: Body, *, names: dict[str, tuple[str, ...]]) -> list[Missing]:
    """Why a draft cannot be signed yet; empty when it can. `names` gives each token's names."""
    found: list[Missing] = []
    try:
        if date.fromisoformat(body.occurred_on) > today():
            found.append(Missing("when", "The day of the incident lies in the future; choose the day it happened."))
    except ValueError:
        found.append(Missing("when", "Say on which day it happened."))
    if body.place not in PLACES:
        found.append(Missing("when", "Say where it happened."))
    if body.kind not in INCIDENT_KINDS:
        found.append(Missing("when", "Say what kind of incident it was."))
    if not any(person.student for person in body.people):
        found.append(Missing("who", "Choose at least one student."))
    if not body.narrative.strip():
        found.append(Missing("what", "Write what happened."))
    found += [
        Missing("what", f"@{token} is not in the list of people: add the person or change the name.")
        for token in unknown_tokens(body)
    ]
    found += [Missing("what", message) for message in must_not_record(body, names)]
    found += [Missing("what", message) for message in unexplained(body, names)]
    found += [
        Missing("what", "An allegation needs who says so and how they know it.")
        for claim in body.claims
        if not (claim.source.strip() and claim.basis.strip())
    ]
    return found


def unknown_tokens(body: Body) -> list[str]:
    """Tokens written in the text that stand for nobody, in order."""
    known = {person.token for person in body.people}
    texts = (body.narrative, *(claim.text for claim in body.claims))
    found = [token for text in texts for token in TOKEN.findall(text)]
    return list(dict.fromkeys(token for token in found if token not in known))


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
    names = {token: name.all for token, name in chosen.names.items()}
    if missing := what_is_missing(body, names=names):
        raise Impossible(" ".join(one.message for one in missing))
    incident = Incident.objects.create(
        school=school, occurred_on=date.fromisoformat(body.occurred_on), place=body.place, kind=body.kind
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
    )
    add_version(report, body, signed_by=report.filed_by)
    if draft is not None:
        draft.delete()
    record(
        actor=actor,
        subject=f"report:{report.id}",
        facts={"kind": report.kind, "version": 1, "allegations": len(body.claims)},
    )
    return report


def add_version(report: Report, body: Body, *, signed_by: User) -> ReportVersion:
    """Seal one more signed state of a report. Part of an act, not one itself."""
    number = report.versions.count() + 1
    version = ReportVersion(report=report, number=number, signed_by=signed_by, signed_at=now())
    value = seal_new(context("incidents.reportversion", version.id, "body", number), body.to_bytes())
    version.wrapped_key, version.sealed = value.wrapped_key, value.sealed
    version.save(force_insert=True)
    return version
