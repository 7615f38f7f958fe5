"""Many rows past Django's queries: what stands then is what `bulk_create` would have written."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import DataError, IntegrityError, connection, transaction

from schoolgate.apps.ledger.rows import insert_rows

pytestmark = pytest.mark.django_db
ODD = ['a "b", {c}\\', "{}", "NULL", "é\u4e2d\n'", ""]


@pytest.fixture
def school():
    from schoolgate.apps.schools.models import School

    return School.objects.create(external_id="350", name="Burke High")


def incidents(school, count):
    from schoolgate.apps.incidents.models import Incident

    return [
        Incident(
            feed_key=f"350:{number}" if number % 3 else None,
            school=school,
            kind="imported",
            place="other",
            occurred_on=date(2026, 10, 1 + number % 28),
            feed_mark=bytes([number % 256, 0, 39, 92]) if number % 2 else None,
            behaviors=ODD[: number % 6],
            feed_codes={"outsiders": number, ODD[number % 5]: None},
            reported_to_police=[None, True, False][number % 3],
        )
        for number in range(count)
    ]


def stored(model):
    return {
        row["id"]: {name: bytes(one) if isinstance(one, memoryview) else one for name, one in row.items()}
        for row in model.objects.values()
    }


def test_they_are_as_bulk_create_writes_them(school):
    from schoolgate.apps.incidents.models import Incident

    rows = incidents(school, 1_203)
    insert_rows(Incident, rows)
    ours = stored(Incident)
    assert not any(one._state.adding for one in rows)
    Incident.objects.all().delete()
    Incident.objects.bulk_create(rows)
    assert len(ours) == 1_203
    assert ours == stored(Incident)


@pytest.mark.usefixtures("data_folder")
def test_numbers_that_the_database_counts_and_decimals(school, django_assert_num_queries):
    from schoolgate.apps.incidents.feeds.models import Feed, FeedPerson
    from schoolgate.apps.incidents.models import DisciplineAction
    from schoolgate.apps.people.directory import Name, name_key, seal_name
    from schoolgate.apps.people.models import Student

    feed = Feed.objects.create(name="edfi")
    student = seal_name(Student(school=school), Name("Ana Bello", number="1"), name_key(school))
    insert_rows(Student, [student])
    links = [FeedPerson(feed=feed, kind="student", source_index=bytes([one] * 16), person=student.pk, mark=b"m")
             for one in range(3)]  # fmt: skip
    with django_assert_num_queries(1):
        insert_rows(FeedPerson, links)
    assert len(set(FeedPerson.objects.values_list("pk", flat=True))) == 3
    action = DisciplineAction(student=student, school=school, imposed_on=date(2026, 10, 6), disciplines=["x"],
                              length=Decimal("2.50"), feed_key=b"k" * 16, feed_mark=b"m" * 16)  # fmt: skip
    insert_rows(DisciplineAction, [action])
    assert DisciplineAction.objects.get().length == Decimal("2.5")
    insert_rows(DisciplineAction, [])


def test_rows_that_stand_get_the_named_fields_and_no_others(school):
    from schoolgate.apps.incidents.models import Incident

    rows = incidents(school, 4)
    insert_rows(Incident, rows)
    for one in rows:
        one.place, one.behaviors, one.occurred_on = "bus", ["Other"], date(2020, 1, 1)
    insert_rows(Incident, rows, over=["place", "behaviors"])
    assert set(Incident.objects.values_list("place", flat=True)) == {"bus"}
    assert all(one == ["Other"] for one in Incident.objects.values_list("behaviors", flat=True))
    assert not Incident.objects.filter(occurred_on=date(2020, 1, 1)).exists()


def test_what_the_database_refuses_is_refused(school):
    from schoolgate.apps.incidents.models import Incident

    (row,) = incidents(school, 1)
    row.feed_key = "350:1"
    insert_rows(Incident, [row])
    (other,) = incidents(school, 1)
    other.feed_key = "350:1"
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(Incident, [other])
    other.feed_key, other.place = "350:2", "x" * 21
    if connection.vendor == "postgresql":
        # SQLite knows no lengths.
        with pytest.raises(DataError), transaction.atomic():
            insert_rows(Incident, [other])
    assert Incident.objects.count() == 1


def test_among_finds_what_in_finds_whatever_the_number_of_values(school):
    from schoolgate.apps.incidents.models import Incident
    from schoolgate.apps.ledger.among import Among

    insert_rows(Incident, incidents(school, 300))
    keys = [f"350:{number}" for number in range(250, 400)] + ["350:1'", "x" * 500]
    for values in (keys, keys[:1], []):
        asked = set(Incident.objects.filter(feed_key__in=values).values_list("pk", flat=True))
        assert set(Incident.objects.filter(Among("feed_key", iter(values))).values_list("pk", flat=True)) == asked
    marks = [bytes([number, 0, 39, 92]) for number in range(9)]
    by_mark = Incident.objects.filter(Among("feed_mark", marks), school=school)
    assert set(by_mark) == set(Incident.objects.filter(feed_mark__in=marks))
    assert by_mark.count() > 0


def test_a_long_work_has_its_statements_planned_each_time_and_leaves_the_session_as_it_was():
    from schoolgate.apps.ledger.plans import planned_each_time

    def mode():
        if connection.vendor != "postgresql":
            return "auto"
        with connection.cursor() as cursor:
            cursor.execute("SHOW plan_cache_mode")
            return cursor.fetchone()[0]

    with planned_each_time():
        assert mode() == ("force_custom_plan" if connection.vendor == "postgresql" else "auto")
    assert mode() == "auto"
    with pytest.raises(IntegrityError), transaction.atomic(), planned_each_time():
        raise IntegrityError
    assert mode() == "auto"
