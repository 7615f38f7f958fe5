"""The second wall: what PostgreSQL shows when a view forgets to ask `visible_to`. On SQLite there is none."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from schoolgate.apps.access.actors import SYSTEM, VISITOR, Role
from schoolgate.apps.access.wall import NOTHING, PROGRAM, as_program, policies, scope_of, within
from schoolgate.apps.access.wall.rules import BEHIND, OUTSIDE
from schoolgate.apps.ledger import grants
from support import site_role

pytestmark = pytest.mark.django_db
POSTGRES = "postgresql"


def models():
    """The models behind the wall."""
    return [one for one in apps.get_models(include_auto_created=True) if one._meta.db_table in BEHIND]


def shown(label: str) -> set[object]:
    """The keys that a query without any filter finds."""
    return set(apps.get_model(label)._base_manager.values_list("pk", flat=True))


def test_every_table_is_behind_the_wall_or_says_why_not():
    tables = {one._meta.db_table for one in apps.get_models(include_auto_created=True)}
    outside = [table for some in OUTSIDE.values() for table in some]
    assert len(outside) == len(set(outside))
    assert not set(BEHIND) & set(outside)
    assert tables - set(BEHIND) - set(outside) == set(), "put the new table into BEHIND or OUTSIDE of access/wall/rules"
    assert set(BEHIND) - tables == set()


def test_a_forgotten_filter_shows_no_row_of_another_school_agency_or_family(elsewhere, filed, cast):
    principal, far_report, ana = elsewhere.actor("reis"), elsewhere.report, elsewhere.student
    near = {filed.report.pk, filed.other_report.pk}
    students = {one.pk for one in cast.students.values()}
    waiting, refused = {filed.request.pk}, {filed.refused.pk}
    expected = {
        # Reports, students, requests; a teacher's school, since who filed and who responded `visible_to` knows.
        "abreu": (near, students, waiting | refused),
        "okafor": (near, students, waiting | refused),
        "reis": ({far_report.pk}, {ana.pk}, set()),
        "whitfield": (near | {far_report.pk}, students | {ana.pk}, waiting | refused),
        "raman": (near | {far_report.pk}, students | {ana.pk}, waiting | refused),
        # Theirs is the request; of the report that it is about they see that there is one.
        "doyle": ({filed.report.pk}, set(), waiting),
        "voss": ({filed.report.pk}, set(), refused),
        "kerr": (set(), set(), set()),
        # Marisol is in one report, with Kevin; he is in another alone.
        "aguilar": ({filed.report.pk}, students, waiting | refused),
        "marisol": ({filed.report.pk}, students, waiting | refused),
        "chen": (near, students, waiting | refused),
        "park": (set(), set(), set()),
        "admin": (set(), set(), set()),
    }
    everything = [shown(one._meta.label) for one in models()]
    for name, (reports, children, requests) in expected.items():
        actor = principal if name == "reis" else cast.actor(name)
        with within(scope_of(actor)):
            found = shown("incidents.Report"), shown("people.Student"), shown("requests.Request")
            versions = set(apps.get_model("incidents.ReportVersion").objects.values_list("report", flat=True))
        if connection.vendor == POSTGRES:
            assert found == (reports, children, requests), name
            # The text of a report stays with those whose incident it is.
            assert versions == (set() if actor.role is Role.AGENCY_USER else reports), name
        else:
            assert found[0] == near | {far_report.pk}, name
    for scope in (scope_of(VISITOR), NOTHING):
        with within(scope):
            seen = {one._meta.label for one in models() if one._base_manager.exists()}
        assert (seen == set()) is (connection.vendor == POSTGRES)
    with within(scope_of(SYSTEM)):
        assert [shown(one._meta.label) for one in models()] == everything


def test_the_wall_hides_nothing_that_the_first_wall_lets_through(elsewhere, filed, cast):
    """Whatever `visible_to` finds with all rows there, it finds behind the wall too."""
    actors = [*map(elsewhere.actor, elsewhere.users), *(cast.actor(name) for name in cast.users)]
    guarded = [one for one in models() if hasattr(one._default_manager, "visible_to")]
    assert len(guarded) >= 8
    found = 0
    for actor in actors:
        for model in guarded:
            open_rows = set(model._default_manager.visible_to(actor).values_list("pk", flat=True))
            with within(scope_of(actor)):
                assert set(model._default_manager.visible_to(actor).values_list("pk", flat=True)) == open_rows
            found += len(open_rows)
    assert found >= 20


def widened_and_failing(statement, expected):
    with as_program():
        assert shown("incidents.Report") == expected
        connection.cursor().execute(statement)
        raise ZeroDivisionError


def test_the_scope_outlives_what_is_rolled_back(elsewhere, cast):
    """Widened for a moment, in a transaction that fails: what follows is as narrow as before."""
    principal = elsewhere.actor("reis")
    all_of_them, own = shown("incidents.Report"), {elsewhere.report.pk}
    expected = own if connection.vendor == POSTGRES else all_of_them
    with within(scope_of(principal)):
        for failing in ("SELECT 1", "SELECT no_such_column"):
            with pytest.raises((DatabaseError, ZeroDivisionError)), transaction.atomic():
                widened_and_failing(failing, all_of_them)
            assert shown("incidents.Report") == expected, failing
        with pytest.raises(DatabaseError), as_program(), transaction.atomic():
            connection.cursor().execute("SELECT no_such_column")
        assert shown("incidents.Report") == expected
    assert shown("incidents.Report") == all_of_them


@pytest.fixture
def owner(cast) -> Iterator[str]:
    """A role that owns the tables and is no superuser, until the test is rolled back."""
    with site_role.the_owner(), connection.cursor() as cursor:
        if connection.vendor == POSTGRES:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("CREATE ROLE wall_owner")
            cursor.execute("GRANT wall_owner TO current_user")
            for table in BEHIND:
                cursor.execute(f"ALTER TABLE {table} OWNER TO wall_owner")
            # What rules look at besides; who owns the tables owns it too.
            cursor.execute("GRANT SELECT ON people_staffmember TO wall_owner")
    return "wall_owner"


def test_the_owner_sees_no_more_and_doctor_says_what_is_off(owner, cast):
    assert policies.missing(connection) == []
    if connection.vendor != POSTGRES:
        assert grants.excess(connection) == []
        return
    assert "sees every row" in refused_as("NONE")[0]
    with site_role.acting_as(owner):
        assert "owns tables" in grants.excess(connection)[0]
        with within(NOTHING):
            assert shown("people.Student") == set()
        with within(PROGRAM):
            assert shown("people.Student")
    with site_role.the_owner(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE people_student NO FORCE ROW LEVEL SECURITY")
        cursor.execute("ALTER TABLE incidents_draft DISABLE ROW LEVEL SECURITY")
        cursor.execute("CREATE POLICY more ON requests_request USING (true)")
        cursor.execute("DROP POLICY second_wall ON incidents_report")
        off = ["incidents_draft", "incidents_report", "people_student", "requests_request"]
        assert policies.missing(connection) == off
        policies.install(connection)
        # A policy that somebody added is nobody's of ours to drop: it is told until somebody does.
        assert policies.missing(connection) == ["requests_request"]


def refused_as(role: str) -> list[str]:
    with site_role.acting_as(role):
        return grants.excess(connection)


def test_the_sites_role_does_what_the_site_does_and_nothing_else(cast):
    if not site_role.ROLE:
        assert connection.vendor != POSTGRES, "scripts/with_postgres.py names the role"
        return
    assert grants.excess(connection) == []
    for statement in (
        "TRUNCATE incidents_report CASCADE",
        "DROP TRIGGER ledger_tile_insert_only ON ledger_tile",
        "ALTER TABLE ledger_tile DISABLE TRIGGER ALL",
        "DROP POLICY second_wall ON incidents_report",
        "ALTER TABLE incidents_report NO FORCE ROW LEVEL SECURITY",
        "UPDATE ledger_reading SET part = ''",
        "DELETE FROM ledger_tile",
        "INSERT INTO ledger_cosignature (id) OVERRIDING SYSTEM VALUE VALUES (1)",
        "SET session_replication_role = replica",
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "DELETE FROM django_migrations",
    ):
        with pytest.raises(DatabaseError, match=r"permission denied|must be owner"), transaction.atomic():
            connection.cursor().execute(statement)
    given = list(grants.statements(connection, 'a "role"'))
    assert all('"a ""role"""' in one or one.endswith("PUBLIC") for one in given)
