"""`schoolgate worker`: seals the log's periods and publishes them."""

import time
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Annotated, Final

import typer

from .due import what_was_due
from .fetching import ask
from .sequencer import only_sequencer
from .terminal import Exit, out, start_django, stop, told

# What one witness may take of a period, and send: its answers are a few lines.
_ask: Final = partial(ask, timeout=5.0, limit=100_000)


def worker(
    *,
    every: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Length of a period, in seconds. Keep it fixed: it must not follow the work. [default: that of the "
            "settings, SCHOOLGATE_LOG_PERIOD, 3600]",
        ),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Seal one period now and end.")] = False,
) -> None:
    """Seal the log at the end of each period, publish its tiles, close yesterday's readings, look at copies that left.

    A period is sealed whether or not anything happened, so its size says nothing. Then the witnesses of the policy file
    are asked to cosign. Stopping at any moment is safe: the next start goes on where this one stopped.

    Example: schoolgate worker --every 3600
    """
    start_django()
    from django.conf import settings  # noqa: PLC0415 - needs the settings loaded

    from schoolgate.apps.ledger.daily import (  # noqa: PLC0415 - needs the apps loaded
        publish_daily,
        start_publishing_daily,
    )
    from schoolgate.apps.ledger.keys import KeyProblem, keys  # noqa: PLC0415
    from schoolgate.apps.ledger.publishing import publish  # noqa: PLC0415
    from schoolgate.apps.ledger.schedule import seconds_to_next, seconds_to_publishing  # noqa: PLC0415
    from schoolgate.apps.ledger.sealing import seal_period  # noqa: PLC0415
    from schoolgate.apps.ledger.sequencing import LogProblem, told_of_the_database  # noqa: PLC0415
    from schoolgate.apps.ledger.witnessing import (  # noqa: PLC0415
        Asked,
        collect_cosignatures,
        compare_with_witnesses,
        require_going,
    )

    def show(asked: Sequence[Asked], done: str) -> None:
        for one in asked:
            said = f"Not {done} {one.name}: {one.problem}." if one.problem else f"{done.capitalize()} {one.name}."
            out.print(said, markup=False, soft_wrap=True)

    length = every or settings.LOG_PERIOD
    with told(KeyProblem, LogProblem, code=Exit.CANNOT_RUN), told_of_the_database("the period's work is not done"):
        keys().require()
        if not once and not only_sequencer(settings.VAR):
            stop("another process seals this log already: on SQLite, `schoolgate serve` does", Exit.CANNOT_RUN)
        require_going()
        show(compare_with_witnesses(_ask), "compared with the witness")
        while True:
            # Before the wait, so that how much there is to do never shows in when a checkpoint appears.
            _say(what_was_due())
            if not once:
                # To the next whole period by the clock, so that the times of checkpoints tell nothing.
                time.sleep(seconds_to_next(length, time.time()))
            require_going()
            checkpoint = seal_period()
            if not once:
                time.sleep(seconds_to_publishing(length, time.time()))
            publish()
            out.print(f"Sealed a period: the log now holds {checkpoint.size} entries.", markup=False)
            show(collect_cosignatures(_ask), "cosigned by the witness")
            if once:
                for sentence in publish_daily():
                    out.print(sentence, markup=False, soft_wrap=True)
                return
            start_publishing_daily()


def _say(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        out.print(sentence, markup=False, soft_wrap=True)
