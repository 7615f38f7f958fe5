"""Students, guardians and staff: their names in the sealed directory, and where they are."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from schoolgate.apps.incidents.importing.people import found, with_former
from schoolgate.apps.incidents.importing.writing import write_over
from schoolgate.apps.ledger.rows import insert_rows
from schoolgate.apps.people.directory import SEALED_FIELDS, Name, open_names, seal_names
from schoolgate.apps.people.models import Guardian, SealedPerson, StaffMember, Student
from schoolgate.apps.schools.models import School

from .relations import Relations
from .run import CHANGED, NEW, UNCHANGED, WRONG, Group, Run, holds, one_of

# What a file may change of a person besides the name.
_MORE: Mapping[type[SealedPerson], tuple[str, ...]] = {
    Student: ("school", "notice_language"),
    StaffMember: ("school",),
    Guardian: (),
}


def settle_students(run: Run, groups: Sequence[Group]) -> None:
    """Students. A birth date that the file leaves out stays, and so does a school that no row of today names."""
    _tell(run, _settle(run, Student, _sound(run, groups)))


def settle_staff(run: Run, groups: Sequence[Group]) -> None:
    """Staff. What they may do comes from the roles that the district gives, never from a file."""
    _tell(run, _settle(run, StaffMember, _sound(run, groups)))


def settle_guardians(run: Run, groups: Sequence[Group]) -> None:
    """Guardians, with the relations that the file says are legal ones."""
    wanted = {run.person_index(Student, row.values["student_number"]) for group in groups for row in group}
    students = found(Student, wanted)
    sound = []
    for group in groups:
        unknown = [row for row in group if run.person_index(Student, row.values["student_number"]) not in students]
        for row in unknown:
            run.miss(row, "student_number", "the number of a student who is known here")
        run.counts[WRONG] += bool(unknown)
        if not unknown:
            sound.append(group)
    fates, people = _settle(run, Guardian, sound)
    relations = Relations(run, students.values(), people.values())
    for group in sound:
        index = run.person_index(Guardian, group[0].values["number"])
        for row in group:
            student = students[run.person_index(Student, row.values["student_number"])]
            if relations.settle(row, student, people[index]) and fates[index] == UNCHANGED:
                fates[index] = CHANGED
    relations.save()
    _tell(run, (fates, people))


def _sound(run: Run, groups: Sequence[Group]) -> list[Group]:
    sound = []
    for group in groups:
        known = [run.knows_school(row) for row in group]
        run.counts[WRONG] += not all(known)
        if all(known):
            sound.append(group)
    return sound


def _tell(run: Run, settled: tuple[dict[bytes, str], object]) -> None:
    run.counts.update(settled[0].values())


def _settle[P: (Student, StaffMember, Guardian)](
    run: Run, model: type[P], groups: Sequence[Group]
) -> tuple[dict[bytes, str], dict[bytes, P]]:
    """Settle each person's name and place: what becomes of each, and the people, by index.

    Whoever another feed sent and this file changes loses that feed's mark, so that its next run looks again.
    """
    by_index = {run.person_index(model, group[0].values["number"]): group for group in groups}
    people = found(model, set(by_index))
    names = open_names(people.values())
    fates: dict[bytes, str] = {}
    created, changed = [], []
    told: dict[P, Name] = {}
    for index, group in by_index.items():
        person = people.get(index)
        if person is None:
            person = people[index] = model()
            name, fates[index] = _name_of(group), NEW
            _move(run, person, group)
            created.append(person)
        else:
            former = names[person]
            name = _merged(group, former)
            moved = _move(run, person, group)
            same = (name.full, set(name.short), name.birth_date) == (former.full, set(former.short), former.birth_date)
            fates[index] = UNCHANGED if same and not moved else CHANGED
            if fates[index] == CHANGED:
                person.feed_mark = None
                changed.append(person)
        if run.write and fates[index] != UNCHANGED:
            told[person] = name
    if run.write:
        seal_names({one: (name, run.directory(_home(one))) for one, name in told.items()})
        insert_rows(model, created)
        write_over(model, changed, [*SEALED_FIELDS, "feed_mark", *_MORE[model]])
    return fates, people


def _home(person: Student | StaffMember | Guardian) -> School | None:
    """In whose directory the name lies: a guardian's stays where it is, or comes into the district's."""
    if isinstance(person, Guardian):
        return person.name_key.school if person.name_key_id else None
    return person.school


def _move(run: Run, person: Student | StaffMember | Guardian, group: Group) -> bool:
    """Put somebody at the school of their newest row that holds today; tells whether anything changed."""
    if isinstance(person, Guardian):
        return False
    before = (person.school_id, person.notice_language if isinstance(person, Student) else "")
    here = [(row.values.get("begins") or date.min, row) for row in group if holds(row, run.day) and run.school(row)]
    if here:
        person.school = run.school(max(here, key=lambda one: str(one[0]))[1])
    language = one_of(group, "notice_language")
    if isinstance(person, Student) and language:
        person.notice_language = str(language)
    return before != (person.school_id, person.notice_language if isinstance(person, Student) else "")


def _name_of(group: Group) -> Name:
    """Every name by which the person may be called, so that each is found when a copy is made."""
    first, last, middle = str(one_of(group, "first")), str(one_of(group, "last")), one_of(group, "middle")
    called = str(one_of(group, "preferred_first") or first)
    full = " ".join(str(part) for part in (first, middle, last) if part)
    others = dict.fromkeys((called, f"{called} {last}", first, f"{first} {last}"))
    born = one_of(group, "birth_date")
    return Name(
        full=full,
        short=tuple(other for other in others if other != full),
        number=str(one_of(group, "number")),
        birth_date=born if isinstance(born, date) else None,
    )


def _merged(group: Group, former: Name) -> Name:
    """The file's name with those the person went by before, and with the birth date that the file leaves out."""
    name = _name_of(group)
    first, last = str(one_of(group, "first")), str(one_of(group, "last"))
    if not one_of(group, "middle") and former.full.startswith(f"{first} ") and former.full.endswith(f" {last}"):
        # The file leaves the middle name out: that is no other name.
        name = replace(name, full=former.full)
    return with_former(replace(name, birth_date=name.birth_date or former.birth_date), former)
