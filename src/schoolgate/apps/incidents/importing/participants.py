"""Who took part in a feed's incidents, the disciplines that followed, and the schools that this gives away."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import batched, groupby
from uuid import UUID

from schoolgate.apps.incidents.models import DisciplineAction, FeedWords, Incident, Participant
from schoolgate.apps.incidents.words import Words, open_words, seal_all
from schoolgate.apps.ledger.among import Among
from schoolgate.apps.ledger.rows import insert_rows
from schoolgate.apps.people.directory import SEALED_FIELDS, open_names, seal_names
from schoolgate.apps.people.models import SealedPerson, StaffMember, Student
from schoolgate.apps.schools.models import School
from schoolgate.interop.edfi import DisciplineActionRow, NonOffenderRow, ParticipationRow, StaffParticipationRow

from .codes import entry_of, role_of
from .incidents import incident_key
from .people import known
from .run import Run
from .writing import write_over

type PartRow = ParticipationRow | NonOffenderRow | StaffParticipationRow

ENTITIES = {
    ParticipationRow: "StudentDisciplineIncidentBehaviorAssociation",
    NonOffenderRow: "StudentDisciplineIncidentNonOffenderAssociation",
    StaffParticipationRow: "StaffDisciplineIncidentAssociation",
}
# Token letter, element, how a message calls them, the file that holds them.
WHO: dict[type[SealedPerson], tuple[str, str, str, str]] = {
    Student: ("P", "Student", "the student", "Student"),
    StaffMember: ("S", "Staff", "the member of staff", "StaffAssociation"),
}
BATCH = 500


@dataclass(slots=True)
class Parts:
    """The participants of one batch's incidents, and what changes about them."""

    by_person: dict[tuple[UUID, UUID], Participant] = field(default_factory=dict)
    last_number: dict[tuple[UUID, str], int] = field(default_factory=dict)
    created: dict[UUID, Participant] = field(default_factory=dict)
    changed: dict[UUID, Participant] = field(default_factory=dict)
    # Free text by participant and behavior; None takes away what was said before.
    details: dict[Participant, dict[str, str | None]] = field(default_factory=dict)


def store_student_parts(run: Run, batch: Sequence[ParticipationRow | NonOffenderRow]) -> None:
    """Store what students did, or saw, or suffered: one participant a student, whatever the number of rows."""
    _store_parts(run, batch, Student, [row.student_unique_id for row in batch])


def store_staff_parts(run: Run, batch: Sequence[StaffParticipationRow]) -> None:
    """Store the staff in incidents."""
    _store_parts(run, batch, StaffMember, [row.staff_unique_id for row in batch])


def _store_parts(run: Run, batch: Sequence[PartRow], model: type[SealedPerson], numbers: list[str]) -> None:
    tally = run.tallies["participations"]
    letter, kind, called, file = WHO[model]
    indexes = [run.person_index(model, number) for number in numbers]
    people = known(model, set(indexes))
    incidents = _incidents({incident_key(row.school_id, row.incident_identifier) for row in batch})
    parts = _parts_of(list(incidents.values()))
    for row, index in zip(batch, indexes, strict=True):
        incident = incidents.get(incident_key(row.school_id, row.incident_identifier))
        person = people.get(index)
        if incident is None:
            run.miss(row, f"{ENTITIES[type(row)]}/DisciplineIncidentReference", "the incident", "StudentDiscipline")
        elif incident.expunged_at is not None:
            run.expunged_here += 1
        elif person is None:
            run.miss(row, f"{ENTITIES[type(row)]}/{kind}Reference", called, file)
        else:
            outcome = _settle(parts, row, run.mark(row), _part(parts, incident, (model, person), letter))
            setattr(tally, outcome, getattr(tally, outcome) + 1)
    _seal_details(parts)
    insert_rows(Participant, parts.created.values())
    write_over(Participant, parts.changed.values(), ["role", "feed_codes", "feed_wrapped_key", "feed_sealed"])


def _incidents(keys: set[str]) -> dict[str, Incident]:
    return {str(one.feed_key): one for one in Incident.objects.filter(Among("feed_key", keys))}


def _parts_of(incidents: list[Incident]) -> Parts:
    parts = Parts()
    for part in Participant.objects.filter(incident__in=incidents):
        place = (part.incident_id, part.token[0])
        parts.last_number[place] = max(parts.last_number.get(place, 0), int(part.token[1:]))
        if person := part.student_id or part.staff_id:
            parts.by_person[part.incident_id, person] = part
    return parts


def _part(parts: Parts, incident: Incident, who: tuple[type[SealedPerson], UUID], letter: str) -> Participant:
    """The person's place in the incident; a new one gets the next token, which then stays theirs."""
    model, person = who
    if part := parts.by_person.get((incident.pk, person)):
        return part
    number = parts.last_number.get((incident.pk, letter), 0) + 1
    part = Participant(incident_id=incident.pk, token=f"{letter}{number}", role="unknown", feed_codes=[])
    if model is Student:
        part.student_id = person
    else:
        part.staff_id = person
    parts.last_number[incident.pk, letter] = number
    parts.by_person[incident.pk, person] = part
    parts.created[part.pk] = part
    return part


def _settle(parts: Parts, row: PartRow, mark: bytes, part: Participant) -> str:
    """Put one row's word into its participant; tells whether it is "created", "updated" or "unchanged"."""
    new = entry_of(row, mark)
    place = (new["record"], new["behavior"])
    old = next((one for one in part.feed_codes if (one["record"], one["behavior"]) == place), None)
    if old and old["mark"] == new["mark"]:
        return "unchanged"
    kept = [one for one in part.feed_codes if one is not old]
    part.feed_codes = sorted([*kept, new], key=lambda one: (one["record"], one["behavior"]))
    part.role = role_of(part.feed_codes)
    if isinstance(row, ParticipationRow) and (old or row.behavior.detail):
        parts.details.setdefault(part, {})[new["behavior"]] = row.behavior.detail
    if part.pk not in parts.created:
        parts.changed[part.pk] = part
    return "updated" if old else "created"


def _seal_details(parts: Parts) -> None:
    found: dict[FeedWords, Words] = {}
    for part, words in open_words(parts.details).items():
        before = words.get("details", {})
        merged = {**(before if isinstance(before, dict) else {}), **parts.details[part]}
        details: Words = {behavior: detail for behavior, detail in merged.items() if detail}
        found[part] = {"details": details} if details else {}
    seal_all(found)


def store_actions(run: Run, batch: Sequence[DisciplineActionRow]) -> None:
    """Store disciplines with the incidents they answer to."""
    tally = run.tallies["discipline_actions"]
    rows = {
        run.key_index("action", row.action_identifier, row.date.isoformat(), row.student_unique_id): row
        for row in batch
    }
    stored = {bytes(one.feed_key): one for one in DisciplineAction.objects.filter(Among("feed_key", rows))}
    students = known(Student, {run.person_index(Student, row.student_unique_id) for row in batch})
    incidents = _incidents({key for row in batch for key in _answered(row)})
    created, changed, links = [], [], []
    for index, row in rows.items():
        action, mark = stored.get(index), run.mark(row)
        if action is not None and bytes(action.feed_mark) == mark:
            tally.unchanged += 1
            continue
        student = students.get(run.person_index(Student, row.student_unique_id))
        school = run.school(row.responsibility_school_id, row, "DisciplineAction/ResponsibilitySchoolReference")
        if student is None:
            run.miss(row, "DisciplineAction/StudentReference", "the student", "Student")
        if student is None or school is None:
            continue
        if action is None:
            action = DisciplineAction(feed_key=index, student_id=student)
            created.append(action)
        else:
            changed.append(action)
        action.feed_mark, action.school, action.imposed_on = mark, school, row.date
        action.disciplines = [one.uri for one in row.disciplines]
        action.length, action.actual_length = row.length, row.actual_length
        answered = (incidents[key] for key in _answered(row) if key in incidents)
        links += [(action, incident) for incident in answered if incident.expunged_at is None]
    insert_rows(DisciplineAction, created)
    write_over(DisciplineAction, changed, ["feed_mark", "school", "disciplines", "length", "actual_length"])
    link = DisciplineAction.incidents.through
    if changed:
        link._default_manager.filter(disciplineaction__in=changed).delete()  # noqa: SLF001 - Django's documented way
    insert_rows(link, (link(disciplineaction=action, incident=incident) for action, incident in links))
    tally.created += len(created)
    tally.updated += len(changed)


def _answered(row: DisciplineActionRow) -> list[str]:
    """The incidents that a discipline answers to, each once."""
    return list(dict.fromkeys(incident_key(int(key[0]), str(key[1])) for key in row.participations))


def find_schools(run: Run) -> None:
    """Give students whose school nobody has said the one at which all their incidents were, if it is one.

    Their names move into that school's directory. A student who has a school keeps it.
    """
    by_id = {school.pk: school for school in School.objects.all()}
    for batch in batched(_students_of_one_school(), BATCH):
        students = {
            one.pk: one
            for one in Student.objects.filter(pk__in=[student for student, _ in batch]).prefetch_related("name_key")
        }
        names = open_names(students.values())
        for pk, school_id in batch:
            student, school = students[pk], by_id[school_id]
            student.school = school
        seal_names({one: (names[one], run.directory(one.school)) for one in students.values()})
        write_over(Student, students.values(), ["school", *SEALED_FIELDS])
        run.schools_found += len(batch)


def _students_of_one_school() -> Iterator[tuple[UUID, UUID]]:
    pairs = (
        Participant.objects.filter(student__isnull=False, student__school__isnull=True)
        .order_by("student")
        .values_list("student", "incident__school")
        .distinct()
    )
    # Read whole: the rows are about to change. Two ids for each student in an incident whose school is not known.
    for student, group in groupby(list(pairs), key=lambda pair: pair[0]):
        schools = [school for _, school in group]
        if len(schools) == 1:
            yield student, schools[0]
