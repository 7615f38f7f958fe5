"""Triggers that make the log's tables, and what was published beside it, insert-only, on SQLite and PostgreSQL.

A database administrator can always drop a trigger; what then changes is caught by the published checkpoints.
"""

from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

_SQLITE = """
CREATE TRIGGER IF NOT EXISTS {table}_no_{what} BEFORE {what} ON {table}
BEGIN SELECT RAISE(ABORT, 'the log is insert-only'); END
"""
# INSERT OR REPLACE deletes without firing a delete trigger unless recursive_triggers is on.
_SQLITE_REPLACE = """
CREATE TRIGGER IF NOT EXISTS {table}_no_replace BEFORE INSERT ON {table}
WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})
BEGIN SELECT RAISE(ABORT, 'the log is insert-only'); END
"""
_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION ledger_insert_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the log is insert-only'; END $$
"""
_POSTGRES = """
CREATE OR REPLACE TRIGGER {table}_insert_only BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION ledger_insert_only()
"""
_POSTGRES_TRUNCATE = """
CREATE OR REPLACE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION ledger_insert_only()
"""
_same = {
    "ledger_tile": "level = NEW.level AND number = NEW.number",
    "ledger_checkpoint": "size = NEW.size",
    "ledger_cosignature": "id = NEW.id OR (checkpoint_id = NEW.checkpoint_id AND witness = NEW.witness)",
    "ledger_timestamp": "id = NEW.id OR (checkpoint_id = NEW.checkpoint_id AND authority = NEW.authority)",
    "ledger_reading": "id = NEW.id",
}


def protect(table: str, same: str) -> None:
    """Make a table of another app insert-only too, when its app is made ready.

    Args:
        table: Its name in the database.
        same: In SQL, when a row that is there has a key of the row NEW.
    """
    _same[table] = same


def insert_only_tables() -> frozenset[str]:
    """The tables whose rows nobody changes or takes away."""
    return frozenset(_same)


def install(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers that are missing, on the tables that are there."""
    there = [table for table in connection.introspection.table_names() if table in _same]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for table in there:
                for what in ("UPDATE", "DELETE"):
                    cursor.execute(_SQLITE.format(table=table, what=what))
                cursor.execute(_SQLITE_REPLACE.format(table=table, same=_same[table]))
            return
        cursor.execute(_POSTGRES_FUNCTION)
        for table in there:
            cursor.execute(_POSTGRES.format(table=table))
            cursor.execute(_POSTGRES_TRUNCATE.format(table=table))


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop the triggers: only for emptying a test database."""
    with connection.cursor() as cursor:
        for table in _same:
            if connection.vendor == "sqlite":
                for what in ("UPDATE", "DELETE", "replace"):
                    cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{what}")
            else:
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_insert_only ON {table}")
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_truncate ON {table}")


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """The tables that lack a trigger now; `schoolgate doctor` and the start of the server ask."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            wanted = {t: {f"{t}_no_UPDATE", f"{t}_no_DELETE", f"{t}_no_replace"} for t in _same}
        else:
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D'")
            wanted = {t: {f"{t}_insert_only", f"{t}_no_truncate"} for t in _same}
        present = {row[0] for row in cursor.fetchall()}
    return [table for table, names in wanted.items() if not names <= present]


def install_after_migrate(*, using: str, **_: Any) -> None:  # noqa: ANN401 - the signal's own arguments
    """Install on the database that was just migrated."""
    install(connections[using])
