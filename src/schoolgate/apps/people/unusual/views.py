"""Pages about unusual reading: the office's list, a notice, and more records for somebody today."""

from collections.abc import Callable
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from schoolgate.apps.access.actors import OFFICE
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.ledger.acts import Impossible

from .budget import BudgetSpent
from .selectors import find_notice, find_spent, notices, spent, waiting
from .services import MOST_MORE, allow_more, look_at

READINGS = "who read how much; numbers without a record, and nothing about oneself"
PAGE = ["GET", "HEAD", "POST"]


class FoundForm(forms.Form):
    """What was found behind a notice."""

    found = forms.CharField(
        label="What you found",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Why this person read so much, whom you asked, and what follows. This stays sealed",
    )


class MoreForm(forms.Form):
    """How many records more, and why."""

    more = forms.IntegerField(label="How many records more, today", min_value=1, max_value=MOST_MORE, initial=50)
    why = forms.CharField(
        label="Why", max_length=500, widget=forms.Textarea(attrs={"rows": 2}), help_text="This stays sealed"
    )


@require_safe
@allow(OFFICE, relation=READINGS)
def unusual(request: ActorRequest) -> HttpResponse:
    """Who read far more than their peers, and whose budget is spent today."""
    context = {
        "waiting": waiting(request.actor),
        "notices": notices(request.actor),
        "spent": spent(request.actor),
        "budget": settings.READING_BUDGET,
    }
    return render(request, "people/unusual.html", context)


@require_http_methods(PAGE)
@allow(OFFICE, relation=READINGS)
def looked(request: ActorRequest, notice_id: UUID) -> HttpResponse:
    """Look at one notice, and write down what was found."""
    notice = find_notice(request.actor, notice_id)
    form = FoundForm(request.POST or None)
    context = {"notice": notice, "form": form}
    return _form(
        request,
        form,
        lambda: look_at(actor=request.actor, notice=notice, found=form.cleaned_data["found"]),
        ("people/looked.html", context, "Written down. It is told to nobody outside the office."),
    )


@require_http_methods(PAGE)
@allow(OFFICE, relation=READINGS)
def more(request: ActorRequest, person_id: UUID) -> HttpResponse:
    """Let somebody whose budget is spent open more records today."""
    found = find_spent(request.actor, person_id)
    form = MoreForm(request.POST or None)

    def run() -> None:
        data = form.cleaned_data
        allow_more(actor=request.actor, person=found.person, more=data["more"], why=data["why"])

    context = {"one": found, "form": form, "budget": settings.READING_BUDGET}
    return _form(request, form, run, ("people/more.html", context, "They may read on, today alone."))


def _form(
    request: ActorRequest, form: forms.Form, run: Callable[[], object], page: tuple[str, dict[str, object], str]
) -> HttpResponse:
    template, context, done = page
    if request.method == "POST" and form.is_valid():
        try:
            run()
        except Impossible as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, done)
            return redirect("people:unusual")
    return render(request, template, context)


class BudgetPage:
    """Turn a reading over the day's budget into a page that says so and whom to ask."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer for a view that was refused a reading."""
        if not isinstance(exception, BudgetSpent):
            return None
        return render(request, "people/budget.html", {"budget": settings.READING_BUDGET}, status=403)
