"""Pages about reports: the list, one report, and the four steps of filing."""

from dataclasses import replace
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from schoolgate.apps.access.actors import OFFICE, SCHOOL, Actor
from schoolgate.apps.access.moment import now as reading_moment
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.ledger.readings import log_reading
from schoolgate.apps.people.directory import Name
from schoolgate.apps.people.selectors import school_of, staff_to_choose, students_to_choose

from .body import Body, Claim, Person
from .choosing import people_of
from .document import staff_view
from .forms import ClaimForm, NarrativeForm, PersonForm, WhenForm
from .models import INCIDENT_KINDS, PARTICIPANT_ROLES, PLACES, Draft
from .protected import remarks
from .selectors import drafts_of, find_draft, find_report, open_report, reports_of
from .services import file_report, open_draft, save_draft, what_is_missing

STEPS = (("when", "What and when"), ("who", "Who"), ("what", "What happened"), ("check", "Check and sign"))
FORM_METHODS = require_http_methods(["GET", "HEAD", "POST"])
PAGE = 50


@require_safe
@allow(SCHOOL | OFFICE, relation="reports one filed or responded in, or of one's school; the office sees all")
def reports(request: ActorRequest) -> HttpResponse:
    """The reports one may see, newest first, without names. Two queries a page."""
    page = Paginator(reports_of(request.actor), PAGE).get_page(request.GET.get("page"))
    return render(request, "incidents/reports.html", {"page": page})


@require_safe
@allow(SCHOOL | OFFICE, relation="reports one filed or responded in, or of one's school; the office sees all")
def report(request: ActorRequest, report_id: UUID) -> HttpResponse:
    """One report, whole, for those who work with it. The reading is written down first."""
    found = find_report(request.actor, report_id)
    opened = open_report(actor=request.actor, report=found, part="whole")
    return render(
        request,
        "incidents/report.html",
        {
            "report": found,
            "view": staff_view(opened),
            "why": {
                "rule": "34 CFR 99.31(a)(1)(i)(A): school officials with a legitimate educational interest",
                "role": request.actor.role_name,
                "relation": "Your work at this school, or in the records office",
                "read_at": reading_moment(),
            },
        },
    )


@FORM_METHODS
@allow(SCHOOL, relation="one's own drafts")
def file(request: ActorRequest) -> HttpResponse:
    """Begin a report, or go on with a draft."""
    if request.method == "POST":
        draft = save_draft(actor=request.actor, body=Body())
        return redirect("incidents:when", draft_id=draft.pk)
    return render(request, "incidents/file.html", {"drafts": drafts_of(request.actor)})


@FORM_METHODS
@allow(SCHOOL, relation="one's own drafts")
def when(request: ActorRequest, draft_id: UUID) -> HttpResponse:
    """Step 1: what and when."""
    draft, body = _draft(request.actor, draft_id)
    initial = {name: getattr(body, name) for name in ("occurred_on", "place", "kind", "report_kind")}
    form = WhenForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        changed = replace(
            body,
            occurred_on=data["occurred_on"].isoformat(),
            place=data["place"],
            kind=data["kind"],
            report_kind=data["report_kind"],
        )
        save_draft(actor=request.actor, body=changed, draft=draft)
        return redirect("incidents:who", draft_id=draft.pk)
    return render(request, "incidents/when.html", _page(draft, "when", form=form))


@FORM_METHODS
@allow(SCHOOL, relation="one's own drafts; the directory of one's school")
def who(request: ActorRequest, draft_id: UUID) -> HttpResponse:
    """Step 2: who. Each person gets a token; removing one keeps the others' tokens."""
    draft, body = _draft(request.actor, draft_id)
    school = school_of(request.actor)
    if request.method == "POST" and (token := request.POST.get("remove")):
        left = tuple(person for person in body.people if person.token != token)
        save_draft(actor=request.actor, body=replace(body, people=left), draft=draft)
        return redirect("incidents:who", draft_id=draft.pk)
    log_reading(actor=request.actor, subject=f"directory:{school.pk}", part="names")
    form = PersonForm(
        request.POST or None,
        students=[(str(one.pk), name.full) for one, name in students_to_choose(school)],
        staff=[(str(one.pk), name.full) for one, name in staff_to_choose(school)],
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        chosen = {person.student or person.staff for person in body.people} - {None}
        picked = data["student"] or data["staff"]
        if picked and UUID(picked) in chosen:
            form.add_error(None, "This person is in the list already.")
        else:
            person = _new_person(body, data)
            save_draft(actor=request.actor, body=replace(body, people=(*body.people, person)), draft=draft)
            return redirect("incidents:who", draft_id=draft.pk)
    return render(request, "incidents/who.html", _page(draft, "who", form=form, people=_listed(body)))


@FORM_METHODS
@allow(SCHOOL, relation="one's own drafts")
def what(request: ActorRequest, draft_id: UUID) -> HttpResponse:
    """Step 3: what happened, with a quiet line under each protected attribute."""
    draft, body = _draft(request.actor, draft_id)
    people = [(f"{person.token}", f"@{person.token} {name}") for person, name, _ in _listed(body)]
    doing = request.POST.get("do", "")
    if request.method == "POST" and doing.startswith("drop-"):
        claims = tuple(claim for number, claim in enumerate(body.claims) if f"drop-{number}" != doing)
        save_draft(actor=request.actor, body=replace(body, claims=claims), draft=draft)
        return redirect("incidents:what", draft_id=draft.pk)
    adding = doing == "claim"
    initial = {name: getattr(body, name) for name in ("narrative", "weapon", "injury", "response")}
    form = NarrativeForm(request.POST if request.method == "POST" else None, initial=initial)
    claim_form = ClaimForm(request.POST if adding else None, people=people, prefix="claim")
    if request.method == "POST" and form.is_valid() and (not adding or claim_form.is_valid()):
        reasons = {
            name.removeprefix("germane-"): str(value).strip()
            for name, value in request.POST.items()
            if name.startswith("germane-") and str(value).strip()
        }
        changed = replace(body, **form.cleaned_data, germane={**body.germane, **reasons})
        if adding:
            changed = replace(changed, claims=(*changed.claims, Claim(**claim_form.cleaned_data)))
        save_draft(actor=request.actor, body=changed, draft=draft)
        names = _names(changed)
        open_lines = [one for one in remarks(changed, names) if one.never or not changed.germane.get(one.element)]
        if adding or open_lines:
            return redirect("incidents:what", draft_id=draft.pk)
        return redirect("incidents:check", draft_id=draft.pk)
    lines = [(one, body.germane.get(one.element, "")) for one in remarks(body, _names(body))]
    law_url = reverse("requests:provisions") + "#us-ma-37l-protected-kinds"
    return render(
        request,
        "incidents/what.html",
        _page(
            draft,
            "what",
            form=form,
            claim_form=claim_form,
            people=_listed(body),
            body=body,
            lines=lines,
            law_url=law_url,
        ),
    )


@FORM_METHODS
@allow(SCHOOL, relation="one's own drafts")
def check(request: ActorRequest, draft_id: UUID) -> HttpResponse:
    """Step 4: read it once more, and sign."""
    draft, body = _draft(request.actor, draft_id)
    missing = what_is_missing(body, names=_names(body))
    if request.method == "POST" and not missing:
        try:
            filed = file_report(actor=request.actor, body=body, draft=draft)
        except Impossible as problem:
            messages.error(request, str(problem))
        else:
            messages.success(request, f"Report {filed.number} is filed and signed.")
            return redirect("incidents:report", report_id=filed.pk)
    return render(
        request,
        "incidents/check.html",
        _page(
            draft,
            "check",
            body=body,
            people=_listed(body),
            missing=missing,
            place=PLACES.get(body.place, ""),
            kind=INCIDENT_KINDS.get(body.kind, ""),
        ),
    )


def _draft(actor: Actor, draft_id: UUID) -> tuple[Draft, Body]:
    draft = find_draft(actor, draft_id)
    return draft, open_draft(draft)


def _page(draft: Draft, step: str, **more: object) -> dict[str, object]:
    order = [name for name, _ in STEPS]
    here = order.index(step)
    steps = [
        {
            "title": title,
            "state": "current" if name == step else "complete" if order.index(name) < here else "todo",
            "url": "" if name == step else reverse(f"incidents:{name}", args=[draft.pk]),
        }
        for name, title in STEPS
    ]
    return {"draft": draft, "steps": steps, **more}


def _opened_names(body: Body) -> dict[str, Name]:
    return people_of(body, school=None).names


def _names(body: Body) -> dict[str, tuple[str, ...]]:
    return {token: name.all for token, name in _opened_names(body).items()}


def _listed(body: Body) -> list[tuple[Person, str, str]]:
    names = _opened_names(body)
    return [(one, names[one.token].full, PARTICIPANT_ROLES.get(one.role, "")) for one in body.people]


def _new_person(body: Body, data: dict[str, str]) -> Person:
    letter = "P" if data["student"] else "S" if data["staff"] else "O"
    taken = [int(person.token[1:]) for person in body.people if person.token.startswith(letter)]
    return Person(
        token=f"{letter}{max(taken, default=0) + 1}",
        role=data["role"],
        student=UUID(data["student"]) if data["student"] else None,
        staff=UUID(data["staff"]) if data["staff"] else None,
        outsider_name=data["outsider_name"],
    )
