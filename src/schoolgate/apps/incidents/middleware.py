"""What a page says when it would need a report that nobody may open this way."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.defaults import page_not_found

from schoolgate.apps.access.actors import OFFICE, SCHOOL, VISITOR, Actor

from .selectors import KeptShut


class KeptShutPage:
    """Turn `KeptShut` into a page that says so to those who may know, and into a missing page for everybody else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer for a view that met a report which is kept shut."""
        if not isinstance(exception, KeptShut):
            return None
        actor: Actor = getattr(request, "actor", VISITOR)
        if actor.role not in SCHOOL | OFFICE:
            return page_not_found(request, exception)
        return render(request, "incidents/shut.html", {"why_shut": str(exception)}, status=403)
