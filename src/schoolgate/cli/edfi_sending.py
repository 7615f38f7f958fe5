"""How the command asks an Ed-Fi API: with limits of time and size, following no redirect."""

from typing import Final

from schoolgate.interop.edfi.rest import Answer, ApiLimits, Request

from .fetching import FetchError, ask

TIMEOUT_SECONDS: Final = 120.0
"""For one page from the first step to the last byte; an API may take long to count a large resource."""


def send(request: Request, *, timeout: float = TIMEOUT_SECONDS) -> Answer:
    """Send a request.

    Raises:
        OSError: There is no whole answer in time.
    """
    if (request.method == "POST") != (request.body is not None) or request.method not in {"GET", "POST"}:
        raise FetchError(f"{request.method} is not how this is asked")
    reply = ask(request.url, request.body, headers=request.headers, timeout=timeout, limit=ApiLimits().page_bytes)
    return Answer(reply.status, reply.headers, reply.body)
