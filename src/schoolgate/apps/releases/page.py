"""What the office's pages about copies that have left say."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.access.moment import today
from schoolgate.apps.agencies.reader_section import ReachSection, reach_section
from schoolgate.apps.agencies.selectors import network

from .models import ReachAlert, Release
from .reach_words import LEFT_COLUMNS, Changed, changes_since, left_rows
from .reaching import Reader, kept_readers
from .selectors import alerts_like, alerts_of, copy_of_release, open_note


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
    section = reach_section(copy_of_release(release), network())
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
