"""Where copies of a report were seen, for the page of an order that expunges it."""

from collections.abc import Collection, Iterator
from uuid import UUID

from django.db.models import Q

from schoolgate.apps.incidents.holders import Holder

from .models import Case, State


def holders_of(reports: Collection[UUID]) -> Iterator[Holder]:
    """The agency at which a copy was seen, of each case that the office accepted and did not withdraw. One query."""
    about = Q(report__in=reports) | Q(release__request__report__in=reports)
    cases = Case.objects.filter(about, transfer__receiver__isnull=False).exclude(transfer__state=State.WITHDRAWN)
    for one in cases.select_related("transfer__receiver", "release__request"):
        copied = {one.report_id, one.release.request.report_id if one.release else None}
        for report in copied:
            if report is not None and report in reports and one.transfer.receiver is not None:
                yield Holder(report, one.transfer.number, one.transfer.receiver, one.opened_at, "Seen there")
