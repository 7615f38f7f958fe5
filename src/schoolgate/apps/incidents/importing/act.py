"""The act in which every import ends, and the import of a checked export: stored whole, or not at all."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, astuple
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.db.models import Q

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.access.moment import today
from schoolgate.apps.incidents.feeds.standing import IMPORTERS, require_importer
from schoolgate.apps.incidents.models import DisciplineAction, Incident, Participant
from schoolgate.apps.ledger.acts import act, record
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.ledger.plans import planned_each_time
from schoolgate.apps.people.models import Guardian, Guardianship, StaffMember, Student
from schoolgate.apps.schools.models import School
from schoolgate.interop import edfi

from . import incidents, participants, people
from .run import Imported, Run
from .undoing import undone

BATCH = 500

type Store = Callable[[Run, Sequence[Any]], None]
STORES: dict[type[edfi.Row], Store] = {
    edfi.SchoolRow: people.store_schools,
    edfi.StaffRow: people.store_staff,
    edfi.StudentRow: people.store_students,
    edfi.ContactRow: people.store_contacts,
    edfi.StudentContactRow: people.store_relations,
    edfi.IncidentRow: incidents.store_incidents,
    edfi.ParticipationRow: participants.store_student_parts,
    edfi.NonOffenderRow: participants.store_student_parts,
    edfi.StaffParticipationRow: participants.store_staff_parts,
    edfi.DisciplineActionRow: participants.store_actions,
}


@act(Kind.FEED_IMPORTED, roles=IMPORTERS)
def conclude(*, actor: Actor, subject: str, finish: Callable[[], tuple[Imported, dict[str, object]]]) -> Imported:
    """End an import: what its last step stores, and the one entry that tells of all of it.

    Args:
        actor: An administrator, or the district's own programs.
        subject: Which feed, such as "feed:edfi".
        finish: Stores what is left to be stored; gives what to tell, and the facts of the entry.
    """
    result, facts = finish()
    record(actor=actor, subject=subject, facts=facts)
    return result


def import_edfi(
    *,
    actor: Actor,
    folder: Path,
    checked: edfi.Summary | None = None,
    progress: Callable[[int], None] | None = None,
) -> Imported:
    """Import a folder of Ed-Fi bulk XML, or one file of it.

    New rows are created, changed ones updated, equal ones left alone; what this feed no longer holds is kept and
    counted. Importing the same folder again changes nothing. Names and free text are sealed; fields that tell or let
    infer immigration status or origin were never read. The ledger entry holds counts and a digest of what was
    dropped.

    Args:
        actor: An administrator, or the district's own programs.
        folder: As for `edfi.check_folder`.
        checked: What `edfi.check_folder` returned. Check before the act where you can: the act holds the
            database's write lock. Without it, the folder is checked first.
        progress: Called with the number of rows stored, after each batch of up to 500.

    Raises:
        ReadingError: The files cannot be read, are no longer what was checked, or refer to records that are neither
            in them nor stored. Nothing is stored then.

    Time grows with the rows; a batch costs a fixed number of queries; memory does not grow with the feed, but for
    the keys that checking and the schools hold.
    """
    require_importer(actor)
    summary = checked or edfi.check_folder(folder)
    return conclude(actor=actor, subject="feed:edfi", finish=partial(_store_folder, folder, summary, progress))


def try_edfi(*, folder: Path, checked: edfi.Summary, progress: Callable[[int], None] | None = None) -> Imported:
    """What `import_edfi` would do; nothing is stored, and nothing written in the ledger.

    Raises:
        ReadingError: As there.
    """
    with undone():
        return _store_folder(folder, checked, progress)[0]


@planned_each_time()
def _store_folder(
    folder: Path, summary: edfi.Summary, progress: Callable[[int], None] | None
) -> tuple[Imported, dict[str, object]]:
    run = Run(today())
    people.load_schools(run)
    run.homes = _homes(summary, run)
    for kind, batch in in_batches(edfi.read_folder(folder, checked=summary)):
        STORES[kind](run, batch)
        for row in batch:
            run.note_not_stored(row)
        if progress:
            progress(len(batch))
    if run.problems:
        raise edfi.ReadingProblems(tuple(run.problems), more=False)
    participants.find_schools(run)
    count_not_in_feed(run)
    result = run.result(summary.drops, summary.unfamiliar_descriptors, summary.unread_files)
    return result, facts_of(run, summary.drops)


def in_batches(rows: Iterable[edfi.Row]) -> Iterator[tuple[type[edfi.Row], list[edfi.Row]]]:
    """Rows of one kind together, up to 500, each after those it refers to when they come so.

    Incidents and who was in them may take turns in a file: of each kind one batch is held back.
    """
    held: dict[type[edfi.Row], list[edfi.Row]] = {kind: [] for kind in STORES}
    for row in rows:
        held[type(row)].append(row)
        if len(held[type(row)]) == BATCH:
            yield from _let_go(held, type(row))
    yield from _let_go(held, None)


def _let_go(
    held: dict[type[edfi.Row], list[edfi.Row]], last: type[edfi.Row] | None
) -> Iterator[tuple[type[edfi.Row], list[edfi.Row]]]:
    """What is held of each kind up to one, in the order of dependence."""
    for kind, rows in held.items():
        if rows:
            # The list itself is handed out: whoever stores it may take its time.
            held[kind] = []
            yield kind, rows
        if kind is last:
            return


def _homes(summary: edfi.Summary, run: Run) -> Mapping[str, int]:
    """The schools that the incidents of students give away, so that a new student's name is sealed once, there.

    Not where an incident of a school was expunged here: rows about it are not heard. `find_schools` looks at the end.
    """
    shut = Incident.objects.filter(expunged_at__isnull=False).values_list("school", flat=True).distinct()
    schools = {school_id for school_id, school in run.schools.items() if school.pk in set(shut)}
    return {student: school_id for student, school_id in summary.homes.items() if school_id not in schools}


def count_not_in_feed(run: Run) -> None:
    """Count what is stored from feeds but is not in this one."""
    in_force = Q(starts__lte=run.today) & (Q(ends__isnull=True) | Q(ends__gt=run.today))
    entries = Participant.objects.filter(incident__feed_mark__isnull=False).values_list("feed_codes", flat=True)
    stored = {
        "schools": School.objects.count(),
        "staff": StaffMember.objects.filter(feed_mark__isnull=False).count(),
        "students": Student.objects.filter(feed_mark__isnull=False).count(),
        "contacts": Guardian.objects.filter(feed_mark__isnull=False).count(),
        "incidents": Incident.objects.filter(feed_mark__isnull=False).count(),
        "participations": sum(bool(one["mark"]) for codes in entries.iterator() for one in codes),
        "discipline_actions": DisciplineAction.objects.count(),
    }
    for kind, count in stored.items():
        run.tallies[kind].not_in_feed = count - run.tallies[kind].seen
    relations = Guardianship.objects.filter(in_force, from_feed=True).count()
    run.tallies["guardianships"].not_in_feed = relations - run.relations_seen


def facts_of(run: Run, drops: edfi.DropReport) -> dict[str, object]:
    """What the ledger keeps: counts and a digest."""
    return {
        "format": "edfi",
        "rows": {kind: asdict(tally) for kind, tally in run.tallies.items()},
        "without_access": dict(run.without_access),
        "schools_found": run.schools_found,
        "refused": drops.refused_count,
        "dropped": drops.dropped_count,
        "drops_sha256": drops_digest(drops),
    }


def drops_digest(drops: edfi.DropReport) -> str:
    """SHA-256 in hex of what was left behind, by names and counts."""
    stated = {name: [astuple(drop) for drop in getattr(drops, name)] for name in ("dropped", "refused")}
    return sha256(json.dumps(stated, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
