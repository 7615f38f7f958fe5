"""An Ed-Fi API comes in page by page: each page and how far it brings the reading in one transaction."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from django.db import transaction

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.access.moment import today
from schoolgate.apps.incidents.feeds.models import Feed
from schoolgate.apps.incidents.feeds.standing import end, keep_going, open_feed
from schoolgate.apps.incidents.gone_services import expunge_all_gone
from schoolgate.apps.ledger.plans import planned_each_time
from schoolgate.interop import edfi
from schoolgate.interop.edfi.rest import ApiReading, EdfiApi, Gone, Paging, Progress, Rekeyed, Told, begin
from schoolgate.interop.edfi.rest.places import Part
from schoolgate.interop.problems import ReadingProblems

from . import participants, people
from .act import STORES, conclude, count_not_in_feed, facts_of
from .changes import store_changes
from .run import Imported, Run
from .state import go_on, kept_run, with_kept
from .undoing import undone

REMEDY = "The API's key must be allowed to read what {} holds."


def import_edfi_api(
    *,
    actor: Actor,
    api: EdfiApi,
    whole: bool = False,
    paging: Paging | None = None,
    progress: Callable[[int], None] | None = None,
) -> Imported:
    """Import what an Ed-Fi API holds; after the first time, what has changed since.

    Every page is stored with how far it brings the reading in one transaction, so it may be killed anywhere: the next
    import goes on at the page after. What the source deleted or gave another key is stored first, all of it in one
    transaction. One entry tells of the whole reading, when it is done. Then what the source deleted is expunged here,
    as far as nothing holds it, each in an act of its own.

    Args:
        actor: An administrator, or the district's own programs.
        api: Whom to read.
        whole: Read everything, whatever was read before; an unfinished reading is given up.
        paging: As for `begin`.
        progress: Called with the number of rows stored, after each page.

    Raises:
        NotAllowed: The actor may not import.
        ReadingError: The API cannot be read, or a page holds bad records: nothing of that page is stored, and the next
            import goes on there.
    """
    feed = open_feed(actor, feed_name(api))
    if whole:
        feed.watermark, feed.progress, feed.run = "", "", {}
        feed.save(update_fields=["watermark", "progress", "run"])
    storing = _Storing(feed, api, paging)
    with planned_each_time():
        for count in storing.pages():
            if progress:
                progress(count)
    result = conclude(actor=actor, subject="feed:edfi", finish=storing.finish)
    result.expunged, result.held = expunge_all_gone()
    return result


def try_edfi_api(
    *, actor: Actor, api: EdfiApi, whole: bool = False, progress: Callable[[int], None] | None = None
) -> Imported:
    """What `import_edfi_api` would do; nothing is stored, and nothing written in the ledger.

    Raises:
        NotAllowed, ReadingError: As there.
    """
    with undone(), planned_each_time():
        feed = open_feed(actor, feed_name(api))
        if whole:
            feed.watermark, feed.progress, feed.run = "", "", {}
            feed.save(update_fields=["watermark", "progress", "run"])
        storing = _Storing(feed, api, None)
        for count in storing.pages():
            if progress:
                progress(count)
        return storing.finish()[0]


def feed_name(api: EdfiApi) -> str:
    """What an API's feed is called here."""
    return f"edfi {api.address}"


class _Storing:
    """One import of an API."""

    def __init__(self, feed: Feed, api: EdfiApi, paging: Paging | None) -> None:
        self._feed = feed
        self._reading = ApiReading(api)
        self._kept = dict(feed.run)
        self._progress = (
            Progress.from_text(feed.progress)
            if feed.progress
            else begin(api, since=int(feed.watermark) if feed.watermark else None, paging=paging)
        )
        self._run = Run(today(), remedy=REMEDY)
        go_on(self._run, self._kept)
        people.load_schools(self._run)

    def pages(self) -> Iterator[int]:
        """Store page after page; gives the number of rows of each."""
        changes: list[Gone | Rekeyed] = []
        for page in self._reading.pages(self._progress):
            if _tells_changes(page.after):
                # Killed here, it begins with the changes again: they hold at once, or not at all.
                changes += _changes(page.told)
                continue
            changes += _changes(page.told)
            rows = [one for one in page.told if isinstance(one, edfi.Row)]
            with transaction.atomic():
                if changes:
                    store_changes(self._run, changes)
                    changes = []
                self._store(rows)
                self._progress = page.after
                keep_going(self._feed, progress=page.after.to_text(), run=self._state())
            yield len(page.told)

    def finish(self) -> tuple[Imported, dict[str, object]]:
        """What the last transaction does, and the facts that the ledger keeps."""
        participants.find_schools(self._run)
        if self._progress.since is None:
            count_not_in_feed(self._run)
        drops = with_kept(self._kept, self._reading.summary().drops)
        end(self._feed, watermark=str(self._progress.until or ""))
        facts = facts_of(self._run, drops)
        facts |= {"source": str(self._feed.pk), "changes": dict(self._run.changes)}
        return self._run.result(drops, self._unfamiliar(), ()), facts

    def _store(self, rows: Sequence[edfi.Row]) -> None:
        for kind, group in groupby(rows, key=type):
            batch = list(group)
            STORES[kind](self._run, batch)
            for row in batch:
                self._run.note_not_stored(row)
        if self._run.problems:
            raise ReadingProblems(tuple(self._run.problems), more=False)

    def _state(self) -> dict[str, object]:
        return kept_run(self._run, with_kept(self._kept, self._reading.summary().drops), self._unfamiliar())

    def _unfamiliar(self) -> dict[str, int]:
        return dict(Counter(self._kept.get("unfamiliar", {})) + Counter(self._reading.summary().unfamiliar_descriptors))


def _tells_changes(after: Progress) -> bool:
    return not after.is_done and after.steps[after.step].part is not Part.ROWS


def _changes(told: Sequence[Told]) -> list[Gone | Rekeyed]:
    return [one for one in told if isinstance(one, Gone | Rekeyed)]
