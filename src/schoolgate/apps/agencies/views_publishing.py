"""Pages on which a transfer that was seen is shown to everybody, or to the office alone again."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from schoolgate.apps.access.actors import OFFICE, Role
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.ledger.acts import Impossible

from .forms import PublishForm, WhyField
from .publishing import publish_transfer, unpublish_transfer
from .registry import find_agreement
from .views_office import SEES


@require_http_methods(["GET", "HEAD", "POST"])
@allow(frozenset({Role.COUNSEL}), relation=SEES)
def publish(request: ActorRequest, slug: str) -> HttpResponse:
    """Counsel confirms that everybody can read of a transfer already."""
    found = find_agreement(request.actor, slug)
    form = PublishForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            publish_transfer(actor=request.actor, agreement=found, source=said["source"], reason=said["reason"])
        except Impossible as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, "Everybody can see it from now on.")
            return redirect("agencies:agreement", slug=found.slug)
    return render(request, "agencies/publish.html", {"form": form, "agreement": found, "publishes": True})


@require_http_methods(["GET", "HEAD", "POST"])
@allow(OFFICE, relation=SEES)
def unpublish(request: ActorRequest, slug: str) -> HttpResponse:
    """Show a transfer to the office alone again."""
    found = find_agreement(request.actor, slug)
    form = WhyField(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            unpublish_transfer(actor=request.actor, agreement=found, reason=form.cleaned_data["reason"])
        except Impossible as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, "Only the office sees it from now on.")
            return redirect("agencies:agreement", slug=found.slug)
    return render(request, "agencies/publish.html", {"form": form, "agreement": found, "publishes": False})
