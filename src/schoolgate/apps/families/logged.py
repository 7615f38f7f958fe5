"""What the read log and emergency openings say of a family's reports, in one query."""

from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import (
    CharField,
    Max,
    Q,
    QuerySet,
    Value,
)
from django.db.models.functions import TruncDate

from schoolgate.apps.access.actors import FAMILY, Actor
from schoolgate.apps.access.prepared import Prepared
from schoolgate.apps.access.wall import as_program
from schoolgate.apps.ledger.models import Reading
from schoolgate.apps.people.glass.selectors import number_in, told_to_families
from schoolgate.apps.people.selectors import display_name

READ, EMERGENCY = "read", "emergency"


class Logged(NamedTuple):
    """One thing that stands in a log.

    Attributes:
        what: that a report was read, on that day for the last time at `at`, or a record opened in an emergency.
        user, role, name: who did it, as whom, and what they are called.
        subject: which record; of an emergency the reason.
        part: which part was read; of an emergency what was found.
    """

    what: str
    at: datetime
    user: UUID | None
    role: str
    subject: str
    part: str
    name: str | None
    day: date


def logged(actor: Actor, *, reports: frozenset[str], incidents: frozenset[UUID]) -> list[Logged]:
    """Who opened a family's reports, and emergencies about its children. One query; two where an opening was read by.

    What was read in an emergency of which the family is not told yet is left out with it.

    Args:
        actor: the family's reader.
        reports: the subjects of those that the reader may know of.
        incidents: those of the reports.
    """
    found = [Logged._make(row) for row in _LOGGED(actor=actor, reports=reports, incidents=incidents)]
    by = frozenset(number for one in found if one.what == READ and (number := number_in(one.part)))
    if not by:
        return found
    # It may have been over another child, whose rows the wall hides.
    with as_program():
        told = {number for (number,) in _TOLD(numbers=by)}
    return [one for one in found if one.what != READ or number_in(one.part) in ("", *told)]


def _logged(actor: Actor, reports: frozenset[str], incidents: frozenset[UUID]) -> QuerySet[Reading, tuple[Any, ...]]:
    about = Q(student__in=actor.children) | Q(incident__in=incidents)
    emergencies = (
        told_to_families()
        .filter(about)
        .select_related(None)
        .order_by()
        .values_list(
            Value(EMERGENCY, output_field=CharField()),
            "opened_at",
            "user_id",
            "role",
            "reason",
            "verdict",
            display_name("user_id"),
            TruncDate("opened_at"),
        )
    )
    return _readings(reports).union(emergencies, all=True)


_LOGGED = Prepared(_logged, actor=Actor, reports=frozenset, incidents=frozenset)
_TOLD = Prepared(
    lambda numbers: told_to_families().filter(number__in=numbers).order_by().values_list("number"), numbers=frozenset
)


def _readings(reports: frozenset[str]) -> QuerySet[Reading, tuple[Any, ...]]:
    """One row a person, role, report, part and day."""
    rows = Reading.objects.filter(subject__in=reports).exclude(role__in=FAMILY)
    days = rows.annotate(day=TruncDate("read_at"))
    return (
        days.values("user", "role", "subject", "part", "day")
        .annotate(at=Max("read_at"))
        .annotate(what=Value(READ, output_field=CharField()), name=display_name("user"))
        .order_by()
        .values_list("what", "at", "user", "role", "subject", "part", "name", "day")
    )
