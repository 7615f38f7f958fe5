"""What the tests of people and their relations share."""

from datetime import date

import pytest


@pytest.fixture
def counsel(cast):
    return cast.actor("raman")


@pytest.fixture
def officer(cast):
    return cast.actor("whitfield")


@pytest.fixture
def mother(cast):
    """Marisol's mother, as the directory has her."""
    from schoolgate.apps.people.models import Guardian

    return Guardian.objects.get(user=cast.users["aguilar"])


@pytest.fixture
def born(cast):
    """Give a student of the cast another birth date, or none."""
    from dataclasses import replace

    from schoolgate.apps.people.directory import open_names, seal_name
    from schoolgate.apps.people.models import Student

    def born_on(who: str, day: date | None) -> None:
        student = Student.objects.select_related("name_key").get(pk=cast.students[who].pk)
        name = replace(open_names([student])[student], birth_date=day)
        seal_name(student, name, student.name_key).save()

    return born_on


@pytest.fixture
def dump():
    """Every value of every table, as one text in small letters."""

    def dumped() -> str:
        from django.db import connection

        found = []
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                cursor.execute(f'SELECT * FROM "{table}"')
                for row in cursor.fetchall():
                    for value in row:
                        raw = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                        found.append(raw.decode("utf-8", "replace"))
        return "\n".join(found).casefold()

    return dumped
