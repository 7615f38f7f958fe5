"""`schoolgate worker`: seals the log's periods and publishes them."""

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import Annotated, Final

import typer

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
            _say(_what_was_due())
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


def _what_was_due() -> Iterator[str]:
    """Do what time alone asks for, and say what was done."""
    from schoolgate.apps.access.actors import SYSTEM  # noqa: PLC0415 - needs the apps loaded
    from schoolgate.apps.access.moment import today  # noqa: PLC0415
    from schoolgate.apps.exports.services import drop_lists_that_are_over  # noqa: PLC0415
    from schoolgate.apps.incidents.allegation_services import expire_due  # noqa: PLC0415
    from schoolgate.apps.incidents.glass import note_missed_reviews  # noqa: PLC0415
    from schoolgate.apps.incidents.gone_services import expunge_all_gone  # noqa: PLC0415
    from schoolgate.apps.ledger.readings import close_readings  # noqa: PLC0415
    from schoolgate.apps.ledger.rotating import enter_key_changes  # noqa: PLC0415
    from schoolgate.apps.people.notices.sending import send_notices  # noqa: PLC0415
    from schoolgate.apps.people.standing import end_what_is_over  # noqa: PLC0415
    from schoolgate.apps.people.unusual.services import notice_due  # noqa: PLC0415
    from schoolgate.apps.releases.holder_notices import mail_holders  # noqa: PLC0415
    from schoolgate.apps.releases.watch import catch_up_quietly  # noqa: PLC0415
    from schoolgate.apps.retention.destroying import carry_out_signed  # noqa: PLC0415
    from schoolgate.apps.spreadsheets.running import carry_on_stalled, destroy_forgotten  # noqa: PLC0415
    from schoolgate.apps.transparency.services import publish_due_figures  # noqa: PLC0415

    close_readings(actor=SYSTEM, day=today() - timedelta(days=1))
    enter_key_changes(actor=SYSTEM)
    if noticed := notice_due():
        yield f"Notices that somebody read far more than their colleagues: {noticed}."
    end_what_is_over()
    if missed := note_missed_reviews():
        yield f"Emergency openings that nobody reviewed in time: {missed}."
    if sent := send_notices():
        yield f"Notices mailed to the district's own people: {sent}."
    if raised := catch_up_quietly():
        yield f"Copies that have left: {len(raised)} ways opened to somebody watched."
    if expired := expire_due():
        yield f"Reports in which an allegation expired that nobody confirmed: {expired}."
    if expunged := expunge_all_gone()[0]:
        yield f"Expunged, since their source had deleted them and nothing holds them any more: {expunged} incidents."
    told, left = mail_holders()
    if told or left:
        yield f"Told of what was expunged: {told} who had a copy; still to be told, by letter: {left}."
    for one in carry_out_signed():
        yield f"Destroyed {one.destroyed} records: certificate {one.number}."
    if dropped := drop_lists_that_are_over():
        yield f"Destroyed the files of {dropped} lists whose time was over."
    if went_on := carry_on_stalled():
        yield f"Spreadsheets on which the work had stopped, and went on: {went_on}."
    if forgotten := destroy_forgotten():
        yield f"Destroyed {forgotten} spreadsheets that nobody settled within a week."
    yield from publish_due_figures()


def _say(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        out.print(sentence, markup=False, soft_wrap=True)
