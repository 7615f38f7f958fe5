"""What a page says of a record whose keys were destroyed: when, and under which rule."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from schoolgate.engines.vault import VaultError

from .schedule import all_schedules
from .selectors import report_behind, what_became


class DestroyedRecords:
    """Answer 410 where a view found a record for the actor and could not open it, because it was destroyed.

    The view has looked for the record through `visible_to` before it opened anything, so the answer tells of the
    destruction only whoever may know of the record. What does not open for another reason stays an error.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        """Tell of the destruction, if that is why."""
        match = request.resolver_match
        if not isinstance(problem, VaultError) or match is None:
            return None
        report = report_behind(match.kwargs)
        item = what_became(report) if report else None
        if item is None or item.report is None:
            return None
        context = {"item": item, "report": item.report, "series": all_schedules().get(item.proposal.series)}
        return render(request, "retention/destroyed.html", context, status=HTTPStatus.GONE)
