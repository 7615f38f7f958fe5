"""Pages of break-glass: open one student's or one incident's reports in an emergency, read them, end it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from schoolgate.apps.access.actors import SCHOOL
from schoolgate.apps.access.moment import now
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.ledger.readings import log_reading
from schoolgate.apps.people.glass.forms import STUDENT, GlassForm
from schoolgate.apps.people.glass.selectors import own_unended, part_read
from schoolgate.apps.people.glass.services import Over, break_glass, end_glass
from schoolgate.apps.people.notices.sending import send_notices
from schoolgate.apps.people.standing import end_what_is_over

from .document import staff_view
from .glass import open_behind, over_incident, over_student, reports_behind

BEHIND = "the reports of one student or one incident, for an hour, behind a glass that one broke"
NOTHING = "Nothing can be opened in an emergency by this number. Compare it letter for letter, or call the office."


@require_safe
@allow(SCHOOL, relation=BEHIND)
def emergency(request: ActorRequest) -> HttpResponse:
    """What is open in an emergency; when nothing is, the way to open something."""
    glass = request.actor.glass
    if glass is None:
        return redirect("incidents:break-glass")
    log_reading(actor=request.actor, subject=f"glass:{glass.id}", part=part_read(glass, "which reports"))
    reports = list(reports_behind(request.actor))
    return render(request, "incidents/emergency_open.html", {"reports": reports, "glass": glass})


@require_http_methods(["GET", "HEAD", "POST"])
@allow(SCHOOL, relation=BEHIND)
def break_one(request: ActorRequest) -> HttpResponse:
    """Open one student's or one incident's reports. That a number was looked for is written down first."""
    form = GlassForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        log_reading(actor=request.actor, subject="search:student", part="in an emergency")
        number = form.cleaned_data["number"]
        over = (over_student if form.cleaned_data["what"] == STUDENT else over_incident)(number)
        if over is None:
            form.add_error("number", NOTHING)
        elif _broken(request, form, over):
            return redirect("incidents:emergency")
    # One that was opened in another of one's roles opens nothing here, and stands in the way of the next.
    return render(request, "incidents/emergency.html", {"form": form, "unended": own_unended(request.actor)})


def _broken(request: ActorRequest, form: GlassForm, over: Over) -> bool:
    """Whether it was opened; if not, the form says why."""
    end_what_is_over(request.actor.person)
    try:
        break_glass(actor=request.actor, over=over, why=form.emergency())
    except Impossible as problem:
        form.add_error(None, str(problem))
        return False
    send_notices()
    return True


@require_safe
@allow(SCHOOL, relation=BEHIND)
def emergency_report(request: ActorRequest, report_id: UUID) -> HttpResponse:
    """One report behind the glass, to be read and nothing else."""
    opened, glass = open_behind(request.actor, report_id)
    return render(
        request,
        "incidents/emergency_report.html",
        {
            "report": opened.report,
            "opened": opened,
            "view": staff_view(opened),
            "glass": glass,
            "why": {
                "rule": "34 CFR 99.36: an articulable and significant threat to somebody's health or safety",
                "role": request.actor.role_name,
                "relation": f"None. You opened it in an emergency ({glass.number}), and somebody else looks at that",
                "read_at": now(),
            },
        },
    )


@require_POST
@allow(SCHOOL, relation=BEHIND)
def end_emergency(request: ActorRequest) -> HttpResponse:
    """End it now."""
    found = own_unended(request.actor)
    if found is not None:
        try:
            end_glass(actor=request.actor, glass=found)
        except Impossible as problem:
            messages.info(request, str(problem))
        else:
            messages.success(request, "It has ended: the reports are shut again. Somebody else looks at it now.")
            return redirect("people:glass", glass_id=found.pk)
    return redirect("incidents:emergency")
