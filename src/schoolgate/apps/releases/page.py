"""What the office's pages about copies that have left say."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.access.moment import now, today
from schoolgate.apps.agencies.reader_section import ReachSection, reach_section
from schoolgate.apps.agencies.selectors import network

from .addresses import address_of
from .models import Delivery, KnownAddress, ReachAlert, Release
from .reach_words import LEFT_COLUMNS, Changed, changes_since, left_rows
from .reaching import Reader, kept_readers
from .selectors import Fetched, alerts_like, alerts_of, copy_of_release, fetches_of, open_note, withdrawn_because


@dataclass(frozen=True, slots=True)
class AlertLine:
    """An alert with the note of whoever handled it."""

    alert: ReachAlert
    note: str


@dataclass(frozen=True, slots=True)
class ReachPage:
    """Who could reach a copy: now, on the day it left, and what changed between.

    Attributes:
        now: As the network stands.
        left_on: The day the copy left.
        changes: What changed since.
        columns: Titles of the table of that day.
        rows: Its rows.
        alerts: The ways to somebody watched that opened since.
        computed_at: When the watch last looked; None when it has not.
    """

    now: ReachSection
    left_on: date
    changes: list[Changed]
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    alerts: list[AlertLine]
    computed_at: datetime | None


def reach_page(release: Release, actor: Actor) -> ReachPage:
    """Compute anew who could reach a copy, and compare with what was kept on the day it left. Four queries."""
    section = reach_section(copy_of_release(release), network(), title="Where this copy could go from there")
    then, left = kept_readers(release.reach), timezone.localdate(release.released_at)
    newest = getattr(release, "newest_reach", None)
    return ReachPage(
        now=section,
        left_on=left,
        changes=changes_since(then, [Reader.of(one) for one in section.readers], left),
        columns=LEFT_COLUMNS,
        rows=left_rows(then),
        alerts=[AlertLine(one, open_note(one)) for one in alerts_of(actor, release)],
        computed_at=newest.computed_at if newest else None,
    )


@dataclass(frozen=True, slots=True)
class AlertPage:
    """A way that opened, the copies to which it did, and what was done."""

    alert: ReachAlert
    copies: list[Release]
    note: str
    later: bool


def alert_page(alert: ReachAlert, actor: Actor) -> AlertPage:
    """Build the page of an alert. Two queries, whatever it holds."""
    return AlertPage(
        alert=alert,
        copies=[one.release for one in alerts_like(actor, alert)],
        note=open_note(alert),
        later=alert.opens_on > today(),
    )


@dataclass(frozen=True, slots=True)
class DeliverySection:
    """How a copy gets to its recipient, for the office.

    Attributes:
        address: The agency's confirmed address, or None.
        link: The newest link that was mailed, or None.
        link_works: Whether it still opens the page that asks for a code.
        fetches: Who opened the very copy.
        reason: Why it was withdrawn; empty where it was not.
    """

    address: KnownAddress | None
    link: Delivery | None
    link_works: bool
    fetches: list[Fetched]
    reason: str


def delivery_section(release: Release) -> DeliverySection:
    """Who may fetch a copy, by which ways, and who did. Four queries."""
    link = release.deliveries.select_related("address").first()
    works = link is not None and link.ended_at is None and now() < link.expires_at and release.may_be_fetched(now())
    return DeliverySection(address_of(release.agency), link, works, fetches_of(release), withdrawn_because(release))
