"""Where copies of a report were seen, for the page of an order that expunges it."""

from collections.abc import Iterator

from django.db.models import Q

from schoolgate.apps.incidents.holders import Holder
from schoolgate.apps.incidents.models import Report

from .models import Case, State


def holders_of(report: Report) -> Iterator[Holder]:
    """The agency at which a copy was seen, of each case that the office accepted and did not withdraw. One query."""
    about = Q(report=report) | Q(release__request__report=report)
    cases = Case.objects.filter(about, transfer__receiver__isnull=False).exclude(transfer__state=State.WITHDRAWN)
    for one in cases.select_related("transfer__receiver"):
        if one.transfer.receiver is not None:
            yield Holder(one.transfer.number, one.transfer.receiver, one.opened_at, "Seen there")
