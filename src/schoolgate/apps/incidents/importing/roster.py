"""A OneRoster roster comes in: schools, people and where they are, in batches of one transaction each.

It adds to what other feeds say and takes nothing of theirs back: a birth date that is known stays, since a roster has
none, and no access follows from whom it calls a parent.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import batched
from typing import Any
from uuid import UUID

from django.db import models, transaction

from schoolgate.apps.incidents.feeds.models import Feed, FeedPerson, FeedRelation
from schoolgate.apps.ledger.rows import insert_rows
from schoolgate.apps.people.directory import SEALED_FIELDS, Name, open_names, seal_names
from schoolgate.apps.people.models import Guardian, SealedPerson, StaffMember, Student
from schoolgate.apps.schools.models import NameKey, School
from schoolgate.interop import oneroster
from schoolgate.interop.oneroster import (
    GoneRow,
    GuardianRow,
    PersonRow,
    Ref,
    RelationRow,
    RoleRow,
    SchoolRow,
    StaffRow,
    StudentRow,
)
from schoolgate.interop.problems import Problem, ReadingProblems

from .people import with_former
from .run import Run
from .writing import write_over

BATCH = 500
MODELS: Mapping[type[PersonRow], tuple[type[SealedPerson], str]] = {
    StudentRow: (Student, "students"),
    StaffRow: (StaffMember, "staff"),
    GuardianRow: (Guardian, "contacts"),
}
KINDS: Mapping[str, type[Student | StaffMember]] = {"student": Student, "staff": StaffMember}


@dataclass(slots=True)
class Roster:
    """One roster being stored.

    Attributes:
        schools: The stored schools, by their number letter for letter: "0350" and "350" may be two.
        org_numbers: The number of each organization, by the feed's id.
        places: The schools at which each person is today, by whether that is their main role.
    """

    feed: Feed
    run: Run
    schools: dict[str, School] = field(default_factory=lambda: {one.external_id: one for one in School.objects.all()})
    places: dict[tuple[type[Student | StaffMember], UUID], dict[bool, set[UUID]]] = field(
        default_factory=lambda: defaultdict(lambda: {True: set(), False: set()})
    )
    relations: int = 0

    def store(self, rows: Iterable[oneroster.Row]) -> Iterator[int]:
        """Store rows in their order; gives the number of rows of each batch, once it is stored.

        Raises:
            ReadingProblems: A row refers to what is neither in the roster nor stored. Nothing of its batch is stored.
        """
        for batch in batched(rows, BATCH):
            with transaction.atomic():
                self._store(batch)
                if self.run.problems:
                    raise ReadingProblems(tuple(self.run.problems), more=False)
            yield len(batch)

    def _store(self, batch: Sequence[oneroster.Row]) -> None:
        self._schools([one for one in batch if isinstance(one, SchoolRow)])
        roles = [one for one in batch if isinstance(one, RoleRow)]
        homes = self._homes(roles)
        for kind in MODELS:
            self._people(kind, [one for one in batch if type(one) is kind], homes)
        self._roles(roles)
        self._relations([one for one in batch if isinstance(one, RelationRow)])
        self._gone([one for one in batch if isinstance(one, GoneRow)])
        self.run.changes["people:kind not known"] += sum(type(one) is PersonRow for one in batch)

    def _schools(self, rows: Sequence[SchoolRow]) -> None:
        tally = self.run.tallies["schools"]
        for row in rows:
            school = self.schools.get(row.number)
            if school is None:
                self.schools[row.number] = School.objects.create(external_id=row.number, name=row.name)
                tally.created += 1
            elif school.name != row.name:
                school.name = row.name
                school.save(update_fields=["name"])
                tally.updated += 1
            else:
                tally.unchanged += 1

    def _homes(self, roles: Sequence[RoleRow]) -> dict[str, School]:
        """The school of each user of the batch whose one main role today says it, so that names are sealed once."""
        found: dict[str, set[str]] = defaultdict(set)
        for row in roles:
            if row.is_primary and self._is_today(row) and row.org.number in self.schools:
                found[row.person.sourced_id].add(row.org.number)
        return {user: self.schools[next(iter(numbers))] for user, numbers in found.items() if len(numbers) == 1}

    def _is_today(self, row: RoleRow) -> bool:
        day = self.run.today
        return (row.begins is None or row.begins <= day) and (row.ends is None or row.ends > day)

    def _people(self, kind: type[PersonRow], rows: Sequence[PersonRow], homes: Mapping[str, School]) -> None:
        """Store people of one kind. Who is new comes into their school's directory, or the district's."""
        model, tally_name = MODELS[kind]
        tally, label = self.run.tallies[tally_name], str(model._meta.model_name)  # noqa: SLF001 - Django's documented way
        sources = {self._source(label, row.sourced_id): row for row in rows}
        known = self._known(label, sources)
        stored = self._stored(model, rows, known)
        new: dict[SealedPerson, tuple[Name, NameKey]] = {}
        changed: dict[SealedPerson, Name] = {}
        met: dict[SealedPerson, PersonRow] = {}
        links, marks = [], []
        for source, row in sources.items():
            mark, link = self.run.mark(row), known.get(source)
            index = self.run.key_index(label, row.number)
            person = stored.get(index) or (stored.get(link.person) if link else None)
            if link is not None and link.person in stored and bytes(link.mark) == mark:
                tally.unchanged += 1
                continue
            if person is None:
                home = homes.get(row.sourced_id)
                person = model()
                if isinstance(person, Student | StaffMember):
                    person.school = home
                new[person] = (_name_of(row), self.run.directory(home))
                stored[index] = person
                tally.created += 1
            elif person not in new:
                changed[person] = _name_of(row)
                if link is None:
                    met[person] = row
                tally.updated += link is not None
                tally.unchanged += link is None
            if link is None:
                links.append(FeedPerson(feed=self.feed, kind=label, source_index=source, person=person.pk, mark=mark))
            else:
                link.person, link.mark = person.pk, mark
                marks.append(link)
        former = open_names(changed)
        for person, row in met.items():
            if not _may_be_one(changed[person], former[person]):
                self._refuse_stranger(row)
        told = {one: _merged(name, former[one]) for one, name in changed.items()}
        new |= {one: (name, one.name_key) for one, name in told.items() if name != former[one]}
        seal_names(new)
        insert_rows(model, [one for one in new if one not in changed])
        write_over(model, [one for one in new if one in changed], SEALED_FIELDS)
        insert_rows(FeedPerson, links)
        write_over(FeedPerson, marks, ["person", "mark"])

    def _source(self, label: str, sourced_id: str) -> bytes:
        return self.run.key_index("roster", label, sourced_id)

    def _known(self, label: str, sources: Iterable[bytes]) -> dict[bytes, FeedPerson]:
        rows = FeedPerson.objects.filter(feed=self.feed, kind=label, source_index__in=list(sources))
        return {bytes(one.source_index): one for one in rows}

    def _stored(
        self, model: type[SealedPerson], rows: Sequence[PersonRow], known: Mapping[bytes, FeedPerson]
    ) -> dict[Any, SealedPerson]:
        """The stored people whom the rows mean: by the index of their number, and by their id."""
        label = str(model._meta.model_name)  # noqa: SLF001 - Django's documented way
        indexes = [self.run.key_index(label, row.number) for row in rows]
        people = model._default_manager.filter(  # noqa: SLF001 - the same
            models.Q(number_index__in=indexes) | models.Q(pk__in=[one.person for one in known.values()])
        )
        found: dict[Any, SealedPerson] = {}
        for one in people.prefetch_related("name_key__school"):
            found[one.pk] = one
            if one.number_index is not None:
                found[bytes(one.number_index)] = one
        return found

    def _resolved(self, label: str, refs: Iterable[Ref]) -> dict[str, UUID]:
        """The stored person of each reference: by what the feed was heard to call them, now or before."""
        sources = {self._source(label, ref.sourced_id): ref.sourced_id for ref in refs}
        return {sources[source]: one.person for source, one in self._known(label, sources).items()}

    def _roles(self, rows: Sequence[RoleRow]) -> None:
        for word, model in KINDS.items():
            these = [row for row in rows if row.kind == word and self._is_today(row)]
            people = self._resolved(str(model._meta.model_name), [row.person for row in these])  # noqa: SLF001
            for row in these:
                person = people.get(row.person.sourced_id)
                school = self.schools.get(row.org.number or row.org.sourced_id)
                if person is None:
                    self._miss(row, "role", "the user")
                elif school is not None:
                    self.places[model, person][bool(row.is_primary)].add(school.pk)

    def _relations(self, rows: Sequence[RelationRow]) -> None:
        """Note whom the roster calls a parent or guardian: for the office to know, and no more."""
        students = self._resolved("student", [row.student for row in rows])
        guardians = self._resolved("guardian", [row.guardian for row in rows])
        found = []
        for row in rows:
            student, guardian = students.get(row.student.sourced_id), guardians.get(row.guardian.sourced_id)
            if student is None or guardian is None:
                self._miss(row, "agentSourcedIds", "the student and the guardian")
                continue
            found.append(
                FeedRelation(
                    feed=self.feed,
                    student_id=student,
                    guardian_id=guardian,
                    roles=[one.value for one in row.roles],
                    starts=row.begins,
                    ends=row.ends,
                )
            )
        # Two ids of one child may give the same pair.
        pairs = {(one.student_id, one.guardian_id): one for one in found}
        FeedRelation.objects.bulk_create(
            pairs.values(),
            update_conflicts=True,
            unique_fields=["feed", "student", "guardian"],
            update_fields=["roles", "starts", "ends"],
        )
        self.run.without_access["custody_not_said"] += len(pairs)

    def _gone(self, rows: Sequence[GoneRow]) -> None:
        """What the roster knows no longer: its ids and relations go. The person and the record stay for the office."""
        users = [row.sourced_id for row in rows if row.entity == "user"]
        indexes = [self._source(label, one) for label in ("student", "staffmember", "guardian") for one in users]
        links = FeedPerson.objects.filter(feed=self.feed, source_index__in=indexes)
        people = set(links.values_list("person", flat=True))
        gone = links.delete()[0]
        still = set(FeedPerson.objects.filter(feed=self.feed, person__in=people).values_list("person", flat=True))
        left = people - still
        FeedRelation.objects.filter(models.Q(student__in=left) | models.Q(guardian__in=left), feed=self.feed).delete()
        self.run.changes["people:gone"] += gone
        self.run.changes["others:gone"] += len(rows) - len(users)

    def _miss(self, row: oneroster.Row, column: str, what: str) -> None:
        expected = f"{what} in this roster, or imported before"
        remedy = "Export the whole roster once, in bulk."
        self.run.problems.append(Problem(row.source.file, row.source.line, column, expected, remedy))

    def _refuse_stranger(self, row: PersonRow) -> None:
        expected = "a number under which nobody of quite another name is known here"
        remedy = "Two people would become one: see whether both systems mean the same by this number."
        self.run.problems.append(Problem(row.source.file, row.source.line, "identifier", expected, remedy))

    def settle_schools(self) -> None:
        """Give each person the one school of their main roles today, else of their other roles, when it is one.

        Names move into that school's directory. Who has roles at several schools keeps the school they have.
        """
        by_id = {one.pk: one for one in self.schools.values()}
        homes: dict[type[Student | StaffMember], dict[UUID, School]] = {Student: {}, StaffMember: {}}
        for (model, person), places in self.places.items():
            at = places[True] or places[False]
            if len(at) == 1:
                homes[model][person] = by_id[next(iter(at))]
        for batch in batched(homes[Student].items(), BATCH):
            self._move(Student, dict(batch))
        for batch in batched(homes[StaffMember].items(), BATCH):
            self._move(StaffMember, dict(batch))

    @transaction.atomic
    def _move[P: (Student, StaffMember)](self, model: type[P], homes: Mapping[UUID, School]) -> None:
        rows = model._default_manager.filter(pk__in=list(homes)).prefetch_related("name_key")  # noqa: SLF001 - as above
        moving = [one for one in rows if one.school_id != homes[one.pk].pk]
        names = open_names(moving)
        for one in moving:
            one.school = homes[one.pk]
        seal_names({one: (names[one], self.run.directory(homes[one.pk])) for one in moving})
        write_over(model, moving, ["school", "name_key", "sealed"])
        self.run.schools_found += len(moving)


def _name_of(row: PersonRow) -> Name:
    name = row.name
    first, last = name.preferred_first or name.first, name.preferred_last or name.last
    full = " ".join(part for part in (name.first, name.middle, name.last) if part)
    others = [first, f"{first} {last}", name.first, f"{name.first} {name.last}"]
    return Name(full, tuple(other for other in dict.fromkeys(others) if other != full), row.number, None)


def _may_be_one(told: Name, held: Name) -> bool:
    """Whether two names of one number share a word: two systems may use one number for two children."""
    words = [{word for name in one.all for word in name.casefold().split()} for one in (told, held)]
    return not words[0].isdisjoint(words[1])


def _merged(told: Name, held: Name) -> Name:
    """What a roster says, with what it cannot say: the birth date, and every other name that the person is known by.

    A fuller name that means the same is kept: another feed knows the suffix.
    """
    merged = with_former(told, held)
    if told.full in held.all:
        merged = replace(merged, full=held.full, short=tuple(one for one in held.all[1:]))
        extra = tuple(one for one in told.all if one not in held.all)
        merged = replace(merged, short=(*merged.short, *extra))
    return replace(merged, birth_date=held.birth_date)
