"""Pages that take files in: whole networks, public lists, and the names that wait for a person."""

import hashlib
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from schoolgate.apps.access.moment import today
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.ledger.acts import Impossible

from . import words
from .files import read_file
from .forms import ListForm, NetworkForm
from .importing import LISTED, CannotImport, import_network
from .lists import read_list
from .matching import confirm_name, import_public_list, reject_name
from .models import LISTS
from .registry import agencies_for, decided, find_match, names_of, proposals, public_lists, who
from .services import KEEPERS, may_publish

# So many oddities of a list are told; the file's publisher is not the reader.
SHOWN: Final = 5
NAMES: Final = "public lists of agencies, and the registry"


@require_http_methods(["GET", "HEAD", "POST"])
@allow(KEEPERS, relation="the registry of agencies")
def import_file(request: ActorRequest) -> HttpResponse:
    """Take in a network: all of it, or nothing with everything that is wrong."""
    form = NetworkForm(request.POST or None, request.FILES or None, counsel=may_publish(request.actor))
    problems: tuple[str, ...] = ()
    if request.method == "POST" and form.is_valid():
        content = form.cleaned_data["network"].read()
        try:
            taken = read_file(content)
            found = import_network(
                actor=request.actor,
                network=taken.network,
                digest=hashlib.sha256(content).hexdigest(),
                transfers_published=form.cleaned_data.get("published", False),
                office_only=taken.office_only,
            )
        except CannotImport as refused:
            problems = refused.problems
        else:
            agencies = words.counted(found.agencies, "agency", "agencies")
            said = f"New: {agencies}, {words.counted(found.agreements, 'agreement')}. Here before: {found.known}."
            if found.without_document:
                said += f" Without their paper, which is not stored here: {found.without_document}."
            messages.success(request, said)
            return redirect("agencies:map")
    context = {"form": form, "problems": problems[:LISTED], "more": max(0, len(problems) - LISTED)}
    return render(request, "agencies/import.html", context)


@require_safe
@allow(KEEPERS, relation=NAMES)
def names(request: ActorRequest) -> HttpResponse:
    """The names that wait to be confirmed or rejected. Five queries."""
    latest = decided(request.actor)
    people = names_of(one.decided_by for one in latest)
    context: dict[str, Any] = {
        "proposals": proposals(request.actor),
        "decided": [(one, who(one.decided_by, people)) for one in latest],
        "lists": [(one, LISTS.get(one.name, one.name)) for one in public_lists()],
    }
    return render(request, "agencies/names.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(KEEPERS, relation=NAMES)
def import_list(request: ActorRequest) -> HttpResponse:
    """Take in a public list; the matches it brings wait for a person."""
    form = ListForm(request.POST or None, request.FILES or None, lists=LISTS)
    problems: tuple[str, ...] = ()
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        content = data["listed"].read()
        try:
            published = data["published_on"] or today()
            found = read_list(data["name"], content, published, agencies_for(request.actor))
            import_public_list(
                actor=request.actor,
                name=data["name"],
                sha256=hashlib.sha256(content).hexdigest(),
                published_on=published,
                lines=found.lines,
                proposals=found.proposals,
            )
        except CannotImport as refused:
            problems = refused.problems
        except Impossible as problem:
            form.add_error(None, str(problem))
        else:
            read = words.counted(len(found.lines), "agency", "agencies")
            said = f"Read: {read}. May mean one of ours: {words.counted(len(found.proposals), 'name')}."
            messages.success(request, f"{said} {' '.join(found.notes[:SHOWN])}".strip())
            return redirect("agencies:names")
    context = {"form": form, "problems": problems[:LISTED], "more": max(0, len(problems) - LISTED)}
    return render(request, "agencies/import_list.html", context)


@require_POST
@allow(KEEPERS, relation=NAMES)
def confirm(request: ActorRequest, match_id: UUID) -> HttpResponse:
    """Both are one and the same."""
    match = find_match(request.actor, match_id)
    try:
        made = confirm_name(actor=request.actor, match=match)
    except Impossible as problem:
        messages.error(request, str(problem))
    else:
        said = f"{match.agency} is the {match.listed} of the list."
        count = words.counted(len(made), "agreement")
        messages.success(request, f"{said} Entered in the network: {count}." if made else said)
    return redirect("agencies:names")


@require_POST
@allow(KEEPERS, relation=NAMES)
def reject(request: ActorRequest, match_id: UUID) -> HttpResponse:
    """They are two."""
    match = find_match(request.actor, match_id)
    try:
        reject_name(actor=request.actor, match=match)
    except Impossible as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, f"{match.agency} is not the {match.listed} of the list.")
    return redirect("agencies:names")
