"""Who holds copies of a report that a court or the law expunges, and what was told to them.

Copies are known to the rooms below, which register here how to ask them. What they answer, and what is kept, is the
copy's number, the agency and days: it stays when the report is gone.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from schoolgate.apps.access.actors import OFFICE, Actor, Role
from schoolgate.apps.access.moment import now, today
from schoolgate.apps.agencies.models import Agency
from schoolgate.apps.ledger.acts import Impossible, NotAllowed, act, record
from schoolgate.apps.ledger.kinds import Kind

from .models import MEMO, CourtOrder, HolderTold, OrderKind, Report, ToldHow

LOOKED_AT: Final = 20


@dataclass(frozen=True, slots=True)
class Holder:
    """An agency that has, or may have, a copy.

    Attributes:
        copy: The copy's number.
        agency: Who has it.
        since: When it left, or when it was seen there.
        how: How it came there, in words.
    """

    copy: str
    agency: Agency
    since: datetime
    how: str


@dataclass(frozen=True, slots=True)
class HolderLine:
    """A holder, and what was told to them; None until somebody wrote that down."""

    holder: Holder
    told: HolderTold | None


holding: list[Callable[[Report], Iterable[Holder]]] = []


def holders_of(report: Report) -> list[Holder]:
    """Everybody who holds a copy, the first that left first. A query for each room that was registered."""
    found = (one for ask in holding for one in ask(report))
    return sorted(found, key=lambda one: (one.since, one.copy, one.agency.name))


def lines_of(order: CourtOrder) -> list[HolderLine]:
    """The holders of an order's report, and what was told to each because of it. One query besides theirs."""
    told = {(one.copy, one.agency_id): one for one in order.told.select_related("entered_by")}
    return [HolderLine(one, told.get((one.copy, one.agency.pk))) for one in holders_of(order.report)]


def find_order(actor: Actor, order_id: UUID) -> CourtOrder:
    """An order to expunge, for the office, also when it was carried out: one of a memo for counsel alone.

    Raises:
        Http404: There is none, or not for this actor: the answer is the same.
    """
    found = _orders(actor).filter(pk=order_id).first()
    if found is None:
        raise Http404
    return found


def orders_untold(actor: Actor) -> list[CourtOrder]:
    """The newest orders to expunge of which a holder was not told. Two queries for each that is looked at."""
    newest = _orders(actor).order_by("-entered_at")[:LOOKED_AT]
    return [one for one in newest if any(line.told is None for line in lines_of(one))]


def _orders(actor: Actor) -> QuerySet[CourtOrder]:
    orders = CourtOrder.objects.filter(kind=OrderKind.EXPUNGE).select_related("report", "carried_out_by")
    if not actor.in_office:
        return orders.none()
    return orders if actor.role is Role.COUNSEL else orders.exclude(report__kind=MEMO)


@act(Kind.HOLDER_TOLD, roles=OFFICE)
def tell_holder(*, actor: Actor, order: CourtOrder, copy: str, agency: UUID, told_on: date, how: ToldHow) -> HolderTold:
    """Write down that a holder was told of the expungement, and asked to destroy the copy and say so.

    Raises:
        NotAllowed: The order is not the actor's to see.
        Impossible: Nobody holds such a copy, it was written down before, or the day makes no sense.
    """
    try:
        held = find_order(actor, order.pk)
    except Http404:
        raise NotAllowed("this order is not yours") from None
    CourtOrder.objects.select_for_update().get(pk=held.pk)
    line = next((one for one in lines_of(held) if (one.holder.copy, one.holder.agency.pk) == (copy, agency)), None)
    if line is None:
        raise Impossible("Nobody holds this copy. Look at the list again.")
    if line.told is not None:
        raise Impossible("That they were told is written down already.")
    if not held.dated_on <= told_on <= today():
        raise Impossible("They were told between the day of the order and today. Correct the day.")
    made = HolderTold.objects.create(
        order=held,
        copy=copy,
        agency=line.holder.agency,
        told_on=told_on,
        how=how,
        entered_by_id=actor.person,
        entered_at=now(),
    )
    facts: dict[str, object] = {
        "order": str(held.pk),
        "copy": copy,
        "agency": line.holder.agency.slug,
        "told_on": told_on.isoformat(),
        "how": str(how),
    }
    record(actor=actor, subject=f"report:{held.report_id}", facts=facts)
    return made
