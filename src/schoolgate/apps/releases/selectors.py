"""Reads of releases."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, QuerySet
from django.http import Http404
from django.utils import timezone

from schoolgate.apps.access.actors import Actor, Role
from schoolgate.apps.access.moment import now
from schoolgate.apps.access.prepared import Prepared
from schoolgate.apps.agencies.readers import Copy
from schoolgate.apps.ledger.models import Reading
from schoolgate.apps.ledger.readings import log_reading
from schoolgate.apps.ledger.safe import context, open_value
from schoolgate.apps.people.selectors import display_name

from .models import ReachAlert, Release, Watch

# Under which names the opening of the very bytes stands in the read log.
COPY_PARTS = ("copy", "copy, by a one-time code")
# Who opened a copy for which nobody signed in.
BY_CODE = "By a one-time code"


def find_release(actor: Actor, release_id: UUID) -> Release:
    """One release that the actor may see, in one scoped query.

    Raises:
        Http404: There is none, or not for this actor: the answer is the same.
    """
    found = _ONE(actor=actor, key=release_id)
    if not found:
        raise Http404
    return found[0]


def _one(actor: Actor, key: UUID) -> QuerySet[Release]:
    rows = Release.objects.visible_to(actor).select_related(
        "request__report", "agency", "confirmation__decision", "acknowledgement", "newest_reach"
    )
    # The bytes are fetched when somebody opens them, and of the decision most pages want nothing.
    unread = ("sealed_copy", "confirmation__decision__case", "confirmation__decision__document")
    return rows.defer(*unread).filter(pk=key).order_by()


_ONE: Final = Prepared(_one, actor=Actor, key=UUID)


def open_copy(*, actor: Actor, release: Release) -> bytes:
    """The exact bytes that left, for somebody who may see them; the reading is written down first.

    Raises:
        Http404: The recipient's time is over, or the copy was withdrawn.
    """
    if not actor.in_office and not release.may_be_fetched(now()):
        raise Http404
    log_reading(actor=actor, subject=f"release:{release.pk}", part="copy")
    return open_value(context("releases.release", release.pk, "copy"), release.wrapped_key, release.sealed_copy)


@dataclass(frozen=True, slots=True)
class Fetched:
    """When a copy was opened, and by whom: a name of a sign-in, or the way it came."""

    at: datetime
    who: str
    role: str
    by_recipient: bool


def fetches_of(release: Release) -> list[Fetched]:
    """Who opened the very copy, the newest first: the recipient by either way, and the office. One query."""
    return [
        Fetched(at, name or BY_CODE, Role(role).words, role == Role.AGENCY_USER)
        for at, role, name in _FETCHED(subject=f"release:{release.pk}")
    ]


def _fetched(subject: str) -> QuerySet[Reading, Any]:
    rows = Reading.objects.filter(subject=subject, part__in=COPY_PARTS).order_by("-read_at")
    return rows.values_list("read_at", "role", display_name("user"))


_FETCHED: Final = Prepared(_fetched, subject=str)


def withdrawn_because(release: Release) -> str:
    """Why a copy was withdrawn, for the office; empty where it was not."""
    if release.wrapped_reason_key is None or release.sealed_reason is None:
        return ""
    place = context("releases.release", release.pk, "reason")
    return open_value(place, release.wrapped_reason_key, release.sealed_reason).decode()


def copy_of_release(release: Release) -> Copy:
    """The copy in its recipient's hands, as it is asked about."""
    return Copy.of(
        release.agency.slug,
        timezone.localdate(release.released_at),
        kinds=release.kinds,
        purpose=release.request.purpose,
        bound=release.bound,
    )


@dataclass(frozen=True, slots=True)
class AlertOnDesk:
    """A way that opened, and to how many copies; `alert` stands for all of them."""

    alert: ReachAlert
    copies: int


def _open_ways(actor: Actor) -> QuerySet[ReachAlert, Any]:
    return ReachAlert.objects.visible_to(actor).open().order_by().values("key").annotate(copies=Count("id"))


_OPEN_WAYS: Final = Prepared(_open_ways, actor=Actor)
_FAILED_AT: Final = Prepared(lambda: Watch.objects.order_by("pk").values_list("failed_at", flat=True)[:1])


def open_alerts(actor: Actor) -> list[AlertOnDesk]:
    """The ways that opened and that nobody has handled, the newest first: one for each way. Two queries."""
    counted = {row["key"]: row["copies"] for row in _OPEN_WAYS(actor=actor)}
    mine = ReachAlert.objects.visible_to(actor).open()
    first: dict[str, ReachAlert] = {}
    for alert in mine.select_related("agency", "release__agency") if counted else ():
        first.setdefault(alert.key, alert)
    return [AlertOnDesk(alert, counted[key]) for key, alert in first.items() if key in counted]


def watch_failed_at(actor: Actor) -> datetime | None:
    """When the watch on copies that have left failed, unless it has worked since; for the office."""
    if not actor.in_office:
        return None
    return next(iter(_FAILED_AT()), None)


def alerts_of(actor: Actor, release: Release) -> list[ReachAlert]:
    """The ways that opened to one copy since it left, the newest first. One query."""
    return _ALERTS(actor=actor, release=release.pk)


def _alerts(actor: Actor, release: UUID) -> QuerySet[ReachAlert]:
    return ReachAlert.objects.visible_to(actor).filter(release=release).select_related("agency", "handled_by")


_ALERTS: Final = Prepared(_alerts, actor=Actor, release=UUID)


def find_alert(actor: Actor, alert_id: UUID) -> ReachAlert:
    """One alert that the actor may see.

    Raises:
        Http404: There is none, or not for this actor: the answer is the same.
    """
    rows = ReachAlert.objects.visible_to(actor).select_related("agency", "release__agency", "handled_by")
    found = rows.filter(pk=alert_id).first()
    if found is None:
        raise Http404
    return found


def alerts_like(actor: Actor, alert: ReachAlert) -> list[ReachAlert]:
    """The alerts of the same way, for every copy to which it opened; those handled together stay together."""
    rows = ReachAlert.objects.visible_to(actor).filter(key=alert.key, handled_at=alert.handled_at)
    return list(rows.select_related("release__agency", "release__request").order_by("-release__released_at"))


def open_note(alert: ReachAlert) -> str:
    """What the office wrote when it handled an alert; empty while nobody has."""
    if alert.wrapped_key is None or alert.sealed_note is None:
        return ""
    return open_value(context("releases.reachalert", alert.pk, "note"), alert.wrapped_key, alert.sealed_note).decode()
