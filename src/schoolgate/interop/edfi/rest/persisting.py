"""Asking again: after a pause that the API names, or one that doubles."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from schoolgate.interop.edfi.rest.wire import AgainError, Answer, ApiLimits, refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
_RUN_AGAIN = "Run again later: reading goes on at this page."


def persist[T](once: Callable[[], T], *, what: str, limits: ApiLimits, wait: Callable[[float], None]) -> T:
    """Do something until it works, `limits.attempts` times at most.

    Args:
        once: One attempt; raises `AgainError` when another may work.
        what: The resource and page, for the error.
        limits: How often, and how long a wait is borne.
        wait: Waits for seconds.

    Raises:
        ApiError: When no attempt worked, or the API asks for a longer wait.
    """
    for number in range(1, limits.attempts + 1):
        try:
            return once()
        except AgainError as problem:
            failed = problem
        pause = min(_FIRST_PAUSE * 2 ** (number - 1), _LONGEST_PAUSE) if failed.after is None else failed.after
        if pause > limits.longest_wait:
            expected = f"to be asked to wait at most {limits.longest_wait:g} seconds, not {pause:g}"
            raise refusal(what, "Retry-After", expected, _RUN_AGAIN, status=failed.status)
        if number < limits.attempts:
            wait(pause)
    raise refusal(
        what, "answer", f"{failed.expected}, at one of {limits.attempts} attempts", failed.remedy, status=failed.status
    )


def heard(answer: Answer) -> Answer:
    """An answer that is no plea to come again.

    Raises:
        AgainError: The API is busy or broken (429, 408 and the 5xx).
    """
    status = answer.status
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        raise AgainError("to be served", _RUN_AGAIN, _retry_after(answer), status)
    if status == HTTPStatus.REQUEST_TIMEOUT or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise AgainError(f"to be served, not the status {status}", _RUN_AGAIN, None, status)
    return answer


def _retry_after(answer: Answer) -> float | None:
    """Seconds, of either form that RFC 9110 section 10.2.3 allows; a date counts from the answer's own."""
    stated = answer.header("Retry-After")
    if stated.isascii() and stated.isdecimal():
        return float(stated[:9])
    until, now = _moment(stated), _moment(answer.header("Date"))
    return max(0.0, (until - now).total_seconds()) if until and now else None


def _moment(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
