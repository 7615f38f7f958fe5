"""A large district: people, reports, and a log with three entries a report, grown by the product's own `append`."""

import multiprocessing
import sys
from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.db import connections, transaction

from benchmarks.records_people import make_people
from benchmarks.records_reports import Plan, Writer
from schoolgate.apps.access.moment import at, now
from schoolgate.apps.ledger.schedule import period_began
from schoolgate.apps.ledger.sequencing import append
from schoolgate.engines.tlog import TILE_WIDTH

ENTRIES_A_REPORT = 3
PERIODS_A_PART = 16


def periods_for(reports: int) -> int:
    """So many periods of 256 entries that there are three entries a report."""
    return max(1, round(reports * ENTRIES_A_REPORT / TILE_WIDTH))


def fill(*, reports: int, schools: int, students: int, processes: int = 0) -> None:
    """Fill an empty database. The newest report was filed within the last period.

    Args:
        reports: How many, spread over the periods that three entries of the log a report make.
        schools: Beside the demonstration's own.
        students: In all of them.
        processes: Besides this one, to make rows; none where they are part of the caller's transaction.
    """
    people = make_people(schools=schools, students=students)
    periods, period = periods_for(reports), timedelta(seconds=settings.LOG_PERIOD)
    plan = Plan(reports, periods, period_began(now()) - periods * period, period)
    number = 0
    for part in _parts(Writer(plan, people), periods, processes):
        for entries in part:
            number += 1
            with at(plan.began(number)), transaction.atomic():
                append(entries)
        if processes:
            print(f"\r{plan.reports * number // periods:,} reports", end="", file=sys.stderr, flush=True)


def _parts(writer: Writer, periods: int, processes: int) -> Iterator[list[list[bytes]]]:
    """The entries of each part's periods, in order, once its rows are written."""
    parts = [range(first, min(first + PERIODS_A_PART, periods)) for first in range(0, periods, PERIODS_A_PART)]
    if not processes:
        yield from map(writer.write, parts)
        return
    connections.close_all()
    with multiprocessing.get_context("fork").Pool(processes, _share, (writer,)) as pool:
        yield from pool.imap(_write, parts)


_shared: list[Writer] = []


def _share(writer: Writer) -> None:
    """In a process that was just forked: nothing is copied."""
    _shared.append(writer)


def _write(periods: range) -> list[list[bytes]]:
    return _shared[0].write(periods)
