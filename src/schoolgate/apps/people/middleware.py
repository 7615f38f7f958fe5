"""Who acts in a request."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from .selectors import actor_for


class ActorMiddleware:
    """Put the actor on the request, built anew each time so that an ended right ends at once."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Set `request.actor`."""
        request.actor = actor_for(request.user)  # type: ignore[attr-defined]
        return self.get_response(request)
