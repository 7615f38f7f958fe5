"""Which emergency openings a family is told of: one rule for the family's page and for the accounting.

A school official who opens a record discloses it to nobody outside, and 34 CFR 99.32(d)(2) asks for no line about that.
603 CMR 23.07(1) asks for one about everybody who obtained access and does not work with the student, which is who opens
in an emergency. So both tell of it, and say that nothing left the district.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import Q

from schoolgate.apps.access.actors import FAMILY, ROLE_TITLES, Actor, Role
from schoolgate.apps.incidents.models import Report
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.ledger.models import Opening, Reading
from schoolgate.apps.people.glass.models import BrokenGlass, GlassQuerySet
from schoolgate.apps.people.glass.selectors import number_in, numbers_told, told_to_families
from schoolgate.apps.people.models import Student, User
from schoolgate.interop.disclosures import Disclosure, Term, What

_LAW: Final = ("34 CFR 99.36", "603 CMR 23.07(1)")
NOT_IN_TIME: Final = "Nobody else looked at it in two business days, as somebody should have."
_OF_ANOTHER: Final = "The emergency was about another student of the same report."


def emergencies_of(family: Actor, reports: Iterable[Report]) -> GlassQuerySet:
    """Those over the children of a family's reader, or over the incidents of reports that it may know of."""
    return told_to_families().filter(_about(family, reports))


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


def emergencies_about(child: Student, family: Actor) -> Emergencies:
    """The emergency openings of one child's record, and those of another's by which a report of this child was read.

    Of the second sort the reason is not told: it is about the other child. Six queries.
    """
    reports = list(Report.objects.visible_to(family))
    own = list(emergencies_of(family, reports))
    every = BrokenGlass.objects.filter(_about(family, reports)).count()
    entries = dict(
        Opening.objects.filter(subject__in=[f"glass:{one.pk}" for one in own], kind=Kind.GLASS_BROKEN).values_list(
            "subject", "pk"
        )
    )
    lines = [_line(one, entries.get(f"glass:{one.pk}")) for one in own]
    known = {one.number for one in own}
    return Emergencies((*lines, *_beside(reports, known)), every - len(own))


def _about(family: Actor, reports: Iterable[Report]) -> Q:
    return Q(student__in=family.children) | Q(incident__in={report.incident_id for report in reports})


def _line(glass: BrokenGlass, entry: UUID | None) -> Disclosure:
    return Disclosure(
        glass.pk,
        glass.opened_at,
        What.EMERGENCY,
        glass.number,
        by=f"{glass.user.display_name}, {ROLE_TITLES[Role(glass.role)]}",
        purpose=Term(glass.reason, glass.get_reason_display()),
        law=_LAW,
        note=review_of(glass),
        entry=entry,
    )


def _beside(reports: Iterable[Report], known: set[str]) -> list[Disclosure]:
    """Reports that were read by an opening over another student: the first reading of each by each."""
    subjects = {f"report:{report.pk}": report for report in reports}
    readings = Reading.objects.filter(subject__in=subjects, part__contains=", by G-").exclude(role__in=FAMILY)
    first: dict[tuple[str, str], Reading] = {}
    for one in readings.order_by("read_at"):
        number = number_in(one.part)
        if number and number not in known:
            first.setdefault((one.subject, number), one)
    told = numbers_told({number for _, number in first})
    shown = {key: one for key, one in first.items() if key[1] in told}
    names = dict(User.objects.filter(pk__in={one.user for one in shown.values()}).values_list("pk", "display_name"))
    return [
        Disclosure(
            subjects[subject].pk,
            one.read_at,
            What.EMERGENCY,
            subjects[subject].number,
            by=f"{names.get(one.user, 'Somebody')}, {ROLE_TITLES[Role(one.role)]}",
            law=_LAW,
            note=_OF_ANOTHER,
        )
        for (subject, _), one in shown.items()
    ]
