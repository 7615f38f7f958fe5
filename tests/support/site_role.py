"""Tests on PostgreSQL act as the site's own role, which owns nothing and sees what the policies show.

The database is made, migrated and emptied by its owner, as in production. SCHOOLGATE_TEST_ROLE names the role;
without it (and on SQLite) nothing here does anything.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections
from django.db.backends.signals import connection_created

ROLE = os.environ.get("SCHOOLGATE_TEST_ROLE", "")
_acting: list[str] = []


def prepare() -> None:
    """Give the role its rights on the database that was just made; connections that open from now on take it."""
    from schoolgate.apps.ledger import grants

    if ROLE and connection.vendor == "postgresql":
        grants.apply(connection, ROLE)
        connection_created.connect(_take, dispatch_uid="the site's role")


def _take(*, connection: Any, **_: Any) -> None:
    if _acting and connection.vendor == "postgresql":
        connection.connection.execute(f"SET ROLE {_acting[-1]}")


@contextmanager
def acting_as(role: str) -> Iterator[None]:
    """Let open connections and new ones be this role's; "NONE" is the owner's."""
    if not ROLE or connection.vendor != "postgresql":
        yield
        return
    _acting.append(role)
    _tell()
    try:
        yield
    finally:
        _acting.pop()
        _tell()


def the_site() -> Any:
    """What a test does as the site."""
    return acting_as(ROLE)


def the_owner() -> Any:
    """What the site's role may not do: emptying tables, triggers, and rows entered as they were."""
    return acting_as("NONE")


def _tell() -> None:
    from psycopg.pq import TransactionStatus

    for one in connections.all(initialized_only=True):
        raw = one.connection
        if raw is not None and not raw.closed and raw.info.transaction_status != TransactionStatus.INERROR:
            raw.execute(f"SET ROLE {_acting[-1] if _acting else 'NONE'}")
