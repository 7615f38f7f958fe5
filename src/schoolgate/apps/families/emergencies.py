"""Which emergency openings a family is told of: one rule for the family's page and for the accounting.

A school official who opens a record discloses it to nobody outside, and 34 CFR 99.32(d)(2) asks for no line about that.
603 CMR 23.07(1) asks for one about everybody who obtained access and does not work with the student, which is who opens
in an emergency. So both tell of it, and say that nothing left the district.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import Q, Subquery

from schoolgate.apps.access.actors import FAMILY, ROLE_TITLES, Actor, Role
from schoolgate.apps.access.wall import as_program
from schoolgate.apps.incidents.models import Report
from schoolgate.apps.ledger.models import Reading
from schoolgate.apps.people.glass.models import BrokenGlass
from schoolgate.apps.people.glass.selectors import BY_NUMBER, is_told, number_in, told_by_whose
from schoolgate.interop.disclosures import Disclosure, Term, What

_LAW: Final = ("34 CFR 99.36", "603 CMR 23.07(1)")
NOT_IN_TIME: Final = "Nobody else looked at it in two business days, as somebody should have."
_OF_ANOTHER: Final = "The emergency was about another student of the same report."


def review_of(glass: BrokenGlass) -> str:
    """What somebody else thought of one, in a sentence or two."""
    return f"Somebody else looked at it. {glass.get_verdict_display()}." if glass.verdict else NOT_IN_TIME


@dataclass(frozen=True, slots=True)
class Emergencies:
    """What an accounting says of emergency openings.

    Attributes:
        lines: those that the family is told of.
        untold: how many wait for their review, or are held back for a time; for the office alone.
    """

    lines: tuple[Disclosure, ...]
    untold: int


def emergencies_about(family: Actor) -> Emergencies:
    """The emergency openings of one child's record, and those of another's by which a report of this child was read.

    Of the second sort the reason is not told: it is about the other child. Three queries.
    """
    reports = list(Report.objects.visible_to(family).only("number", "incident"))
    every = list(BrokenGlass.objects.filter(_about(family, reports)).select_related("user").annotate(told=is_told()))
    own = {one.number for one in every}
    lines = [_line(one) for one in every if one.told]  # type: ignore[attr-defined]  # annotated above
    return Emergencies((*lines, *_beside(reports, own)), len(every) - len(lines))


def _about(family: Actor, reports: Iterable[Report]) -> Q:
    return Q(student__in=family.children) | Q(incident__in={report.incident_id for report in reports})


def _line(glass: BrokenGlass) -> Disclosure:
    return Disclosure(
        glass.pk,
        glass.opened_at,
        What.EMERGENCY,
        glass.number,
        by=f"{glass.user.display_name}, {ROLE_TITLES[Role(glass.role)]}",
        purpose=Term(glass.reason, glass.get_reason_display()),
        law=_LAW,
        note=review_of(glass),
    )


def _beside(reports: Iterable[Report], own: set[str]) -> list[Disclosure]:
    """Reports that were read by an opening over another student: the first reading of each by each. One query."""
    subjects = {f"report:{report.pk}": report for report in reports}
    readings = Reading.objects.filter(subject__in=subjects, part__contains=BY_NUMBER).exclude(role__in=FAMILY)
    first: dict[tuple[str, str], Reading] = {}
    # The wall hides the rows of the other child, by whose opening this one's report was read.
    with as_program():
        opener = Subquery(told_by_whose("part").values("user__display_name")[:1])
        for one in readings.annotate(by=opener).order_by("read_at"):
            if one.by is not None and (number := number_in(one.part)) not in own:
                first.setdefault((one.subject, number), one)
    return [
        Disclosure(
            subjects[subject].pk,
            one.read_at,
            What.EMERGENCY,
            subjects[subject].number,
            by=f"{vars(one)['by']}, {ROLE_TITLES[Role(one.role)]}",
            law=_LAW,
            note=_OF_ANOTHER,
        )
        for (subject, _), one in first.items()
    ]
