"""Which pages ask once more who it is, besides those that ask always."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from .sessions import FRESH_TO_ACT, FRESH_TO_OPEN, confirmed_within

# Where a record leaves or is opened in an emergency, where what may leave or who may see is widened, where an
# administrator gets the power, where a sign-in is opened, where what was written is undone or destroyed, and where an
# order is entered or carried out: by the names of routes.
DANGEROUS: Final = frozenset(
    {
        "exports:file",
        "exports:settle",
        "incidents:break-glass",
        "incidents:carry_out",
        "incidents:open_once",
        "incidents:order",
        "people:guardian-sign-in",
        "people:open-sign-in",
        "people:power-on",
        "people:student-sign-in",
        "releases:make",
        "releases:offer",
        "releases:address",
        "releases:settle-address",
        "requests:propose",
        "requests:second",
        "retention:lift",
        "retention:propose",
        "retention:sign",
        "spreadsheets:import",
        "transparency:statement",
        "transparency:destroy",
    }
)


def must_confirm(request: HttpRequest, route: str | None) -> HttpResponseBase | None:
    """Where to send somebody who opens a dangerous page; None when they may go on."""
    if not settings.SECOND_FACTOR or route not in DANGEROUS or not request.user.is_authenticated:
        return None
    return ask_again(request)


def fresh(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Make a view ask once more, in the demonstration too."""

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # noqa: ANN401 - a view's own
        return ask_again(request) or view(request, *args, **kwargs)

    return asked


def ask_again(request: HttpRequest) -> HttpResponseBase | None:
    """Lead to the page that asks, unless somebody has confirmed lately.

    What was posted is not kept meanwhile, for it may be words about a child: a form may be sent longer than its page
    may be opened, so that it seldom happens.
    """
    reading = request.method in {"GET", "HEAD"}
    if confirmed_within(request, FRESH_TO_OPEN if reading else FRESH_TO_ACT):
        return None
    if not reading:
        messages.warning(request, "Nothing was done yet: confirm that it is you, then do it again.")
    back = request.get_full_path() if reading else _came_from(request)
    return HttpResponseRedirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': back})}")


def _came_from(request: HttpRequest) -> str:
    """The page of ours that a form stood on, where the browser says so."""
    page = urlsplit(request.headers.get("Referer", ""))
    return page.path if page.netloc == request.get_host() and page.path else reverse("home")
