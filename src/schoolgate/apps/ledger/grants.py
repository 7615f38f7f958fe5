"""What the site's own role may do in PostgreSQL: no more than the site does. Its owner migrates, and serves nothing."""

from collections.abc import Iterator
from typing import Final

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from .triggers import insert_only_tables

# What a site never does to a table.
NEVER: Final = ("TRUNCATE", "REFERENCES", "TRIGGER")
# Written by migrations alone.
READ_ONLY: Final = frozenset({"django_migrations"})


def statements(connection: BaseDatabaseWrapper, role: str) -> Iterator[str]:
    """The SQL that gives a role what the site needs on the tables as they are now, and takes all else away.

    To be run by the owner of the tables, after each migration. Creating the role, and its password, is the
    administrator's.
    """
    name, database = (_quoted(one) for one in (role, connection.settings_dict["NAME"]))
    yield "REVOKE CREATE ON SCHEMA public FROM PUBLIC"
    yield f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC"
    yield f"REVOKE ALL ON SCHEMA public FROM {name}"
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {name}"
    yield f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {name}"
    yield f"GRANT USAGE ON SCHEMA public TO {name}"
    # To be read by a backup; numbers are given out by the database itself.
    yield f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {name}"
    for table, columns in _tables(connection).items():
        quoted = _quoted(table)
        if table in READ_ONLY:
            yield f"GRANT SELECT ON {quoted} TO {name}"
        elif table in insert_only_tables():
            # By column: a number that the database gives out is never chosen.
            listed = ", ".join(map(_quoted, columns))
            yield f"GRANT SELECT, INSERT ({listed}) ON {quoted} TO {name}"
        else:
            yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON {quoted} TO {name}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _tables(connection: BaseDatabaseWrapper) -> dict[str, list[str]]:
    """Each table with the columns that the database does not fill by itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum) FILTER (WHERE a.attidentity = '')
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' GROUP BY c.relname ORDER BY c.relname
            """
        )
        return dict(cursor.fetchall())


def apply(connection: BaseDatabaseWrapper, role: str) -> None:
    """Give a role that exists what `statements` says."""
    with connection.cursor() as cursor:
        for statement in statements(connection, role):
            cursor.execute(statement)


def excess(connection: BaseDatabaseWrapper) -> list[str]:
    """What the role of this connection could do that no site needs, a sentence each; none on SQLite."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        superuser, bypasses = cursor.fetchone() or (False, False)
        if superuser or bypasses:
            return ["it sees every row, whatever the policies say"]
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
            " AND pg_has_role(current_user, relowner, 'MEMBER') ORDER BY relname LIMIT 1"
        )
        if owned := cursor.fetchone():
            return [f"it owns tables, such as {owned[0]}, and could drop their triggers and policies"]
        cursor.execute("SELECT has_schema_privilege(current_user, 'public', 'CREATE')")
        found = ["it may create tables and functions"] if cursor.fetchone() == (True,) else []
        looked = [(right, sorted(_tables(connection)), "") for right in NEVER]
        looked += [(right, sorted(insert_only_tables()), ", which is insert-only") for right in ("UPDATE", "DELETE")]
        found += [
            f"it has {right} on {table}{more}"
            for right, tables, more in looked
            if (table := _may(cursor, right, tables))
        ]
    return found


def _may(cursor: CursorWrapper, right: str, tables: list[str]) -> str:
    """The first table on which the role has a right."""
    cursor.execute(
        "SELECT name FROM unnest(%s::text[]) name"
        " WHERE to_regclass(name) IS NOT NULL AND has_table_privilege(current_user, name, %s) LIMIT 1",
        [tables, right],
    )
    row = cursor.fetchone()
    return str(row[0]) if row else ""
