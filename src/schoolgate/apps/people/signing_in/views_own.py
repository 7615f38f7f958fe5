"""One's own sign-in: its factors, its sessions, what happened to it."""

from typing import TYPE_CHECKING, Final
from uuid import UUID

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from schoolgate.apps.access.actors import SIGNED_IN
from schoolgate.apps.access.routes import ActorRequest, allow

from .dangerous import fresh
from .events import write_event
from .factors import factors_of, has_second_factor, new_recovery_codes
from .forms import AppForm, FactorForm, PasswordAgainForm
from .models import EventKind
from .selectors import newest_events
from .sessions import end_session, end_sessions, note_place, sessions_of, this_session
from .views import passkey_question, safe_next, set_up, try_factor

if TYPE_CHECKING:
    from schoolgate.apps.people.models import User

OWN: Final = "one's own sign-in"
# How the page calls each type of factor.
TITLES: Final = {
    Authenticator.Type.TOTP: "One-time-code app",
    Authenticator.Type.WEBAUTHN: "Passkey",
    Authenticator.Type.RECOVERY_CODES: "Recovery codes",
}


def me(request: ActorRequest) -> "User":
    """Who is signed in; the gate let nobody else through."""
    user: User = request.user  # type: ignore[assignment]
    return user


@require_safe
@allow(SIGNED_IN, relation=OWN)
def own(request: ActorRequest) -> HttpResponse:
    """One's own factors, sessions and events."""
    user = me(request)
    factors = [(one, TITLES[Authenticator.Type(one.type)], _detail(one)) for one in factors_of(user)]
    sessions = list(sessions_of(user))
    real = sum(one.type != Authenticator.Type.RECOVERY_CODES for one, *_ in factors)
    context = {
        "sentence": f"You have {_many(real, 'second factor')} and {_many(len(sessions), 'open session')}.",
        "factors": factors,
        "has_app": any(one.type == Authenticator.Type.TOTP for one, *_ in factors),
        "sessions": sessions,
        "this": this_session(request),
        "events": newest_events(user),
    }
    return render(request, "signing_in/own.html", context)


def _many(number: int, what: str) -> str:
    """How many of something, in words that fit."""
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


def _detail(factor: Authenticator) -> str:
    if factor.type == Authenticator.Type.RECOVERY_CODES:
        return f"{len(factor.wrap().get_unused_codes())} left"
    return str(factor.wrap().name) if factor.type == Authenticator.Type.WEBAUTHN else ""


@require_http_methods(["GET", "HEAD", "POST"])
@allow(SIGNED_IN, relation=OWN)
def confirm(request: ActorRequest) -> HttpResponse:
    """Ask once more who it is, before something dangerous."""
    user = me(request)
    by_factor = has_second_factor(user)
    kind = FactorForm if by_factor else PasswordAgainForm
    form = kind(request.POST or None, user=user)
    if request.method == "POST":
        if form.is_valid():
            if form.factor:
                post_authentication(request, form.factor, reauthenticated=True)
            else:
                record_authentication(request, user, "password", reauthenticated=True)
            factor = form.factor.type if form.factor else "password"
            write_event(EventKind.CONFIRMED_AGAIN, request=request, user=user, factor=factor)
            note_place(request)
            return HttpResponseRedirect(safe_next(request) or reverse("home"))
        if by_factor:
            write_event(EventKind.FACTOR_REFUSED, request=request, user=user)
    context = {
        "form": form,
        "by_factor": by_factor,
        "next": safe_next(request),
        "district": settings.OIDC,
        **passkey_question(user),
    }
    return render(request, "signing_in/confirm.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(SIGNED_IN, relation=OWN)
@fresh
def add_factor(request: ActorRequest) -> HttpResponse:
    """Set up another factor."""
    user = me(request)
    form = None
    if request.method == "POST":
        form, made = try_factor(request, user)
        if made:
            messages.success(request, f"{TITLES[Authenticator.Type(made.type)]} set up.")
            if not any(one.type == Authenticator.Type.RECOVERY_CODES for one in factors_of(user)):
                return _codes(request, user)
            return redirect("signing_in:own")
    shown = form or AppForm()
    return render(request, "signing_in/enrol.html", {"form": shown, "first": False, **set_up(request, user, shown)})


@require_POST
@allow(SIGNED_IN, relation=OWN)
@fresh
def remove_factor(request: ActorRequest, number: int) -> HttpResponse:
    """Remove one factor; the last one only where nobody needs any."""
    user = me(request)
    held = factors_of(user)
    found = next((one for one in held if one.pk == number), None)
    if found is None or found.type == Authenticator.Type.RECOVERY_CODES:
        raise Http404
    others = [one for one in held if one != found and one.type != Authenticator.Type.RECOVERY_CODES]
    if settings.SECOND_FACTOR and not others:
        messages.error(request, "This is your only second factor. Set up another one first.")
        return redirect("signing_in:own")
    found.delete()
    if not others:
        for codes in held:
            if codes.type == Authenticator.Type.RECOVERY_CODES:
                codes.delete()
    end_sessions(user, but=this_session(request))
    write_event(EventKind.FACTOR_REMOVED, request=request, user=user, factor=found.type)
    messages.success(request, "Removed. Your other sessions have ended.")
    return redirect("signing_in:own")


@require_POST
@allow(SIGNED_IN, relation=OWN)
@fresh
def renew_codes(request: ActorRequest) -> HttpResponse:
    """Make new recovery codes; the old ones open nothing any more."""
    if not has_second_factor(me(request)):
        raise Http404
    return _codes(request, me(request))


def _codes(request: ActorRequest, user: "User") -> HttpResponse:
    codes = new_recovery_codes(user)
    write_event(EventKind.CODES_RENEWED, request=request, user=user, factor="recovery_codes")
    return render(request, "signing_in/codes.html", {"codes": codes, "on": reverse("signing_in:own")})


@require_POST
@allow(SIGNED_IN, relation=OWN)
def end_one(request: ActorRequest, session: UUID) -> HttpResponse:
    """End one of one's own sessions."""
    user = me(request)
    if session == this_session(request):
        logout(request)
        return redirect("account_login")
    if not end_session(user, session):
        raise Http404
    write_event(EventKind.SESSION_ENDED, request=request, user=user)
    messages.success(request, "That session has ended.")
    return redirect("signing_in:own")


@require_POST
@allow(SIGNED_IN, relation=OWN)
def end_all(request: ActorRequest) -> HttpResponse:
    """End every session of one's own, this one too."""
    user = me(request)
    end_sessions(user, but=this_session(request))
    write_event(EventKind.SESSION_ENDED, request=request, user=user, why="all")
    logout(request)
    return redirect("account_login")
