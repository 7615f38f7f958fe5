"""Pages about the log for those who answer for it: the auditor's statement, counsel's destruction of an opening."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from schoolgate.apps.access.actors import Role
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.ledger.acts import Impossible

from .forms import DestroyForm, StatementForm
from .selectors import opening_about
from .services import AUTHORITIES, REASONS, destroy_opening, publish_statement, why_it_stays


@require_http_methods(["GET", "HEAD", "POST"])
@allow({Role.AUDITOR}, relation="the auditor's own signed statement")
def statement(request: ActorRequest) -> HttpResponse:
    """Put a signed statement on the public page."""
    form = StatementForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            publish_statement(actor=request.actor, note=form.note(), key=form.cleaned_data["key"])
        except Impossible as problem:
            form.add_error("statement", str(problem))
        else:
            messages.success(request, "The statement is on the public page, and stays there.")
            return redirect("transparency:figures")
    return render(request, "transparency/statement.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@allow({Role.COUNSEL}, relation="one entry's opening, by its number, without names or narratives")
def destroy(request: ActorRequest) -> HttpResponse:
    """Destroy one opening: first what would be lost is shown, then it is."""
    form = DestroyForm(request.POST or None)
    context = {"form": form}
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        about = opening_about(request.actor, asked["entry"])
        if about is None:
            form.add_error("entry", "There is no opening of this number: it was destroyed, or never was.")
        elif why := why_it_stays(about):
            form.add_error("entry", why)
        elif "sure" not in request.POST:
            words = {"authority": AUTHORITIES[asked["authority"]], "reason": REASONS[asked["reason"]]}
            words["kind"] = about.kind.replace("_", " ")
            return render(request, "transparency/destroy_sure.html", {"form": form, "about": about, **words})
        else:
            try:
                destroy_opening(actor=request.actor, **asked)
            except Impossible as problem:
                form.add_error("entry", str(problem))
            else:
                messages.success(request, "The opening is destroyed. Nobody can show any more what its leaf said.")
                return redirect("transparency:destroy")
    return render(request, "transparency/destroy.html", context)
