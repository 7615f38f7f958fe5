"""The rules of `rules.py` as PostgreSQL's policies: installed after each migration, checked at each start."""

from typing import Any, Final

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from .rules import ANYBODY_ENTERS, BEHIND, FUNCTIONS, LOOKS

POLICY: Final = "second_wall"
ENTRY: Final = "second_wall_entry"
# Of the rules as they were installed, in the table's comment: a rule that was changed later is found by it.
_COMMENT: Final = "second wall "


def install(connection: BaseDatabaseWrapper) -> None:
    """Put the rules on the tables that are there. Needs their owner; on SQLite there are none."""
    if connection.vendor != "postgresql":
        return
    there = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        _make_functions(cursor)
        for table, rule in BEHIND.items():
            if table in there and table not in _sound(cursor):
                _put(cursor, table, rule)


def _make_functions(cursor: CursorWrapper) -> None:
    """The functions that rules call. None is of the kind that is written into the rule: each is planned when called."""
    for name, query in LOOKS.items():
        # Dear, so that a plan begins with what needs few of these calls; planned for any key, once a connection.
        cursor.execute(
            f"CREATE OR REPLACE FUNCTION {name}(wall_key anyelement) RETURNS boolean LANGUAGE plpgsql STABLE "
            f"COST 100000 SET plan_cache_mode = force_generic_plan AS $$ BEGIN RETURN EXISTS ({query}); END $$"
        )
    for name, (kind, setting, query) in FUNCTIONS.items():
        # The setting holds while the function runs: it sees every row, and gives back keys of one's own alone.
        cursor.execute(
            f"CREATE OR REPLACE FUNCTION {name}_found() RETURNS {kind} LANGUAGE plpgsql STABLE "
            f"SET schoolgate.reach = 'all' SET search_path = public, pg_temp AS $$ BEGIN RETURN ({query}); END $$"
        )
        cursor.execute(
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS {kind} LANGUAGE plpgsql STABLE AS $$ BEGIN "
            f"IF coalesce(current_setting('schoolgate.{setting}', true), '') = '' THEN RETURN NULL; END IF; "
            f"RETURN public.{name}_found(); END $$"
        )


def _put(cursor: CursorWrapper, table: str, rule: str) -> None:
    cursor.execute(f"DROP POLICY IF EXISTS {POLICY} ON {table}")
    cursor.execute(f"DROP POLICY IF EXISTS {ENTRY} ON {table}")
    cursor.execute(f"CREATE POLICY {POLICY} ON {table} USING ({rule})")
    if table in ANYBODY_ENTERS:
        cursor.execute(f"CREATE POLICY {ENTRY} ON {table} FOR INSERT WITH CHECK (true)")
    cursor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    # Its owner too: whoever connects as the owner by mistake gets no other view.
    cursor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    cursor.execute(f"COMMENT ON TABLE {table} IS '{_COMMENT}{_mark(rule)}'")


def _mark(rule: str) -> str:
    from hashlib import sha256  # noqa: PLC0415 - only here

    asked = sorted(query for name, query in LOOKS.items() if f"{name}(" in rule)
    return sha256("\n".join([rule, *asked]).encode()).hexdigest()[:16]


def _sound(cursor: CursorWrapper) -> set[str]:
    """The tables whose policy is the one of `BEHIND`, in force for everybody."""
    cursor.execute(
        """
        SELECT c.relname, obj_description(c.oid, 'pg_class'), count(p.polname)
        FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid
        WHERE c.relrowsecurity AND c.relforcerowsecurity AND c.relnamespace = 'public'::regnamespace
        GROUP BY c.oid, c.relname
        """
    )
    return {
        table
        for table, comment, policies in cursor.fetchall()
        if table in BEHIND
        and comment == _COMMENT + _mark(BEHIND[table])
        # A policy more would show more.
        and policies == 1 + (table in ANYBODY_ENTERS)
    }


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """The tables whose rule is not in force now; `schoolgate doctor` and the start of the server ask."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        return sorted(set(BEHIND) - _sound(cursor))


def install_after_migrate(*, using: str, **_: Any) -> None:  # noqa: ANN401 - the signal's own arguments
    """Install on the database that was just migrated."""
    install(connections[using])
