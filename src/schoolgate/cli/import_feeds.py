"""`schoolgate import edfi-api`, `oneroster`, `oneroster-api`: what other systems hold comes in, and is kept up."""

import stat
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schoolgate.interop import oneroster as roster
from schoolgate.interop.edfi.rest import Credentials, EdfiApi
from schoolgate.interop.problems import ReadingError

from . import edfi_sending, roster_sending
from .import_ import refuse, run_import, say, tell_result
from .terminal import Exit, err, start_django, stop

if TYPE_CHECKING:
    from collections.abc import Callable

    from schoolgate.apps.incidents.importing import Imported, RosterSource

KeyFile = Annotated[
    Path, typer.Option(help="A file of two lines, readable by you alone: the key, and its secret. They are not logged.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Say what would be new, changed, gone and refused; store nothing.")
]
AsJson = Annotated[bool, typer.Option("--json", help="The same facts for a machine.")]


def edfi_api(
    address: Annotated[str, typer.Argument(help="The root of an Ed-Fi API (ODS/API 5.3 to 7), over https.")],
    *,
    key_file: KeyFile,
    whole: Annotated[bool, typer.Option("--whole", help="Read everything again, whatever was read before.")] = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Import what an Ed-Fi API holds; after the first time, what changed there since.

    Each page is stored as it comes; stopped or killed, the next run goes on at the page after. What was deleted there
    is expunged here, as far as no hold or open request keeps it, and whoever has a copy is told.

    Example: schoolgate import edfi-api https://api.example.org/v7.3/api --key-file edfi.key
    """
    credentials = Credentials(*_key(key_file))
    start_django()
    from schoolgate.apps.access.actors import SYSTEM  # noqa: PLC0415 - needs the settings
    from schoolgate.apps.incidents.importing import import_edfi_api, try_edfi_api  # noqa: PLC0415

    def work(advance: "Callable[[int], None]") -> "Imported":
        api = EdfiApi(address, credentials, edfi_sending.send)
        do = try_edfi_api if dry_run else import_edfi_api
        return do(actor=SYSTEM, api=api, whole=whole, progress=advance)

    _bring_in(work, dry_run=dry_run, as_json=as_json)


def oneroster(
    path: Annotated[Path, typer.Argument(help="A folder or zip of OneRoster 1.2 CSV files.")],
    *,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Import schools, people and at which school they are from OneRoster files. Demographics are never opened.

    Whom a roster calls a parent or guardian is noted for the office, and gets no access by that.

    Example: schoolgate import oneroster roster.zip --dry-run
    """
    start_django()
    from schoolgate.apps.incidents.importing import roster_files  # noqa: PLC0415 - needs the settings

    _bring_in(lambda advance: _roster(roster_files(path), advance, dry_run=dry_run), dry_run=dry_run, as_json=as_json)


def oneroster_api(
    address: Annotated[str, typer.Argument(help="The server, as far as before /ims/oneroster, over https.")],
    *,
    token_url: Annotated[str, typer.Option(help="Where it gives tokens.")],
    key_file: KeyFile,
    whole: Annotated[
        bool, typer.Option("--whole", help="Ask for everything, not only for what changed since the last time.")
    ] = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Import the same from a OneRoster 1.2 server; after the first time, what changed there since.

    Example: schoolgate import oneroster-api https://sis.example.org --token-url https://sis.example.org/token
    --key-file roster.key
    """
    key, secret = _key(key_file)
    start_django()
    from schoolgate.apps.incidents.importing import roster_server, server_feed_name, since  # noqa: PLC0415

    def work(advance: "Callable[[int], None]") -> "Imported":
        server = roster.Server(address.rstrip("/"), token_url, key, secret)
        began = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        asked_since = None if whole else since(server_feed_name(server))
        pull = roster.RosterPull(roster.Client(server, send=roster_sending.send, wait=time.sleep), since=asked_since)
        return _roster(roster_server(server, pull, began), advance, dry_run=dry_run)

    _bring_in(work, dry_run=dry_run, as_json=as_json)


def _roster(source: "RosterSource", advance: "Callable[[int], None]", *, dry_run: bool) -> "Imported":
    from schoolgate.apps.access.actors import SYSTEM  # noqa: PLC0415 - needs the settings
    from schoolgate.apps.incidents.importing import import_roster, try_roster  # noqa: PLC0415

    do = try_roster if dry_run else import_roster
    return do(actor=SYSTEM, source=source, progress=advance)


def _bring_in(work: "Callable[[Callable[[int], None]], Imported]", *, dry_run: bool, as_json: bool) -> None:
    try:
        result = run_import(work, total=None)
    except ReadingError as problem:
        refuse(problem, as_json=as_json, stored="Nothing of that page or batch was stored; what came before it stands.")
    tell_result(result, as_json=as_json, dry_run=dry_run)
    if not dry_run:
        from schoolgate.apps.releases.holder_notices import mail_holders  # noqa: PLC0415 - needs the settings

        told, left = mail_holders()
        if (told or left) and not as_json:
            say(f"Told of what was expunged: {told:,} who had a copy. Still to be told, by letter: {left:,}.")


def _key(path: Path) -> tuple[str, str]:
    """Key and secret of a file; exit code 2 where it is not what it should be."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        # By lines: a secret may have spaces in it.
        lines = [line for one in path.read_text(encoding="utf-8").splitlines() if (line := one.strip())]
    except (OSError, UnicodeDecodeError):
        stop(f"the key file {path} cannot be read: check its name and permissions", Exit.BAD_INPUT)
    if mode & 0o077:
        stop(f"the key file {path} is open to others: chmod 600 {path}", Exit.BAD_INPUT)
    if len(lines) != 2:  # noqa: PLR2004 - the key and the secret
        err.print(f"The key file {path} has {len(lines)} lines.", markup=False)
        stop("a key file holds two lines, the key and its secret, and nothing else", Exit.BAD_INPUT)
    return lines[0], lines[1]
