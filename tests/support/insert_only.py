"""Rows that nobody can change or take away, whatever statement is tried."""

import pytest
from django.db import DatabaseError, connection, models, transaction

from support import site_role


def assert_insert_only(row: models.Model) -> None:
    """A row of a table with triggers: changed, deleted and, on SQLite, replaced, it is refused each time."""
    rows, meta = type(row)._base_manager.filter(pk=row.pk), row._meta
    field = next(one for one in meta.concrete_fields if not one.primary_key and not one.is_relation)
    for tamper in (
        lambda: rows.update(**{field.name: getattr(row, field.name)}),
        lambda: rows._raw_delete(connection.alias),
    ):
        # As the owner: the site's own role is refused before the trigger is asked.
        with site_role.the_owner(), pytest.raises(DatabaseError, match="insert-only"), transaction.atomic():
            tamper()
    if connection.vendor == "sqlite":
        columns = ", ".join(f'"{field.column}"' for field in meta.concrete_fields if field.column)
        replace = f'INSERT OR REPLACE INTO "{meta.db_table}" ({columns}) SELECT {columns} FROM "{meta.db_table}"'
        with pytest.raises(DatabaseError, match="insert-only"), transaction.atomic():
            connection.cursor().execute(replace)
