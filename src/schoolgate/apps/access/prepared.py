"""Queries that pages ask again and again, put into SQL once for each shape: afterwards only their values change.

Django builds and compiles a query anew each time it is asked, which costs more than the database takes to answer it.
What differs from one reader to the next is mostly values: who asks, in which schools, at which moment. So a query is
built once with stand-ins for them, and where each stand-in went, the value goes.

A value in a wrong place would show somebody another's rows. Three things stand against it: a query is compiled with two
sets of stand-ins, and refused when anything but they differs; of an actor only what it is asked for is known here;
and while `CHECKED` is on, as in all tests, each use is held against the query as Django builds it then.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.core.signals import setting_changed
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model, QuerySet
from django.utils import timezone

from schoolgate.engines.kept import Kept

from .actors import SYSTEM, Actor, Glass
from .moment import at, now, today

# Whether each use is compared with the query as Django builds it: on in tests, and costs what is saved otherwise.
CHECKED: bool = False
# Of one query: by roles, by how many schools or children somebody has.
SHAPES: Final = 64

# What a value of a query can be and a stand-in is.
_SINGLE: Final = (str, int, UUID, date)

type Values = Mapping[str, object]
type _Path = tuple[str | int, ...]
# Moments at which no query is asked and of which none tells, in different parts of a year.
_MOMENTS: Final = (datetime(3550, 2, 3, 14, 5, 6, tzinfo=UTC), datetime(3553, 9, 21, 17, 8, 9, tzinfo=UTC))
_WRITTEN_MOMENT: Final = re.compile(r"3\d\d\d-\d\d-\d\d")
_IDS: Final = ("user_id", "agency")
_SETS: Final = ("schools", "children", "kept_from")
# What a query may ask of an actor: the rest is no matter of ids, or would not be seen to differ.
_ASKED: Final = frozenset({"role", "in_office", "person", "glass", *_IDS, *_SETS})


class Prepared[Row]:
    """A query whose SQL is kept for each shape of its values and each kind of database; threads may share it.

    Example: `Prepared(lambda user: Membership.objects.filter(user=user), user=UUID)(user=somebody.pk)`
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Row]], **kinds: type) -> None:
        """Describe it.

        Args:
            build: Gives the query for values of these names. It may ask `now()` and `today()`, and of an actor the
                role and ids; for other values of the same shape it must give the same SQL.
            kinds: The type of each value that only goes into the query: UUID, datetime, date, int, str, Actor, or
                frozenset for ids. Whatever else is given when it is asked is part of the shape, and hashable.
        """
        self._build, self._kinds = build, kinds
        self._known: Kept[object, _Known] = Kept(SHAPES)
        self._counts: Kept[object, _Known] = Kept(SHAPES)
        setting_changed.connect(self._forget)

    def __call__(self, **values: object) -> list[Row]:
        """The rows. One query.

        Raises:
            TypeError: The query is not the same for all values of this shape, or a value has no place in it.
        """
        if SYSTEM in values.values():
            return list(self._build(**values))
        connection = connections[DEFAULT_DB_ALIAS]
        known = self._known.get(self._shape(connection, values), lambda: self._compiled(connection, values, _selected))
        if CHECKED:
            self._check(connection, known, values, _selected)
        if known.sql is None:
            return []
        parameters = known.parameters(connection, self._flat(values))
        mine, asked = copy(known.compiler), known.rows._chain()  # noqa: SLF001 - as Django copies one
        mine.connection, mine.as_sql = connection, lambda *_, **__: (known.sql, parameters)
        mine.get_converters = lambda _: known.converters
        query = asked._query = copy(known.rows.query)  # noqa: SLF001 - `query` itself would make dictionaries of tuples
        query.get_compiler = lambda *_, **__: mine
        return list(asked)

    def count(self, **values: object) -> int:
        """How many rows there are. One query; none where the shape says that there are none.

        Raises:
            TypeError: As for the rows.
        """
        if SYSTEM in values.values():
            return self._build(**values).count()
        connection = connections[DEFAULT_DB_ALIAS]
        known = self._counts.get(self._shape(connection, values), lambda: self._compiled(connection, values, _counted))
        if CHECKED:
            self._check(connection, known, values, _counted)
        if known.sql is None:
            return 0
        with connection.cursor() as cursor:
            cursor.execute(known.sql, known.parameters(connection, self._flat(values)))  # type: ignore[arg-type]  # as Django wrote them
            return int(cursor.fetchone()[0])

    def _forget(self, **_: object) -> None:
        self._known, self._counts = Kept(SHAPES), Kept(SHAPES)

    def _shape(self, connection: Any, values: Values) -> object:  # noqa: ANN401 - of any kind
        """What the SQL depends on."""
        shapes = [_shape_of(value) if name in self._kinds else value for name, value in sorted(values.items())]
        return connection.vendor, *values, *shapes

    def _flat(self, values: Values) -> dict[_Path, object]:
        """Each single value by where it is found."""
        return {path: value for name in self._kinds for path, value in _parts(name, values[name])}

    def _compiled(self, connection: Any, values: Values, put: "_Put") -> "_Known":  # noqa: ANN401 - the same
        first, second = (self._with_stand_ins(connection, values, moment, put) for moment in _MOMENTS)
        if first.sql != second.sql or first.kinds_of_places() != second.kinds_of_places():
            raise TypeError("the query is not the same for all values of this shape")
        missing = {path[0] for path in self._flat(values)} - {
            one.path[0] for one in first.places if isinstance(one, _Place) and one.path
        }
        needed = {name for name in missing if self._kinds[str(name)] is not Actor and values[str(name)] is not None}
        if first.sql is not None and needed:
            raise TypeError(f"the query does not ask for {', '.join(sorted(map(str, needed)))}")
        return first

    def _with_stand_ins(self, connection: Any, values: Values, moment: datetime, put: "_Put") -> "_Known":  # noqa: ANN401 - the same
        numbers = count(moment.year * 1000)
        stood = {name: _stand_in(value, numbers) if name in self._kinds else value for name, value in values.items()}
        places = {_written(connection, value): _Place(path) for path, value in self._flat(stood).items()}
        given = {name: _Asked(value) if isinstance(value, Actor) else value for name, value in stood.items()}
        with at(moment):
            with connection.execute_wrapper(_refuse):
                rows = self._build(**given)
            compiler, sql, parameters = put(connection, rows)
            day = today()
        found = tuple(
            (places.get(_written(connection, one)) if isinstance(one, _SINGLE) else None) or _since(one, moment, day)
            for one in parameters
        )
        columns = [] if sql is None else [column for column, *_ in compiler.select[: compiler.col_count]]
        return _Known(rows, compiler, sql, found, compiler.get_converters(columns))

    def _check(self, connection: Any, known: "_Known", values: Values, put: "_Put") -> None:  # noqa: ANN401 - the same
        """Compare with what Django would ask now; ids of a set come in any order."""
        with at(now()):
            _, sql, parameters = put(connection, self._build(**values))
            ours = known.parameters(connection, self._flat(values)) if known.sql is not None else ()
        theirs = tuple(_written(connection, one) for one in parameters)
        if sql != known.sql or sorted(map(_plainly, ours)) != sorted(map(_plainly, theirs)):
            raise AssertionError(f"a prepared query differs:\n{known.sql}\n{ours}\n{sql}\n{theirs}")


def fetched(owner: Model, name: str, rows: list[Any]) -> None:
    """Let rows that a prepared query gave stand where `prefetch_related` would have put them: `owner.<name>.all()`."""
    query = getattr(owner, name).all()
    query._result_cache, query._prefetch_done = rows, True  # noqa: SLF001 - as Django's own prefetching sets it
    owner.__dict__.setdefault("_prefetched_objects_cache", {})[name] = query


@dataclass(frozen=True, slots=True)
class _Known:
    """The SQL of one shape, and what goes into each of its places."""

    rows: Any
    compiler: Any
    # None: there are no rows for this shape, and nothing is asked.
    sql: str | None
    places: tuple[object, ...]
    # As the compiler gives them for its columns: what each value of a row goes through.
    converters: Any

    def parameters(self, connection: Any, flat: Mapping[_Path, object]) -> tuple[object, ...]:  # noqa: ANN401 - the same
        return tuple(_written(connection, one.value(flat)) if isinstance(one, _Place) else one for one in self.places)

    def kinds_of_places(self) -> list[object]:
        """The places, of a set only that one of it goes there: a set has no order."""
        return [one.path[:-1] if isinstance(one, _Place) and len(one.path) > 1 else one for one in self.places]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a value goes; or, without a path, so long from now or so many days from today."""

    path: _Path = ()
    since: timedelta | None = None
    days: int = 0

    def value(self, flat: Mapping[_Path, object]) -> object:
        if self.path:
            return flat[self.path]
        return now() + self.since if self.since is not None else today() + timedelta(days=self.days)


class _Asked:
    """An actor of whom only the role and ids can be asked."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the actor has
        if name not in _ASKED:
            raise TypeError(f"a prepared query may not ask for an actor's {name}")
        return getattr(self._actor, name)


type _Put = Callable[[Any, QuerySet[Any]], tuple[Any, str | None, tuple[object, ...]]]


def _selected(connection: Any, rows: QuerySet[Any]) -> tuple[Any, str | None, tuple[object, ...]]:  # noqa: ANN401 - the same
    compiler = rows.query.get_compiler(connection=connection)
    try:
        sql, parameters = compiler.as_sql()
    except EmptyResultSet:
        return compiler, None, ()
    return compiler, sql, tuple(parameters)


def _refuse(*_: object) -> None:
    raise TypeError("a prepared query is built without asking the database")


def _counted(connection: Any, rows: QuerySet[Any]) -> tuple[Any, str | None, tuple[object, ...]]:  # noqa: ANN401 - the same
    compiler, sql, parameters = _selected(connection, rows if rows.query.values_select else rows.values("pk"))
    # Of what Django itself wrote, values apart.
    return compiler, sql and f"SELECT COUNT(*) FROM ({sql}) AS counted", parameters  # noqa: S608


def _shape_of(value: object) -> object:
    if isinstance(value, Actor):
        glass = value.glass and (value.glass.student is None, value.glass.incident is None)
        ids = tuple(getattr(value, name) is None for name in _IDS)
        return value.role, ids, tuple(len(getattr(value, name)) for name in _SETS), glass
    return len(value) if isinstance(value, frozenset) else value is None


def _parts(name: str, value: object) -> Iterator[tuple[_Path, object]]:
    if isinstance(value, Actor):
        for one in _IDS:
            yield (name, one), getattr(value, one)
        for several in _SETS:
            yield from (((name, several, place), one) for place, one in enumerate(getattr(value, several)))
        if value.glass:
            yield from (((name, "glass", one), getattr(value.glass, one)) for one in ("id", "student", "incident"))
    elif isinstance(value, frozenset):
        yield from (((name, place), one) for place, one in enumerate(value))
    else:
        yield (name,), value


def _stand_in(value: object, numbers: Iterator[int]) -> object:
    """A value of the same shape that no query writes by itself."""
    if isinstance(value, Actor):
        fresh = {name: _stand_in(getattr(value, name), numbers) for name in (*_IDS, *_SETS)}
        glass = value.glass and Glass(
            UUID(int=next(numbers), version=4), "", value.glass.until,
            student=_stand_in(value.glass.student, numbers),  # type: ignore[arg-type]  # of its own kind
            incident=_stand_in(value.glass.incident, numbers),  # type: ignore[arg-type]  # the same
        )  # fmt: skip
        return replace(value, **fresh, glass=glass)  # type: ignore[arg-type]  # each of its own kind
    if isinstance(value, frozenset):
        return frozenset(_stand_in(one, numbers) for one in value)
    made = _STAND_INS.get(type(value))
    if made is None:
        raise TypeError(f"nothing stands in for {type(value).__name__}: give it as part of the shape")
    return made(next(numbers))


_STAND_INS: Final[Mapping[type, Callable[[int], object]]] = {
    type(None): lambda _: None,
    UUID: lambda number: UUID(int=number, version=4),
    datetime: lambda number: datetime(1, 2, 3, tzinfo=UTC) + timedelta(seconds=number),
    date: lambda number: date(1, 2, 3) + timedelta(days=number % 100_000),
    # No larger than the smallest column of numbers holds: for others Django asks nothing.
    int: lambda number: 20_000 + number % 10_000,
    str: lambda number: f"stands in for {number}",
}


def _since(value: Any, moment: datetime, day: date) -> object:  # noqa: ANN401 - a value as a database takes it
    """How far a moment or a day of the query lies from the one at which it was built; any other value itself."""
    if isinstance(value, str) and _WRITTEN_MOMENT.match(value):
        value = date.fromisoformat(value) if len(value) == len("3000-01-01") else datetime.fromisoformat(value)
    if isinstance(value, datetime) and value.year // 1000 == moment.year // 1000:
        return _Place(since=(value if value.tzinfo else timezone.make_aware(value, UTC)) - moment)
    if isinstance(value, date) and not isinstance(value, datetime) and value.year // 1000 == moment.year // 1000:
        return _Place(days=(value - day).days)
    return value


def _plainly(value: object) -> str:
    """To compare values: a number of any width is its number."""
    return str(int(value)) if isinstance(value, int) else repr(value)


def _written(connection: Any, value: Any) -> Any:  # noqa: ANN401 - a value of any kind, as the database takes it
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, date):
        return connection.ops.adapt_datefield_value(value)
    if isinstance(value, UUID) and not connection.features.has_native_uuid_field:
        return value.hex
    return value
