"""Reads of the registry for its pages: what may be seen by whom."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse

from schoolgate.apps.access.actors import Actor
from schoolgate.engines import reach

from . import words
from .models import Agency, Agreement, Change, NameMatch, PublicList
from .selectors import network

WITHOUT_BYTES = ("document__sealed", "document__wrapped_key")


def network_for(actor: Actor) -> reach.Network:
    """The network as an actor may see it: the office sees all, everybody else what is public. Two queries."""
    return network(public=not actor.in_office)


def agreements_for(actor: Actor) -> list[Agreement]:
    """The agreements that an actor may see, with their ends. One query."""
    return list(Agreement.objects.visible_to(actor).select_related("giver", "receiver"))


def find_agreement(actor: Actor, slug: str) -> Agreement:
    """One agreement that the actor may see. One query.

    Raises:
        Http404: There is none, or the actor may not know of it.
    """
    rows = Agreement.objects.visible_to(actor).select_related("giver", "receiver", "document", "replaces")
    found = rows.defer(*WITHOUT_BYTES).filter(slug=slug).first()
    if found is None:
        raise Http404
    return found


def later_terms(agreement: Agreement, actor: Actor) -> list[Agreement]:
    """The agreements that took this one's place. One query."""
    return list(Agreement.objects.visible_to(actor).filter(replaces=agreement))


def find_agency(actor: Actor, slug: str) -> tuple[Agency, reach.Network]:
    """One agency that the actor may see, and the network it is seen in. Three queries.

    Raises:
        Http404: There is none, or the actor may not know of it.
    """
    seen = network_for(actor)
    found = Agency.objects.select_related("part_of").filter(slug=slug).first()
    if found is None or slug not in {one.id for one in seen.agencies}:
        raise Http404
    return found, seen


def agencies_for(actor: Actor) -> list[Agency]:
    """The agencies that an actor may see, for the forms of those who keep the registry. One query, or three."""
    rows = list(Agency.objects.select_related("part_of"))
    if actor.in_office:
        return rows
    seen = {one.id for one in network_for(actor).agencies}
    return [one for one in rows if one.slug in seen]


def names_of(people: Iterable[UUID | None]) -> dict[UUID, str]:
    """How colleagues know the people behind sign-ins. One query."""
    wanted = {one for one in people if one}
    return dict(get_user_model().objects.filter(pk__in=wanted).values_list("pk", "display_name"))


def who(person: UUID | None, names: dict[UUID, str]) -> str:
    """Who entered something."""
    return names.get(person, "somebody whose sign-in is gone") if person else "the district's own programs"


@dataclass(frozen=True, slots=True)
class History:
    """One change of an agreement, for the office."""

    what: str
    reason: str
    by: str
    change: Change

    @property
    def before(self) -> list[tuple[str, str]]:
        """What stood there before, in words."""
        return [(words.spoken(name), _told(value)) for name, value in sorted(self.change.before.items())]


def _told(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "not known, or none" if value in {None, ""} else str(value)


def history(agreement: Agreement) -> tuple[str, list[History]]:
    """Who entered an agreement, and what was done to it since, newest first. Two queries."""
    changes = list(agreement.changes.all())
    names = names_of([agreement.entered_by, *(one.changed_by for one in changes)])
    told = [History(one.get_what_display(), one.reason, who(one.changed_by, names), one) for one in changes]
    return who(agreement.entered_by, names), told


@dataclass(frozen=True, slots=True)
class AgencyRow:
    """An agency as a line of the registry."""

    agency: reach.Agency
    given: int
    received: int

    @property
    def cells(self) -> tuple[object, ...]:
        """The line's cells."""
        return (self.agency.name, words.agency_kind(self.agency.kind), self.given, self.received)

    @property
    def address(self) -> str:
        """Its page."""
        return reverse("agencies:agency", args=[self.agency.id])


def agency_rows(seen: reach.Network, on: date) -> list[AgencyRow]:
    """The agencies of a network by name, with how many agreements hold on a day. Asks no database."""
    holding = [one for one in seen.agreements if holds(one, on)]
    given, received = Counter(one.giver for one in holding), Counter(one.receiver for one in holding)
    rows = [AgencyRow(one, given[one.id], received[one.id]) for one in seen.agencies]
    return sorted(rows, key=lambda row: row.agency.name.casefold())


def holds(agreement: reach.Agreement, on: date) -> bool:
    """Whether an agreement lets something move on a day: in force, and not one that a rule forbids."""
    return agreement.status != "prohibited" and on_day(agreement, on)


def on_day(agreement: reach.Agreement, day: date) -> bool:
    """Whether a day is among those of an agreement, or of a rule that forbids one."""
    return (agreement.start is None or agreement.start <= day) and (agreement.end is None or day <= agreement.end)


def matches_of(agency: Agency) -> list[NameMatch]:
    """The lines of public lists that a person confirmed to be this agency. One query."""
    rows = NameMatch.objects.filter(agency=agency, state=NameMatch.State.CONFIRMED)
    return list(rows.select_related("listed__list"))


def _matches_for(actor: Actor) -> QuerySet[NameMatch]:
    """The matches of the agencies that an actor may see. Two queries for whoever is not in the office."""
    rows = NameMatch.objects.select_related("listed__list", "agency")
    if actor.in_office:
        return rows
    return rows.filter(agency__slug__in=[one.id for one in network_for(actor).agencies])


def proposals(actor: Actor) -> list[NameMatch]:
    """The matches that wait for a person, the likeliest first. One query, two more outside the office."""
    return list(_matches_for(actor).filter(state=NameMatch.State.PROPOSED))


def decided(actor: Actor) -> list[NameMatch]:
    """The latest decisions about names. One query, two more outside the office."""
    return list(_matches_for(actor).exclude(state=NameMatch.State.PROPOSED).order_by("-decided_at")[:20])


def find_match(actor: Actor, match_id: UUID) -> NameMatch:
    """One match of an agency that the actor may see.

    Raises:
        Http404: There is none, or the actor may not know of the agency.
    """
    found = _matches_for(actor).filter(pk=match_id).first()
    if found is None:
        raise Http404
    return found


def district_name() -> str:
    """The district's name; its app stands beside this one, so it is named by a string. One query."""
    district = apps.get_model("schools", "District").objects.first()
    return str(district.name) if district else ""


def public_lists() -> list[PublicList]:
    """The lists that were imported, newest first. One query."""
    return list(PublicList.objects.all())
