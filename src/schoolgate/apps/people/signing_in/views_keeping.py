"""For whoever keeps sign-ins: how they stand, what waits for a second person, one person's sign-in."""

from datetime import date
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.ledger.acts import Impossible

from .dangerous import fresh
from .forms import IdentityForm, ReasonForm
from .models import ChangeKind, ChangeReason, EventKind
from .passwords import is_over
from .selectors import counts, find_change, find_user, standing, visible_users, waiting_changes, with_factors
from .services import KEEPERS, ask_change, close_account, confirm_change, identifier_index, refuse_change

if TYPE_CHECKING:
    from .oidc.provider import Client

EVERY: Final = "every sign-in; no name of a student, no factor's secret"
# Closed at once, by one person.
CLOSE: Final = "close"


@require_safe
@allow(KEEPERS, relation=EVERY)
def door(request: ActorRequest) -> HttpResponse:
    """How sign-ins stand."""
    me, days = request.actor.person, counts()
    waiting = [(one, me not in {one.asked_by_id, one.user_id}) for one in waiting_changes(request.actor)]
    shown = [kind for kind in EventKind if any(kind.value in day for day in days.values())]
    rows = [(date.fromisoformat(day), [of.get(kind.value, 0) for kind in shown]) for day, of in days.items()]
    context = {
        "standing": standing(request.actor),
        "waiting": waiting,
        "titles": [kind.label for kind in shown],
        "rows": rows,
        "people": with_factors(visible_users(request.actor)),
    }
    return render(request, "signing_in/door.html", context)


@require_safe
@allow(KEEPERS, relation=EVERY)
def person(request: ActorRequest, user: UUID) -> HttpResponse:
    """One person's sign-in."""
    found = find_user(request.actor, user)
    context = {
        "person": found,
        "over": is_over(found),
        "reason": ReasonForm(),
        # Two of these forms stand on the page: each label belongs to its own.
        "why_new": ReasonForm(auto_id="new_%s", initial={"reason": ChangeReason.BEGIN}),
        "identity": IdentityForm(prefix="identity") if settings.OIDC else None,
        "own": found.pk == request.actor.person,
    }
    return render(request, "signing_in/person.html", context)


@require_http_methods(["POST"])
@allow(KEEPERS, relation=EVERY)
@fresh
def change(request: ActorRequest, user: UUID, what: str) -> HttpResponse:
    """Ask for a change, or close the account."""
    found = find_user(request.actor, user)
    if what not in {*ChangeKind.values, CLOSE}:
        raise Http404
    tie = what == ChangeKind.SET_IDENTITY.value
    district: Client | None = settings.OIDC
    if tie and district is None:
        raise Http404
    form = IdentityForm(request.POST, prefix="identity") if tie else ReasonForm(request.POST)
    if not form.is_valid():
        for problems in form.errors.values():
            messages.error(request, " ".join(map(str, problems)))
        return redirect("signing_in:person", user=user)
    reason = ChangeReason(form.cleaned_data["reason"])
    try:
        if what == CLOSE:
            close_account(actor=request.actor, user=found, reason=reason)
            messages.success(request, "The account is closed, and its sessions have ended.")
        else:
            identity = identifier_index(district.issuer, form.cleaned_data["identifier"]) if tie and district else None
            kind = ChangeKind(what)
            ask_change(actor=request.actor, user=found, what=kind, reason=reason, identity=identity)
            messages.success(request, "Written down. Nothing changes until another person agrees.")
    except Impossible as problem:
        messages.error(request, str(problem))
    return redirect("signing_in:door")


@require_POST
@allow(KEEPERS, relation=EVERY)
@fresh
def settle(request: ActorRequest, change: UUID) -> HttpResponse:
    """Agree to a change that somebody else asked for, or turn it down."""
    found = find_change(request.actor, change)
    agreed = request.POST.get("answer") == "agree"
    given = ""
    try:
        if agreed:
            given = confirm_change(actor=request.actor, change=found)
        else:
            refuse_change(actor=request.actor, change=found)
    except Impossible as problem:
        messages.error(request, str(problem))
    else:
        if given:
            context = {"person": found.user, "given": given, "days": settings.FIRST_PASSWORD_DAYS}
            return render(request, "signing_in/first_password.html", context)
        messages.success(request, "Done; their sessions have ended." if agreed else "Turned down.")
    return redirect("signing_in:door")
