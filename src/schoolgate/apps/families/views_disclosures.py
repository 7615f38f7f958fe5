"""The accounting of disclosures of one child: its page, its files, and how the office finds it."""

from collections.abc import Callable
from types import MappingProxyType
from typing import Final
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from schoolgate.apps.access.actors import FAMILY, OFFICE
from schoolgate.apps.access.moment import now
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.interop.disclosures import Accounting, to_csv, to_dpv, to_json

from .disclosures import child_with_number, children_of, find_child, open_accounting

READERS: Final = FAMILY | OFFICE
CHILD: Final = "one's own child's record of disclosures, or oneself; the office any child's"
# By the ending of the file: how it is made, and its media type.
FORMS: Final = MappingProxyType[str, tuple[Callable[[Accounting], str], str]](
    {
        "csv": (to_csv, "text/csv; charset=utf-8"),
        "json": (to_json, "application/json"),
        "jsonld": (to_dpv, "application/ld+json"),
    }
)


class NumberForm(forms.Form):
    """Whose accounting."""

    number = forms.CharField(
        label="The student's number",
        max_length=40,
        help_text="As the student information system has it. It is written into no address and no log",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@allow(OFFICE, relation="finds a student by number")
def whose(request: ActorRequest) -> HttpResponse:
    """Find the child whose accounting is asked for."""
    form = NumberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        child = child_with_number(request.actor, form.cleaned_data["number"])
        if child is not None:
            return redirect("families:disclosures", student_id=child.pk)
        form.add_error("number", "No student has this number. Check it in the student information system.")
    return render(request, "families/whose.html", {"form": form})


@require_safe
@allow(FAMILY, relation="which children one has a record of disclosures of")
def own(request: ActorRequest) -> HttpResponse:
    """Lead a family to its accounting; one with several children chooses."""
    children = children_of(request.actor)
    if len(children) == 1:
        return redirect("families:disclosures", student_id=children[0][0])
    return render(request, "families/own_disclosures.html", {"children": children})


@require_safe
@allow(READERS, relation=CHILD)
def disclosures(request: ActorRequest, student_id: UUID) -> HttpResponse:
    """Who asked for this child's record, who got what of it, and who passed it on."""
    child = find_child(request.actor, student_id)
    opened = open_accounting(actor=request.actor, child=child, form="page")
    office = request.actor.in_office
    context = {
        "child": opened.child,
        "student_id": child.pk,
        "accounting": opened.accounting,
        "lines": list(reversed(opened.accounting.lines)),
        "secret": opened.secret if office else 0,
        "of_others": opened.of_others if office else 0,
        "untold": opened.untold if office else 0,
        "office": office,
        "why": {
            "rule": "34 CFR 99.32(c); 603 CMR 23.07(1)",
            "role": request.actor.role_name,
            "relation": "The records office keeps the record of disclosures"
            if office
            else "It is your family's record",
            "read_at": now(),
        },
    }
    return render(request, "families/disclosures.html", context)


@require_safe
@allow(READERS, relation=CHILD)
def disclosures_file(request: ActorRequest, student_id: UUID, form: str) -> HttpResponse:
    """The same as a file, whose name says nothing of the child."""
    child = find_child(request.actor, student_id)
    if form not in FORMS:
        raise Http404
    make, media_type = FORMS[form]
    opened = open_accounting(actor=request.actor, child=child, form=form)
    response = HttpResponse(make(opened.accounting), content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="disclosures.{form}"'
    return response
