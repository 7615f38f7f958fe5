"""What an act pays for its entry, in an installation and a process of its own: `python -m benchmarks.tlog_acts`.

The act writes one ordinary row. Its entry is two rows more in the same transaction, with five indexes between them; so
beside both stands what the database asks for these three rows when nothing else is done.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from uuid import uuid4

from django.db import connection, transaction

from benchmarks import tlog_installation as installation
from benchmarks.elsewhere import Figure, seconds_a_step, tell
from schoolgate.apps.access.actors import Actor, Role
from schoolgate.apps.access.moment import now
from schoolgate.apps.ledger.acts import act, record
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.ledger.models import Reading

ACTS = 400
ACTOR = Actor(role=Role.PRINCIPAL, user_id=uuid4())
FACTS: dict[str, object] = {"document": "5e" * 32, "version": 3, "reason": "policy"}


def subject() -> str:
    return f"report:{uuid4()}"


def ordinary_row() -> None:
    Reading.objects.create(read_at=now(), user=ACTOR.user_id, role="principal", subject=subject(), part="whole")


# No act claims the kind of what sealing writes.
@act(Kind.COVER, roles=frozenset({Role.PRINCIPAL}))
def with_entry(*, actor: Actor) -> None:
    ordinary_row()
    record(actor=actor, subject=subject(), facts=FACTS)


def without_entry() -> None:
    with transaction.atomic():
        ordinary_row()


def repeated(work: Callable[[], None]) -> Iterator[None]:
    installation.empty_log()
    for _ in range(ACTS):
        work()
        yield


def same_rows() -> Iterator[None]:
    """Rows like those of `with_entry`, made beforehand, through the database's own module."""
    installation.empty_log()
    with_entry(actor=ACTOR)
    with connection.cursor() as cursor:
        reading, opening, staged = (
            cursor.execute(f"SELECT * FROM ledger_{table}").fetchone()  # noqa: S608 - names from the next line
            for table in ("reading", "opening", "stagedleaf")
        )
    connection.close()
    fresh = [(uuid4().hex, os.urandom(32)) for _ in range(ACTS)]
    with closing(sqlite3.connect(installation.database(), isolation_level=None)) as database:
        database.execute("PRAGMA synchronous=FULL")
        for name, commitment in fresh:
            database.execute("BEGIN IMMEDIATE")
            for table, row in (
                ("reading", (name, *reading[1:])),
                ("opening", (name, commitment, *opening[2:])),
                ("stagedleaf", (None, commitment, *staged[2:])),
            ):
                places = ", ".join("?" * len(row))
                database.execute(f"INSERT INTO ledger_{table} VALUES ({places})", row)  # noqa: S608 - as above
            database.execute("COMMIT")
            yield


def figures() -> Iterator[Figure]:
    without, with_ = partial(repeated, without_entry), partial(repeated, partial(with_entry, actor=ACTOR))
    yield "a row without an entry, one a commit", 1 / seconds_a_step(without), "durable commits"
    yield "an act: the same row and its entry, one a commit", 1 / seconds_a_step(with_), "durable commits"
    yield "the same three rows inserted raw, one a commit", 1 / seconds_a_step(same_rows), "durable commits"


if __name__ == "__main__":
    installation.install()
    tell(figures())
