"""What is the same within one request is read once: the district's own row, asked for by every part of a page.

Nothing about rights is kept so. Outside a request, in commands and in the worker, everything is read anew each time.
"""

from collections.abc import Callable, Hashable
from contextvars import ContextVar
from functools import wraps

from django.http import HttpRequest, HttpResponse

_kept: ContextVar[dict[object, object] | None] = ContextVar("read_once", default=None)


def once_a_request[R](read: Callable[[], R]) -> Callable[[], R]:
    """Keep what a function without arguments returns until the request ends."""

    @wraps(read)
    def kept() -> R:
        found = _kept.get()
        if found is None:
            return read()
        if read not in found:
            found[read] = read()
        return found[read]  # type: ignore[return-value]  # what this very function returned

    return kept


def note(key: Hashable, row: object) -> None:
    """Keep a row that came along with another until the request ends."""
    found = _kept.get()
    if found is not None:
        found[key] = row


def noted(key: Hashable) -> object:
    """What was kept under a key in this request; None outside one, or where nothing was."""
    return (_kept.get() or {}).get(key)


class ReadOnce:
    """Begin anew with each request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        token = _kept.set({})
        try:
            return self.get_response(request)
        finally:
            _kept.reset(token)
