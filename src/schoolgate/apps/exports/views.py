"""Pages about lists."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from schoolgate.apps.access.actors import OFFICE
from schoolgate.apps.access.moment import now
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.ledger.acts import Impossible

from .forms import ProposeForm
from .models import State
from .selectors import find_list, lists_of, may_open_files, open_file, open_words
from .services import confirm_list, prepare, propose_list, reject_list

LISTS = "lists of many children, by their purpose; the files for two weeks after a second person confirmed them"


@require_safe
@allow(OFFICE, relation=LISTS)
def lists(request: ActorRequest) -> HttpResponse:
    """What waits for a second person, and what was made."""
    rows = list(lists_of(request.actor)[:100])
    waiting = [one for one in rows if one.state == State.PROPOSED]
    return render(request, "exports/lists.html", {"waiting": waiting, "settled": [o for o in rows if o not in waiting]})


@require_http_methods(["GET", "HEAD", "POST"])
@allow(OFFICE, relation=LISTS)
def propose(request: ActorRequest) -> HttpResponse:
    """Propose a list."""
    form = ProposeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = propose_list(actor=request.actor, **form.cleaned_data)
        except Impossible as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, "Another person of the office looks at it now. There is no file before that.")
            return redirect("exports:one", export_id=made.pk)
    return render(request, "exports/propose.html", {"form": form})


@require_safe
@allow(OFFICE, relation=LISTS)
def one(request: ActorRequest, export_id: UUID) -> HttpResponse:
    """One list: what it is for, what it would hold, and its files once it is confirmed."""
    export = find_list(request.actor, export_id)
    words = open_words(actor=request.actor, export=export)
    notes, problem = list(export.made.get("notes", ())), ""
    if export.state == State.PROPOSED:
        try:
            notes = list(prepare(export).notes)
        except Impossible as wrong:
            problem = str(wrong)
    context = {
        "export": export,
        "words": words,
        "notes": notes,
        "problem": problem,
        "mine": export.proposed_by_id == request.actor.user_id,
        "files": sorted(export.made.get("files", {}).items())
        if export.files_until and now() < export.files_until
        else [],
        "may_open": may_open_files(request.actor),
        "why": {
            "rule": "34 CFR 99.31(a)(1)(i)(A), 99.35; 603 CMR 23.07(4)(d)",
            "role": request.actor.role_name,
            "relation": "The records office answers for every list",
            "read_at": now(),
        },
    }
    return render(request, "exports/list.html", context)


@require_POST
@allow(OFFICE, relation=LISTS)
def settle(request: ActorRequest, export_id: UUID) -> HttpResponse:
    """Confirm a list as a second person, or turn it down."""
    export = find_list(request.actor, export_id)
    try:
        if request.POST.get("answer") == "confirm":
            confirm_list(actor=request.actor, export=export)
            messages.success(request, "The files are made. They can be opened for two weeks.")
        else:
            reject_list(actor=request.actor, export=export)
            messages.success(request, "The list is not made.")
    except Impossible as problem:
        messages.error(request, str(problem))
    return redirect("exports:one", export_id=export_id)


@require_safe
@allow(OFFICE, relation=LISTS)
def file(request: ActorRequest, export_id: UUID, name: str) -> HttpResponse:
    """One file of a list."""
    text = open_file(actor=request.actor, export=find_list(request.actor, export_id), name=name)
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
