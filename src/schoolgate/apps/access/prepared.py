"""Queries that every request asks, put into SQL once: afterwards only their values change.

Django builds and compiles a query anew each time it is asked, which costs more than the database takes to answer one
row. Where the shape never changes, nor needs the SQL.
"""

from collections.abc import Callable
from copy import copy
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model, QuerySet

# Values that no query writes by itself, to see where in its SQL each of them goes.
_EPOCH: Final = datetime(1, 2, 3, 4, 5, 6, tzinfo=UTC)


class Prepared[M: Model]:
    """A query whose SQL is kept for each kind of database; thread-safe, since each use works on copies.

    Example: `Prepared(lambda user: Membership.objects.filter(user=user), user=UUID)(user=somebody.pk)`
    """

    def __init__(self, build: Callable[..., QuerySet[M]], **kinds: type) -> None:
        """Describe it.

        Args:
            build: Gives the query for values of these names. Its SQL must be the same for all values.
            kinds: The type of each value: UUID, datetime or str.
        """
        self._build, self._kinds = build, kinds
        self._known: dict[str, tuple[QuerySet[M], Any, str, list[object]]] = {}

    def __call__(self, **values: object) -> list[M]:
        """The rows. One query.

        Raises:
            KeyError: A value is missing.
        """
        connection = connections[DEFAULT_DB_ALIAS]
        known = self._known.get(connection.vendor)
        if known is None:
            known = self._known[connection.vendor] = self._compile(connection)
        rows, compiler, sql, places = known
        written = {name: _written(connection, values[name]) for name in self._kinds}
        parameters = tuple(written[one.name] if isinstance(one, _Place) else one for one in places)
        mine, asked = copy(compiler), rows._chain()  # type: ignore[attr-defined]  # noqa: SLF001 - as Django copies one
        mine.connection, mine.as_sql = connection, lambda *_, **__: (sql, parameters)
        asked.query = copy(rows.query)
        asked.query.get_compiler = lambda *_, **__: mine
        return list(asked)

    def _compile(self, connection: Any) -> tuple[QuerySet[M], Any, str, list[object]]:  # noqa: ANN401 - of any kind
        stand_ins = {name: _stand_in(kind, number) for number, (name, kind) in enumerate(self._kinds.items(), start=1)}
        places = {_written(connection, value): _Place(name) for name, value in stand_ins.items()}
        rows = self._build(**stand_ins)
        compiler = rows.query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        found = [places.get(_written(connection, one), one) for one in parameters]
        if missing := self._kinds.keys() - {one.name for one in found if isinstance(one, _Place)}:
            raise TypeError(f"the query does not ask for {', '.join(sorted(missing))}")
        return rows, compiler, sql, found


class _Place:
    """Where a value goes."""

    def __init__(self, name: str) -> None:
        self.name = name


def _stand_in(kind: type, number: int) -> object:
    if kind is UUID:
        return UUID(int=number, version=4)
    return _EPOCH + timedelta(seconds=number) if kind is datetime else f"stands in for {number}"


def _written(connection: Any, value: Any) -> Any:  # noqa: ANN401 - a value of any kind, as the database takes it
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, UUID) and not connection.features.has_native_uuid_field:
        return value.hex
    return value if isinstance(value, (str, int, UUID, bool)) or value is None else str(value)
