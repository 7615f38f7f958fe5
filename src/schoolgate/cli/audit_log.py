"""`schoolgate audit-log`: the auditor's program. It needs the log, the openings and what was published, no server."""

import datetime as dt
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track
from typer.core import TyperGroup

from schoolgate.engines import tlog
from schoolgate.engines.tlog.auditing import MOST_TOLD, Audit, audit
from schoolgate.engines.tlog.counting_rules import Rules
from schoolgate.engines.tlog.openings import MAX_LINE_BYTES, Head
from schoolgate.engines.tlog.statement import make_statement, sign_statement

from .fetching import fetch_from
from .terminal import Exit, err, out, print_json, show_rows, stop, told
from .verify import read_key

_CHECK = "check"
_ONLY_MINE = 0o600
_MAX_ROTATIONS = 1000


class _CheckUnlessNamed(TyperGroup):
    """`schoolgate audit-log LOG OPENINGS` is `schoolgate audit-log check LOG OPENINGS`."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]  # typer's Context
        if args and args[0] not in {*self.commands, "--help"}:
            args = [_CHECK, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_CheckUnlessNamed,
    no_args_is_help=True,
    help="The auditor's program: open every leaf of a log, count every figure again, sign what was found to be true.",
)


@app.command(_CHECK)
def check(
    log: Annotated[str, typer.Argument(metavar="LOG", help="The folder of the published log, or its address.")],
    openings: Annotated[
        Path, typer.Argument(metavar="OPENINGS", help="What the district opened.", exists=True, dir_okay=False)
    ],
    *,
    figures: Annotated[
        list[Path], typer.Option("--figures", metavar="FILE", help="A file of published figures. Give each.")
    ],
    rules: Annotated[Path, typer.Option("--rules", metavar="FILE", help="The rules of counting.")],
    key: Annotated[
        str,
        typer.Option(
            "--log-key", metavar="KEY|FILE", help="The log's verifying key, from another source than the log."
        ),
    ],
    sign_with: Annotated[
        Path | None,
        typer.Option("--sign-with", metavar="KEYFILE", help="Your signing key; without it nothing is signed."),
    ] = None,
    to: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where the signed statement goes.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same facts for a machine.")] = False,
) -> None:
    """Open every leaf as act or cover, and count every figure again. Exit code 1, and no statement, with a finding.

    Example: schoolgate audit-log LOG openings.jsonl --figures figures-2026-Q3.json --rules counting.toml
    --log-key log-key --sign-with auditor.key --out statement.txt
    """
    if (sign_with is None) != (to is None):
        stop("give both --sign-with and --out, or neither")
    with told(tlog.TlogError, OSError, UnicodeDecodeError):
        signing = tlog.SigningKey.parse(sign_with.read_text(encoding="utf-8").strip()) if sign_with else None
        fetch = fetch_from(log)
        opened = tlog.open_with_chain(_checkpoint(fetch), _chain(fetch, read_key(key)))
        with openings.open("rb") as lines:
            size = Head.parse(lines.readline(MAX_LINE_BYTES + 1)).size
            if size != opened.checkpoint.size:
                stop(
                    f"the log was published up to {opened.checkpoint.size} entries and {size} were opened: ask for "
                    f"`schoolgate log openings --at {opened.checkpoint.size}`, or wait until more is published"
                )
            lines.seek(0)
            found = audit(
                _entries(fetch, opened.checkpoint.size),
                iter(lambda: lines.readline(MAX_LINE_BYTES + 1), b""),
                checkpoint=opened.checkpoint,
                rules=Rules.parse(rules.read_bytes()),
                figures=[one.read_bytes() for one in figures],
                now=int(time.time()),
            )
        signed = ""
        if found.clean and signing is not None and to is not None:
            statement = make_statement(found, opened.note, date=dt.datetime.now(dt.UTC).date())
            signed = sign_statement(statement, signing)
            to.write_bytes(signed.encode())
    _tell(found, as_json=as_json, statement=to if signed else None)
    raise typer.Exit(Exit.DONE if found.clean else Exit.NO)


@app.command("key")
def key(
    name: Annotated[str, typer.Argument(help="How your statements name you: no spaces, no plus.")],
    *,
    to: Annotated[Path, typer.Option("--out", metavar="KEYFILE", help="Where the signing key goes; only you read it.")],
) -> None:
    """Make an auditor's signing key, and print the verifying key that people check your statements with.

    Example: schoolgate audit-log key audit.example/lee-park --out auditor.key
    """
    with told(tlog.KeyTextError, OSError):
        secret, verifying = tlog.generate_key(name)
        with os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _ONLY_MINE), "w", encoding="utf-8") as file:
            file.write(secret + "\n")
    out.print(verifying, soft_wrap=True)


def _tell(found: Audit, *, as_json: bool, statement: Path | None) -> None:
    checkpoint = found.checkpoint
    if as_json:
        print_json(
            {
                "clean": found.clean,
                "log": checkpoint.origin,
                "size": checkpoint.size,
                "acts": dict(sorted(found.acts.items())),
                "covers": found.covers,
                "destroyed": found.destroyed,
                "secret_requests": found.secrets,
                "found": found.found,
                "findings": [{"leaf": one.index, "problem": one.problem} for one in found.findings],
                "statement": str(statement) if statement else None,
            }
        )
        return
    if found.clean:
        out.print(f"Nothing is wrong: all {checkpoint.size} leaves of {checkpoint.origin} are what they should be,")
        out.print(f"and {len(found.figures)} files of figures are what the acts among them count.")
    else:
        out.print(f"{found.found} findings. Nothing was signed.")
        for one in found.findings:
            out.print(f"  {one.sentence}.", soft_wrap=True)
        if found.found > MOST_TOLD:
            out.print(f"  and {found.found - MOST_TOLD} more.")
    if found.destroyed:
        out.print(f"{found.destroyed} openings were destroyed, as acts in the log say.")
    if found.secrets:
        out.print(f"{found.secrets} requests count nowhere, as ordered secret by a court: ask to see the orders.")
    rows = [(kind, str(count)) for kind, count in sorted(found.acts.items())]
    show_rows(["Kind of act", "How many"], [*rows, ("cover", str(found.covers))])
    if statement:
        out.print(f"Your signed statement: {statement}", soft_wrap=True)


def _checkpoint(fetch: tlog.Fetch) -> str:
    found = fetch("checkpoint")
    if found is None:
        raise tlog.AuditError("there is no checkpoint at the log's place: is it the right one?")
    return found.decode()


def _chain(fetch: tlog.Fetch, trusted: str) -> tlog.KeyChain:
    rotations: list[str] = []
    while len(rotations) < _MAX_ROTATIONS and (found := fetch(f"rotation/{len(rotations) + 1}")) is not None:
        rotations.append(found.decode())
    return tlog.KeyChain.trusting(tlog.VerifyingKey.parse(trusted), rotations)


def _entries(fetch: tlog.Fetch, size: int) -> Iterator[bytes]:
    """The entries of a published log, streamed."""
    count = -(-size // tlog.TILE_WIDTH)
    for index in track(range(count), "Opening every leaf", console=err, transient=True, disable=not err.is_terminal):
        width = tlog.width_of(size, tlog.ENTRIES, index)
        data = fetch(tlog.TileName(tlog.ENTRIES, index, width).path)
        if data is None:
            raise tlog.AuditError(f"the log does not serve the entries from {index * tlog.TILE_WIDTH} on")
        yield from tlog.parse_bundle(data, width)
