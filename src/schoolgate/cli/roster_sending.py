"""How the command asks a OneRoster server: with limits of time and size, following no redirect."""

from typing import Final

from schoolgate.interop.oneroster import Request, Response

from .fetching import ask

TIMEOUT_SECONDS: Final = 120.0
LARGEST_PAGE: Final = 64 * 1024 * 1024


def send(request: Request, *, timeout: float = TIMEOUT_SECONDS) -> Response:
    """Send a request.

    Raises:
        OSError: There is no whole answer in time.
    """
    reply = ask(request.url, request.body, headers=request.headers, timeout=timeout, limit=LARGEST_PAGE)
    return Response(reply.status, reply.headers, reply.body)
