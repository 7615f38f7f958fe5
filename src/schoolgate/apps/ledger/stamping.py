"""Time-stamps: once a day an authority of time says that the newest checkpoint existed. Nothing waits for it."""

import http.client
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.db.models import QuerySet

from schoolgate.apps.access.moment import now, today
from schoolgate.engines import tlog

from .models import Checkpoint
from .models_publication import TimeStamp
from .selectors import latest_checkpoint

# Of connecting, and of each piece that is read.
TIMEOUT: Final = 15
# How far an authority's clock may be from ours; a stamp that is further off would prove the wrong thing.
TOLERANCE: Final = timedelta(minutes=10)


class StampProblem(Exception):  # noqa: N818 - a problem of the authority or of the settings, told to the administrator
    """No time-stamp was stored; the message says why."""


def stamp_due() -> TimeStamp | None:
    """Stamp the newest checkpoint unless the authority did so today, or there is no authority. For the worker.

    Raises:
        StampProblem: As `stamp_latest`.
    """
    if not settings.TSA_URL or TimeStamp.objects.filter(received_at__date=today()).exists():
        return None
    return stamp_latest()


def stamp_latest() -> TimeStamp | None:
    """Have the newest checkpoint stamped now, and keep the answer once it holds. One request over the network.

    Returns:
        The stamp, an earlier one if the authority stamped this checkpoint before; None when nothing is sealed yet.

    Raises:
        StampProblem: No authority is set, it cannot be reached, or its answer does not hold.
    """
    place = _authority()
    name = place.netloc.rpartition("@")[2]
    last = latest_checkpoint()
    if last is None:
        return None
    if found := TimeStamp.objects.filter(checkpoint=last, authority=name).first():
        return found
    # Outside any transaction: an authority that answers slowly holds nobody up.
    answer, moment = _asked(place, last.note)
    stamp, _ = TimeStamp.objects.get_or_create(
        checkpoint=last, authority=name, defaults={"answer": answer, "stamped_at": moment, "received_at": now()}
    )
    return stamp


def stamps() -> QuerySet[TimeStamp]:
    """Every stamp, newest first, with its checkpoint."""
    return TimeStamp.objects.select_related("checkpoint").order_by("-received_at", "-pk")


def stamped_note(checkpoint: Checkpoint) -> str:
    """The exact bytes that an authority stamped, for tools that compare files."""
    return checkpoint.note


def _authority() -> SplitResult:
    place = urlsplit(settings.TSA_URL)
    if place.scheme not in {"http", "https"} or not place.hostname:
        raise StampProblem("SCHOOLGATE_TSA_URL names no authority of time: write its address, http:// or https://")
    if not settings.TSA_ROOTS.is_file():
        raise StampProblem(
            f"{settings.TSA_ROOTS} is missing: put the certificate of the authority's root there, in PEM form"
        )
    return place


def _asked(place: SplitResult, note: str) -> tuple[bytes, datetime]:
    from schoolgate.engines.tlog import stamp  # noqa: PLC0415 - loads what only districts with an authority need

    try:
        request = stamp.ask_for_stamp(note)
        answer = _post(place, request.body)
        moment = stamp.open_stamp(answer, note, settings.TSA_ROOTS.read_bytes(), number=request.number)
    except tlog.TlogError as problem:
        raise StampProblem(f"the answer of {place.hostname} was refused: {problem}") from problem
    except (OSError, http.client.HTTPException) as problem:
        raise StampProblem(f"{place.hostname} did not answer ({type(problem).__name__})") from problem
    if abs(moment - now()) > TOLERANCE:
        raise StampProblem(f"{place.hostname} says that it is {moment:%Y-%m-%d %H:%M} UTC, which it is not")
    return answer, moment


def _post(place: SplitResult, body: bytes) -> bytes:
    from schoolgate.engines.tlog.stamp import MAX_ANSWER_BYTES  # noqa: PLC0415 - the same

    kind = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
    line = kind(place.hostname or "", place.port, timeout=TIMEOUT)
    try:
        target = (place.path or "/") + (f"?{place.query}" if place.query else "")
        line.request("POST", target, body, {"Content-Type": "application/timestamp-query"})
        response = line.getresponse()
        if response.status != http.client.OK:
            raise StampProblem(f"{place.hostname} answered with status {response.status}")
        # One more than is read: what is longer is refused, never cut.
        return response.read(MAX_ANSWER_BYTES + 1)
    finally:
        line.close()
