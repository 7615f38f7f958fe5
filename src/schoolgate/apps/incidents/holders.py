"""Who holds copies of a report that a court or the law expunges, and what was told to them.

Copies are known to the rooms below, which register here how to ask them. What they answer, and what is kept, is the
copy's number, the agency and days: it stays when the report is gone.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.http import Http404

from schoolgate.apps.access.actors import Actor, Role
from schoolgate.apps.access.kept import without_kept
from schoolgate.apps.agencies.models import Agency

from .models import CourtOrder, HolderTold, OrderKind, Report
from .vocabulary import MEMO

LOOKED_AT: Final = 20


@dataclass(frozen=True, slots=True)
class Holder:
    """An agency that has, or may have, a copy.

    Attributes:
        report: The number of the report that it is a copy of.
        copy: The copy's number.
        agency: Who has it.
        since: When it left, or when it was seen there.
        how: How it came there, in words.
        mailed_at: When they were told by mail, by itself.
    """

    report: UUID
    copy: str
    agency: Agency
    since: datetime
    how: str
    mailed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class HolderLine:
    """A holder, and what was told to them; None until somebody wrote that down."""

    holder: Holder
    told: HolderTold | None

    @property
    def knows(self) -> bool:
        """Whether they were told, by mail or as somebody wrote down."""
        return self.told is not None or self.holder.mailed_at is not None


# Asked with the numbers of reports: who holds copies of any of them.
holding: list[Callable[[Collection[UUID]], Iterable[Holder]]] = []


def holders_of(report: Report) -> list[Holder]:
    """Everybody who holds a copy, the first that left first. A query for each room that was registered."""
    return _holders([report.pk])


def _holders(reports: Collection[UUID]) -> list[Holder]:
    found = (one for ask in holding for one in ask(reports))
    return sorted(found, key=lambda one: (one.since, one.copy, one.agency.name))


def lines_of(order: CourtOrder) -> list[HolderLine]:
    """The holders of an order's report, and what was told to each because of it. One query besides theirs."""
    return _lines(order, holders_of(order.report))


def _lines(order: CourtOrder, holders: Iterable[Holder]) -> list[HolderLine]:
    told = {(one.copy, one.agency_id): one for one in order.told.all()}
    return [HolderLine(one, told.get((one.copy, one.agency.pk))) for one in holders if one.report == order.report_id]


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
    """The newest orders to expunge of which a holder was not told. As many queries for twenty as for one."""
    newest = list(_orders(actor).order_by("-entered_at")[:LOOKED_AT])
    holders = _holders({one.report_id for one in newest}) if newest else []
    return [one for one in newest if any(not line.knows for line in _lines(one, holders))]


def _orders(actor: Actor) -> QuerySet[CourtOrder]:
    orders = CourtOrder.objects.filter(kind=OrderKind.EXPUNGE).select_related("report", "carried_out_by")
    orders = orders.prefetch_related(Prefetch("told", HolderTold.objects.select_related("entered_by")))
    if not actor.in_office:
        return orders.none()
    orders = without_kept(orders, actor, "report__incident__participants__student")
    return orders if actor.role is Role.COUNSEL else orders.exclude(report__kind=MEMO)
