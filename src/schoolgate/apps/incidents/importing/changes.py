"""What a source deleted or gave another key: told under the keys known here, before any row of the same reading.

All changes of a reading are stored in one transaction, since two records may have swapped their keys.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from secrets import token_bytes
from uuid import UUID

from django.db import models, transaction

from schoolgate.apps.access.moment import now
from schoolgate.apps.incidents.feeds.models import GoneIncident
from schoolgate.apps.incidents.models import DisciplineAction, Incident, Participant
from schoolgate.apps.people.directory import SEALED_FIELDS, open_names, seal_name
from schoolgate.apps.people.models import Guardian, Guardianship, SealedPerson, StaffMember, Student
from schoolgate.apps.schools.models import School
from schoolgate.interop.edfi.rest import Gone, Rekeyed
from schoolgate.interop.problems import Problem, ReadingError
from schoolgate.interop.rows import Key

from .codes import role_of
from .incidents import incident_key
from .people import found
from .run import Run

PEOPLE: Mapping[str, type[SealedPerson]] = {"Staff": StaffMember, "Student": Student, "Contact": Guardian}
# The entry of a participant that each kind of association becomes, and whom it is about.
PARTS: Mapping[str, tuple[str, type[SealedPerson]]] = {
    "StudentDisciplineIncidentBehaviorAssociation": ("Participation", Student),
    "StudentDisciplineIncidentNonOffenderAssociation": ("NonOffender", Student),
    "StaffDisciplineIncidentAssociation": ("StaffParticipation", StaffMember),
}


@dataclass(slots=True)
class Moves:
    """The new key of each record whose key changed, by what it is and its old key."""

    by_entity: dict[str, dict[Key, Key]] = field(default_factory=lambda: defaultdict(dict))

    def one(self, entity: str, *key: str | int) -> Key:
        """The key now of what had this key before."""
        return self.by_entity[entity].get(key, key)

    def related(self, entity: str, key: Key) -> Key:
        """The key now of an association that points at the same records as before."""
        if entity == "StudentContactAssociation":
            return (*self.one("Student", key[0]), *self.one("Contact", key[1]))
        school, identifier = self.one("DisciplineIncident", key[0], key[1])
        who = "Staff" if entity == "StaffDisciplineIncidentAssociation" else "Student"
        return (school, identifier, *self.one(who, key[2]), *key[3:])


def store_changes(run: Run, told: Iterable[Gone | Rekeyed]) -> None:
    """Store what became of records read before, in the caller's transaction.

    An incident that is gone waits in `GoneIncident` for its expungement, which is an act of its own; its key is free at
    once. A person that something here still refers to stays in the directory, found by their number no longer.

    Raises:
        ReadingError: A record would get a key that another has here.
    """
    gone: dict[str, list[Key]] = defaultdict(list)
    moves = Moves()
    for one in told:
        if isinstance(one, Gone):
            gone[one.entity].append(one.key)
        else:
            moves.by_entity[one.entity][one.old] = one.new
    for entity, keys in gone.items():
        _store_gone(run, entity, keys)
    for entity, moved in list(moves.by_entity.items()):
        if moved:
            _store_moved(run, entity, moved, moves)


def _store_gone(run: Run, entity: str, keys: list[Key]) -> None:
    if entity in PARTS:
        _forget_parts(run, entity, keys)
    elif entity in PEOPLE:
        _forget_people(run, entity, keys)
    elif entity == "DisciplineIncident":
        _mark_gone(run, keys)
    elif entity == "DisciplineAction":
        indexes = [_action_index(run, key) for key in keys]
        actions = DisciplineAction.objects.filter(feed_key__in=indexes)
        run.changes["disciplines:gone"] += actions.count()
        actions.delete()
    elif entity == "StudentContactAssociation":
        _end_relations(run, keys)
    else:
        # A school stays: what happened there happened there.
        run.changes["schools:kept"] += len(keys)


def _mark_gone(run: Run, keys: list[Key]) -> None:
    incidents = list(Incident.objects.filter(feed_key__in=[_incident(key) for key in keys]))
    alive = [GoneIncident(incident=one, noticed_at=now()) for one in incidents if one.expunged_at is None]
    GoneIncident.objects.bulk_create(alive, ignore_conflicts=True)
    Incident.objects.filter(pk__in=[one.pk for one in incidents]).update(feed_key=None, feed_mark=None)
    run.changes["incidents:gone"] += len(alive)


def _forget_parts(run: Run, entity: str, keys: list[Key]) -> None:
    """Take the feed's word about participants back; who is left with none leaves, unless a report names their token."""
    record, model = PARTS[entity]
    people = found(model, {run.person_index(model, key[2]) for key in keys})
    incidents = {one.feed_key: one.pk for one in Incident.objects.filter(feed_key__in=[_incident(key) for key in keys])}
    parts = _parts_of(incidents.values(), model)
    reported = set(
        Incident.objects.filter(pk__in=incidents.values(), reports__isnull=False).values_list("pk", flat=True)
    )
    changed: dict[UUID, Participant] = {}
    for key in keys:
        person = people.get(run.person_index(model, key[2]))
        part = parts.get((incidents.get(_incident(key)), person.pk)) if person else None
        behavior = key[3] if len(key) > 3 else ""  # noqa: PLR2004 - only a behavior's key has a fourth part
        place = (record, behavior)
        if part and any((one["record"], one["behavior"]) == place for one in part.feed_codes):
            part.feed_codes = [one for one in part.feed_codes if (one["record"], one["behavior"]) != place]
            part.role = role_of(part.feed_codes)
            changed[part.pk] = part
            run.changes["participations:gone"] += 1
    leaving = [one for one in changed.values() if not one.feed_codes and one.incident_id not in reported]
    Participant.objects.filter(pk__in=[one.pk for one in leaving]).delete()
    staying = [one for one in changed.values() if one not in leaving]
    Participant.objects.bulk_update(staying, ["role", "feed_codes"])


def _parts_of(incidents: Iterable[UUID], model: type[SealedPerson]) -> dict[tuple[UUID | None, UUID], Participant]:
    rows = Participant.objects.filter(incident__in=list(incidents))
    found_parts: dict[tuple[UUID | None, UUID], Participant] = {}
    for part in rows:
        if person := part.student_id if model is Student else part.staff_id:
            found_parts[part.incident_id, person] = part
    return found_parts


def _forget_people(run: Run, entity: str, keys: list[Key]) -> None:
    model = PEOPLE[entity]
    kind = f"{model._meta.model_name}s"  # noqa: SLF001 - Django's documented way to a name
    for person in found(model, {run.person_index(model, key[0]) for key in keys}).values():
        try:
            with transaction.atomic():
                person.delete()
            run.changes[f"{kind}:gone"] += 1
        except models.ProtectedError:
            # Nobody else's row may be taken for this person's when the number is given again.
            person.number_index = person.feed_mark = None
            person.save(update_fields=["number_index", "feed_mark"])
            run.changes[f"{kind}:kept"] += 1


def _end_relations(run: Run, keys: list[Key]) -> None:
    students = found(Student, {run.person_index(Student, key[0]) for key in keys})
    guardians = found(Guardian, {run.person_index(Guardian, key[1]) for key in keys})
    for key in keys:
        student, guardian = (
            students.get(run.person_index(Student, key[0])),
            guardians.get(run.person_index(Guardian, key[1])),
        )
        if student and guardian:
            standing = Guardianship.objects.filter(
                models.Q(ends__isnull=True) | models.Q(ends__gt=run.today),
                student=student,
                guardian=guardian,
                from_feed=True,
            )
            run.changes["guardianships:gone"] += standing.update(ends=run.today)


def _store_moved(run: Run, entity: str, moved: Mapping[Key, Key], moves: Moves) -> None:
    """Give what is known here its new key.

    What is not known under the old one was read under the new one already, while a reading of everything was under way:
    whoever has that key here is it, since what had it before it is gone or has moved too.
    """
    if entity in PEOPLE:
        _renumber(run, entity, moved)
    elif entity == "DisciplineIncident":
        incidents = list(Incident.objects.filter(feed_key__in=[_incident(old) for old in moved]))
        new_keys = {_incident(old): _incident(new) for old, new in moved.items()}
        keys_now = [new_keys[str(one.feed_key)] for one in incidents]
        _refuse_taken(Incident.objects.filter(feed_key__in=keys_now).exclude(pk__in=_ids(incidents)), entity)
        Incident.objects.filter(pk__in=_ids(incidents)).update(feed_key=None)
        for incident, key in zip(incidents, keys_now, strict=True):
            incident.feed_key = key
        Incident.objects.bulk_update(incidents, ["feed_key"])
        run.changes["incidents:rekeyed"] += len(incidents)
    elif entity == "DisciplineAction":
        new_indexes = {_action_index(run, old): _action_index(run, new) for old, new in moved.items()}
        actions = list(DisciplineAction.objects.filter(feed_key__in=list(new_indexes)))
        targets = [new_indexes[bytes(one.feed_key)] for one in actions]
        taken = DisciplineAction.objects.filter(feed_key__in=targets).exclude(pk__in=_ids(actions))
        _refuse_taken(taken, entity)
        for action in actions:
            action.feed_key = token_bytes(16)
        DisciplineAction.objects.bulk_update(actions, ["feed_key"])
        for action, index in zip(actions, targets, strict=True):
            action.feed_key = index
        DisciplineAction.objects.bulk_update(actions, ["feed_key"])
        run.changes["disciplines:rekeyed"] += len(actions)
    elif entity == "School":
        _renumber_schools(run, moved)
    else:
        # What an association points at has moved with it. What points elsewhere now is gone from where it pointed.
        left = [now_ for old, new in moved.items() if (now_ := moves.related(entity, old)) != new]
        _store_gone(run, entity, left)


def _renumber(run: Run, entity: str, moved: Mapping[Key, Key]) -> None:
    model = PEOPLE[entity]
    numbers = {run.person_index(model, old[0]): str(new[0]) for old, new in moved.items()}
    people = found(model, set(numbers))
    names = open_names(people.values())
    taken = found(model, {run.person_index(model, numbers[index]) for index in people})
    if any(person not in names for person in taken.values()):
        _refuse(entity)
    rows = model._default_manager.filter(pk__in=[one.pk for one in names])  # noqa: SLF001 - Django's documented way
    rows.update(number_index=None)
    for index, person in people.items():
        seal_name(person, replace(names[person], number=numbers[index]), person.name_key)
    model._default_manager.bulk_update(names, SEALED_FIELDS)  # noqa: SLF001 - the same
    run.changes[f"{model._meta.model_name}s:rekeyed"] += len(names)  # noqa: SLF001 - the same


def _renumber_schools(run: Run, moved: Mapping[Key, Key]) -> None:
    numbers = {str(old[0]): str(new[0]) for old, new in moved.items()}
    schools = list(School.objects.filter(external_id__in=numbers))
    targets = [numbers[one.external_id] for one in schools]
    _refuse_taken(School.objects.filter(external_id__in=targets).exclude(pk__in=_ids(schools)), "School")
    for values in ([str(one.pk) for one in schools], targets):
        for school, number in zip(schools, values, strict=True):
            school.external_id = number
        School.objects.bulk_update(schools, ["external_id"])
    run.schools = {int(one.external_id): one for one in School.objects.all() if one.external_id.isdecimal()}
    run.changes["schools:rekeyed"] += len(schools)


def _refuse_taken(rows: "models.QuerySet[models.Model]", entity: str) -> None:
    if rows.exists():
        _refuse(entity)


def _refuse(entity: str) -> None:
    expected = "each new key to be free here"
    remedy = "Another record has it, and two would be mixed up: compare both systems before importing again."
    raise ReadingError(Problem("changed keys", 0, entity, expected, remedy))


def _ids(rows: "Iterable[Incident | DisciplineAction | School]") -> list[UUID]:
    return [one.pk for one in rows]


def _incident(key: Key) -> str:
    return incident_key(int(key[0]), str(key[1]))


def _action_index(run: Run, key: Key) -> bytes:
    return run.key_index("action", *(str(part) for part in key))
