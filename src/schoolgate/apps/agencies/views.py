"""The map of agreements, and one agreement."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from schoolgate.apps.access.actors import EVERYONE, Role
from schoolgate.apps.access.moment import today
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.engines import reach

from .agreement_page import LOST_COLUMNS, agreement_page
from .asked import address
from .drawing import svg
from .forms import DayForm
from .map_page import COLUMNS, GRID_COLUMNS, SOON, WATCHED_NAME, Map, years_of
from .registry import find_agreement, history, later_terms, network_for
from .services import KEEPERS, belongs_to_case
from .views_agencies import PUBLIC


@require_safe
@allow(EVERYONE, relation=PUBLIC)
def the_map(request: ActorRequest) -> HttpResponse:
    """The School Committee's page. Two queries."""
    form = DayForm(request.GET or None)
    found = Map(network_for(request.actor), form.day(today()))
    context: dict[str, Any] = {
        "map": found,
        "form": form,
        "day": found.on,
        "today": today(),
        "columns": COLUMNS,
        "grid_columns": GRID_COLUMNS,
        "watched": WATCHED_NAME,
        "csv_url": f"{reverse('agencies:csv')}?on={found.on.isoformat()}",
        "years": years_of(found),
        "soon": SOON.days // 30,
        "office": request.actor.in_office,
        "keeper": request.actor.role in KEEPERS,
    }
    if found.holding:
        context["drawing"] = svg(drawing_of(found))
    return render(request, "agencies/map.html", context)


def drawing_of(found: Map) -> str:
    """The map as Graphviz source: all agreements of the day, the one to end first marked."""
    marked = {found.best[0].agreement.id: "end this first"} if found.best else None
    return reach.drawing_of_network(found.network, on=found.on, href=address, marked=marked)


@require_safe
@allow(EVERYONE, relation=PUBLIC)
def agreement(request: ActorRequest, slug: str) -> HttpResponse:
    """One agreement: what it says, and what hangs on it. Four queries, two more for the office."""
    found = find_agreement(request.actor, slug)
    seen = network_for(request.actor)
    context: dict[str, Any] = {
        "agreement": found,
        "page": agreement_page(found, seen, today()),
        "lost_columns": LOST_COLUMNS,
        "later": later_terms(found, request.actor),
        "keeper": request.actor.role in KEEPERS,
        "office": request.actor.in_office,
        "counsel": request.actor.role is Role.COUNSEL,
    }
    if request.actor.in_office:
        context["of_case"] = belongs_to_case(found)
        context["entered_by"], context["history"] = history(found)
    return render(request, "agencies/agreement.html", context)
