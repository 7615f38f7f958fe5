"""Every column of the product that holds a wrapped key, and the walk that wraps what survives under the next key.

The columns are found by their names, so that a new one is walked without being listed; a test fails for a column of
bytes that is neither a key by its name nor known to hold something else.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from django.apps import apps
from django.db import connection, models, transaction

from schoolgate.apps.access.moment import now
from schoolgate.apps.ledger.keys import keys
from schoolgate.apps.ledger.safe import context
from schoolgate.engines.vault import Context, Rewrapped, StoredKey, Stuck, Vault, rewrap_survivors

from .models import WrappingKey

PAGE: Final = 500

# A digest by which a feed's row is found again, though its name ends as a key's does.
NO_KEYS: Final = frozenset({"feed_key"})
# Where a key was made for another place than the table's label, the row's primary key and version 1.
_TABLES: Final = {"agencies.sourcedocument": "agencies_sourcedocument"}
_PLACES: Final = {
    ("redactions.attachment", "reason_key"): "{pk}-reason",
    ("redactions.attachmentpage", "wrapped_key"): "{pk}-page",
    ("redactions.attachmentpage", "boxes_key"): "{pk}-boxes",
}
_VERSIONS: Final = {"incidents.reportversion": "number"}


def holds_a_key(field: "models.Field[Any, Any]") -> bool:
    """Whether a column holds wrapped keys: one of bytes, named `wrapped` or `..._key`."""
    named = field.name == "wrapped" or field.name.endswith("_key")
    return isinstance(field, models.BinaryField) and named and field.name not in NO_KEYS


@dataclass(frozen=True, slots=True, order=True)
class WrappedColumn:
    """One column that holds wrapped keys.

    Attributes:
        model: Its table, "app.model".
        column: Its name.
    """

    model: str
    column: str

    @property
    def table(self) -> type[models.Model]:
        """The table's model."""
        return apps.get_model(self.model)

    def place(self, pk: object, version: int) -> Context:
        """What a key of this column is bound to. A key that is bound to a group of fields names it itself."""
        named = _PLACES.get((self.model, self.column), "{pk}").format(pk=pk)
        return context(_TABLES.get(self.model, self.model), named, "key", version)

    def stored(self) -> Iterator[StoredKey["Row"]]:
        """Every key of the column that was not destroyed, by primary key: a query and `PAGE` keys in memory a page."""
        rows = self.table._default_manager.order_by("pk")  # noqa: SLF001 - Django's documented way to the rows
        version = _VERSIONS.get(self.model)
        wanted = ("pk", self.column, version) if version else ("pk", self.column)
        page = list(rows.values_list(*wanted)[:PAGE])
        while page:
            for pk, data, *number in page:
                if data:
                    place = self.place(pk, number[0] if number else 1)
                    yield StoredKey(Row(self, pk), bytes(data), place)
            page = list(rows.filter(pk__gt=page[-1][0]).values_list(*wanted)[:PAGE])

    def count(self) -> int:
        """How many rows there are, those without a key among them. One query."""
        return self.table._default_manager.count()  # noqa: SLF001 - the same


@dataclass(frozen=True, slots=True)
class Row:
    """One key's row: a column, and the primary key in its table."""

    column: WrappedColumn
    pk: UUID | int

    def __str__(self) -> str:
        return f"{self.column.model} {self.pk}, {self.column.column}"


@dataclass(slots=True)
class Walked:
    """What a walk over all keys did.

    Attributes:
        epoch: The dated wrapping key that everything is under now, but for what is stuck.
        seen: How many columns of rows held keys.
        rewrapped: How many of them were wrapped anew.
        changed: How many were destroyed or changed while their page was under way: the next walk looks at them.
        stuck: How many could not be wrapped anew.
    """

    epoch: str
    seen: int = 0
    rewrapped: int = 0
    changed: int = 0
    stuck: int = 0


def wrapped_columns() -> list[WrappedColumn]:
    """Every column that holds wrapped keys, in a fixed order."""
    return sorted(
        WrappedColumn(model._meta.label_lower, field.name)  # noqa: SLF001 - Django's documented way to labels and fields
        for model in apps.get_models()
        if model._meta.managed and not model._meta.proxy  # noqa: SLF001 - the same
        for field in model._meta.local_concrete_fields  # noqa: SLF001 - the same
        if holds_a_key(field)
    )


def stored_keys() -> Iterator[StoredKey[Row]]:
    """Every wrapped key that is stored. O(rows) and a query a page of each table; constant memory."""
    for column in wrapped_columns():
        yield from column.stored()


def rewrap(
    *, progress: Callable[[int, int], None] | None = None, tell: Callable[[Stuck[Row]], None] | None = None
) -> Walked:
    """Wrap every key that survives under the newest dated key, page by page, each page in a transaction of its own.

    Killed at any moment nothing is lost, and the next call goes on: what is under the newest key already is passed
    over. It must not run in a transaction. O(keys) reads; for each page of 500 keys that are under an older one, one
    unwrap and one wrap of the provider and one UPDATE for each key, which counts only where the value is still what
    was read: a key that was destroyed meanwhile stays destroyed. Memory for one page.

    Args:
        progress: Told after each page how many keys were looked at, and about how many there are.
        tell: Told of each key that cannot be wrapped anew, as where its row was altered.

    Raises:
        ProviderError: What keeps the dated keys fails: run it again.
    """
    vault = Vault(keys().provider)
    done = Walked(vault.current_epoch())
    total = sum(column.count() for column in wrapped_columns()) if progress else 0

    def counted() -> Iterator[StoredKey[Row]]:
        for one in stored_keys():
            done.seen += 1
            yield one
            if progress and not done.seen % PAGE:
                progress(done.seen, max(total, done.seen))

    for page in rewrap_survivors(vault, counted(), page=PAGE):
        saved = _save(page.rewrapped, done.epoch) if page.rewrapped else 0
        done.rewrapped += saved
        done.changed += len(page.rewrapped) - saved
        done.stuck += len(page.stuck)
        for one in page.stuck:
            if tell:
                tell(one)
    if progress:
        progress(done.seen, done.seen)
    return done


@transaction.atomic(durable=True)
def _save(rewrapped: Sequence[Rewrapped[Row]], epoch: str) -> int:
    """Save a page where the old values still stand; returns of how many keys they did.

    With it is saved when that was: somebody who read a row before may still write its old value back.
    """
    WrappingKey.objects.filter(name=epoch).update(rewrapped_at=now())
    saved = 0
    for column, some in groupby(rewrapped, key=lambda one: one.row.column):
        meta = column.table._meta  # noqa: SLF001 - Django's documented way to names of columns
        key, pk = meta.get_field(column.column), meta.pk
        name, own, table = (connection.ops.quote_name(one) for one in (str(key.column), str(pk.column), meta.db_table))
        values = [
            (
                key.get_db_prep_value(one.after, connection),
                pk.get_db_prep_value(one.row.pk, connection),
                key.get_db_prep_value(one.before, connection),
            )
            for one in some
        ]
        with connection.cursor() as cursor:
            cursor.executemany(f"UPDATE {table} SET {name} = %s WHERE {own} = %s AND {name} = %s", values)  # noqa: S608 - names of ours
            saved += cursor.rowcount
    return saved
