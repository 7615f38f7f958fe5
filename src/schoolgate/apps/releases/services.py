"""The only way out: prepare a copy, release it, take the acknowledgement.

Nothing else in the product sends a record anywhere (rule 4).
"""

from datetime import timedelta
from hashlib import sha256

from django.conf import settings

from schoolgate.apps.access.actors import OFFICE, Actor, Role
from schoolgate.apps.access.moment import now, today
from schoolgate.apps.agencies.readers import next_readers
from schoolgate.apps.agencies.selectors import network
from schoolgate.apps.incidents.selectors import newest_open_version
from schoolgate.apps.ledger.acts import Impossible, NotAllowed, act, record
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.ledger.safe import context, seal_new
from schoolgate.apps.ledger.students import student_facts
from schoolgate.apps.requests.models import Obligation, State
from schoolgate.apps.requests.onward import copy_of
from schoolgate.apps.requests.services import NO_NOTICE, move_request, students_named, waits_until

from .models import Acknowledgement, Delivery, ReachAlert, Release
from .preparing import GATE_CHECKS, PreparedCopy, earlier_releases, prepare_copy
from .reaching import Reader
from .watching import Found, begin_watch, keep

__all__ = [
    "GATE_CHECKS",
    "PreparedCopy",
    "acknowledge",
    "handle_alert",
    "keep_reach",
    "prepare_copy",
    "release_copy",
    "withdraw_copy",
]


@act(Kind.COPY_RELEASED, roles=OFFICE)
def release_copy(*, actor: Actor, prepared: PreparedCopy) -> Release:
    """Let a prepared copy leave: to the agency that asked, and nobody else.

    Raises:
        Impossible: A family must be told first, the waiting time is not over, the request has moved on, or another
            copy of the report left since this one was compared with those before.
    """
    confirmation = prepared.confirmation
    request = confirmation.decision.request
    # First, since it locks the request: nobody can decide it again while it leaves. What follows can still undo it.
    move_request(request, State.RELEASED)
    newest = request.decisions.latest()
    if newest.pk != confirmation.decision_id:
        raise Impossible("This request was decided again; confirm the newest decision.")
    if newest.law_date != today():
        raise Impossible("The law on the day it leaves decides: decide and confirm again today.")
    owed, day = waits_until(request)
    if owed and day is None:
        raise Impossible("Tell the families of the students named first: the law wants notice in advance.")
    if owed and day is not None and today() < day:
        raise Impossible(f"The families were told; the copy may leave on {day:%a} {day.day} {day:%b %Y}, not before.")
    if {one.pk for one in earlier_releases(confirmation)} != prepared.earlier:
        raise Impossible("Another copy of this report has left meanwhile. Release this one again: the gate compares.")
    # Locks the report until the copy has left: no order and no correction comes in between.
    if newest_open_version(request.report_id) != prepared.version:
        raise Impossible("The report was corrected meanwhile. Review its marks again, then release the new version.")
    known, handed = network(), copy_of(confirmation.decision, today(), confirmation)
    release = Release(
        number=prepared.number,
        request=request,
        confirmation=confirmation,
        agency=request.agency,
        released_at=now(),
        expires_at=now() + timedelta(days=settings.COPY_DAYS),
        version=prepared.version,
        sha256=sha256(prepared.pdf).hexdigest(),
        pages=prepared.pages,
        mark_key=prepared.key,
        gate=prepared.passed,
        reach=[Reader.of(one).plain() for one in next_readers(handed, known).readers],
        kinds=sorted(handed.kinds),
        bound=handed.bound,
    )
    value = seal_new(context("releases.release", release.id, "copy"), prepared.pdf)
    release.wrapped_key, release.sealed_copy = value.wrapped_key, value.sealed
    release.save(force_insert=True)
    begin_watch(release, known)
    record(
        actor=actor,
        subject=f"request:{request.id}",
        facts={
            "release": str(release.id),
            "version": release.version,
            "sha256": release.sha256,
            "agency": str(release.agency_id),
            "recipient": release.agency.kind,
            "secret": Obligation.objects.filter(decision__request=request, name=NO_NOTICE).exists(),
            **student_facts(students_named(request)),
            "gate": prepared.passed,
        },
    )
    return release


@act(Kind.COPY_WITHDRAWN, roles=OFFICE)
def withdraw_copy(*, actor: Actor, release: Release, reason: str) -> Release:
    """Let the recipient fetch a copy no longer, from this moment on. What was fetched before cannot be called back.

    Raises:
        Impossible: No reason is written, or it was withdrawn already.
    """
    if not reason.strip():
        raise Impossible("Write why the copy is withdrawn.")
    held = Release.objects.select_for_update().get(pk=release.pk)
    if held.withdrawn_at is not None:
        raise Impossible("This copy was withdrawn already.")
    value = seal_new(context("releases.release", held.pk, "reason"), reason.strip().encode())
    held.wrapped_reason_key, held.sealed_reason = value.wrapped_key, value.sealed
    held.withdrawn_at, held.withdrawn_by_id = now(), actor.person
    held.save(update_fields=["wrapped_reason_key", "sealed_reason", "withdrawn_at", "withdrawn_by"])
    record(actor=actor, subject=f"request:{held.request_id}", facts={"release": str(held.id)})
    return held


@act(Kind.COPY_ACKNOWLEDGED, roles=frozenset({Role.AGENCY_USER}))
def acknowledge(*, actor: Actor, release: Release, delivery: Delivery | None = None) -> Acknowledgement:
    """The recipient says that the copy arrived: signed in, or after a one-time code of `delivery`.

    Raises:
        NotAllowed: The copy went to another agency.
        Impossible: It was acknowledged already.
    """
    if release.agency_id != actor.agency or (delivery is not None and delivery.release_id != release.pk):
        raise NotAllowed("this copy went to another agency")
    if Acknowledgement.objects.filter(release=release).exists():
        raise Impossible("This copy was acknowledged already.")
    who = None if delivery is not None else actor.person
    word = Acknowledgement.objects.create(
        release=release, acknowledged_by_id=who, delivery=delivery, acknowledged_at=now()
    )
    facts = {"release": str(release.id), "by_code": delivery is not None}
    record(actor=actor, subject=f"request:{release.request_id}", facts=facts)
    return word


@act(Kind.REACH_RECOMPUTED, roles=frozenset({Role.ADMINISTRATOR}))
def keep_reach(*, actor: Actor, found: Found) -> list[ReachAlert]:
    """Keep whom the copies that have left could reach now, and raise the alerts that nobody has raised before."""
    raised = keep(found)
    record(
        actor=actor,
        subject=f"network:{found.digest[:32]}",
        facts={
            "network": found.digest,
            "changed": len(found.readers),
            "alerts": sorted(str(one.id) for one in raised),
        },
    )
    return raised


@act(Kind.REACH_ALERT_HANDLED, roles=OFFICE)
def handle_alert(*, actor: Actor, alert: ReachAlert, note: str) -> list[ReachAlert]:
    """Say what was done about a way that opened, for every copy to which the same way opened.

    Raises:
        Impossible: Nothing was written, or somebody has handled it already.
    """
    if not note.strip():
        raise Impossible("Write what you did about it, or why nothing needs to be done.")
    alerts = list(ReachAlert.objects.select_for_update().filter(key=alert.key).open())
    if alert.pk not in {one.pk for one in alerts}:
        raise Impossible("Somebody has handled this already.")
    for one in alerts:
        value = seal_new(context("releases.reachalert", one.id, "note"), note.strip().encode())
        one.wrapped_key, one.sealed_note = value.wrapped_key, value.sealed
        one.handled_by_id, one.handled_at = actor.person, now()
    ReachAlert.objects.bulk_update(alerts, ["wrapped_key", "sealed_note", "handled_by", "handled_at"])
    record(
        actor=actor,
        subject=f"reach_alert:{alert.id}",
        facts={"way": alert.key, "alerts": sorted(str(one.id) for one in alerts)},
    )
    return alerts
