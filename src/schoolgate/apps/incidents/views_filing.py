"""Pages by which a report is written: four steps, each saved, and the signature at the end."""

from dataclasses import replace
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from schoolgate.apps.access.actors import SCHOOL, Actor
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.ledger.readings import log_reading
from schoolgate.apps.people.directory import Name
from schoolgate.apps.people.selectors import staff_to_choose, students_to_choose
from schoolgate.web.dates import moment_text

from .body import Body, Claim, Person
from .checking import what_is_missing
from .choosing import people_of
from .drafting import taken_as_it_stands
from .forms import AccountsForm, ClaimForm, MoreForm, NarrativeForm, PersonForm, SignForm, WhenForm
from .models import INCIDENT_KINDS, PARTICIPANT_ROLES, PLACES, Draft
from .protected import remarks
from .selectors import drafts_of, find_draft
from .services import correct_report, file_report, open_draft, save_draft, taken_tokens
from .vocabulary import BEHAVIORS, INJURIES, REPORT_KINDS, RESTORATIVE, WEAPONS

STEPS = (("when", "What and when"), ("who", "Who"), ("what", "What happened"), ("check", "Check and sign"))
SAVED_STEPS = frozenset({"when", "what", "check"})
FORM_METHODS = require_http_methods(["GET", "HEAD", "POST"])


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
    initial = {name: getattr(body, name) for name in ("occurred_on", "occurred_at", "place", "kind", "report_kind")}
    form = WhenForm(request.POST or None, initial=initial)
    if request.method == "POST":
        # Saved even where something is missing: the step says so, and nothing that was typed is lost.
        save_draft(actor=request.actor, body=taken_as_it_stands(body, "when", request.POST), draft=draft)
        if form.is_valid():
            return redirect("incidents:who", draft_id=draft.pk)
    return render(request, "incidents/when.html", _page(draft, "when", form=form))


@FORM_METHODS
@allow(SCHOOL, relation="one's own drafts; the directory of one's school")
def who(request: ActorRequest, draft_id: UUID) -> HttpResponse:
    """Step 2: who. Each person gets a token; removing one keeps the others' tokens."""
    draft, body = _draft(request.actor, draft_id)
    school = draft.school
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
            person = _new_person(body, data, taken_tokens(draft))
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
    adding, posted = doing == "claim", request.POST if request.method == "POST" else None
    form = NarrativeForm(posted, initial={name: getattr(body, name) for name in ("narrative", "response")})
    more = MoreForm(posted, initial={name: getattr(body, name) for name in MoreForm.base_fields})
    said = AccountsForm(
        posted, people=people, initial={f"account-{token}": text for token, text in body.accounts.items()}
    )
    claim_form = ClaimForm(request.POST if adding else None, people=people, prefix="claim")
    if posted is not None:
        changed = taken_as_it_stands(body, "what", posted)
        # Each is asked, so that each shows what is wrong with it.
        wrong = [one for one in (form, more, said, *([claim_form] if adding else [])) if not one.is_valid()]
        whole = not wrong
        if whole and adding:
            changed = replace(changed, claims=(*changed.claims, _claim(claim_form)))
        save_draft(actor=request.actor, body=changed, draft=draft)
        body = changed
        if whole:
            names = _names(changed)
            open_lines = [one for one in remarks(changed, names) if one.never or not changed.germane.get(one.element)]
            return redirect("incidents:what" if adding or open_lines else "incidents:check", draft_id=draft.pk)
    lines = [(one, body.germane.get(one.element, "")) for one in remarks(body, _names(body))]
    law_url = reverse("requests:provisions") + "#us-ma-37l-protected-kinds"
    return render(
        request,
        "incidents/what.html",
        _page(
            draft,
            "what",
            form=form,
            more=more,
            said=said,
            # Folded away until something in them is used.
            more_used=any(getattr(body, name) for name in MoreForm.base_fields) or more.errors,
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
    correcting = draft.corrects_id is not None
    sign = SignForm(request.POST or None, initial={"correction": body.correction})
    if request.method == "POST" and correcting:
        body = taken_as_it_stands(body, "check", request.POST)
        save_draft(actor=request.actor, body=body, draft=draft)
    # The reason for a correction is asked on this very page.
    missing = what_is_missing(replace(body, correction=body.correction or "-"), names=_names(body))
    if request.method == "POST" and not missing and (not correcting or sign.is_valid()):
        try:
            filed = (
                correct_report(actor=request.actor, draft=draft, body=body)
                if correcting
                else file_report(actor=request.actor, body=body, draft=draft)
            )
        except Impossible as problem:
            messages.error(request, str(problem))
        else:
            done = "is corrected: a new version stands beside the earlier ones" if correcting else "is filed and signed"
            messages.success(request, f"Report {filed.number} {done}.")
            if {one.student for one in body.people} & request.actor.kept_from:
                messages.info(request, "A child of yours is in it: a colleague goes on with it.")
                return redirect("incidents:reports")
            return redirect("incidents:report", report_id=filed.pk)
    return render(
        request,
        "incidents/check.html",
        _page(
            draft,
            "check",
            body=body,
            sign=sign if correcting else None,
            people=_listed(body),
            missing=missing,
            facts=_facts(body),
            accounts=[(f"@{token}", text) for token, text in sorted(body.accounts.items())],
        ),
    )


@require_POST
@allow(SCHOOL, relation="one's own drafts")
def save(request: ActorRequest, draft_id: UUID, step: str) -> HttpResponse:
    """Save a step as it stands, finished or not: what the page's script asks for while one writes."""
    if step not in SAVED_STEPS:
        raise Http404
    draft, body = _draft(request.actor, draft_id)
    save_draft(actor=request.actor, body=taken_as_it_stands(body, step, request.POST), draft=draft)
    return JsonResponse({"saved": moment_text(draft.saved_at)})


def _facts(body: Body) -> list[tuple[str, str]]:
    """The fields of a draft by their labels, what is empty left out."""
    rows = [
        ("Kind of report", REPORT_KINDS.get(body.report_kind, "")),
        ("Incident", INCIDENT_KINDS.get(body.kind, "")),
        ("Day", body.occurred_on),
        ("Time of day", body.occurred_at),
        ("Place", PLACES.get(body.place, "")),
        ("What was done", ", ".join(BEHAVIORS[code] for code in body.behaviors)),
        ("Weapon", body.weapon),
        ("Kind of weapon", WEAPONS.get(body.weapon_kind, "")),
        ("Injury", body.injury),
        ("How badly", INJURIES.get(body.injury_level, "")),
        ("What the school did", body.response),
        ("To mend it", ", ".join(RESTORATIVE[code] for code in body.restorative)),
    ]
    return [(label, value) for label, value in rows if value]


def _claim(form: ClaimForm) -> Claim:
    data = dict(form.cleaned_data)
    day = data.pop("review_on")
    return Claim(**data, review_on=day.isoformat() if day else "")


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
    save_url = reverse("incidents:save", args=[draft.pk, step]) if step in SAVED_STEPS else ""
    return {"draft": draft, "steps": steps, "save_url": save_url, **more}


def _opened_names(body: Body) -> dict[str, Name]:
    return people_of(body, school=None).names


def _names(body: Body) -> dict[str, tuple[str, ...]]:
    return {token: name.all for token, name in _opened_names(body).items()}


def _listed(body: Body) -> list[tuple[Person, str, str]]:
    names = _opened_names(body)
    return [(one, names[one.token].full, PARTICIPANT_ROLES.get(one.role, "")) for one in body.people]


def _new_person(body: Body, data: dict[str, str], given: frozenset[str]) -> Person:
    """The person with the next token: never one that stood for somebody else in an earlier version."""
    letter = "P" if data["student"] else "S" if data["staff"] else "O"
    tokens = {person.token for person in body.people} | given
    taken = [int(token[1:]) for token in tokens if token.startswith(letter)]
    return Person(
        token=f"{letter}{max(taken, default=0) + 1}",
        role=data["role"],
        student=UUID(data["student"]) if data["student"] else None,
        staff=UUID(data["staff"]) if data["staff"] else None,
        outsider_name=data["outsider_name"],
    )
