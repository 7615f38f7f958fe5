"""Who can see one thing today: everybody with a role is asked, one after the other."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from schoolgate.apps.access.actors import FAMILY, SYSTEM, Actor, Role
from schoolgate.apps.access.moment import at, today
from schoolgate.apps.access.routes import Route, all_routes
from schoolgate.apps.agencies.models import Agency
from schoolgate.apps.incidents.models import Report
from schoolgate.apps.ledger.readings import log_reading
from schoolgate.apps.people.models import Guardianship, Limit, LimitKind, Membership, Student, User, in_force
from schoolgate.apps.people.selectors import actor_for
from schoolgate.apps.releases.models import Release
from schoolgate.apps.requests.models import Request
from schoolgate.apps.schools.models import School

from .things import Thing, find_thing

# Why the law lets a role read at all; what the role then reaches is the route's own word.
LAW = {
    Role.STAFF: "34 CFR 99.31(a)(1)",
    Role.PRINCIPAL: "34 CFR 99.31(a)(1)",
    Role.RECORDS_OFFICER: "34 CFR 99.31(a)(1)",
    Role.COUNSEL: "34 CFR 99.31(a)(1)",
    Role.GUARDIAN: "34 CFR 99.10, 99.12; 603 CMR 23.02, 23.07",
    Role.STUDENT: "34 CFR 99.10, 99.12; 603 CMR 23.02, 23.07",
    Role.AGENCY_USER: "what was released to it (34 CFR 99.33)",
}
# A row in the read log about the question itself, so that nobody takes it for a reading of the record.
ASKED = "who-can"


@dataclass(frozen=True, slots=True)
class Seer:
    """Somebody who sees the thing, in one role and one way.

    Attributes:
        person: the sign-in's name.
        what: what is seen, with how many.
        page: the pattern of the page that shows it.
        rule: the page's own words for what the role reaches there, and the law behind the role.
        relation: what relates this person to it.
    """

    person: str
    role: Role
    what: str
    page: str
    rule: str
    relation: str


@dataclass(frozen=True, slots=True)
class Barred:
    """Somebody whom one could expect to see it, and what keeps them out."""

    person: str
    role: Role
    why: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Who can see a thing today, and who cannot although one could expect it.

    `asked` counts the sign-ins with a role, by role: whoever is not among the seers sees nothing of it.
    """

    thing: str
    seers: tuple[Seer, ...]
    barred: tuple[Barred, ...]
    seals: tuple[str, ...]
    asked: dict[Role, int]

    @property
    def people(self) -> int:
        """How many sign-ins see it."""
        return len({one.person for one in self.seers})


def who_can_see(asked: str, *, actor: Actor = SYSTEM) -> Answer:
    """Who can see a thing such as `report:R-7QK2M9X`, each with the rule. That it was asked is written down first.

    A query or two for each sign-in with a role, and some for each of the families of the students in it.

    Raises:
        NoSuchThing: There is none.
    """
    kind, thing, row = find_thing(asked)
    key: UUID = row.pk
    log_reading(actor=actor, subject=f"{ASKED}:{kind}:{key}", part="who can see it")
    students = list(thing.students(key))
    routes = {route.name: route for route in all_routes()}
    seers, barred, counts = [], [], dict.fromkeys(Role, 0)
    for user, one in _actors(students):
        counts[one.role] += 1
        found = list(_seen(thing, key, user, one, routes))
        seers += found
        if not found and (why := _why_not(thing, key, user, one, students)):
            barred.append(Barred(user.username, one.role, why))
    return Answer(
        thing=f"{kind} {getattr(row, 'number', key)}",
        seers=tuple(seers),
        barred=tuple(barred),
        seals=tuple(_seals(thing.reports(key))),
        asked={role: count for role, count in counts.items() if count},
    )


def _actors(students: list[Student]) -> Iterator[tuple[User, Actor]]:
    """Every sign-in in each of its roles; of families only those who have or had a relation to these students."""
    related = Q(guardian__relations__student__in=students) | Q(student__in=students)
    others = Membership.objects.on(today()).exclude(role__in=FAMILY).values("user")
    for user in User.objects.filter(Q(pk__in=others) | related, is_active=True).distinct().order_by("username"):
        first = actor_for(user)
        for role in sorted(first.roles):
            yield user, first if role is first.role else actor_for(user, role.value)


def _seen(thing: Thing, key: UUID, user: User, actor: Actor, routes: dict[str, Route]) -> Iterator[Seer]:
    for way in thing.ways:
        page = next((routes[name] for name in way.pages if actor.role in routes[name].access.roles), None)
        # Without a page nobody gets there, whatever the rows say.
        if page is None or not (count := way.seen(actor, key)):
            continue
        rule = "; ".join(filter(None, (page.access.relation, LAW.get(actor.role, ""))))
        what = way.what if count == 1 else f"{count} {way.what}s"
        yield Seer(user.username, actor.role, what, page.pattern, rule, relation_of(actor))


def relation_of(actor: Actor) -> str:
    """What a role gives somebody reach over, in words and keys."""
    if actor.schools:
        return "works at " + ", ".join(School.objects.filter(pk__in=actor.schools).values_list("name", flat=True))
    if actor.agency:
        return f"of {Agency.objects.get(pk=actor.agency).name}"
    if actor.role is Role.STUDENT:
        return "the student" if actor.children else "not yet 14 nor in ninth grade"
    if actor.role is Role.GUARDIAN:
        words = {f"{one.relation.replace('_', ' ')}{', ' + one.after_18 if one.after_18 else ''}" for one in actor.ties}
        return ", ".join(sorted(words)) or "no relation that opens a record"
    return "the whole district" if actor.in_office else "no child's record"


def _why_not(thing: Thing, key: UUID, user: User, actor: Actor, students: list[Student]) -> str:
    """What keeps somebody out whom one could expect to see it; empty where nothing related them to it."""
    if actor.role is Role.GUARDIAN:
        return _limits(user, [one for one in students if one.pk not in actor.children])
    if actor.role is Role.STUDENT:
        return "" if actor.children else "a student sees the record from 14 or ninth grade on (603 CMR 23.02)"
    for report in thing.reports(key).select_related("incident"):
        noon = timezone.make_aware(datetime.combine(report.incident.occurred_on, time(12)))
        # The same rule on the day of the incident, for the person as they are today: only the window is another.
        with at(noon):
            then = Report.objects.visible_to(actor).filter(pk=report.pk).exists()
        if then and not Report.objects.visible_to(actor).filter(pk=report.pk).exists():
            return f"it is older than a {actor.role.words.lower()} looks back"
        if report.apart and actor.schools and report.incident.school_id in actor.schools:
            return "a memo of a mandated report is kept apart: from this person too"
    return ""


def _limits(user: User, students: list[Student]) -> str:
    day = today()
    related = Guardianship.objects.filter(guardian__user=user, student__in=students)
    if not related.filter(in_force(day)).exists():
        return "the relation has ended, or has not begun (34 CFR 99.4)" if related.exists() else ""
    limits = Limit.objects.filter(in_force(day), guardian__user=user, student__in=students).order_by("starts")
    said = [f"{LimitKind(one.kind).label.lower()}, since {one.starts:%Y-%m-%d} (603 CMR 23.07(5))" for one in limits]
    return "; ".join(said) or "the student is 18 and has not agreed (34 CFR 99.5)"


def _seals(reports: Iterable[Report]) -> Iterator[str]:
    for one in reports:
        if one.expunged_at:
            yield f"{one.number} was expunged by order: nobody sees it"
        elif one.sealed_at:
            yield f"{one.number} is sealed by order: its text opens for counsel alone, once each time, with a reason"
        elif one.apart:
            yield f"{one.number} is a memo of a mandated report, kept apart from lists, requests and exports"


@dataclass(frozen=True, slots=True)
class Power:
    """What one person can do in one role: the pages, each with its own word for what it reaches, and how much."""

    role: Role
    relation: str
    reach: str
    pages: tuple[tuple[str, str], ...]
    limits: str = ""


def what_can(username: str, *, actor: Actor = SYSTEM) -> tuple[Power, ...]:
    """What a person can see and do today, in each of their roles. If that names children, asking is written down.

    Raises:
        User.DoesNotExist: Nobody is called so.
    """
    user = User.objects.get(username=username)
    first = actor_for(user)
    powers = []
    for role in sorted(first.roles):
        one = first if role is first.role else actor_for(user, role.value)
        for child in sorted(one.children, key=str):
            log_reading(actor=actor, subject=f"{ASKED}:student:{child}", part="who can see it")
        counts = {
            "reports": Report.objects.visible_to(one).count(),
            "requests": Request.objects.visible_to(one).count(),
            "copies": Release.objects.visible_to(one).count(),
        }
        reach = ", ".join(f"{count} {what}" for what, count in counts.items())
        pages = tuple((route.pattern, route.access.relation) for route in all_routes() if role in route.access.roles)
        limits = ""
        if role is Role.GUARDIAN:
            related = Student.objects.filter(relations__guardian__user=user).exclude(pk__in=one.children)
            limits = _limits(user, list(related))
        powers.append(Power(role, relation_of(one), reach, tuple(sorted(pages)), limits))
    return tuple(powers)
