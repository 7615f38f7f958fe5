"""Which emergency openings a family is told of: one rule for the family's page and for the accounting.

A school official who opens a record discloses it to nobody outside, and 34 CFR 99.32(d)(2) asks for no line about that.
603 CMR 23.07(1) asks for one about everybody who obtained access and does not work with the student, which is who opens
in an emergency. So both tell of it, and say that nothing left the district.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db.models import CharField, Q, QuerySet, Subquery, Value

from schoolgate.apps.access.actors import FAMILY, ROLE_TITLES, Actor, Role
from schoolgate.apps.access.prepared import Prepared
from schoolgate.apps.access.wall import as_program
from schoolgate.apps.incidents.models import Report
from schoolgate.apps.ledger.models import Reading
from schoolgate.apps.people.glass.models import BrokenGlass, GlassReason, Verdict
from schoolgate.apps.people.glass.selectors import BY_NUMBER, is_told, number_in, told_by_whose
from schoolgate.apps.people.selectors import display_name
from schoolgate.interop.disclosures import Disclosure, Term, What

_LAW: Final = ("34 CFR 99.36", "603 CMR 23.07(1)")
NOT_IN_TIME: Final = "Nobody else looked at it in two business days, as somebody should have."
_OF_ANOTHER: Final = "The emergency was about another student of the same report."


_OPENING, _READING = "opening", "reading"


@dataclass(frozen=True, slots=True)
class Emergencies:
    """What an accounting says of emergency openings.

    Attributes:
        lines: those that the family is told of.
        untold: how many wait for their review, or are held back for a time; for the office alone.
    """

    lines: tuple[Disclosure, ...]
    untold: int


class _Row(NamedTuple):
    """An emergency opening of a child or of its report, or a reading of that report by any opening.

    Attributes:
        number: its own; of a reading the subject.
        said: of an opening the reason, of a reading the part.
        verdict, told: of an opening.
        by: who opened; of a reading nobody where the family is not told of the opening.
    """

    what: str
    pk: UUID
    number: str
    at: datetime
    role: str
    said: str
    verdict: str
    told: bool
    by: str | None


def emergencies_about(family: Actor, reports: Mapping[UUID, str]) -> Emergencies:
    """The emergency openings of one child's record, and those of another's by which a report of this child was read.

    Of the second sort the reason is not told: it is about the other child. One query.

    Args:
        family: the child's reader.
        reports: the numbers of the reports that the reader may know of, by report.
    """
    subjects = {f"report:{pk}": (pk, number) for pk, number in reports.items()}
    # The wall hides the rows of the other child, by whose opening this one's report was read.
    with as_program():
        rows = sorted(
            map(_Row._make, _ROWS(family=family, subjects=frozenset(subjects))), key=lambda one: (one.at, str(one.pk))
        )
    every = [one for one in rows if one.what == _OPENING]
    told = [one for one in every if one.told]
    beside = _beside(rows, {one.number for one in every}, subjects)
    return Emergencies((*map(_line, told), *beside), len(every) - len(told))


def _rows(family: Actor, subjects: frozenset[str]) -> QuerySet[BrokenGlass, tuple[Any, ...]]:
    """What `_Row` holds, in any order."""
    nothing, yes = _constant(""), Value(True)  # noqa: FBT003 - the constant itself
    seen = Report.objects.visible_to(family).order_by()
    about = Q(student__in=family.children) | Q(incident__in=seen.values("incident"))
    openings = BrokenGlass.objects.filter(about).order_by().annotate(told=is_told())
    opened = openings.values_list(
        _constant(_OPENING), "pk", "number", "opened_at", "role", "reason", "verdict", "told", display_name("user_id")
    )
    # By the ids themselves: joined to the reports, the read log of the whole district would be looked through.
    readings = Reading.objects.filter(subject__in=subjects, part__contains=BY_NUMBER).exclude(role__in=FAMILY)
    opener = Subquery(told_by_whose("part").values("user__display_name")[:1])
    read = readings.order_by().values_list(
        _constant(_READING), "pk", "subject", "read_at", "role", "part", nothing, yes, opener
    )
    return opened.union(read, all=True)


def _constant(text: str) -> Value:
    return Value(text, output_field=CharField())


_ROWS = Prepared(_rows, family=Actor, subjects=frozenset)


def _line(opening: _Row) -> Disclosure:
    return Disclosure(
        opening.pk,
        opening.at,
        What.EMERGENCY,
        opening.number,
        by=f"{opening.by}, {ROLE_TITLES[Role(opening.role)]}",
        purpose=Term(opening.said, GlassReason(opening.said).label),
        law=_LAW,
        note=f"Somebody else looked at it. {Verdict(opening.verdict).label}." if opening.verdict else NOT_IN_TIME,
    )


def _beside(rows: Iterable[_Row], own: set[str], subjects: Mapping[str, tuple[UUID, str]]) -> list[Disclosure]:
    """Reports that were read by an opening over another student: the first reading of each by each."""
    first: dict[tuple[str, str], _Row] = {}
    for one in rows:
        if one.what == _READING and one.by is not None and (number := number_in(one.said)) not in own:
            first.setdefault((one.number, number), one)
    return [
        Disclosure(
            subjects[subject][0],
            one.at,
            What.EMERGENCY,
            subjects[subject][1],
            by=f"{one.by}, {ROLE_TITLES[Role(one.role)]}",
            law=_LAW,
            note=_OF_ANOTHER,
        )
        for (subject, _), one in first.items()
    ]
