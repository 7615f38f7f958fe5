"""The registry of agencies, and one agency: what it gives and gets, and whom it leads to."""

from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from schoolgate.apps.access.actors import EVERYONE
from schoolgate.apps.access.moment import today
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.ledger.acts import Impossible

from . import words
from .agency_page import AGREEMENT_COLUMNS, NEXT_COLUMNS, agency_page
from .forms import AgencyForm
from .models import Agency
from .registry import agencies_for, agency_rows, find_agency, matches_of, network_for
from .services import KEEPERS, add_agency, correct_agency

PUBLIC: Final = "agencies and agreements; transfers out of a child's case only for the office"


@require_safe
@allow(EVERYONE, relation=PUBLIC)
def agencies(request: ActorRequest) -> HttpResponse:
    """Every agency of the registry. Two queries."""
    seen = network_for(request.actor)
    rows = agency_rows(seen, today())
    groups: dict[str, list[Any]] = {}
    for row in rows:
        groups.setdefault(words.agency_kind(row.agency.kind), []).append(row)
    context = {"rows": rows, "groups": sorted(groups.items()), "keeper": request.actor.role in KEEPERS}
    return render(request, "agencies/agencies.html", context)


@require_safe
@allow(EVERYONE, relation=PUBLIC)
def agency(request: ActorRequest, slug: str) -> HttpResponse:
    """One agency: its agreements, who could read next from here, and who can reach it. Four queries."""
    found, seen = find_agency(request.actor, slug)
    context = {
        "agency": found,
        "page": agency_page(found, seen, today()),
        "agreement_columns": AGREEMENT_COLUMNS,
        "next_columns": NEXT_COLUMNS,
        "matches": matches_of(found),
        "keeper": request.actor.role in KEEPERS,
    }
    return render(request, "agencies/agency.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(KEEPERS, relation="the registry of agencies")
def add(request: ActorRequest) -> HttpResponse:
    """Enter an agency."""
    form = AgencyForm(request.POST or None, agencies=agencies_for(request.actor), office=request.actor.in_office)
    if request.method == "POST" and form.is_valid():
        entry = form.entry()
        try:
            made = add_agency(actor=request.actor, name=entry.name, kind=entry.kind, entry=entry)
        except Impossible as problem:
            form.add_error(None, str(problem))
        else:
            return _done(request, made, f"{made} is entered.")
    return render(request, "agencies/agency_form.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@allow(KEEPERS, relation=PUBLIC)
def correct(request: ActorRequest, slug: str) -> HttpResponse:
    """Write what an agency really is."""
    found, _ = find_agency(request.actor, slug)
    form = AgencyForm(
        request.POST or None, agencies=agencies_for(request.actor), agency=found, office=request.actor.in_office
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = correct_agency(actor=request.actor, agency=found, entry=form.entry())
        except Impossible as problem:
            form.add_error(None, str(problem))
        else:
            return _done(request, made, f"{made} is corrected.")
    return render(request, "agencies/agency_form.html", {"form": form, "agency": found})


def _done(request: ActorRequest, made: Agency, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect("agencies:agency", slug=made.slug)
