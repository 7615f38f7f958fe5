"""Who acts in a request, and in which of their roles."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from schoolgate.apps.access.wall import scope_of, within

from .selectors import actor_for
from .signing_in.sessions import this_session

# In the session: the role that somebody with several chose to act in.
CHOSEN_ROLE = "role"


class ActorMiddleware:
    """Put the actor on the request, built anew each time so that an ended right ends at once.

    What the database shows from then on is what this actor may see at all (docs/database-roles.md).
    The role that was chosen is only a wish: it counts while the person holds it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Set `request.actor`."""
        chosen = str(request.session.get(CHOSEN_ROLE, ""))
        session = this_session(request)
        actor = actor_for(request.user, chosen, session=session)
        request.actor = actor  # type: ignore[attr-defined]
        with within(scope_of(actor)):
            return self.get_response(request)
