"""`schoolgate vault next-epoch`, `rewrap`, `end-epoch`: from one dated wrapping key to the next."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from .terminal import Exit, err, out, print_json, start_django, stop, told

AsJson = Annotated[bool, typer.Option("--json", help="The same facts for a machine.")]
STUCK_SHOWN = 20


def next_epoch(*, as_json: AsJson = False) -> None:
    """Start the next dated wrapping key: what is sealed from now on is wrapped under it.

    The first step to make destroyed records unreadable in old backups too. Killed, run it again.

    Example: schoolgate vault next-epoch
    """
    start_django()
    from schoolgate.apps.access.actors import SYSTEM  # noqa: PLC0415 - needs the apps loaded
    from schoolgate.apps.retention.epoch_services import start_next_epoch  # noqa: PLC0415
    from schoolgate.engines.vault import SETTLE, VaultError  # noqa: PLC0415

    with told(VaultError, code=Exit.CANNOT_RUN):
        made = start_next_epoch(actor=SYSTEM)
    begun = made.started_at
    if as_json:
        print_json({"key": made.name, "started_at": begun and begun.isoformat()})
        return
    out.print(f"New keys are wrapped under {made.name} from now on.")
    if begun:
        out.print(
            f"Next: schoolgate vault rewrap, now and again after {begun + SETTLE:%Y-%m-%d %H:%M} UTC; when it "
            "finds nothing to do, a backup, then schoolgate vault end-epoch with the old key's name.",
            soft_wrap=True,
        )


def rewrap(*, as_json: AsJson = False) -> None:
    """Wrap every stored key that survives under the newest wrapping key, while the site runs.

    It can be killed at any moment and run again: what is done is passed over, and a record that is destroyed meanwhile
    stays destroyed. A key that is damaged is named and left as it is; its old wrapping key cannot be destroyed then.

    Example: schoolgate vault rewrap
    """
    start_django()
    from schoolgate.apps.access.actors import SYSTEM  # noqa: PLC0415 - needs the apps loaded
    from schoolgate.apps.retention.epoch_services import enter_rewrapping  # noqa: PLC0415
    from schoolgate.apps.retention.epochs import under  # noqa: PLC0415
    from schoolgate.apps.retention.wrapped import Row, rewrap  # noqa: PLC0415
    from schoolgate.engines.vault import Stuck, VaultError  # noqa: PLC0415

    stuck: list[Stuck[Row]] = []

    def tell(one: Stuck[Row]) -> None:
        if len(stuck) < STUCK_SHOWN:
            stuck.append(one)

    with told(VaultError, code=Exit.CANNOT_RUN):
        with _bar() as advance:
            walked = rewrap(progress=advance, tell=tell)
        enter_rewrapping(actor=SYSTEM, walked=walked)
        left = {name: many for name, many in sorted(under().items()) if name != walked.epoch}
    if as_json:
        rows = [{"row": str(one.row), "reason": one.reason} for one in stuck]
        print_json(
            {
                "key": walked.epoch,
                "seen": walked.seen,
                "rewrapped": walked.rewrapped,
                "stuck": rows,
                "stuck_in_all": walked.stuck,
                "left": left,
            }
        )
    else:
        out.print(f"{walked.rewrapped} of {walked.seen} stored keys were wrapped anew, under {walked.epoch}.")
        for one in stuck:
            out.print(f"  STUCK {one.row}: {one.reason}", soft_wrap=True)
        if walked.stuck > len(stuck):
            out.print(f"  and {walked.stuck - len(stuck)} more")
        for name, many in left.items():
            out.print(f"Still under {name}: {many}. Run it again before that key is destroyed.", soft_wrap=True)
    raise typer.Exit(Exit.NO if walked.stuck or left else Exit.DONE)


def end_epoch(
    *,
    name: Annotated[str, typer.Argument(metavar="KEY", help="The old wrapping key, such as kek-2026-11.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: a backup was made after the last rewrap.")] = False,
    as_json: AsJson = False,
) -> None:
    """Destroy an old wrapping key: what was destroyed under it is gone from every backup, replica and log.

    Refused while anything stored stands under it, and for an hour after the next key began. Every backup from before
    the last `rewrap` is useless afterwards, for survivors too: make a new one before. Its receipt goes into the log.

    Example: schoolgate vault end-epoch kek-2026-11
    """
    start_django()
    from schoolgate.apps.access.actors import SYSTEM  # noqa: PLC0415 - needs the apps loaded
    from schoolgate.apps.ledger.acts import Impossible  # noqa: PLC0415
    from schoolgate.apps.ledger.keys import keys  # noqa: PLC0415
    from schoolgate.apps.retention.epoch_services import end_epoch as end  # noqa: PLC0415
    from schoolgate.engines.vault import VaultError  # noqa: PLC0415

    warning = f"No backup from before the last `schoolgate vault rewrap` opens once {name} is destroyed."
    if not yes and not sys.stdin.isatty():
        stop(f"{warning} Make one now, then run this with --yes")
    if not yes and not typer.confirm(f"{warning} Is there a newer one, and shall it be destroyed?", err=True):
        stop("nothing was destroyed", Exit.NO)
    with told(Impossible, VaultError, code=Exit.CANNOT_RUN):
        ended = end(actor=SYSTEM, name=name)
        older = [one for one in keys().provider.epochs() if one < name]
    if as_json:
        print_json({"key": name, "receipt": ended.digest, "facts": ended.receipt, "older_left": older})
        return
    out.print(f"{name} is destroyed. Receipt in the log: SHA-256 {ended.digest}", soft_wrap=True)
    if older:
        out.print(f"Older keys are still there: {', '.join(older)}. Records that stood under them before open so.")
    out.print(
        "Now: schoolgate vault renew-bundle, and destroy older bundles, backups and copies of the key folder.",
        soft_wrap=True,
    )


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    """How far the walk is, on standard error; nothing where that is no terminal."""
    columns = (TextColumn("Stored keys"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task("")
        yield lambda seen, total: progress.update(task, completed=seen, total=total)
