"""A district of a few rows in SQLite, and the change of its epoch as an app would write it.

python district.py FOLDER rewrap [PAGE]    re-wrap what survives, one transaction a page, slowly
"""

import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from schoolgate.engines.vault import Context, FileKeyProvider, StoredKey, Vault, rewrap_survivors, seal_groups

OLD, NEW = "kek-2026-10", "kek-2026-11"


def opened(folder: Path) -> sqlite3.Connection:
    database = sqlite3.connect(folder / "district.sqlite3", timeout=30)
    database.execute("pragma journal_mode = wal")
    database.execute("create table if not exists record (id integer primary key, wrapped blob, sealed blob)")
    database.execute("create table if not exists grouped (id integer primary key, wrapped blob, sealed blob)")
    return database


def provider(folder: Path) -> FileKeyProvider:
    return FileKeyProvider(folder / "kek")


def place(table: str, number: int) -> Context:
    return Context("boston", table, str(number), 1, "narrative")


def filled(folder: Path, count: int) -> None:
    provider(folder).start_epoch(OLD)
    vault = Vault(provider(folder))
    with opened(folder) as database:
        places = [place("record", number) for number in range(count)]
        made = vault.seal_new_page([(one, one.pk.encode()) for one in places])
        rows = [(number, key.to_bytes(), sealed) for number, (key, sealed) in enumerate(made)]
        database.executemany("insert into record values (?, ?, ?)", rows)
        for number in range(count // 10):
            groups = seal_groups(vault, place("grouped", number), {"narrative": b"n", "claims": b"c"})
            row = (number, groups.keys.to_bytes(), groups.values_to_bytes())
            database.execute("insert into grouped values (?, ?, ?)", row)
    database.close()


def stored(database: sqlite3.Connection) -> Iterator[StoredKey[tuple[str, int]]]:
    for table in ("record", "grouped"):
        # Numbers first: the rows are changed while they are read.
        numbers = [number for (number,) in database.execute(f"select id from {table}")]
        for number in numbers:
            for (data,) in database.execute(f"select wrapped from {table} where id = ?", (number,)):
                yield StoredKey((table, number), data or b"", place(table, number))


def rewrap(folder: Path, *, page: int = 7, pause: float = 0.0) -> list[tuple[str, int]]:
    """Returns the rows that are stuck."""
    database = opened(folder)
    stuck = []
    for some in rewrap_survivors(Vault(provider(folder)), stored(database), page=page):
        with database:
            for one in some.rewrapped:
                table, number = one.row
                values = (one.after, number, one.before)
                database.execute(f"update {table} set wrapped = ? where id = ? and wrapped = ?", values)
                time.sleep(pause)
        stuck += [one.row for one in some.stuck]
    database.close()
    return stuck


if __name__ == "__main__":
    print("begun", flush=True)  # noqa: T201 - tells the test to wait no longer
    rewrap(Path(sys.argv[1]), pause=0.002)
    print("done", flush=True)  # noqa: T201
