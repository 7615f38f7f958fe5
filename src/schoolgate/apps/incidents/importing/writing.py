"""Writing many changed rows at once."""

from collections.abc import Iterable, Sequence

from django.db.models import Model

from schoolgate.apps.ledger.rows import insert_rows


def write_over[M: Model](model: type[M], rows: Iterable[M], fields: Sequence[str]) -> None:
    """Write some fields of stored rows over, in a few statements.

    An upsert by primary key: `bulk_update` makes one CASE a row and field, which costs several times as much. The rows
    must have been read in the same transaction.
    """
    insert_rows(model, rows, over=fields)
