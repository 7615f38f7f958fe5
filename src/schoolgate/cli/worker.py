"""`schoolgate worker`: seals the log's periods and publishes them."""

import time
from datetime import timedelta
from typing import Annotated

import typer

from .terminal import Exit, out, start_django, told


def worker(
    *,
    every: Annotated[
        int, typer.Option(help="Length of a period, in seconds. Keep it fixed: it must not follow the work.")
    ] = 3600,
    once: Annotated[bool, typer.Option("--once", help="Seal one period now and end.")] = False,
) -> None:
    """Seal the log at the end of each period, publish its tiles, close yesterday's readings, look at copies that left.

    A period is sealed whether or not anything happened, so its size says nothing. Stopping at any moment is safe:
    the next start goes on where this one stopped.

    Example: schoolgate worker --every 3600
    """
    start_django()
    from schoolgate.apps.access.actors import SYSTEM  # noqa: PLC0415 - needs the apps loaded
    from schoolgate.apps.access.moment import today  # noqa: PLC0415
    from schoolgate.apps.ledger.keys import KeyProblem, keys  # noqa: PLC0415
    from schoolgate.apps.ledger.models import ReadingDigest  # noqa: PLC0415
    from schoolgate.apps.ledger.publishing import publish  # noqa: PLC0415
    from schoolgate.apps.ledger.readings import digest_readings  # noqa: PLC0415
    from schoolgate.apps.ledger.schedule import seconds_to_next, seconds_to_publishing  # noqa: PLC0415
    from schoolgate.apps.ledger.sealing import seal_period  # noqa: PLC0415
    from schoolgate.apps.ledger.sequencing import LogProblem  # noqa: PLC0415
    from schoolgate.apps.releases.watch import catch_up_quietly  # noqa: PLC0415

    with told(KeyProblem, LogProblem, code=Exit.CANNOT_RUN):
        keys().require()
        while True:
            # Before the wait, so that how much there is to do never shows in when a checkpoint appears.
            yesterday = today() - timedelta(days=1)
            if not ReadingDigest.objects.filter(day=yesterday).exists():
                digest_readings(actor=SYSTEM, day=yesterday)
            if raised := catch_up_quietly():
                out.print(f"Copies that have left: {len(raised)} ways opened to somebody watched.", markup=False)
            if not once:
                # To the next whole period by the clock, so that the times of checkpoints tell nothing.
                time.sleep(seconds_to_next(every, time.time()))
            checkpoint = seal_period()
            if not once:
                time.sleep(seconds_to_publishing(every, time.time()))
            publish()
            out.print(f"Sealed a period: the log now holds {checkpoint.size} entries.", markup=False)
            if once:
                return
