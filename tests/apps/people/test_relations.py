"""Whose record somebody may see on a day: the queries say what a plain reading of the rows says."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schoolgate.apps.access.actors import Role

pytestmark = pytest.mark.django_db
FIRST = date(2026, 1, 1)
# Two of the students are 18 on this day; nobody knows when the last was born.
EIGHTEEN = FIRST + timedelta(days=60)
STUDENTS = 3
GUARDIANS = 2

days = st.integers(0, 120).map(lambda number: FIRST + timedelta(days=number))
spans = st.tuples(days, st.none() | st.integers(0, 60)).map(
    lambda span: (span[0], None if span[1] is None else span[0] + timedelta(days=span[1]))
)
whom = st.tuples(st.integers(0, GUARDIANS - 1), st.integers(0, STUDENTS - 1))
histories = st.fixed_dictionaries(
    {
        "relations": st.lists(
            st.tuples(whom, spans, st.sampled_from(["parent", "guardian", "foster", "acting"])),
            max_size=6,
            unique_by=lambda row: (row[0], row[1][0]),
        ),
        "limits": st.lists(
            st.tuples(
                whom,
                spans,
                st.sampled_from(["without_custody", "without_custody", "protective_order", "visits", "records_order"]),
                st.none() | days,
            ),
            max_size=4,
        ),
        "permissions": st.lists(st.tuples(whom, spans, st.sampled_from(["agrees", "dependent"])), max_size=3),
    }
)


@pytest.fixture
def world(db, data_folder):
    """Two guardians who sign in, and three students: two turn 18, of one nobody knows the birth date."""
    from schoolgate.apps.people.directory import Name, name_key, seal_name
    from schoolgate.apps.people.models import Guardian, Membership, Student, User

    key = name_key(None)
    users = [User.objects.create_user(f"wren-{number}", "", "", hashed="md5$a$b") for number in range(GUARDIANS)]
    guardians, students = [], []
    for user in users:
        Membership.objects.create(user=user, role=Role.GUARDIAN, starts=FIRST - timedelta(days=1))
        guardians.append(seal_name(Guardian(user=user), Name(f"Guardian {user.username}"), key))
    for number in range(STUDENTS):
        born = None if number == STUDENTS - 1 else date(EIGHTEEN.year - 18, EIGHTEEN.month, EIGHTEEN.day)
        students.append(seal_name(Student(), Name(f"Student {number}", birth_date=born), key))
    for one in (*guardians, *students):
        one.save(force_insert=True)
    return users, guardians, students


def kept(world, history):
    """The rows of a history."""
    from schoolgate.apps.people.models import Guardianship, Limit, Permission

    _, guardians, students = world
    for (who, child), (starts, ends), kind in history["relations"]:
        Guardianship.objects.create(
            guardian=guardians[who], student=students[child], starts=starts, ends=ends, kind=kind
        )
    for (who, child), (starts, ends), kind, told in history["limits"]:
        Limit.objects.create(
            guardian=guardians[who],
            student=students[child],
            starts=starts,
            ends=ends,
            kind=kind,
            told_on=told if kind == "without_custody" else None,
        )
    for (who, child), (starts, ends), basis in history["permissions"]:
        Permission.objects.create(
            guardian=guardians[who], student=students[child], starts=starts, ends=ends, basis=basis
        )


def plainly(history, who, child, day):
    """The rule, read off the rows one by one."""

    def holds(row):
        starts, ends = row[1]
        return row[0] == (who, child) and starts <= day and (ends is None or day < ends)

    if not any(holds(row) for row in history["relations"]):
        return False
    for row in history["limits"]:
        if holds(row):
            told = row[3]
            if row[2] != "without_custody" or told is None or (day - told).days <= 21:
                return False
    adult = child < STUDENTS - 1 and day >= EIGHTEEN
    return not adult or any(holds(row) for row in history["permissions"])


def turns(history):
    """The days on which something can change, and those beside them."""
    found = {EIGHTEEN}
    for rows in history.values():
        for row in rows:
            starts, ends = row[1]
            found |= {starts} | ({ends} if ends else set())
    found |= {row[3] + timedelta(days=22) for row in history["limits"] if row[3]}
    near = {day + timedelta(days=step) for day in found for step in (-1, 0)}
    # In the middle of the day, so that it is the same day for every clock.
    return sorted(near)


def test_the_children_of_an_actor_are_those_of_a_plain_reading(world, trials):
    from datetime import UTC, datetime, time

    from schoolgate.apps.access.moment import at
    from schoolgate.apps.people.office import related_to
    from schoolgate.apps.people.selectors import actor_for

    users, guardians, students = world

    @settings(max_examples=trials, deadline=None, suppress_health_check=list(HealthCheck))
    @given(histories)
    def holds(history):
        with transaction.atomic():
            kept(world, history)
            for day in turns(history):
                with at(datetime.combine(day, time(17), UTC)):
                    for who, user in enumerate(users):
                        plain = {one.pk for child, one in enumerate(students) if plainly(history, who, child, day)}
                        actor = actor_for(user)
                        assert actor.children == plain, day
                        assert {one.student for one in actor.ties} == plain
                    for child, student in enumerate(students):
                        shown = {one.guardian.pk for one in related_to(student) if one.may_see}
                        plain = {one.pk for who, one in enumerate(guardians) if plainly(history, who, child, day)}
                        assert shown == plain, "the office reads what the guardian gets"
            transaction.set_rollback(True)

    holds()


def test_the_wait_is_the_one_that_the_clock_counts():
    from schoolgate.apps.people.relations import AFTER_NOTICE
    from schoolgate.engines import clock

    calendar = clock.Calendar(jurisdiction="US-MA", county="Suffolk")
    for number in range(400):
        told = FIRST + timedelta(days=number)
        assert clock.due("ma-sr-noncust21", told, calendar=calendar).due == told + AFTER_NOTICE


@pytest.mark.parametrize(
    ("born", "ninth", "day", "may"),
    [
        (date(2010, 3, 14), None, date(2024, 3, 13), False),
        (date(2010, 3, 14), None, date(2024, 3, 14), True),
        (date(2012, 2, 29), None, date(2026, 2, 28), False),
        (date(2012, 2, 29), None, date(2026, 3, 1), True),
        (date(2013, 1, 1), date(2025, 9, 2), date(2025, 9, 1), False),
        (date(2013, 1, 1), date(2025, 9, 2), date(2025, 9, 2), True),
        (None, None, date(2026, 1, 1), False),
        (None, date(2025, 9, 2), date(2026, 1, 1), True),
    ],
)
def test_a_student_acts_from_14_or_from_ninth_grade_on(born, ninth, day, may):
    from schoolgate.apps.people.directory import Name
    from schoolgate.apps.people.models import Student
    from schoolgate.apps.people.relations import may_act

    assert may_act(Student(ninth_grade_from=ninth), Name("A", birth_date=born), day) is may
