"""Schools and people of a feed. Each function stores one batch with the same few queries, whatever its size."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from schoolgate.apps.ledger.among import Among
from schoolgate.apps.ledger.rows import insert_rows
from schoolgate.apps.people.directory import SEALED_FIELDS, Name, open_names, seal_names
from schoolgate.apps.people.models import Guardian, Guardianship, Paper, SealedPerson, StaffMember, Student
from schoolgate.apps.schools.models import NameKey, School
from schoolgate.interop.edfi import ContactRow, SchoolRow, StaffRow, StudentContactRow, StudentRow

from .run import Run
from .writing import write_over

type PersonRow = StaffRow | StudentRow | ContactRow


def load_schools(run: Run) -> None:
    """Remember the stored schools by their Ed-Fi id."""
    run.schools.update({int(one.external_id): one for one in School.objects.all() if one.external_id.isdecimal()})


def store_schools(run: Run, batch: Sequence[SchoolRow]) -> None:
    """Store schools; only the name can change."""
    tally = run.tallies["schools"]
    created, updated = [], []
    for row in batch:
        school = run.schools.get(row.school_id)
        if school is None:
            school = School(external_id=str(row.school_id), name=row.name)
            created.append(school)
        elif school.name != row.name:
            school.name = row.name
            updated.append(school)
        else:
            tally.unchanged += 1
        run.schools[row.school_id] = school
    School.objects.bulk_create(created)
    School.objects.bulk_update(updated, ["name"])
    tally.created += len(created)
    tally.updated += len(updated)


def store_staff(run: Run, batch: Sequence[StaffRow]) -> None:
    """Store members of staff."""
    _store_people(run, StaffMember, "staff", batch)


def store_students(run: Run, batch: Sequence[StudentRow]) -> None:
    """Store students."""
    _store_people(run, Student, "students", batch)


def store_contacts(run: Run, batch: Sequence[ContactRow]) -> None:
    """Store contacts: their names only. What they are to a student comes with the relations."""
    _store_people(run, Guardian, "contacts", batch)


def _store_people[P: SealedPerson](run: Run, model: type[P], kind: str, batch: Sequence[PersonRow]) -> None:
    """Store people. Whoever is new comes into the district's directory, whoever changed stays where they are."""
    tally = run.tallies[kind]
    rows = {run.person_index(model, row.key[0]): row for row in batch}
    stored = found(model, rows)
    created: dict[P, tuple[Name, NameKey]] = {}
    changed: dict[P, Name] = {}
    for index, row in rows.items():
        person, mark = stored.get(index), run.mark(row)
        if person is None:
            person, home = model(feed_mark=mark), None
            if isinstance(person, Student) and (home := run.home(str(row.key[0]))):
                person.school = home
                run.schools_found += 1
            created[person] = name_of(row), run.directory(home)
        elif person.feed_mark is None or bytes(person.feed_mark) != mark:
            person.feed_mark = mark
            changed[person] = name_of(row)
        else:
            tally.unchanged += 1
    former = open_names(changed)
    told = {one: (with_former(name, former[one]), run.directory(one.name_key.school)) for one, name in changed.items()}
    seal_names({**created, **told})
    insert_rows(model, created)
    write_over(model, changed, [*SEALED_FIELDS, "feed_mark"])
    tally.created += len(created)
    tally.updated += len(changed)


def found[P: SealedPerson](model: type[P], indexes: "Iterable[bytes]") -> dict[bytes, P]:
    """The stored people with these indexes, with their directories: three queries at most."""
    people = model._default_manager.filter(Among("number_index", indexes))  # noqa: SLF001 - Django's documented way
    # A few directories hold all of them: joined, each would be made anew for each person.
    with_directories = people.prefetch_related("name_key__school")
    return {bytes(one.number_index): one for one in with_directories if one.number_index is not None}


def known(model: type[SealedPerson], indexes: Iterable[bytes]) -> dict[bytes, UUID]:
    """The ids of the stored people with these indexes, in one query, without their names."""
    people = model._default_manager.filter(Among("number_index", indexes))  # noqa: SLF001 - as above
    return {bytes(index): pk for index, pk in people.values_list("number_index", "pk") if index is not None}


def name_of(row: PersonRow) -> Name:
    """Every name by which the row's person may be called, so that each is found when a copy is made."""
    name = row.name
    first, last = name.preferred_first or name.first, name.preferred_last or name.last
    full = " ".join(part for part in (name.first, name.middle, name.last, name.suffix) if part)
    others = [first, f"{first} {last}", name.first, f"{name.first} {name.last}"]
    if name.title:
        others += [f"{name.title} {name.last}", f"{name.title} {last}"]
    short = tuple(other for other in dict.fromkeys(others) if other != full)
    return Name(full, short, str(row.key[0]), row.birth_date if isinstance(row, StudentRow) else None)


def with_former(name: Name, former: Name) -> Name:
    """The name with those the person went by before: older reports still use them, and they must still be found."""
    known = dict.fromkeys((*name.short, *former.all))
    return replace(name, short=tuple(one for one in known if one != name.full))


@dataclass(slots=True)
class Relations:
    """The relations between one batch's contacts and students, and what changes about them."""

    held: dict[tuple[UUID, UUID], list[Guardianship]] = field(default_factory=dict)
    created: list[Guardianship] = field(default_factory=list)
    changed: list[Guardianship] = field(default_factory=list)
    # The pairs whose relation the office ended, by a paper: no feed begins it anew.
    ended_here: set[tuple[UUID, UUID]] = field(default_factory=set)

    def between(self, student: UUID, guardian: UUID) -> list[Guardianship]:
        """Past and present ones, oldest first."""
        return self.held.get((student, guardian), [])


def store_relations(run: Run, batch: Sequence[StudentContactRow]) -> None:
    """Give a contact a guardian's access where the feed says so, and only there.

    A restriction or a "no" ends any access at once; silence ends only what the feed itself once gave, since the
    office may know better. Unknown is not false, but it opens no child's record either.
    """
    indexes = [
        (run.person_index(Student, row.student_unique_id), run.person_index(Guardian, row.contact_unique_id))
        for row in batch
    ]
    students = known(Student, {student for student, _ in indexes})
    guardians = known(Guardian, {guardian for _, guardian in indexes})
    relations = Relations()
    for relation in Guardianship.objects.filter(
        student__in=list(students.values()), guardian__in=list(guardians.values())
    ).order_by("starts"):
        relations.held.setdefault((relation.student_id, relation.guardian_id), []).append(relation)
    relations.ended_here = ended_by_the_office(students.values(), guardians.values())
    for row, (student_index, guardian_index) in zip(batch, indexes, strict=True):
        student, guardian = students.get(student_index), guardians.get(guardian_index)
        if student is None:
            run.miss(row, "StudentContactAssociation/StudentReference", "the student", "Student")
        elif guardian is None:
            run.miss(row, "StudentContactAssociation/ContactReference", "the contact", "Contact")
        else:
            _settle(run, row, Guardianship(student_id=student, guardian_id=guardian, from_feed=True), relations)
    insert_rows(Guardianship, relations.created)
    write_over(Guardianship, relations.changed, ["ends", "from_feed"])


def ended_by_the_office(
    students: Iterable[Student | UUID], guardians: Iterable[Guardian | UUID]
) -> set[tuple[UUID, UUID]]:
    """The students and guardians of whose relation the newest paper that the office was shown is its end. One query."""
    papers = Paper.objects.filter(relation__student__in=list(students), relation__guardian__in=list(guardians))
    events = papers.order_by("entered_at").values_list("relation__student", "relation__guardian", "event")
    newest = {(student, guardian): event for student, guardian, event in events}
    return {pair for pair, event in newest.items() if event == Paper.Event.ENDED}


def why_no_access(row: StudentContactRow) -> str:
    """Why a contact gets no guardian's access; empty when the feed gives it."""
    if row.restrictions:
        return "restricted"
    if row.is_legal_guardian is None:
        return "not_said"
    return "" if row.is_legal_guardian else "said_not"


def _settle(run: Run, row: StudentContactRow, new: Guardianship, relations: Relations) -> None:
    tally = run.tallies["guardianships"]
    former = relations.between(new.student_id, new.guardian_id)
    in_force = [one for one in former if one.ends is None or one.ends > run.today]
    if reason := why_no_access(row):
        run.without_access[reason] += 1
        ended = [one for one in in_force if reason != "not_said" or one.from_feed]
        for relation in ended:
            relation.ends = max(run.today, relation.starts)
        relations.changed.extend(ended)
        tally.updated += bool(ended)
        return
    if held := [one for one in in_force if one.starts <= run.today]:
        run.relations_seen += sum(one.from_feed for one in held)
        tally.unchanged += 1
        return
    if (new.student_id, new.guardian_id) in relations.ended_here:
        run.without_access["ended_here"] += 1
        return
    run.relations_seen += 1
    if begun_today := _begun(former, run.today):
        begun_today.ends, begun_today.from_feed = None, True
        relations.changed.append(begun_today)
        tally.updated += 1
    else:
        new.starts = run.today
        relations.created.append(new)
        tally.created += 1


def _begun(relations: list[Guardianship], day: date) -> Guardianship | None:
    """The relation that began on a day: there can be only one, so a second change on that day changes it."""
    return next((one for one in relations if one.starts == day), None)
