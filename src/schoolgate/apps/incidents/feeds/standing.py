"""A feed that is read again and again: where it stands, kept in the same transaction as what was stored."""

from typing import Any

from schoolgate.apps.access.actors import Actor, Role
from schoolgate.apps.access.moment import now
from schoolgate.apps.incidents.feeds.models import Feed
from schoolgate.apps.ledger.acts import NotAllowed
from schoolgate.interop.problems import Problem, ReadingError

IMPORTERS = frozenset({Role.ADMINISTRATOR})


def require_importer(actor: Actor) -> None:
    """Refuse whoever may not import, before anything is read for them.

    Raises:
        NotAllowed: They may not.
    """
    if actor.role not in IMPORTERS:
        raise NotAllowed(f"{actor.role_name} may not do this")


def open_feed(actor: Actor, name: str) -> Feed:
    """The feed of this name, made when it is first read.

    Raises:
        NotAllowed: The actor may not import.
    """
    require_importer(actor)
    return Feed.objects.get_or_create(name=name)[0]


def keep_going(feed: Feed, *, progress: str, run: dict[str, Any]) -> None:
    """Keep how far the reading has come, in the caller's transaction.

    Raises:
        ReadingError: Another import of this feed has come between.
    """
    _lock(feed)
    feed.progress, feed.run = progress, run
    feed.save(update_fields=["progress", "run"])


def end(feed: Feed, *, watermark: str) -> None:
    """Close a reading, in the caller's transaction.

    Raises:
        ReadingError: Another import of this feed has come between.
    """
    _lock(feed)
    feed.watermark, feed.progress, feed.run, feed.ended_at = watermark, "", {}, now()
    feed.save(update_fields=["watermark", "progress", "run", "ended_at"])


def _lock(feed: Feed) -> None:
    held = Feed.objects.select_for_update().get(pk=feed.pk)
    if (held.progress, held.ended_at) != (feed.progress, feed.ended_at):
        remedy = "Wait for it to end, then import again."
        raise ReadingError(Problem("this feed", 0, "", "no other import of it meanwhile", remedy))
