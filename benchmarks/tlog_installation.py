"""An installation of its own, with a log of any size, for measuring the product and not only its engine.

Importing this chooses the settings: SQLite with a write-ahead log and `synchronous=FULL`, as every district without
`DATABASE_URL` has it, in a folder that goes with the process. So only programs that are run for it import it.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import django

FOLDER = Path(tempfile.mkdtemp(prefix="schoolgate-bench-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
os.environ.pop("DATABASE_URL", None)
os.environ |= {"SCHOOLGATE_VAR": str(FOLDER), "SCHOOLGATE_DEMO": "1", "DJANGO_SETTINGS_MODULE": "schoolgate.settings"}
django.setup()

from django.conf import settings  # noqa: E402 - the settings are chosen above
from django.core.management import call_command  # noqa: E402 - the same
from django.db import connection, transaction  # noqa: E402 - the same

from schoolgate.apps.access.moment import now, today  # noqa: E402 - the same
from schoolgate.apps.ledger.keys import keys  # noqa: E402 - the same
from schoolgate.apps.ledger.models import Checkpoint  # noqa: E402 - the same
from schoolgate.apps.ledger.selectors import latest_checkpoint  # noqa: E402 - the same
from schoolgate.apps.ledger.tiles import tower_of, write_tiles  # noqa: E402 - the same
from schoolgate.engines import tlog  # noqa: E402 - the same

TILES_AT_ONCE = 1024
_made = 0


def install() -> None:
    """Keys, and the tables of the ledger."""
    keys().create_missing(origin=settings.LOG_ORIGIN, today=today())
    call_command("migrate", "ledger", verbosity=0)
    connection.close()
    database().rename(FOLDER / "template")


def database() -> Path:
    return Path(connection.settings_dict["NAME"])


def empty_log() -> None:
    """Begin a log anew, in another file: nothing can be taken out of one."""
    global _made  # noqa: PLW0603 - the files of this process are numbered
    connection.close()
    for each in FOLDER.glob("log-*"):
        each.unlink()
    _made += 1
    connection.settings_dict["NAME"] = FOLDER / f"log-{_made}"
    shutil.copy(FOLDER / "template", database())
    connection.ensure_connection()


def grow_to(size: int) -> None:
    """Fill the log up to a size with entries that say nothing at all, and sign it: a true tree, written in bulk."""
    last = latest_checkpoint()
    old = last.size if last else 0
    tower = tower_of(old)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=OFF")
    width = tlog.TILE_WIDTH * tlog.HASH_BYTES
    for first in range(old // tlog.TILE_WIDTH, size // tlog.TILE_WIDTH, TILES_AT_ONCE):
        rows = []
        for number in range(first, min(first + TILES_AT_ONCE, size // tlog.TILE_WIDTH)):
            data = os.urandom(width)
            rows.append((tlog.ENTRIES, number, b"", data))
            level = tlog.leaf_level(data[place : place + tlog.HASH_BYTES] for place in range(0, width, tlog.HASH_BYTES))
            made = tower.append_level(level)
            rows += [(tile.name.level, tile.name.index, tile.root, tile.data) for tile in made]
        with transaction.atomic():
            write_tiles(rows)
    frontier = tower.frontier()
    note = tlog.sign_checkpoint(
        tlog.Checkpoint(settings.LOG_ORIGIN, frontier.size, frontier.root), *keys().signing_keys
    )
    Checkpoint.objects.create(
        size=frontier.size, root=frontier.root, peaks=frontier.to_bytes(), note=note, sealed_at=now()
    )
    # Connected anew, it waits for the disk again.
    connection.close()
    connection.ensure_connection()
