"""How many different records each person opened, and who opened far more than their peers.

Peers are those who read in the same role, at schools of about the same size, in the same span. Unusual is more than the
median of the others by `SPREADS` times their spread (the median absolute deviation, as a standard deviation), and at
least `FLOORS`: a few careful readers make no alarm. With fewer than `FEW` peers the person's own days of the eight
weeks before stand for them; with few of those too, the floor alone counts.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median
from types import MappingProxyType
from typing import Final
from uuid import UUID

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from schoolgate.apps.access.actors import Role
from schoolgate.apps.ledger.models import Reading
from schoolgate.apps.people.models import Membership, Student

from .models import WORK, Span

SPREADS: Final = 5
# What turns a median absolute deviation into the standard deviation of a normal distribution.
_TO_DEVIATION: Final = 1.4826
FEW: Final = 4
OWN_WEEKS: Final = 8
DAYS: Final = MappingProxyType({Span.DAY: 1, Span.WEEK: 7})
# Different records, in a day; in a week three times as many.
FLOORS: Final = MappingProxyType(
    {Role.STAFF: 15, Role.PRINCIPAL: 40, Role.RECORDS_OFFICER: 80, Role.COUNSEL: 80},
)
WEEK_FLOOR: Final = 3
# Students up to which a school counts as small, and as of middle size.
SIZES: Final = (300, 1000)


@dataclass(frozen=True, slots=True)
class Reader:
    """What one person read in one role.

    Attributes:
        size: 0, 1 or 2 by the number of the school's students; None for the office.
        own: of the person's own earlier spans, how many records in each; filled where there are few peers.
    """

    person: UUID
    role: Role
    records: int
    school: UUID | None = None
    size: int | None = None
    own: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Unusual:
    """One who read far more than usual.

    Attributes:
        peers: with how many colleagues they were compared; 0 where it was with their own past, or with nothing.
        usual: the median of those; None where there was nothing to compare with.
    """

    reader: Reader
    peers: int
    usual: float | None
    limit: int


def limit_of(others: Sequence[int], floor: int) -> tuple[float | None, int]:
    """The median of what others read, and the number from which on more is unusual."""
    if not others:
        return None, floor
    middle = median(others)
    spread = _TO_DEVIATION * median(abs(one - middle) for one in others)
    return float(middle), max(floor, math.floor(middle + SPREADS * spread) + 1)


def unusual_among(readers: Collection[Reader], span: Span) -> list[Unusual]:
    """Who of them read far more than their peers, the most first."""
    peers: dict[tuple[Role, int | None], list[Reader]] = defaultdict(list)
    for one in readers:
        peers[one.role, one.size].append(one)
    found = []
    for one in readers:
        floor = floor_of(one.role, span)
        if one.records < floor:
            continue
        others = [other.records for other in peers[one.role, one.size] if other.person != one.person]
        enough = len(others) >= FEW
        usual, limit = limit_of(others if enough else one.own if len(one.own) >= FEW else (), floor)
        if one.records >= limit:
            found.append(Unusual(one, len(others) if enough else 0, usual, limit))
    return sorted(found, key=lambda one: (-one.reader.records, str(one.reader.person)))


def floor_of(role: Role, span: Span) -> int:
    """Below so many records nothing is unusual."""
    return FLOORS[role] * (WEEK_FLOOR if span is Span.WEEK else 1)


def readers_of(last: date, span: Span) -> list[Reader]:
    """Who read in the span that ends with a day, in a role of their work. Four queries, however many read."""
    days = DAYS[span]
    first = last - timedelta(days=days - 1)
    rows = _work(first, last).values_list("user", "role").annotate(records=Count("subject", distinct=True))
    read = {(user, Role(role)): records for user, role, records in rows.order_by()}
    homes = _homes({user for user, _ in read}, last)
    sizes = _sizes(set(homes.values()))
    readers = [
        Reader(user, role, records, home, None if home is None else sizes[home])
        for (user, role), records in read.items()
        for home in [homes.get((user, role))]
    ]
    return _with_own_past(readers, first, span)


def _with_own_past(readers: list[Reader], first: date, span: Span) -> list[Reader]:
    """The same readers; who has few peers and read enough to matter, with their own earlier spans. One query."""
    many: dict[tuple[Role, int | None], int] = defaultdict(int)
    for one in readers:
        many[one.role, one.size] += 1
    alone = {
        one.person for one in readers if many[one.role, one.size] <= FEW and one.records >= floor_of(one.role, span)
    }
    earlier = first - timedelta(weeks=OWN_WEEKS)
    rows = (
        _work(earlier, first - timedelta(days=1))
        .filter(user__in=alone)
        .annotate(day=TruncDate("read_at"))
        .values_list("user", "role", "day")
        .annotate(records=Count("subject", distinct=True))
        .order_by()
    )
    past: dict[tuple[UUID | None, Role], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for user, role, day, records in rows:
        past[user, Role(role)][(first - day).days // DAYS[span]] += records
    return [
        Reader(one.person, one.role, one.records, one.school, one.size, tuple(past[one.person, one.role].values()))
        for one in readers
    ]


def _work(first: date, last: date) -> QuerySet[Reading]:
    """The readings of some days in roles of the district's work."""
    return Reading.objects.filter(
        read_at__gte=begins(first),
        read_at__lt=begins(last + timedelta(days=1)),
        user__isnull=False,
        role__in=WORK,
    )


def begins(day: date) -> datetime:
    """The moment at which a day begins in the district."""
    return timezone.make_aware(datetime.combine(day, time.min))


def _homes(people: Iterable[UUID | None], day: date) -> dict[tuple[UUID, Role], UUID | None]:
    """Person and role -> the school they have it at, the one held first."""
    rows = Membership.objects.on(day).filter(user__in=people, role__in=WORK).order_by("-starts")
    return {(user, Role(role)): school for user, role, school in rows.values_list("user", "role", "school")}


def _sizes(schools: set[UUID | None]) -> dict[UUID, int]:
    """School -> 0 small, 1 of middle size, 2 large."""
    wanted = schools - {None}
    rows = Student.objects.filter(school__in=wanted).values_list("school").annotate(many=Count("pk")).order_by()
    many = dict(rows)
    return {one: sum(many.get(one, 0) > size for size in SIZES) for one in wanted if one}
