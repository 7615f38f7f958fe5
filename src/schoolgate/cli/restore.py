"""`schoolgate restore`: a backup into an empty installation, checked before and after."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from .archive import DATABASE, ArchiveError, Manifest, copied, private_folder, unpack
from .backup import run_program
from .terminal import Exit, out, start_django, told

WORK = ".restoring"


def restore(*, file: Annotated[Path, typer.Argument(help="A file that `schoolgate backup` wrote.")]) -> None:
    """Put a backup into an installation that holds no database, and say whether all of it is sound.

    Put the keys of that time into the key folder before. A published log that is there stays as it is: it may be newer
    than the backup, and then the check of the log says so. Killed, it has restored all or nothing of the database; run
    it again.

    Example: schoolgate restore /mnt/safe/2026-11-29.schoolgate
    """
    start_django()
    from django.conf import settings  # noqa: PLC0415 - needs the settings

    from .doctor import check  # noqa: PLC0415 - loads the apps

    with told(ArchiveError, OSError, code=Exit.CANNOT_RUN):
        _refuse_what_holds_records()
        settings.VAR.mkdir(mode=0o700, parents=True, exist_ok=True)
        work = private_folder(settings.VAR / WORK)
        try:
            manifest = unpack(file, work)
            _refuse_another_engine(manifest)
            kept_log = _put_log(work)
            _put_settings(work)
            _put_database(work / DATABASE)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    out.print(f"The backup of {manifest.made_at} is in place: a log of {manifest.log_size} entries.")
    if kept_log:
        out.print("The published log that was here stays: it is the better witness.")
    wrong = [one for one in check() if not one.sound]
    for one in wrong:
        out.print(f"  MEND {one.check}: {one.remedy}", markup=False, soft_wrap=True)
    out.print("All sound." if not wrong else f"{len(wrong)} checks need you; `schoolgate doctor` shows all.")
    raise typer.Exit(Exit.NO if wrong else Exit.DONE)


def _refuse_what_holds_records() -> None:
    from django.conf import settings  # noqa: PLC0415 - needs the settings
    from django.db import DatabaseError, connection  # noqa: PLC0415

    if connection.vendor == "sqlite" and not Path(str(connection.settings_dict["NAME"])).exists():
        return
    try:
        tables = connection.introspection.table_names()
    except DatabaseError as problem:
        raise ArchiveError(f"the database does not answer ({type(problem).__name__}): check DATABASE_URL") from None
    finally:
        connection.close()
    if tables:
        raise ArchiveError(
            f"there is a database here already ({settings.VAR if connection.vendor == 'sqlite' else 'DATABASE_URL'}): "
            "a backup goes into an empty installation. Move the old one away, and do not run "
            "`schoolgate doctor --mend` before: it makes new keys"
        )


def _refuse_another_engine(manifest: Manifest) -> None:
    from django.conf import settings  # noqa: PLC0415 - needs the settings
    from django.db import connection  # noqa: PLC0415

    if manifest.engine != connection.vendor:
        raise ArchiveError(
            f"this backup is of {manifest.engine}, and the installation uses {connection.vendor}: set DATABASE_URL so "
            "that they are the same"
        )
    if manifest.origin != settings.LOG_ORIGIN:
        raise ArchiveError(
            f"this backup is of the log {manifest.origin}, and the settings name {settings.LOG_ORIGIN}: set "
            "SCHOOLGATE_LOG_ORIGIN to what it was"
        )


def _put_log(work: Path) -> bool:
    """Put the published log in place, whole or not at all; returns whether one was there, which then stays."""
    from django.conf import settings  # noqa: PLC0415 - needs the settings

    folder: Path = settings.LOG_FOLDER
    source = work / "log"
    if (folder / "checkpoint").exists():
        return True
    if not source.is_dir():
        return False
    beside = private_folder(folder.with_name(f".{folder.name}{WORK}"))
    for path in sorted(source.rglob("*")):
        if path.is_file():
            copied(path, beside / path.relative_to(source))
    # What a web server shows: the folder and its files are for everybody.
    for path in (beside, *beside.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
    beside.rename(folder)
    _sync(folder.parent)
    return False


def _put_settings(work: Path) -> None:
    from django.conf import settings  # noqa: PLC0415 - needs the settings

    for name, path in (("log-policy", settings.LOG_POLICY), ("tsa-roots.pem", settings.TSA_ROOTS)):
        if (work / name).is_file() and not path.exists():
            copied(work / name, path)


def _put_database(copy: Path) -> None:
    """Put the database in place: the last step, and one that is done or not."""
    from django.db import connection  # noqa: PLC0415 - needs the settings

    if connection.vendor != "sqlite":
        run_program(
            "pg_restore",
            "--single-transaction",
            "--exit-on-error",
            "--no-owner",
            "--no-privileges",
            f"--dbname={connection.settings_dict['NAME']}",
            str(copy),
            remedy="Nothing of it is in the database; check that it is empty and that pg_restore is as new as pg_dump",
        )
        return
    with closing(sqlite3.connect(copy)) as opened:
        said = opened.execute("PRAGMA integrity_check").fetchone()[0]
    if said != "ok":
        raise ArchiveError(f"the database in the backup is damaged ({said.splitlines()[0]}): take another backup")
    final = Path(str(connection.settings_dict["NAME"]))
    for beside in (final.with_name(f"{final.name}-wal"), final.with_name(f"{final.name}-shm")):
        # Of a database that is gone: SQLite would take it for this one's.
        beside.unlink(missing_ok=True)
    # Unlike a rename, a link never replaces what somebody else made meanwhile.
    final.hardlink_to(copy)
    _sync(final.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
