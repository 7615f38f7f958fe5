"""The gate in front of every view."""

import logging
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase

from .actors import Role
from .routes import access_of

# Every decision, a line each (docs/operating.md). By its package's name, which the settings know.
_log: Final = logging.getLogger("schoolgate.access")
REFUSED: Final = frozenset({401, 403, 404})


class DeclaredAccess:
    """Refuse a route that declares nothing, and a role that the route does not name.

    A signed-in person who may not use a route gets 404: what one may not know exists does not show. A visitor
    is asked to sign in, whatever lies behind the address.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on; the check runs once the route is known. What was decided is written down."""
        response = self.get_response(request)
        _note(request, response.status_code)
        return response

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponseBase],
        _args: tuple[Any, ...],
        _kwargs: dict[str, Any],
    ) -> HttpResponse | None:
        """Let the view run only when its declaration names the actor's role."""
        match = request.resolver_match
        access = access_of(view, match.url_name if match else None)
        role: Role = request.actor.role  # type: ignore[attr-defined]
        if access is not None and role in access.roles:
            return None
        if role is Role.PUBLIC:
            return redirect_to_login(request.get_full_path())
        raise Http404


def _note(request: HttpRequest, status: int) -> None:
    """Write down who asked for which route, and whether they were let in; where not, of which record, by its number."""
    match, actor = request.resolver_match, request.actor  # type: ignore[attr-defined]
    access = access_of(match.func, match.url_name) if match else None
    allowed = access is not None and actor.role in access.roles and status not in REFUSED
    facts: dict[str, object] = {
        "answer": "allowed" if allowed else "refused",
        "route": match.view_name if match else None,
        "method": request.method,
        "status": status,
        "role": actor.role.value,
        "user": actor.user_id,
    }
    if match and not allowed:
        facts["of"] = {name: value for name, value in match.kwargs.items() if isinstance(value, UUID | int)}
    _log.log(logging.INFO if allowed else logging.WARNING, "decided", extra={"facts": facts})


class PrivateByDefault:
    """No answer is kept by any cache, the error pages included, unless its view said otherwise."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add the headers that Django does not set by itself."""
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store, private")
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        )
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if response.headers.get("Access-Control-Allow-Origin") == "*":
            # A file of the public log: the same for everybody, so that mirrors and CDNs keep one copy.
            response.headers.pop("Vary", None)
            response.cookies.clear()
        return response
