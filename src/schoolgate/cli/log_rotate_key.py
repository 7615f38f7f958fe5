"""`schoolgate log rotate-key`: a new key for the log, and later the end of the old one."""

from typing import Annotated

import typer

from .terminal import Exit, out, start_django, told


def rotate_key(
    *,
    retire: Annotated[
        bool, typer.Option("--retire", help="Destroy the keys that the log had before the present one.")
    ] = False,
) -> None:
    """Give the log a new signing key. The old one goes on signing beside it until `--retire`.

    Both keys sign the change, which is published beside the tiles, so that whoever trusts either of them can check all
    of the log. Tell the new key to witnesses and to those who kept the old one, wait until they have it, then retire
    the old one. It can be killed at any moment; run it again.

    Example: schoolgate log rotate-key
    """
    start_django()
    from schoolgate.apps.access.actors import SYSTEM  # noqa: PLC0415 - needs the apps loaded
    from schoolgate.apps.ledger.keys import KeyProblem  # noqa: PLC0415
    from schoolgate.apps.ledger.publishing import publish  # noqa: PLC0415
    from schoolgate.apps.ledger.rotating import enter_key_changes, retire_keys  # noqa: PLC0415
    from schoolgate.apps.ledger.rotating import rotate_key as rotate  # noqa: PLC0415
    from schoolgate.apps.ledger.sequencing import LogProblem  # noqa: PLC0415
    from schoolgate.engines import tlog  # noqa: PLC0415 - its errors only

    with told(KeyProblem, LogProblem, tlog.TlogError, OSError, code=Exit.CANNOT_RUN):
        if retire:
            retired = retire_keys()
            for key in retired:
                out.print(f"Signs no more: {key}")
            out.print("Only the newest key signs from now on." if retired else "There is no older key to retire.")
            return
        change = rotate()
        enter_key_changes(actor=SYSTEM)
        publish()
    done = "A change that was cut off is finished." if change.finished else "The log has a new key."
    out.print(f"{done} It counts for checkpoints of more than {change.size} entries.")
    out.print(f"New key: {change.verifying_key}")
    out.print(
        "The old key goes on signing beside it. Tell the new one to witnesses, monitors and those who kept the old "
        "one; then run: schoolgate log rotate-key --retire"
    )
