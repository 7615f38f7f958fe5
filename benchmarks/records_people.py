"""The invented people of a large district: schools, staff, students and their guardians, with sealed names."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction

from benchmarks.records_rows import Sheet
from schoolgate.apps.access.actors import Role
from schoolgate.apps.access.moment import today
from schoolgate.apps.people.directory import Name, name_key, seal_names
from schoolgate.apps.people.models import Guardian, Guardianship, Membership, StaffMember, Student, User
from schoolgate.apps.schools.models import NameKey, School
from schoolgate.demonstration.cast import open_demonstration

FIRST = [
    *("Ana", "Bao", "Carla", "Dario", "Elif", "Fatou", "Goran", "Hana", "Ivo", "Jamila"),
    *("Kofi", "Lena", "Mateo", "Nadia", "Omar", "Pilar", "Quang", "Rosa", "Samir", "Tala"),
    *("Uma", "Viktor", "Wanda", "Xenia", "Yusuf", "Zora", "Amara", "Benoit", "Chidi", "Dalia"),
]
LAST = [
    *("Abara", "Bello", "Castillo", "Duarte", "Eriksen", "Fontaine", "Garza", "Haddad", "Ibarra", "Jovic"),
    *("Kimura", "Lopes", "Moreau", "Nkosi", "Okoye", "Pereira", "Quispe", "Rahimi", "Santos", "Tavares"),
    *("Ueda", "Vargas", "Weiss", "Xiong", "Yilmaz", "Zamora", "Almeida", "Baptiste", "Correia", "Delgado"),
]
TEACHERS = 8
# One student in so many has a guardian who signs in; one in so many signs in themselves.
GUARDED, SIGNED_IN = 20, 120
# How far back roles and relations go.
SINCE = date(2014, 9, 1)


@dataclass(slots=True)
class Place:
    """A school and its people, by their keys."""

    id: UUID
    principal: UUID
    teachers: list[UUID] = field(default_factory=list)
    staff: list[UUID] = field(default_factory=list)
    students: list[UUID] = field(default_factory=list)


@dataclass(slots=True)
class People:
    """Everybody who can take part in an incident; a school's weight grows with its size."""

    places: list[Place]
    weights: list[float]


def weights_of(schools: int) -> list[float]:
    """How large each school is beside the others: a few are large, most are not."""
    return [1 / (rank + 8) for rank in range(schools)]


def make_people(*, schools: int, students: int, seed: int = 7) -> People:
    """Open the demonstration's district and add schools and people to it, in one transaction."""
    source = random.Random(seed)
    weights = weights_of(schools)
    sheets = {model: Sheet(model) for model in (School, User, Membership, StaffMember, Student, Guardian, Guardianship)}
    places = []
    with transaction.atomic():
        if not School.objects.exists():
            open_demonstration()
        for number in range(schools):
            sheets[School].add(id=(key := _key(source)), name=f"School {number + 1:03}", external_id=f"S{number:05}")
            places.append(Place(key, _key(source)))
        sheets.pop(School).write()
        schools_by_key = School.objects.in_bulk()
        district = name_key(None)
        shares = _shares(weights, students)
        first = 0
        for number, (place, share) in enumerate(zip(places, shares, strict=True)):
            key = name_key(schools_by_key[place.id])
            _staff(place, number, key, sheets, source)
            _students(place, range(first, first + share), (key, district), sheets, source)
            first += share
        # Guardians and students hang on sign-ins.
        for model in (User, Membership, StaffMember, Student, Guardian, Guardianship):
            sheets[model].write()
    return People(places, list(accumulate(weights)))


def _shares(weights: list[float], many: int) -> list[int]:
    whole = sum(weights)
    shares = [int(many * weight / whole) for weight in weights]
    shares[0] += many - sum(shares)
    return shares


def _staff(place: Place, number: int, key: NameKey, sheets: dict[Any, Sheet], source: random.Random) -> None:
    members = []
    for turn in range(1 + TEACHERS):
        user = place.principal if turn == 0 else _key(source)
        role = Role.STAFF if turn else Role.PRINCIPAL
        name = _name(source)
        _sign_in(sheets, user, (f"{role.value}-{number}-{turn}", name), role, place.id)
        members.append((StaffMember(id=_key(source), user_id=user), Name(name, (), f"T{number:03}{turn:02}")))
        if turn:
            place.teachers.append(user)
    seal_names({member: (name, key) for member, name in members})
    for member, _ in members:
        sheets[StaffMember].add(**_person(member), school_id=place.id)
        place.staff.append(member.id)


def _students(
    place: Place, numbers: range, keys: tuple[NameKey, NameKey], sheets: dict[Any, Sheet], source: random.Random
) -> None:
    key, district = keys
    day = today()
    students, guardians = [], []
    for number in numbers:
        signs_in = number % SIGNED_IN == 0
        age = source.randrange(15, 18) if signs_in else source.randrange(5, 18)
        born = day - timedelta(days=age * 365 + source.randrange(5, 360))
        student = Student(id=_key(source))
        if signs_in:
            student.user_id = _key(source)
            _sign_in(sheets, student.user_id, (f"student-{number}", "Student"), Role.STUDENT, None)
        students.append((student, Name(_name(source), (), f"9{number:06}", born)))
        if number % GUARDED == 0:
            guardian = Guardian(id=_key(source), user_id=_key(source))
            _sign_in(sheets, guardian.user_id, (f"guardian-{number}", "Parent or guardian"), Role.GUARDIAN, None)
            guardians.append((guardian, Name(_name(source))))
            sheets[Guardianship].add(guardian_id=guardian.id, student_id=student.id, starts=SINCE)
    seal_names({one: (name, key) for one, name in students})
    for one, _ in students:
        sheets[Student].add(**_person(one), school_id=place.id)
        place.students.append(one.id)
    seal_names({guardian: (name, district) for guardian, name in guardians})
    for guardian, _ in guardians:
        sheets[Guardian].add(**_person(guardian))


def _sign_in(sheets: dict[Any, Sheet], user: UUID, names: tuple[str, str], role: Role, school: UUID | None) -> None:
    username, shown = names
    # Nobody knows a password of theirs: a measurement makes sessions, it does not sign in.
    sheets[User].add(id=user, username=username, display_name=shown, password=make_password(None))
    sheets[Membership].add(user_id=user, role=role.value, school_id=school, starts=SINCE)


def _person(person: Any) -> dict[str, object]:  # noqa: ANN401 - any of the three kinds
    names = ("id", "name_key_id", "sealed", "number_index", "name_index", "user_id")
    return {name: getattr(person, name) for name in names}


def _name(source: random.Random) -> str:
    return f"{source.choice(FIRST)} {source.choice(LAST)}-{source.choice(LAST)}"


def _key(source: random.Random) -> UUID:
    return UUID(int=source.getrandbits(128), version=4)
