"""The work on a spreadsheet, beside the request that asked for it: trying it, and bringing it in.

Killed at any moment, whole batches are in or not, and the next call goes on where this one stopped. Two that work on
one file at once do no harm: each batch asks first whether it is still its turn.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import batched
from threading import Thread
from uuid import UUID

from django.db import connection, transaction

from schoolgate.apps.access.moment import now, today
from schoolgate.apps.access.wall import program_from_here
from schoolgate.apps.ledger.plans import planned_each_time
from schoolgate.interop.tables import FIELDS, ColumnMapping, Problem, ReadingError, Source, State, TableRow, dry_run
from schoolgate.interop.tables.rows import spelled

from .keeping import Notes, destroy, open_file, open_notes, seal_notes
from .models import RUNNING, SETTLED, Spreadsheet
from .models import State as Step
from .settling import SETTLE, Group, Run
from .settling.run import WRONG

# Records in one transaction.
BATCH = 500
# Lines between two words about how far a try has come.
BEAT = 5_000
# Work that has not moved for so long was cut off, and what nobody settled for so long is destroyed.
STALLED = timedelta(minutes=2)
FORGOTTEN = timedelta(days=7)

type Progress = Callable[[int], None]


@dataclass(slots=True)
class Reading:
    """A file by its mapping.

    Attributes:
        mapping: By which it was read.
        groups: The rows of each record, in the order in which the file first names it.
        rows: Sound rows.
        repeated: Lines that say what an earlier line said.
        wrong: Lines that cannot be read.
        problems: What is wrong with them.
    """

    mapping: ColumnMapping
    groups: list[Group] = field(default_factory=list)
    rows: int = 0
    repeated: int = 0
    wrong: int = 0
    problems: list[Problem] = field(default_factory=list)


def read(source: Source, notes: Notes, beat: Progress, *, was_tried: bool = False) -> Reading:
    """Read a file whole. Memory grows with its rows: a file is at most 64 MiB.

    Args:
        source: The file.
        notes: Its mapping.
        beat: Told every 5,000 lines how many were read.
        was_tried: Whether the same file was tried by the same mapping. Both lie sealed, so neither has changed.
    """
    reading = Reading(notes.mapping)
    owner = FIELDS[notes.mapping.subject].owner
    groups: dict[tuple[str, ...], list[TableRow]] = {}

    def keep(row: TableRow) -> State:
        groups.setdefault(tuple(spelled(row.values.get(name)) for name in owner), []).append(row)
        return "new"

    try:
        for at, line in enumerate(dry_run(source, notes.mapping, look_up=keep, was_looked_at=was_tried), start=1):
            reading.repeated += line.outcome == "repeated"
            reading.wrong += line.outcome == "wrong"
            reading.problems.extend(line.problems)
            if at % BEAT == 0:
                beat(at)
    except ReadingError as refused:
        reading.wrong += 1
        reading.problems.append(refused.problem)
    reading.groups = list(groups.values())
    reading.rows = sum(len(one) for one in reading.groups)
    return reading


def begin(sheet: Spreadsheet) -> None:
    """Work beside the request, once what was written so far is committed."""
    pk = sheet.pk
    transaction.on_commit(lambda: Thread(target=_beside, args=(pk,), daemon=True).start())


def _beside(pk: UUID) -> None:
    program_from_here()
    try:
        carry_on(pk)
    finally:
        connection.close()


def carry_on(pk: UUID, progress: Progress | None = None, tried: Reading | None = None) -> Reading | None:
    """Do what is under way on a spreadsheet, from where it stands; nothing when nothing is.

    Args:
        pk: Of the spreadsheet.
        progress: Told how much was done.
        tried: What this returned when the same spreadsheet was tried: its import need not read the file again.

    Returns:
        What was read, where it was tried.
    """
    sheet = Spreadsheet.objects.get(pk=pk)
    tell = progress or (lambda _: None)
    with planned_each_time():
        if sheet.state == Step.TRYING:
            return _try(sheet, tell)
        if sheet.state == Step.IMPORTING:
            _import(sheet, tell, tried)
    return None


def _try(sheet: Spreadsheet, tell: Progress) -> Reading | None:
    """Say of every record what would become of it. Stores nothing of it."""
    notes = open_notes(sheet)
    if notes is None:
        return None

    def beat(done: int) -> None:
        Spreadsheet.objects.filter(pk=sheet.pk, state=Step.TRYING).update(done=done, moved_at=now())
        tell(BEAT)

    reading = read(open_file(sheet), notes, beat)
    run = _run(notes, write=False)
    for batch in batched(reading.groups, BATCH):
        SETTLE[sheet.subject](run, batch)
    problems = sorted({*reading.problems, *run.problems})
    counts = dict(run.counts) | {"repeated": reading.repeated, "rows": reading.rows, "records": len(reading.groups)}
    counts[WRONG] = reading.wrong + run.counts[WRONG]
    counts["problems"] = len(problems)
    with transaction.atomic():
        held = Spreadsheet.objects.select_for_update().defer("sealed").get(pk=sheet.pk)
        if held.state == Step.TRYING and held.notes_key == sheet.notes_key:
            held.state, held.counts, held.moved_at = Step.TRIED, counts, now()
            seal_notes(held, Notes(notes.mapping, tuple(problems)))
            held.save(update_fields=["state", "counts", "moved_at", "notes_key", "sealed_notes"])
    return reading


def _import(sheet: Spreadsheet, tell: Progress, tried: Reading | None) -> None:
    """Store the records that are not stored yet, a batch a transaction; the last one destroys the file."""
    notes = open_notes(sheet)
    if notes is None:
        return
    # Of a spreadsheet the file never changes; by which mapping it is read may have, since.
    if tried is None or tried.mapping != notes.mapping:
        tried = read(open_file(sheet), notes, lambda _: None, was_tried=True)
    # Shared by all batches: a batch that fails ends the work, so no directory is remembered that was rolled back.
    run = _run(notes, write=True)
    for batch in batched(tried.groups[sheet.done :], BATCH):
        with transaction.atomic():
            held = Spreadsheet.objects.select_for_update().defer("sealed", "sealed_notes").get(pk=sheet.pk)
            if (held.state, held.done) != (Step.IMPORTING, sheet.done):
                return
            run.counts.clear()
            SETTLE[sheet.subject](run, batch)
            held.done, held.moved_at = held.done + len(batch), now()
            held.counts = {name: held.counts.get(name, 0) + run.counts[name] for name in {*held.counts, *run.counts}}
            held.save(update_fields=["done", "moved_at", "counts"])
        sheet.done = held.done
        tell(len(batch))
    with transaction.atomic():
        held = Spreadsheet.objects.select_for_update().get(pk=sheet.pk)
        if held.state == Step.IMPORTING:
            settle(held, Step.IMPORTED)


def settle(held: Spreadsheet, state: Step) -> None:
    """End a spreadsheet, and destroy what it held. In the caller's transaction, the row locked."""
    destroy(held)
    held.state, held.settled_at = state, now()
    held.save()


def carry_on_stalled() -> int:
    """Go on with what was cut off: for the worker. Returns how many. One query when there is none."""
    stalled = Spreadsheet.objects.filter(state__in=RUNNING, moved_at__lt=now() - STALLED)
    found = list(stalled.values_list("pk", flat=True))
    for pk in found:
        carry_on(pk)
    return len(found)


def destroy_forgotten() -> int:
    """Destroy the files that nobody settled within a week: for the worker. Returns how many."""
    old = Spreadsheet.objects.exclude(state__in=(*SETTLED, Step.IMPORTING))
    found = list(old.filter(brought_at__lt=now() - FORGOTTEN).values_list("pk", flat=True))
    for pk in found:
        with transaction.atomic():
            held = Spreadsheet.objects.select_for_update().get(pk=pk)
            if held.state not in (*SETTLED, Step.IMPORTING):
                settle(held, Step.DROPPED)
    return len(found)


def _run(notes: Notes, *, write: bool) -> Run:
    return Run(today(), write, {name: column for column, name in notes.mapping.columns.items()})
