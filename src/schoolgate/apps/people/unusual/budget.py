"""How many different records somebody may open in a day before a second person must let them go on.

Whoever steals a sign-in reads fast. The budget is asked before each reading, in the district's own day; a record that
was opened today costs nothing more. It is a brake on what the log already tells, not a right to read.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Count, QuerySet, Sum

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.access.moment import today
from schoolgate.apps.access.prepared import Prepared
from schoolgate.apps.ledger.models import Reading

from .measuring import begins
from .models import WORK, MoreReading


class BudgetSpent(Exception):  # noqa: N818 - reads as what it says
    """Somebody has opened as many records today as they may. Nothing was shown."""


def _read(user: UUID, since: datetime) -> QuerySet[Reading]:
    return Reading.objects.filter(user=user, role__in=WORK, read_at__gte=since).order_by()


_ALREADY = Prepared(
    lambda user, since, subject: _read(user, since).filter(subject=subject).values_list("pk")[:1],
    user=UUID,
    since=datetime,
    subject=str,
)
_DIFFERENT = Prepared(lambda user, since: _read(user, since).values("subject").distinct(), user=UUID, since=datetime)


def check_budget(actor: Actor, subject: str) -> None:
    """Refuse a reading over today's budget.

    One query for a record that was opened today, else two; a third one only where the budget of the settings is spent.

    Raises:
        BudgetSpent: A second person has not let the actor go on.
    """
    if actor.role not in WORK or actor.user_id is None:
        return
    day = today()
    asked = {"user": actor.user_id, "since": begins(day)}
    # First whether it is one of today's: somebody who works with a few records all day would else be counted anew
    # over all that they read, each time.
    if _ALREADY(**asked, subject=subject):
        return
    opened = _DIFFERENT.count(**asked)
    if opened >= settings.READING_BUDGET and opened >= settings.READING_BUDGET + more_allowed(actor.user_id, day):
        raise BudgetSpent


def more_allowed(person: UUID, day: date) -> int:
    """How many records more than the budget a second person let somebody open on a day."""
    return MoreReading.objects.filter(person=person, day=day).aggregate(many=Sum("more"))["many"] or 0


def spent_today() -> dict[UUID, int]:
    """Person -> how many different records they have opened today, of those whose budget is spent. Two queries."""
    day = today()
    read = (
        Reading.objects.filter(
            read_at__gte=begins(day), read_at__lt=begins(day + timedelta(days=1)), role__in=WORK, user__isnull=False
        )
        .values_list("user")
        .annotate(many=Count("subject", distinct=True))
        .filter(many__gte=settings.READING_BUDGET)
        .order_by()
    )
    more = dict(MoreReading.objects.filter(day=day).values_list("person").annotate(more=Sum("more")).order_by())
    return {user: many for user, many in read if user and many >= settings.READING_BUDGET + more.get(user, 0)}
