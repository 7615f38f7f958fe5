"""The page of an order to expunge: who holds copies, and what was told to them. It outlives the report."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from schoolgate.apps.access.actors import OFFICE
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.ledger.acts import Impossible

from .forms import ToldForm
from .holder_services import tell_holder
from .holders import find_order, lines_of
from .models import ToldHow


@require_http_methods(["GET", "HEAD", "POST"])
@allow(OFFICE, relation="orders to expunge; those about memos kept apart only for counsel")
def holders(request: ActorRequest, order_id: UUID) -> HttpResponse:
    """Who holds copies of a report that is to be expunged, or was; write down that one of them was told."""
    found = find_order(request.actor, order_id)
    lines = lines_of(found)
    form = ToldForm(request.POST or None, lines=lines)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        copy, agency = data["holder"]
        try:
            tell_holder(
                actor=request.actor,
                order=found,
                copy=copy,
                agency=agency,
                told_on=data["told_on"],
                how=ToldHow(data["how"]),
            )
        except Impossible as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, "Written down, and entered in the log.")
            return redirect("incidents:holders", order_id=found.pk)
    untold = sum(not one.knows for one in lines)
    context = {"order": found, "lines": lines, "untold": untold, "form": form if untold else None}
    return render(request, "incidents/holders.html", context)
