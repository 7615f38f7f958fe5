"""What the watch on copies that have left computes and keeps. Plain functions: the acts are in `services.py`."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone

from schoolgate.apps.access.moment import now
from schoolgate.apps.agencies.models import Agency, Agreement
from schoolgate.engines import reach

from .changes import Change, Parts, digest_of, parts_of
from .models import ReachAlert, Release, ReleaseReach, Watch
from .reaching import Left, Opened, Reader, groups, kept_readers, opened, touched, watched_only
from .ways import Newcomers

THE_WATCH = 1


@dataclass(frozen=True, slots=True)
class Found:
    """What a recomputation found.

    Attributes:
        digest: Of the network.
        parts: Of the network, to compare the next one with.
        readers: Who of a watched kind could read a copy now, by release, where that is not what was kept.
        opened: The ways to somebody watched that were not open before.
    """

    digest: str
    parts: Parts
    readers: Mapping[UUID, tuple[Reader, ...]]
    opened: tuple[Opened, ...]


def begin_watch(release: Release, network: reach.Network) -> None:
    """Keep whom a copy can reach on the day it leaves as what the next network is compared with. Part of an act."""
    parts = parts_of(network)
    digest = digest_of(parts)
    readers = [one.plain() for one in watched_only(kept_readers(release.reach))]
    ReleaseReach.objects.create(
        release=release, computed_at=release.released_at, network_digest=digest, readers=readers
    )
    Watch.objects.get_or_create(
        pk=THE_WATCH,
        defaults={"network_digest": digest, "agreements": parts, "computed_at": release.released_at},
    )


def look(network: reach.Network, *, again: bool = False) -> Found | None:
    """Compare whom the copies that have left can reach with what was kept. Four queries at most; writes nothing.

    Args:
        network: As it stands.
        again: Look at every copy, also where nothing has changed since.

    Returns:
        What was found; None when no copy has left, and when the network is the one that was looked at.
    """
    watch = Watch.objects.filter(pk=THE_WATCH).first()
    parts = parts_of(network)
    digest = digest_of(parts)
    if watch and watch.network_digest == digest and not again:
        return None
    rows = Release.objects.values_list("pk", "agency__slug", "released_at", "kinds")
    copies = [Left(pk, holder, timezone.localdate(at), frozenset(kinds)) for pk, holder, at, kinds in rows]
    if not copies:
        return None
    change = _change(watch, parts)
    holders = {one.holder for one in copies}
    if not again:
        holders = touched(network, change, holders)
    concerned = [one for one in copies if one.holder in holders]
    before, never_kept = _kept(frozenset(one.release for one in concerned))
    ways = Newcomers(network, change.wider)
    readers: dict[UUID, tuple[Reader, ...]] = {}
    found: list[Opened] = []
    for group in groups(network, concerned):
        readers |= {
            one.release: new
            for one in group.copies
            if (new := group.kept_for(one)) != before.get(one.release) or one.release in never_kept
        }
        if change.everything or group.may_use(change.wider):
            found += opened(group, change, before, ways)
    return Found(digest, parts, readers, tuple(found))


def _change(watch: Watch | None, parts: Parts) -> Change:
    if watch is None or not watch.agreements:
        return Change.between(None, parts, {})
    new = [slug for slug in parts if slug not in watch.agreements]
    amended = Agreement.objects.filter(slug__in=new, replaces__isnull=False) if new else Agreement.objects.none()
    return Change.between(watch.agreements, parts, dict(amended.values_list("slug", "replaces__slug")))


def _kept(releases: frozenset[UUID]) -> tuple[dict[UUID, tuple[Reader, ...]], frozenset[UUID]]:
    """What is kept of each copy: the newest, or else what could be reached on the day it left; and where it is that."""
    rows = [row for row in Release.objects.values_list("pk", "newest_reach__readers", "reach") if row[0] in releases]
    kept = {pk: watched_only(kept_readers(first if newest is None else newest)) for pk, newest, first in rows}
    return kept, frozenset(pk for pk, newest, _ in rows if newest is None)


def keep(found: Found) -> list[ReachAlert]:
    """Write what was found; no alert twice. Part of an act; five queries, whatever was found."""
    moment = now()
    ReleaseReach.objects.update(computed_at=moment, network_digest=found.digest)
    ReleaseReach.objects.bulk_create(
        [
            ReleaseReach(
                release_id=release,
                computed_at=moment,
                network_digest=found.digest,
                readers=[one.plain() for one in readers],
            )
            for release, readers in found.readers.items()
        ],
        update_conflicts=True,
        unique_fields=["release"],
        update_fields=["computed_at", "network_digest", "readers"],
    )
    ids = dict(Agency.objects.filter(slug__in={one.agency for one in found.opened}).values_list("slug", "pk"))
    raised = set(ReachAlert.objects.filter(key__in={one.key for one in found.opened}).values_list("release", "key"))
    alerts = [
        ReachAlert(
            release_id=one.copy.release,
            agency_id=ids[one.agency],
            reason=one.reason,
            key=one.key,
            path=one.steps(),
            opened_by=list(one.by),
            opens_on=one.opens_on,
            raised_at=moment,
        )
        for one in found.opened
        if (one.copy.release, one.key) not in raised
    ]
    ReachAlert.objects.bulk_create(alerts)
    Watch.objects.update_or_create(
        pk=THE_WATCH,
        defaults={
            "network_digest": found.digest,
            "agreements": dict(found.parts),
            "computed_at": moment,
            "failed_at": None,
            "problem": "",
        },
    )
    return alerts
