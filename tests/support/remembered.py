"""What acts wrote to the database, written again from memory when the same acts meet the same database.

A copy takes a second to leave: it is drawn, and the gate reads every page of it as a scanner would. Dozens of tests
begin with the same copy. The first of them in each process lets it leave by the acts themselves; for the others its
rows are entered as they were. Only where nothing differs: the same function with the same arguments on the same day,
and every row of every table as it was then.

The workers of a run have the same keys (`data_folder` in tests/conftest.py), so that what one of them wrote the others
can open: of an act that dozens of tests begin with, each copy leaves once a run, and not once in each worker.
"""

import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from fcntl import LOCK_EX, flock
from functools import wraps
from hashlib import blake2b
from operator import itemgetter
from pathlib import Path
from types import ModuleType

from django.apps import apps
from django.conf import settings
from django.core.management.color import no_style
from django.db import connection, models

from schoolgate.apps.access.moment import today
from support import site_role

type Row = tuple[object, ...]
type Tables = dict[str, set[Row]]


@dataclass(frozen=True)
class Written:
    """What a function did: rows gone and rows come, by table, and what it returned."""

    gone: Tables
    come: Tables
    returned: bytes


_WRITTEN: dict[tuple[object, ...], Written] = {}
# Whose text is the same in every worker, as an object's address is not.
_PLAIN = (str, int, float, bool, bytes, date, type(None))
_together: list[Path] = []


def share(folder: Path) -> None:
    """Remember in a folder that all workers of a run read; each must have the same keys."""
    _together[:] = [folder]


def remembered[**P, R](act: Callable[P, R]) -> Callable[P, R]:
    """Remember what a function writes; what it returns is a copy each time, as read from the database."""

    @wraps(act)
    def run(*arguments: P.args, **named: P.kwargs) -> R:
        before = _tables()
        given = tuple(map(_name, arguments)), tuple((key, _name(value)) for key, value in sorted(named.items()))
        key = (act.__module__, act.__qualname__, today(), given, _digest(before))
        with _by_others(key) as theirs:
            if key not in _WRITTEN and theirs and theirs.exists():
                _WRITTEN[key] = pickle.loads(theirs.read_bytes())  # noqa: S301 - pickled in this run by another worker
            if key in _WRITTEN:
                _enter(_WRITTEN[key])
                return pickle.loads(_WRITTEN[key].returned)  # noqa: S301 - the same
            result = act(*arguments, **named)
            after = _tables()
            gone = {table: rows - after[table] for table, rows in before.items() if rows - after[table]}
            come = {table: rows - before[table] for table, rows in after.items() if rows - before[table]}
            _WRITTEN[key] = Written(gone, come, pickle.dumps(result))
            if theirs:
                # Under its name when it is whole: a worker may be killed as it writes.
                theirs.with_suffix(".new").write_bytes(pickle.dumps(_WRITTEN[key]))
                theirs.with_suffix(".new").replace(theirs)
        return result

    return run


@contextmanager
def _by_others(key: tuple[object, ...]) -> Iterator[Path | None]:
    """The file in which other workers find what is written here, or leave it; none when it would be ours alone.

    Whoever comes while another acts waits for it: workers that all begin with the same act would each do it.
    """
    if key in _WRITTEN or not _together or not all(map(_plain, key)):
        yield None
        return
    name = blake2b(repr((key, _keys())).encode(), digest_size=16).hexdigest()
    with (_together[0] / f"{name}-lock").open("w") as lock:
        flock(lock, LOCK_EX)
        yield _together[0] / name


def _plain(value: object) -> bool:
    return all(map(_plain, value)) if isinstance(value, tuple) else isinstance(value, _PLAIN)


def _keys() -> list[tuple[str, bytes]]:
    """The keys under which rows are sealed: another worker's, which has made one more, are not those of this one."""
    return sorted(
        (str(one.relative_to(settings.KEYS)), one.read_bytes()) for one in settings.KEYS.rglob("*") if one.is_file()
    )


def _name(value: object) -> object:
    """What stands for an argument: a row's key, a module's name; that the cast is the cast, whose rows are compared."""
    from schoolgate.demonstration.cast import Cast

    if isinstance(value, Cast):
        return "the cast"
    if isinstance(value, ModuleType):
        return value.__name__
    return (type(value).__name__, str(value.pk)) if isinstance(value, models.Model) else value


def _models() -> list[type[models.Model]]:
    return [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]


def _columns(model: type[models.Model]) -> str:
    return ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields)


def _tables() -> Tables:
    """Every row of every table, as the database's driver reads it."""
    found = {}
    with connection.cursor() as cursor:
        for model in _models():
            cursor.execute(f'SELECT {_columns(model)} FROM "{model._meta.db_table}"')
            rows = (tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in cursor.fetchall())
            found[model._meta.db_table] = set(rows)
    return found


def _digest(tables: Tables) -> bytes:
    text = repr([(table, sorted(map(repr, rows))) for table, rows in sorted(tables.items())])
    return blake2b(text.encode(), digest_size=16).digest()


def _enter(written: Written) -> None:
    with site_role.the_owner(), connection.cursor() as cursor:
        for model in _models():
            table = model._meta.db_table
            columns = [field.column for field in model._meta.concrete_fields]
            keys = [field.column for field in model._meta.pk_fields]
            key = itemgetter(*(columns.index(one) for one in keys))
            here = " AND ".join(f'"{one}" = %s' for one in keys)
            gone, come = written.gone.get(table, set()), written.come.get(table, set())
            changed = {key(row) for row in gone} & {key(row) for row in come}
            for row in gone:
                if key(row) not in changed:
                    cursor.execute(f'DELETE FROM "{table}" WHERE {here}', _listed(key(row), keys))
            marks = ", ".join(["%s"] * len(model._meta.concrete_fields))
            new = [row for row in come if key(row) not in changed]
            if new:
                cursor.executemany(f'INSERT INTO "{table}" ({_columns(model)}) VALUES ({marks})', new)
            for row in come:
                if key(row) in changed:
                    sets = ", ".join(f'"{one}" = %s' for one in columns)
                    cursor.execute(f'UPDATE "{table}" SET {sets} WHERE {here}', [*row, *_listed(key(row), keys)])
        for statement in connection.ops.sequence_reset_sql(no_style(), [m for m in _models() if m._meta.auto_field]):
            cursor.execute(statement)


def _listed(value: object, keys: list[str]) -> list[object]:
    """The parts of a key, which `itemgetter` gives bare when there is one."""
    return [value] if len(keys) == 1 else list(value)
