"""`schoolgate doctor`: is this installation sound?"""

import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from .terminal import Exit, err, out, print_json, start_django

EARLIEST_PLAUSIBLE = datetime(2026, 11, 1, tzinfo=UTC)
# Seconds between two machines' clocks that a query on its way can make up.
CLOCKS_APART = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was looked at, whether it is sound, and what to do."""

    check: str
    sound: bool
    remedy: str = ""
    # Whether the site can serve all the same.
    serves: bool = False


def doctor(
    *,
    mend: Annotated[
        bool, typer.Option("--mend", help="Make what a new installation lacks: folders, keys, tables.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The same facts for a machine.")] = False,
) -> None:
    """Check keys, database, migrations, triggers, policies, roles, clock, file modes, public address; say how to mend.

    With --mend, run it as the owner of the tables; the site itself serves as a role that owns none.

    Example: schoolgate doctor --mend
    """
    start_django()
    if mend:
        mend_installation()
    findings = [*check(), *_addresses()]
    # Whoever mends is the owner, and to be one is no fault then.
    findings = [one for one in findings if not (mend and one.serves)]
    sound = all(finding.sound for finding in findings)
    if as_json:
        print_json({"sound": sound, "findings": [asdict(finding) for finding in findings]})
    else:
        wrong = sum(not finding.sound for finding in findings)
        out.print("All sound." if sound else f"{wrong} of {len(findings)} checks need you.")
        for finding in findings:
            mark = "ok  " if finding.sound else "MEND"
            remedy = "" if finding.sound else f": {finding.remedy}"
            out.print(f"  {mark} {finding.check}{remedy}", markup=False, soft_wrap=True)
    raise typer.Exit(Exit.DONE if sound else Exit.NO)


def mend_installation() -> None:
    """Make the data folder, the missing keys and the tables. Never replaces a key that something was sealed with."""
    from django.conf import settings  # noqa: PLC0415 - needs the settings
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from schoolgate.apps.access.moment import today  # noqa: PLC0415
    from schoolgate.apps.access.wall import policies  # noqa: PLC0415
    from schoolgate.apps.ledger import triggers  # noqa: PLC0415
    from schoolgate.apps.ledger.keys import keys  # noqa: PLC0415

    settings.VAR.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _holds_records():
        keys().create_missing(origin=settings.LOG_ORIGIN, today=today())
    elif (keys().folder / "log-signing").is_file():
        keys().finish_rotation()
    call_command("migrate", verbosity=0, interactive=False)
    triggers.install(connection)
    policies.install(connection)


def _holds_records() -> bool:
    """Whether the database holds anything that existing keys open: then none is made anew."""
    from django.db import connection  # noqa: PLC0415

    from schoolgate.apps.ledger.models import Opening  # noqa: PLC0415

    return "ledger_opening" in connection.introspection.table_names() and Opening.objects.exists()


def check() -> Iterator[Finding]:
    """Every check, in the order in which to mend."""
    from django.conf import settings  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415
    from django.db.migrations.executor import MigrationExecutor  # noqa: PLC0415
    from django.db.utils import Error  # noqa: PLC0415

    from schoolgate.apps.ledger import triggers  # noqa: PLC0415
    from schoolgate.apps.ledger.keys import keys  # noqa: PLC0415

    yield Finding(
        "the clock",
        datetime.now(UTC) > EARLIEST_PLAUSIBLE,
        "set the machine's clock; every deadline hangs on it",
    )
    yield from _folder(settings.VAR)
    yield from _scanner()
    problems = keys().problems()
    yield Finding("the keys", not problems, "; ".join(problems))
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except (Error, OSError) as problem:
        yield Finding(
            "the database",
            sound=False,
            remedy=f"{type(problem).__name__}: check DATABASE_URL and that the server runs",
        )
        return
    yield Finding("the database", sound=True)
    yield from _one_clock()
    yield Finding("migrations", not waiting, f"{len(waiting)} wait: run `schoolgate doctor --mend`" if waiting else "")
    if waiting:
        return
    bare = triggers.missing(connection)
    yield Finding(
        "the log's triggers",
        not bare,
        f"missing on {', '.join(bare)}: run `schoolgate doctor --mend`" if bare else "",
    )
    yield from _wrapping_keys()
    yield from _second_wall()
    yield _watch()
    yield from _log()


def _second_wall() -> Iterator[Finding]:
    """On PostgreSQL: the policies, and whether the site's role is no more than it needs to be."""
    from django.conf import settings  # noqa: PLC0415 - needs the settings
    from django.db import connection  # noqa: PLC0415

    from schoolgate.apps.access.wall import policies  # noqa: PLC0415
    from schoolgate.apps.ledger import grants  # noqa: PLC0415

    if connection.vendor != "postgresql":
        return
    bare = policies.missing(connection)
    yield Finding(
        "the database's policies",
        not bare,
        f"missing or changed on {', '.join(bare)}: run `schoolgate doctor --mend` as the owner of the tables"
        if bare
        else "",
    )
    # A demonstration holds nobody's record.
    problems = [] if settings.DEMO else grants.excess(connection)
    yield Finding(
        "the site's role in the database",
        not problems,
        f"{'; '.join(problems)}: serve as a role that `schoolgate database roles --apply` gave its rights to (docs/"
        "database-roles.md)"
        if problems
        else "",
        serves=True,
    )


def _addresses() -> Iterator[Finding]:
    """What browsers find at the site's names. Not asked at each start of the site: it talks to the outside."""
    from django.conf import settings  # noqa: PLC0415 - needs the settings

    from .doctor_address import public_hosts, what_is_wrong  # noqa: PLC0415

    for host in public_hosts(settings.ALLOWED_HOSTS) if settings.HTTPS else []:
        remedy = what_is_wrong(host)
        yield Finding(f"HTTPS at {host}", not remedy, remedy, serves=True)


def _one_clock() -> Iterator[Finding]:
    """Whether the database's machine has the same time as this one: entries and readings are put in order by both."""
    from django.db import connection  # noqa: PLC0415 - needs the settings

    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        theirs = cursor.fetchone()[0]
    apart = abs((datetime.now(UTC) - theirs).total_seconds())
    remedy = f"{apart:.0f} seconds apart: let both follow the same time server" if apart > CLOCKS_APART else ""
    yield Finding("one clock for the site and its database", not remedy, remedy, serves=True)


def _folder(folder: Path) -> Iterator[Finding]:
    if not folder.is_dir():
        yield Finding("the data folder", sound=False, remedy=f"{folder} does not exist: run `schoolgate doctor --mend`")
        return
    open_to_others = stat.S_IMODE(folder.stat().st_mode) & 0o077
    yield Finding(
        "the data folder", not open_to_others, f"open to others: chmod 700 {folder}" if open_to_others else ""
    )


def _wrapping_keys() -> Iterator[Finding]:
    """Whether the dated wrapping keys are those that the log tells of, and whether a lost disk would bring all back."""
    from schoolgate.apps.ledger.keys import keys  # noqa: PLC0415 - needs the settings
    from schoolgate.apps.retention.epochs import problems  # noqa: PLC0415 - needs the apps loaded
    from schoolgate.engines.vault import VaultError  # noqa: PLC0415

    from .vault_recovery import bundle_is_behind  # noqa: PLC0415

    try:
        found = problems()
        behind = bundle_is_behind(keys().folder, keys().provider.epochs()) if keys().kept_by == "file" else ""
    except VaultError as problem:
        yield Finding("the wrapping keys", sound=False, remedy=str(problem))
        return
    yield Finding("the wrapping keys", not found, "; ".join(found))
    yield Finding("the recovery bundle", not behind, behind)


def _scanner() -> Iterator[Finding]:
    """Whether the virus scanner answers, where one is set."""
    from django.conf import settings  # noqa: PLC0415 - needs the settings

    from schoolgate.interop.clamd import ScannerDownError, ping, read_address  # noqa: PLC0415

    if not settings.CLAMD:
        return
    try:
        ping(read_address(settings.CLAMD))
    except ScannerDownError as problem:
        remedy = f"{settings.CLAMD} does not answer ({problem}): start clamd; no file is taken in meanwhile"
        yield Finding("the virus scanner", sound=False, remedy=remedy)
    else:
        yield Finding("the virus scanner", sound=True)


def _watch() -> Finding:
    """Whether whom the copies that have left can reach was computed for the network as it stands."""
    from schoolgate.apps.releases.watch import standing  # noqa: PLC0415

    found = standing()
    if found.failed_at:
        return Finding(
            "the watch on copies that have left",
            sound=False,
            remedy=f"it failed with {found.problem} at {found.failed_at:%Y-%m-%d %H:%M} UTC; the site's output of then "
            "says more; `schoolgate worker --once` looks again",
        )
    remedy = "" if found.is_current else "the network changed since it last looked: run `schoolgate worker --once`"
    return Finding("the watch on copies that have left", found.is_current, remedy)


def _log() -> Iterator[Finding]:
    from schoolgate.apps.ledger.keys import KeyProblem  # noqa: PLC0415
    from schoolgate.apps.ledger.sealing import check_consistency  # noqa: PLC0415
    from schoolgate.apps.ledger.sequencing import LogProblem  # noqa: PLC0415

    try:
        with _bar() as advance:
            check_consistency(advance)
    except (LogProblem, KeyProblem) as problem:
        yield Finding("the log", sound=False, remedy=str(problem))
    else:
        yield Finding("the log", sound=True)


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    """How far the check of a long log is, on standard error; nothing of a short one, or where that is no terminal."""
    columns = (TextColumn("Checking the log"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task("", visible=False)
        yield lambda checked, entries: progress.update(
            task, completed=checked, total=entries, visible=checked < entries
        )
