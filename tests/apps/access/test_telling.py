"""A connection tells PostgreSQL for whom it works before a statement, when that is another than it told last.

On SQLite there is nobody to tell: the tests ask there that nothing is told.
"""

from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from schoolgate.apps.access.wall import NOTHING, PROGRAM, Scope, as_program, within
from schoolgate.apps.access.wall.scope import TELL

POSTGRES = "postgresql"
REACH = "SELECT coalesce(current_setting('schoolgate.person', true), '')"


def told() -> str | None:
    """The person that the database was told, asked past Django's cursors; None where nobody is told."""
    if connection.vendor != POSTGRES:
        return None
    connection.ensure_connection()
    return str(connection.connection.execute(REACH).fetchone()[0])


def expected(person: UUID | None) -> str | None:
    return str(person or "") if connection.vendor == POSTGRES else None


def somebody() -> Scope:
    return Scope(reach="own", person=uuid4())


@pytest.fixture
def statements(monkeypatch) -> list[str]:
    """Every scope that is told meanwhile."""
    seen: list[str] = []
    if connection.vendor == POSTGRES:
        from schoolgate.apps.access.wall.backend import base

        ask = base.say

        def say(raw, scope):
            seen.append(scope.settings()[1])
            ask(raw, scope)

        monkeypatch.setattr(base, "say", say)
    return seen


@pytest.mark.django_db
def test_a_scope_is_told_once_and_only_when_something_is_asked(statements):
    one = somebody()
    with within(one), as_program(), within(somebody()):
        pass
    assert statements == []
    with within(one):
        for _ in range(3):
            assert told() == expected(one.person)
        with within(somebody()):
            pass
        assert told() == expected(one.person)
    assert statements == ([str(one.person)] if connection.vendor == POSTGRES else [])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ends", [transaction.commit, transaction.rollback])
def test_what_was_told_in_a_transaction_is_told_again_after_it(ends):
    before, inside = somebody(), somebody()
    with within(before):
        assert told() == expected(before.person)
    transaction.set_autocommit(False)
    try:
        with within(inside):
            assert told() == expected(inside.person)
            ends()
            # Another transaction has begun, and after a rollback the database knows the scope before the first.
            assert told() == expected(inside.person)
            ends()
    finally:
        transaction.rollback()
        transaction.set_autocommit(True)
    with within(inside):
        assert told() == expected(inside.person)
    with within(before):
        assert told() == expected(before.person)


@pytest.mark.django_db
def test_what_was_told_within_a_part_that_is_taken_back_is_told_again():
    inside = somebody()
    with transaction.atomic(), within(inside):
        point = transaction.savepoint_create()
        with within(PROGRAM):
            assert told() == expected(None)
        assert told() == expected(inside.person)
        transaction.savepoint_rollback(point)
        assert told() == expected(inside.person)
        with within(somebody()), pytest.raises(ZeroDivisionError):
            told_and_failing()
        assert told() == expected(inside.person)


def told_and_failing():
    with transaction.atomic():
        told()
        raise ZeroDivisionError


@pytest.mark.django_db(transaction=True)
def test_every_way_to_ask_tells_first():
    with within(NOTHING):
        assert told() == expected(None)
    one = somebody()
    if connection.vendor != POSTGRES:
        assert not hasattr(connection.connection, "wall_told")
        return
    with within(one), connection.chunked_cursor() as cursor:
        cursor.execute(REACH)
        assert cursor.fetchone()[0] == str(one.person)
    with (
        within(two := somebody()),
        connection.connection.cursor() as cursor,
        cursor.copy(f"COPY ({REACH}) TO STDOUT") as rows,
    ):
        assert list(rows.rows()) == [(str(two.person),)]
    with within(three := somebody()), connection.cursor() as cursor:
        cursor.executemany(
            "SELECT set_config('schoolgate.seen', %s || current_setting('schoolgate.person'), false)", [("x",)]
        )
        cursor.execute("SELECT current_setting('schoolgate.seen')")
        assert cursor.fetchone()[0] == f"x{three.person}"


@pytest.mark.django_db(transaction=True)
def test_a_kept_connection_is_asked_whether_it_answers_by_telling_it(statements):
    one = somebody()
    told()
    statements.clear()
    with within(one):
        connection.health_check_enabled, connection.health_check_done = True, False
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        finally:
            connection.health_check_enabled = False
    assert statements == ([str(one.person)] if connection.vendor == POSTGRES else [])
    if connection.vendor == POSTGRES:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            before = cursor.fetchone()[0]
        connection.connection.close()
        assert not connection.is_usable()
        connection.close()
        with within(one):
            assert told() == str(one.person)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            assert cursor.fetchone()[0] != before


def test_what_is_told_names_each_setting_once():
    assert all(
        TELL.count(f"'{name}'") == 1 for name in ("schoolgate.reach", "schoolgate.person", "schoolgate.child_reports")
    )
