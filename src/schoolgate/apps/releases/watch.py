"""The watch on copies that have left: looks again whenever the network changes, and whenever the worker comes by.

The act that changed the network stands whatever happens here and does not wait for it: on a page it runs once the
answer has been sent, elsewhere after the commit, and a failure is written down for the desk and for `schoolgate
doctor` instead of being raised.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from threading import local

from django.db import Error, close_old_connections, transaction

from schoolgate.apps.access.actors import SYSTEM
from schoolgate.apps.access.moment import now
from schoolgate.apps.agencies.selectors import network

from .changes import digest_of, parts_of
from .models import ReachAlert, Release, Watch
from .services import keep_reach
from .watching import THE_WATCH, look

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the watch stands.

    Attributes:
        computed_at: When it last looked; None before a copy has left.
        failed_at: When it failed since then; None when it did not.
        problem: With which kind of error.
        is_current: Whether it has looked at the network as it stands.
    """

    computed_at: datetime | None
    failed_at: datetime | None
    problem: str
    is_current: bool


class _Visit(local):
    """What this thread is doing: answering somebody, and whether the network changed meanwhile."""

    answering: bool = False
    due: bool = False


_visit = _Visit()


def network_changed(**_: object) -> None:
    """Look again, or note that it is due once the answer has been sent. Raises nothing."""
    if _visit.answering:
        _visit.due = True
    else:
        catch_up_quietly()


def answer_begins(**_: object) -> None:
    """Somebody waits for an answer: from now on the watch waits for that."""
    _visit.answering = True


def answer_sent(**_: object) -> None:
    """Nobody waits any more: look again if that is due."""
    due, _visit.answering, _visit.due = _visit.due, False, False
    if due:
        catch_up_quietly()
        if not transaction.get_connection().in_atomic_block:
            close_old_connections()


def catch_up_quietly() -> list[ReachAlert]:
    """Look again, and write a failure down instead of raising it."""
    try:
        return catch_up()
    except Exception as problem:
        logger.exception("the watch on copies that have left failed")
        _note_failure(problem)
        return []


def catch_up(*, again: bool = False) -> list[ReachAlert]:
    """Compute again whom the copies that have left can reach, unless that was done for this very network.

    Args:
        again: Look at every copy even so.

    Returns:
        The alerts raised.
    """
    if not Release.objects.exists():
        return []
    found = look(network(), again=again)
    return keep_reach(actor=SYSTEM, found=found) if found else []


def standing() -> Standing:
    """How the watch stands; two queries for the network and one for the watch."""
    watch = Watch.objects.filter(pk=THE_WATCH).first()
    if watch is None:
        return Standing(None, None, "", is_current=not Release.objects.exists())
    current = watch.network_digest == digest_of(parts_of(network()))
    return Standing(watch.computed_at, watch.failed_at, watch.problem, current)


def _note_failure(problem: Exception) -> None:
    """Write the kind of error and the time down; its text might hold more than the table may."""
    try:
        with transaction.atomic():
            Watch.objects.update_or_create(
                pk=THE_WATCH,
                defaults={"failed_at": now(), "problem": type(problem).__name__[:80]},
                create_defaults={"failed_at": now(), "problem": type(problem).__name__[:80], "network_digest": ""},
            )
    except Error:
        logger.exception("the failure of the watch could not be written down")
