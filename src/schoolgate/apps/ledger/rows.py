"""Rows past Django's queries: what every act and every sealing pays costs what the database asks and little more."""

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import batched
from typing import Any
from uuid import UUID

from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models import (
    AutoField,
    BooleanField,
    CharField,
    CompositePrimaryKey,
    Field,
    ForeignKey,
    Model,
    TextField,
    UUIDField,
)
from django.db.models.expressions import Col

_AT_ONCE = 500
# Kinds of columns, of exactly these classes, whose values of this type Django hands to psycopg untouched.
_SENT_AS_THEY_ARE: dict[type, type] = {
    CharField: str,
    TextField: str,
    UUIDField: UUID,
    BooleanField: bool,
}


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


def insert_rows[M: Model](model: type[M], rows: Iterable[M], *, over: Sequence[str] = ()) -> None:
    """Insert many rows, as `bulk_create` would; those that stand already get the fields in `over` anew.

    One statement for 500 rows, of as many parameters as there are columns: PostgreSQL is given a list a column, and has
    one short text to read. `bulk_create` makes a parameter of each value, which costs an import a third of its time. A
    number that the database counts up is left to it, and not told. Nothing is validated and no signal is sent.

    Args:
        model: Whose rows.
        rows: The objects; their primary keys are set unless the database counts them.
        over: Field names. Given these, the rows must have been read in the same transaction.

    Raises:
        IntegrityError: The database refuses a row.
    """
    sql, fields = _many_statement(model, tuple(over), connection.vendor)
    # Not by the name that stands for it: each look through that would be paid for each value.
    here = connections[connection.alias]
    for batch in batched(rows, _AT_ONCE):
        columns = [_column(field, batch, here) for field in fields]
        with here.cursor() as cursor:
            if here.vendor == "postgresql":
                cursor.execute(sql, columns)
            else:
                cursor.executemany(sql, list(zip(*columns, strict=True)))
        for row in batch:
            row._state.adding, row._state.db = False, here.alias  # noqa: SLF001 - as bulk_create does


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


def _column(field: "Field[Any, Any]", rows: Sequence[Model], here: BaseDatabaseWrapper) -> list[Any]:
    """What is sent of a field: values of the one type that goes to the database as it is are not looked at further."""
    kind = _SENT_AS_THEY_ARE.get(_stands_for(field)) if here.vendor == "postgresql" else None
    if kind is None:
        return [field.get_db_prep_save(field.pre_save(row, add=True), here) for row in rows]
    name = field.attname
    return [
        value if type(value := getattr(row, name)) is kind else field.get_db_prep_save(field.pre_save(row, True), here)  # noqa: FBT003
        for row in rows
    ]


@cache
def _stands_for(field: "Field[Any, Any]") -> type:
    """The class of a field, of a reference that of what it refers to."""
    return type(field.target_field) if type(field) is ForeignKey else type(field)


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
def _many_statement(
    model: type[Model], over: tuple[str, ...], vendor: str
) -> tuple[str, tuple["Field[Any, Any]", ...]]:
    """The INSERT of many rows, and the fields in its order."""
    description = model._meta  # noqa: SLF001 - as above
    key = description.pk
    fields = [one for one in description.concrete_fields if over or not isinstance(one, AutoField)]
    quoted = connection.ops.quote_name
    columns = ", ".join(quoted(str(one.column)) for one in fields)
    if vendor == "postgresql":
        # Without the length, as in varchar(20): a cast would cut off what the column refuses.
        kinds = [str(one.db_type(connection)).partition("(")[0] for one in fields]
        lists = ", ".join(f"%s::{kind}[]" for kind in kinds)
        values = f"SELECT * FROM UNNEST({lists})"  # noqa: S608 - the models' kinds of columns
    else:
        values = "VALUES (" + ", ".join(["%s"] * len(fields)) + ")"
    sql = f"INSERT INTO {quoted(description.db_table)} ({columns}) {values}"
    if over:
        changed = [quoted(str(description.get_field(name).column)) for name in over]  # type: ignore[union-attr]
        told = ", ".join(f"{one} = EXCLUDED.{one}" for one in changed)
        sql += f" ON CONFLICT ({quoted(str(key.column))}) DO UPDATE SET {told}"
    return sql, tuple(fields)


@cache
def _largest(model: type[Model], by: str, vendor: str) -> tuple[str, tuple[Col, ...]]:  # noqa: ARG001
    """The SELECT, and its columns."""
    description = model._meta  # noqa: SLF001 - as above
    quoted = connection.ops.quote_name
    columns = tuple(each.get_col(description.db_table) for each in description.concrete_fields)
    names = ", ".join(quoted(str(each.target.column)) for each in columns)
    sql = f"SELECT {names} FROM {quoted(description.db_table)} ORDER BY {quoted(by)} DESC LIMIT 1"  # noqa: S608 - as above
    return sql, columns
