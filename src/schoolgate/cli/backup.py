"""`schoolgate backup`: the database and the published log in one file, while the site runs. Never a key."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from .archive import DATABASE, ArchiveError, Manifest, copied, log_files, pack, private_folder
from .terminal import Exit, out, start_django, told

# Who is signed in is no part of a backup: nobody is after a restore.
SESSIONS = "django_session"


def backup(*, file: Annotated[Path, typer.Argument(help="The file to write. It must not exist.")]) -> None:
    """Write the database and the published log into one file, whole or not at all, while the site runs.

    The keys are never in it: copy the key folder to another place (docs/retention.md says which and how). Needs twice
    the space for a moment. Killed, it leaves no file; run it again.

    Example: schoolgate backup /mnt/safe/2026-11-29.schoolgate
    """
    start_django()
    with told(ArchiveError, OSError, code=Exit.CANNOT_RUN):
        if file.exists():
            raise ArchiveError(f"{file} exists already; a backup replaces nothing: choose another name")
        staged = private_folder(file.with_name(f".{file.name}.unfinished"))
        try:
            made = pack(staged, _staged(staged), file)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
    size = sum(one.size for one in made.files.values())
    out.print(f"{file} holds the database and the log of {made.log_size} entries: {size / 1e6:,.1f} MB.")
    out.print(
        f"The keys are not in it. It opens with the dated keys {', '.join(made.epochs) or '(none was found)'}: keep "
        "them elsewhere."
    )


def database_environment() -> dict[str, str]:
    """The environment in which PostgreSQL's programs find the database; its password is on no command line."""
    from django.db import connection  # noqa: PLC0415 - needs the settings

    given = connection.settings_dict
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    # Over TLS as strictly as the site itself.
    tls = {f"PG{name.upper()}": str(value) for name, value in given["OPTIONS"].items() if name.startswith("ssl")}
    # A backup holds every row: the policies are told so, as the command line tells them.
    every_row = {"PGOPTIONS": "-c schoolgate.reach=all"}
    return {**os.environ, **every_row, **tls, **{name: str(given[key]) for name, key in names.items() if given[key]}}


def run_program(*arguments: str, remedy: str) -> None:
    """Run one of PostgreSQL's programs on the database.

    Raises:
        ArchiveError: It is not installed, or it failed; its words are repeated, which hold no row.
    """
    if shutil.which(arguments[0]) is None:
        raise ArchiveError(f"{arguments[0]} is not installed here: install PostgreSQL's client programs")
    done = subprocess.run(arguments, env=database_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[0]
        raise ArchiveError(f"{arguments[0]} failed: {said}. {remedy}")


def _staged(folder: Path) -> Manifest:
    """Copy what belongs in a backup into a folder."""
    from django.conf import settings  # noqa: PLC0415 - needs the settings
    from django.db import connection  # noqa: PLC0415

    from schoolgate.apps.ledger.keys import keys  # noqa: PLC0415 - needs the apps loaded
    from schoolgate.apps.ledger.selectors import latest_checkpoint  # noqa: PLC0415
    from schoolgate.engines.vault import VaultError  # noqa: PLC0415

    # The published log first: the database then holds at least what was published, never less.
    for path in log_files(settings.LOG_FOLDER):
        copied(path, folder / "log" / path.relative_to(settings.LOG_FOLDER))
    for path, name in ((settings.LOG_POLICY, "log-policy"), (settings.TSA_ROOTS, "tsa-roots.pem")):
        if path.is_file():
            copied(path, folder / name)
    last = latest_checkpoint()
    if connection.vendor == "sqlite":
        _copy_sqlite(folder / DATABASE)
    else:
        run_program(
            "pg_dump",
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            "--enable-row-security",
            f"--exclude-table-data={SESSIONS}",
            f"--file={folder / DATABASE}",
            remedy="Check DATABASE_URL, and that pg_dump is as new as the server",
        )
    try:
        epochs = tuple(keys().provider.epochs())
    except VaultError:
        epochs = ()
    return Manifest(
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        engine=connection.vendor,
        origin=settings.LOG_ORIGIN,
        log_size=last.size if last else 0,
        epochs=epochs,
    )


def _copy_sqlite(into: Path) -> None:
    """Copy the database by SQLite's own backup, in one step: as it stood at one moment, without stopping writers."""
    from django.db import connection  # noqa: PLC0415 - needs the settings

    connection.ensure_connection()
    with closing(sqlite3.connect(into)) as copy:
        connection.connection.backup(copy, pages=-1)
        copy.execute("PRAGMA secure_delete = ON")
        # One file, with nothing beside it.
        copy.execute("PRAGMA journal_mode = DELETE")
        copy.execute(f"DELETE FROM {SESSIONS}")  # noqa: S608 - a name of ours
        copy.commit()
