"""What can be asked about: a report, an incident, a student, a request or a copy, and how each is looked for.

The rules are not written here a second time. Whether somebody sees a thing is what `visible_to` says of that person,
and on which page is what the page's own `@allow` says.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.db.models import Manager, Model, QuerySet
from django.http import Http404

from schoolgate.apps.access.actors import FAMILY, OFFICE, SCHOOL, Actor, Role
from schoolgate.apps.access.kept import without_kept
from schoolgate.apps.families.selectors import find_release_of_family, find_request_of_family
from schoolgate.apps.incidents.models import Incident, Report
from schoolgate.apps.people.models import Student
from schoolgate.apps.releases.models import Release
from schoolgate.apps.requests.models import Request

Visible = Callable[[Actor, UUID], int]


@dataclass(frozen=True, slots=True)
class Way:
    """One way of seeing a thing.

    Attributes:
        what: what is seen, in words after a number: "report".
        pages: names of the routes that show it, the first that lets a role in counts.
        seen: how many of them an actor sees.
    """

    what: str
    pages: tuple[str, ...]
    seen: Visible


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that can be asked about.

    Attributes:
        find: the row of a number or an id.
        ways: how it can be seen.
        reports: the reports that it is about, which limits, seals and windows are looked for in.
        students: whose record it is.
    """

    find: Callable[[str], Model | None]
    ways: tuple[Way, ...]
    reports: Callable[[UUID], QuerySet[Report]]
    students: Callable[[UUID], QuerySet[Student]] = field(default=lambda key: Student.objects.filter(pk=key))


class NoSuchThing(Exception):  # noqa: N818 - reads as what it says
    """What was asked about does not exist. The message says what can be asked."""


def _by_id(rows: Manager[Any], number: str = "") -> Callable[[str], Model | None]:
    """Find a row by its id, or by the field in which its number stands."""

    def find(key: str) -> Model | None:
        try:
            wanted: dict[str, object] = {"pk": UUID(key)}
        except ValueError:
            if not number:
                return None
            wanted = {number: key}
        found: Model | None = rows.filter(**wanted).first()
        return found

    return find


def _reports(lookup: str) -> Visible:
    """How many reports an actor sees, of those whose field `lookup` is what was asked about."""

    def seen(actor: Actor, key: UUID) -> int:
        return Report.objects.visible_to(actor).filter(**{lookup: key}).distinct().count()

    return seen


def _emergency(lookup: str) -> Visible:
    """How many reports an emergency opening shows an actor now."""

    def seen(actor: Actor, key: UUID) -> int:
        return Report.objects.behind_glass(actor).filter(**{lookup: key}).distinct().count()

    return seen


def _request(actor: Actor, key: UUID) -> int:
    if actor.role not in FAMILY:
        return Request.objects.visible_to(actor).filter(pk=key).count()
    try:
        find_request_of_family(actor, key)
    except Http404:
        return 0
    return 1


def _release(actor: Actor, key: UUID) -> int:
    if actor.role not in FAMILY:
        return Release.objects.visible_to(actor).filter(pk=key).count()
    try:
        find_release_of_family(actor, key)
    except Http404:
        return 0
    return 1


def _copies(lookup: str) -> Visible:
    """Copies in an agency's hands: it never sees the report itself."""

    def seen(actor: Actor, key: UUID) -> int:
        if actor.role is not Role.AGENCY_USER:
            return 0
        return Release.objects.visible_to(actor).filter(**{lookup: key}).distinct().count()

    return seen


def _directory(actor: Actor, key: UUID) -> int:
    """The name, among those that the author of a report chooses from."""
    if actor.role not in SCHOOL:
        return 0
    return Student.objects.filter(pk=key, school__in=actor.schools).count()


def _relations(actor: Actor, key: UUID) -> int:
    rows = without_kept(Student.objects.filter(pk=key), actor, "pk")
    return int(actor.role in OFFICE and rows.exists())


def _own(actor: Actor, key: UUID) -> int:
    return int(key in actor.children)


def _students_of(lookup: str) -> Callable[[UUID], QuerySet[Student]]:
    return lambda key: Student.objects.filter(**{lookup: key}).distinct()


EMERGENCY_PAGES: Final = ("incidents:emergency-report",)
REPORT_PAGES: Final = ("incidents:report", "families:report")
COPY_PAGES: Final = ("releases:release", "families:copy")
THINGS: Final = {
    "report": Thing(
        find=_by_id(Report.objects, "number"),
        ways=(
            Way("report", REPORT_PAGES, _reports("pk")),
            Way("report in an emergency", EMERGENCY_PAGES, _emergency("pk")),
            Way("copy", COPY_PAGES, _copies("request__report")),
        ),
        reports=lambda key: Report.objects.filter(pk=key),
        students=_students_of("participations__incident__reports"),
    ),
    "incident": Thing(
        find=_by_id(Incident.objects),
        ways=(
            Way("report", REPORT_PAGES, _reports("incident")),
            Way("report in an emergency", EMERGENCY_PAGES, _emergency("incident")),
            Way("copy", COPY_PAGES, _copies("request__report__incident")),
        ),
        reports=lambda key: Report.objects.filter(incident=key),
        students=_students_of("participations__incident"),
    ),
    "student": Thing(
        find=_by_id(Student.objects),
        ways=(
            Way("page of relations", ("people:student",), _relations),
            Way("account", ("families:account",), _own),
            Way("name in the directory", ("incidents:who",), _directory),
            Way("report", REPORT_PAGES, _reports("incident__participants__student")),
            Way("report in an emergency", EMERGENCY_PAGES, _emergency("incident__participants__student")),
            Way("copy", COPY_PAGES, _copies("request__report__incident__participants__student")),
        ),
        reports=lambda key: Report.objects.filter(incident__participants__student=key).distinct(),
    ),
    "request": Thing(
        find=_by_id(Request.objects, "number"),
        ways=(Way("request", ("requests:one", "requests:mine", "families:receipt"), _request),),
        reports=lambda key: Report.objects.filter(requests=key),
        students=_students_of("participations__incident__reports__requests"),
    ),
    "release": Thing(
        find=_by_id(Release.objects, "number"),
        ways=(Way("copy", COPY_PAGES, _release),),
        reports=lambda key: Report.objects.filter(requests__release=key),
        students=_students_of("participations__incident__reports__requests__release"),
    ),
}


def find_thing(asked: str) -> tuple[str, Thing, Model]:
    """What a word such as `report:R-7QK2M9X` means.

    Raises:
        NoSuchThing: Nothing.
    """
    kind, _, key = asked.partition(":")
    thing = THINGS.get(kind)
    if thing is None or not key:
        raise NoSuchThing(f"{asked!r} is none of {', '.join(f'{one}:ID' for one in THINGS)}; a number does for an id")
    row = thing.find(key.strip())
    if row is None:
        raise NoSuchThing(f"there is no {kind} {key}")
    return kind, thing, row
