"""The import of a OneRoster roster, from files or from a server."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.access.moment import today
from schoolgate.apps.incidents.feeds.models import Feed
from schoolgate.apps.incidents.feeds.standing import end, open_feed
from schoolgate.apps.ledger.plans import planned_each_time
from schoolgate.interop import edfi, oneroster

from .act import conclude, facts_of
from .roster import Roster
from .run import Imported, Run
from .undoing import undone

FILES = "oneroster files"


@dataclass(frozen=True, slots=True)
class RosterSource:
    """A checked roster.

    Attributes:
        name: What its feed is called here: files are one feed, each server is one.
        checked: What checking it found.
        rows: Gives its rows, from the start.
        watermark: From which moment the next pull asks; empty for files.
    """

    name: str
    checked: oneroster.Summary
    rows: Callable[[], Iterable[oneroster.Row]]
    watermark: str = ""


def roster_files(path: Path) -> RosterSource:
    """A folder or zip of OneRoster 1.2 CSV files, checked.

    Raises:
        ReadingError: It cannot be read, or holds bad rows.
    """
    checked = oneroster.check_roster(path)
    return RosterSource(FILES, checked, lambda: oneroster.read_roster(path, checked=checked))


def roster_server(server: oneroster.Server, pull: oneroster.RosterPull, began: str) -> RosterSource:
    """What a server gave, fetched whole and checked.

    Args:
        server: Whose feed it is.
        pull: The pull, fetched or not.
        began: The moment at which it began, such as `2026-11-29T08:00:00Z`.

    Raises:
        ReadingError: The server cannot be read, or sends bad records.
    """
    pull.fetch()
    return RosterSource(server_feed_name(server), pull.check(), pull.rows, began)


def server_feed_name(server: oneroster.Server) -> str:
    """What a server's feed is called here."""
    return f"oneroster {server.root}"


def since(name: str) -> str | None:
    """From which moment a feed is to be asked; nothing when it was never read to its end."""
    return Feed.objects.filter(name=name).values_list("watermark", flat=True).first() or None


def import_roster(*, actor: Actor, source: RosterSource, progress: Callable[[int], None] | None = None) -> Imported:
    """Store a roster: schools, people and at which school they are.

    Batches of up to 500 rows are stored in a transaction each. Killed anywhere, nothing is half: import it again, and
    what is stored already is passed over. One entry tells of the whole roster, when it is done.

    People are found by their number, whichever feed brought them first; a roster's silence about a birth date takes
    none away. Whom it calls a parent or guardian is noted for the office, and gets no access.

    Raises:
        NotAllowed: The actor may not import.
        ReadingError: The files changed meanwhile, or a change refers to somebody who was never imported.
    """
    feed = open_feed(actor, source.name)
    roster = _stored(feed, source, progress)
    return conclude(actor=actor, subject="feed:oneroster", finish=lambda: _finish(roster, source))


def try_roster(*, actor: Actor, source: RosterSource, progress: Callable[[int], None] | None = None) -> Imported:
    """What `import_roster` would do; nothing is stored, and nothing written in the ledger."""
    with undone():
        roster = _stored(open_feed(actor, source.name), source, progress)
        return _finish(roster, source)[0]


@planned_each_time()
def _stored(feed: Feed, source: RosterSource, progress: Callable[[int], None] | None) -> Roster:
    roster = Roster(feed, Run(today()))
    for count in roster.store(source.rows()):
        if progress:
            progress(count)
    roster.settle_schools()
    return roster


def _finish(roster: Roster, source: RosterSource) -> tuple[Imported, dict[str, object]]:
    end(roster.feed, watermark=source.watermark)
    checked = source.checked
    drops = edfi.DropReport(
        dropped=tuple(edfi.Drop(one.table, one.field, one.count) for one in checked.drops.dropped),
        refused=tuple(edfi.Drop(one.table, one.field, one.count) for one in checked.drops.refused),
    )
    facts = facts_of(roster.run, drops)
    facts |= {"format": "oneroster", "source": str(roster.feed.pk), "changes": dict(roster.run.changes)}
    unread = (*checked.unread_files, *checked.never_opened)
    return roster.run.result(drops, checked.unfamiliar, unread), facts
