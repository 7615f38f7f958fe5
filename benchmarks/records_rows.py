"""Rows in bulk: COPY on PostgreSQL, `executemany` on SQLite.

Values are those of the models' columns; what is not given takes its field's default.
"""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, models


class Sheet:
    """Rows of one table that wait to be written."""

    def __init__(self, model: type[models.Model]) -> None:
        described = model._meta  # noqa: SLF001 - Django's documented way to a model's fields
        self._table = described.db_table
        counted = (models.AutoField, models.CompositePrimaryKey)
        fields = [one for one in described.concrete_fields if not isinstance(one, counted)]
        self._columns = [str(one.column) for one in fields]
        self._defaults = [(one.attname, one.get_default if one.has_default() else _nothing(one)) for one in fields]
        self._known = {one.attname for one in fields}
        self._json = {number for number, one in enumerate(fields) if isinstance(one, models.JSONField)}
        self.rows: list[list[Any]] = []

    def add(self, **values: object) -> None:
        """One more row, by the names of the model's columns."""
        if not values.keys() <= self._known:
            raise TypeError(f"{self._table} has no {', '.join(values.keys() - self._known)}")
        row = [values[name] if name in values else default() for name, default in self._defaults]
        for number in self._json:
            row[number] = json.dumps(row[number], default=str)
        self.rows.append(row)

    def write(self) -> None:
        """Write what waits, in the transaction that is open."""
        names = ", ".join(f'"{name}"' for name in self._columns)
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f'COPY "{self._table}" ({names}) FROM STDIN') as copy:  # type: ignore[attr-defined]
                    for row in self.rows:
                        copy.write_row(row)
            else:
                marks = ", ".join(["%s"] * len(self._columns))
                rows = [[_for_sqlite(value) for value in row] for row in self.rows]
                cursor.executemany(f'INSERT INTO "{self._table}" ({names}) VALUES ({marks})', rows)  # noqa: S608
        self.rows = []


def _nothing(field: Any) -> Any:  # noqa: ANN401 - a field of any kind
    """The default of a field that declares none, which only a text or a null can be."""
    value = None if field.null else ""

    def give() -> object:
        if value is None or field.empty_strings_allowed:
            return value
        raise TypeError(f"{field} needs a value")

    return give


def _for_sqlite(value: object) -> object:
    """As Django writes it there."""
    match value:
        case UUID():
            return value.hex
        case datetime():
            return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
        case date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case _:
            return value
