"""Writing many changed rows at once."""

from collections.abc import Iterable, Sequence

from django.db.models import Model


def write_over[M: Model](model: type[M], rows: Iterable[M], fields: Sequence[str]) -> None:
    """Write some fields of stored rows over, in a few statements.

    An upsert by primary key: `bulk_update` makes one CASE a row and field, which costs several times as much. The rows
    must have been read in the same transaction.
    """
    changed = list(rows)
    if changed:
        manager = model._default_manager  # noqa: SLF001 - Django's documented way to a manager
        manager.bulk_create(changed, update_conflicts=True, unique_fields=["pk"], update_fields=fields)
