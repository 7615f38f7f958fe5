"""What stands between a session and the person in it, at every request."""

import secrets
from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from .dangerous import must_confirm
from .sessions import is_strong, note_step

# A browser must not show a page again from memory, unasked and unlogged. Chromium asks the site again, although it
# keeps pages that forbid it, once a cookie that scripts cannot read has changed: so one changes with every page.
TURN_COOKIE: Final = "__Host-turn"


class SignInGate:
    """Let nobody in whose session lacks a second factor where one is needed; ask again before what is dangerous."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Look at the session, pass the request on, and turn the cookie."""
        if request.user.is_authenticated:
            if is_strong(request):
                note_step(request)
            else:
                request.user = AnonymousUser()
        signed_in = request.user.is_authenticated
        response = self.get_response(request)
        if settings.HTTPS and (signed_in or request.user.is_authenticated):
            response.set_cookie(TURN_COOKIE, secrets.token_urlsafe(9), secure=True, httponly=True, samesite="Lax")
        return response

    def process_view(
        self,
        request: HttpRequest,
        _view: Callable[..., HttpResponseBase],
        _args: tuple[Any, ...],
        _kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        """Ask again before a dangerous page."""
        match = request.resolver_match
        return must_confirm(request, match.view_name if match else None)
