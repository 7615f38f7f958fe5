"""Acts about orders: a report is sealed, opened again, or expunged because a court or the law says so."""

import json
from collections.abc import Callable
from datetime import date
from typing import Protocol

from schoolgate.apps.access.actors import OFFICE, Actor, Role
from schoolgate.apps.access.moment import now, today
from schoolgate.apps.ledger.acts import Impossible, NotAllowed, act, record
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.ledger.safe import context, open_value, seal_new

from .models import CourtOrder, Draft, Incident, OrderKind, Report, SealedOpening
from .selectors import OpenReport, opened_within_act

COUNSEL = frozenset({Role.COUNSEL})


class Gone(Protocol):
    """What a room says of what it destroyed: how many keys, and under which dated wrapping keys they stood.

    Copies in backups open until those, and all before them, are destroyed (docs/vault.md).
    """

    @property
    def keys(self) -> int: ...  # noqa: D102 - as above

    @property
    def epochs(self) -> frozenset[str]: ...  # noqa: D102 - as above


# Rooms below destroy here what they hold of a report that is expunged, in the same transaction.
expunging: list[Callable[[Report], Gone]] = []
# Rooms below are told here that a report is about to be expunged, in the same transaction.
expunged: list[Callable[[Report], object]] = []
# Rooms below say here why a report may not be destroyed yet, in a code; empty when nothing of theirs holds it.
keeping: list[Callable[[Report], str]] = []


@act(Kind.ORDER_ENTERED, roles=OFFICE)
def enter_order(
    *, actor: Actor, report: Report, kind: OrderKind, dated_on: date, court: str, docket: str
) -> CourtOrder:
    """Enter an order. Whatever it says, the report is shut from this moment on.

    Sealing is done with that. To open it again, or to expunge it, counsel must carry the order out, and not the
    person who entered it.

    Raises:
        NotAllowed: The report is not the actor's to see.
        Impossible: The court is missing, the day lies in the future, an order like it is there already, or there is
            nothing to open again.
    """
    held = _locked(actor, report)
    if not court.strip():
        raise Impossible("Write which court or office ordered it.")
    if dated_on > today():
        raise Impossible("The order's day lies in the future.")
    if kind is OrderKind.UNSEAL and held.sealed_at is None:
        raise Impossible("This report is not sealed.")
    if kind is OrderKind.SEAL and held.sealed_at is not None:
        raise Impossible("This report is sealed already.")
    if kind is not OrderKind.SEAL and held.orders.filter(kind=kind, carried_out_at__isnull=True).exists():
        raise Impossible("An order like this waits for counsel already.")
    order = CourtOrder(report=held, kind=kind, dated_on=dated_on, entered_by_id=actor.person, entered_at=now())
    words = json.dumps({"court": court.strip(), "docket": docket.strip()}, ensure_ascii=False)
    value = seal_new(context("incidents.courtorder", order.id, "words"), words.encode())
    order.wrapped_key, order.sealed = value.wrapped_key, value.sealed
    if kind is OrderKind.SEAL:
        order.carried_out_by_id, order.carried_out_at = actor.person, now()
    order.save(force_insert=True)
    if held.sealed_at is None:
        held.sealed_at = now()
        held.save(update_fields=["sealed_at"])
        Draft.objects.filter(corrects=held).delete()
    record(actor=actor, subject=f"report:{held.id}", facts={"order": str(order.id), "kind": kind.value})
    return order


@act(Kind.ORDER_CARRIED_OUT, roles=COUNSEL)
def carry_out_order(*, actor: Actor, order: CourtOrder) -> CourtOrder:
    """Open a report again, or expunge it, as an order says that somebody else entered.

    Expunging destroys every version with its key, the drafts, what lower rooms hold, who took part, and the order's
    own words. What stays: this entry, and a row without content that earlier entries point to.

    Raises:
        NotAllowed: The report is not the actor's to see, or the actor entered the order.
        Impossible: The order was carried out already.
    """
    report = _locked(actor, order.report)
    held = CourtOrder.objects.select_for_update().get(pk=order.pk)
    if held.carried_out_at is not None:
        raise Impossible("This order was carried out already.")
    if held.entered_by_id == actor.user_id:
        raise NotAllowed("somebody else than who entered an order carries it out")
    if held.kind == OrderKind.UNSEAL and report.orders.filter(kind=OrderKind.EXPUNGE, carried_out_at=None).exists():
        raise Impossible("An order to expunge this report waits: it is not opened again before that is settled.")
    held.carried_out_by_id, held.carried_out_at = actor.person, now()
    held.save(update_fields=["carried_out_by", "carried_out_at"])
    facts: dict[str, object] = {"order": str(held.id), "kind": held.kind, "versions": report.versions.count()}
    if held.kind == OrderKind.UNSEAL:
        report.sealed_at = None
        report.save(update_fields=["sealed_at"])
    else:
        gone = expunge_report(report)
        facts["keys"] = sum(one.keys for one in gone)
        facts["epochs"] = sorted({epoch for one in gone for epoch in one.epochs})
    record(actor=actor, subject=f"report:{report.id}", facts=facts)
    return CourtOrder.objects.get(pk=held.pk)


@act(Kind.SEALED_REPORT_OPENED, roles=COUNSEL)
def open_sealed(*, actor: Actor, report: Report, reason: str) -> OpenReport:
    """Open a sealed report once, for counsel, who says why. The caller writes the reading down before it shows it.

    Raises:
        NotAllowed: The report is not the actor's to see.
        Impossible: No reason is given, or it is not sealed.
    """
    held = _locked(actor, report)
    if held.sealed_at is None:
        raise Impossible("This report is not sealed.")
    if not reason.strip():
        raise Impossible("Say why you must open it; the reason is written down.")
    opening = SealedOpening(report=held, opened_by_id=actor.person, opened_at=now())
    value = seal_new(context("incidents.sealedopening", opening.id, "reason"), reason.strip().encode())
    opening.wrapped_key, opening.sealed_reason = value.wrapped_key, value.sealed
    opening.save(force_insert=True)
    record(actor=actor, subject=f"report:{held.id}", facts={"opening": str(opening.id)})
    return opened_within_act(held)


def words_of(order: CourtOrder) -> dict[str, str]:
    """Court and docket of an order; empty once they were destroyed."""
    if order.wrapped_key is None or order.sealed is None:
        return {"court": "", "docket": ""}
    place = context("incidents.courtorder", order.id, "words")
    words: dict[str, str] = json.loads(open_value(place, order.wrapped_key, order.sealed))
    return words


def _locked(actor: Actor, report: Report) -> Report:
    seen = Report.objects.visible_to(actor).select_for_update(of=("self",)).select_related("incident")
    held = seen.filter(pk=report.pk).first()
    if held is None:
        raise NotAllowed("this report is not yours")
    return held


def expunge_report(report: Report) -> list[Gone]:
    """Destroy a report and what its incident says of anybody, in the caller's act; the rows stay without content."""
    for tell in expunged:
        tell(report)
    gone = [destroy(report) for destroy in expunging]
    Draft.objects.filter(corrects=report).delete()
    # What the bench holds of a version goes with it, each under its own key.
    report.versions.all().delete()
    report.steps.all().delete()
    report.reviews.all().delete()
    report.openings.all().delete()
    report.orders.update(wrapped_key=None, sealed=None)
    clear_incident(report.incident)
    report.expunged_at, report.waits_for_principal = now(), False
    report.save(update_fields=["expunged_at", "waits_for_principal"])
    return gone


def clear_incident(incident: Incident) -> None:
    """Take away all that an incident says of anybody. Its feed's key stays: what the feed says of it is not heard."""
    incident.participants.all().delete()
    incident.discipline_actions.clear()
    Incident.objects.filter(pk=incident.pk).update(
        place="other",
        kind="other",
        occurred_on=date.min,
        behaviors=[],
        feed_codes={},
        feed_wrapped_key=None,
        feed_sealed=None,
        reported_to_police=None,
        expunged_at=now(),
    )
