"""Rows past Django's queries: what every act and every sealing pays costs what the database asks and little more."""

from functools import cache
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import AutoField, CompositePrimaryKey, Field, Model
from django.db.models.expressions import Col


def insert_row(cursor: CursorWrapper, model: type[Model], **values: object) -> None:
    """Insert one row, as `model(**values).save(force_insert=True)` would, without making the object. One statement.

    About an eighth of what the object costs. What is not given takes its field's default; a number that the database
    counts up is left to it. Nothing is validated and no signal is sent.

    Raises:
        TypeError: A value is given for a field that the model does not have.
        IntegrityError: The database refuses the row.
    """
    sql, fields = _statement(model, connection.vendor)
    row = [
        field.get_db_prep_save(values.pop(name) if name in values else field.get_default(), connection)
        for name, field in fields
    ]
    if values:
        raise TypeError(f"{model.__name__} has no field {', '.join(values)}")
    cursor.execute(sql, row)


def newest[M: Model](model: type[M], by: str) -> M | None:
    """The row with the largest value of a column, as `objects.order_by("-column").first()` gives it. One query."""
    sql, columns = _largest(model, by, connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(sql)
        row = cursor.fetchone()
    if row is None:
        return None
    values = list(row)
    for place, column in enumerate(columns):
        for convert in (*connection.ops.get_db_converters(column), *column.get_db_converters(connection)):
            values[place] = convert(values[place], column, connection)
    return model.from_db(connection.alias, [column.target.attname for column in columns], values)


@cache
def _statement(model: type[Model], vendor: str) -> tuple[str, tuple[tuple[str, "Field[Any, Any]"], ...]]:  # noqa: ARG001
    """The INSERT, and the fields in its order. Kept for each kind of database, whose quotes may differ."""
    description = model._meta  # noqa: SLF001 - Django's documented way to a model's fields
    counted = (AutoField, CompositePrimaryKey)
    fields = [each for each in description.concrete_fields if not isinstance(each, counted)]
    quoted = connection.ops.quote_name
    columns = ", ".join(quoted(str(each.column)) for each in fields)
    places = ", ".join(["%s"] * len(fields))
    sql = f"INSERT INTO {quoted(description.db_table)} ({columns}) VALUES ({places})"  # noqa: S608 - the models' names
    return sql, tuple((each.attname, each) for each in fields)


@cache
def _largest(model: type[Model], by: str, vendor: str) -> tuple[str, tuple[Col, ...]]:  # noqa: ARG001
    """The SELECT, and its columns."""
    description = model._meta  # noqa: SLF001 - as above
    quoted = connection.ops.quote_name
    columns = tuple(each.get_col(description.db_table) for each in description.concrete_fields)
    names = ", ".join(quoted(str(each.target.column)) for each in columns)
    sql = f"SELECT {names} FROM {quoted(description.db_table)} ORDER BY {quoted(by)} DESC LIMIT 1"  # noqa: S608 - as above
    return sql, columns
