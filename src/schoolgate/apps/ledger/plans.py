"""How PostgreSQL plans what a long piece of work asks again and again."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import DatabaseError, connection


@contextmanager
def planned_each_time() -> Iterator[None]:
    """Have PostgreSQL plan each statement for the values it is given and the tables as they are by then.

    For work that fills tables: a statement asked often is else planned once for any values, and while a table is empty
    or looks so, that plan reads all of it. It is kept while the table grows, so that an import of a hundred thousand
    incidents reads them from their first to their last for every five hundred, comparing each with every value asked
    for. To plan costs about a millisecond. Other databases plan each time anyway.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET plan_cache_mode = force_custom_plan")
    try:
        yield
    finally:
        # In a transaction that failed nothing more can be said; it takes back what was set in it.
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("RESET plan_cache_mode")
