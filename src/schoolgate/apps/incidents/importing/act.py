"""The act: a checked export is stored whole, or not at all."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, astuple
from hashlib import sha256
from itertools import batched, groupby
from pathlib import Path
from typing import Any

from django.db.models import Q

from schoolgate.apps.access.actors import Actor, Role
from schoolgate.apps.access.moment import today
from schoolgate.apps.incidents.models import DisciplineAction, Incident, Participant
from schoolgate.apps.ledger.acts import act, record
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.people.models import Guardian, Guardianship, StaffMember, Student
from schoolgate.apps.schools.models import School
from schoolgate.interop import edfi

from . import incidents, participants, people
from .run import Imported, Run

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


@act(Kind.FEED_IMPORTED, roles=frozenset({Role.ADMINISTRATOR}))
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
    summary = checked or edfi.check_folder(folder)
    run = Run(today())
    people.load_schools(run)
    rows = edfi.read_folder(folder, checked=summary)
    for kind, group in groupby(rows, key=type):
        for batch in batched(group, BATCH):
            STORES[kind](run, batch)
            for row in batch:
                run.note_not_stored(row)
            if progress:
                progress(len(batch))
    if run.problems:
        raise edfi.ReadingProblems(tuple(run.problems), more=False)
    participants.find_schools(run)
    count_not_in_feed(run)
    record(actor=actor, subject="feed:edfi", facts=facts_of(run, summary.drops))
    return run.result(summary)


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
