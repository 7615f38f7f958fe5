"""Who got copies of a report, for the page of an order that expunges it."""

from collections.abc import Iterator

from schoolgate.apps.incidents.holders import Holder
from schoolgate.apps.incidents.models import Report

from .models import Release


def holders_of(report: Report) -> Iterator[Holder]:
    """The agency of each copy that left; one that was withdrawn may have been fetched before. One query."""
    for one in Release.objects.filter(request__report=report).select_related("agency", "expungement"):
        how = "Released, and withdrawn later" if one.withdrawn_at else "Released"
        notice = getattr(one, "expungement", None)
        yield Holder(one.number, one.agency, one.released_at, how, notice.told_at if notice else None)
