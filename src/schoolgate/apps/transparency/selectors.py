"""What the public sees: figures of closed quarters, masked together."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from schoolgate.apps.access.moment import today
from schoolgate.apps.agencies.models import RECIPIENT_KINDS
from schoolgate.apps.incidents.models import Participant
from schoolgate.apps.requests.models import Request, State
from schoolgate.apps.requests.services import NO_NOTICE

if TYPE_CHECKING:
    from uuid import UUID

# No number of students under this is published (BPS circular ODA-03).
THRESHOLD = 10
QUARTERS_SHOWN = 4
MONTHS = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of recipient. None is a number that is not published."""

    kind: str
    asked: int | None
    released: int | None


@dataclass(frozen=True, slots=True)
class Period:
    """A closed quarter, published once and never again in another cut."""

    starts: date
    last: date
    rows: tuple[Row, ...]
    total: int | None


def public_periods() -> list[Period]:
    """The latest closed quarters, newest first. Two queries a quarter.

    Every kind of recipient has its row, whether or not anything happened, zeros are masked like other small numbers,
    and no total stands beside a masked cell, so nothing on the page narrows one below 0 to 9. The periods are
    disjoint, since the difference of two running totals would be a small number.
    """
    ends = _quarter_start(today())
    periods = []
    for _ in range(QUARTERS_SHOWN):
        starts = _quarter_start(ends - timedelta(days=1))
        periods.append(_period(starts, ends))
        ends = starts
    return periods


def _quarter_start(day: date) -> date:
    return date(day.year, (day.month - 1) // MONTHS * MONTHS + 1, 1)


def _period(starts: date, ends: date) -> Period:
    asked: dict[str, set[UUID]] = defaultdict(set)
    released: dict[str, set[UUID]] = defaultdict(set)
    requests = list(
        Request.objects.filter(received_at__date__gte=starts, received_at__date__lt=ends, report__isnull=False)
        .exclude(decisions__obligations__name=NO_NOTICE)
        .values_list("agency__kind", "state", "report__incident", "named_tokens")
    )
    incidents = {incident for _, _, incident, _ in requests}
    students = {
        (incident, token): student
        for incident, token, student in Participant.objects.filter(
            incident__in=incidents, student__isnull=False
        ).values_list("incident", "token", "student")
    }
    for kind, state, incident, tokens in requests:
        named = {students[incident, token] for token in tokens if (incident, token) in students}
        asked[kind] |= named
        if state == State.RELEASED:
            released[kind] |= named
    rows = tuple(
        Row(title, _shown(len(asked[kind])), _shown(len(released[kind]))) for kind, title in RECIPIENT_KINDS.items()
    )
    everyone: set[UUID] = set().union(*released.values())
    whole = all(row.released is not None for row in rows)
    return Period(starts, ends - timedelta(days=1), rows, _shown(len(everyone)) if whole else None)


def _shown(count: int) -> int | None:
    return count if count >= THRESHOLD else None
