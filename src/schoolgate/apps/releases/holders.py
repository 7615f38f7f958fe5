"""Who got copies of a report, for the page of an order that expunges it."""

from collections.abc import Collection, Iterator
from uuid import UUID

from schoolgate.apps.incidents.holders import Holder

from .models import Release


def holders_of(reports: Collection[UUID]) -> Iterator[Holder]:
    """The agency of each copy that left; one that was withdrawn may have been fetched before. One query."""
    copies = Release.objects.filter(request__report__in=reports)
    for one in copies.select_related("agency", "expungement", "request"):
        how = "Released, and withdrawn later" if one.withdrawn_at else "Released"
        notice = getattr(one, "expungement", None)
        mailed = notice.told_at if notice else None
        if one.request.report_id is not None:
            yield Holder(one.request.report_id, one.number, one.agency, one.released_at, how, mailed)
