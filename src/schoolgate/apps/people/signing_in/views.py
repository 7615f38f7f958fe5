"""The steps of a sign-in after the password: the second factor, its first set-up, the district's own sign-in."""

from typing import TYPE_CHECKING, Any, Final

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.mfa.base.internal.flows import check_rate_limit, post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth as webauthn
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_safe

from schoolgate.apps.access.actors import EVERYONE
from schoolgate.apps.access.routes import ActorRequest, allow

from .events import write_event
from .factors import (
    app_address,
    begin_app,
    factors_of,
    finish_app,
    finish_passkey,
    has_second_factor,
    new_recovery_codes,
)
from .forms import AppForm, FactorForm, NewPasswordForm, PasskeyForm
from .models import DistrictIdentity, EventKind
from .oidc.asking import Asked, code_of
from .oidc.errors import Refused
from .oidc.provider import Client, ask, discover, redeem
from .oidc.tokens import Keys, asked_second_factor, check_id_token, check_userinfo
from .services import identifier_index
from .sessions import note_place
from .stages import DISTRICT_ASKED, Enrolment, OwnPassword, SecondFactor, at_stage

if TYPE_CHECKING:
    from schoolgate.apps.people.models import User

OWN: Final = "one's own sign-in, after the right password"
_ASKED: Final = "district_asked"
_ENROLLED: Final = "enrolled"
_keys = Keys()


@require_http_methods(["GET", "HEAD", "POST"])
@allow(EVERYONE, relation=OWN)
@at_stage(SecondFactor.key)
def second(request: ActorRequest) -> HttpResponse:
    """Ask for the second factor."""
    stage = request._login_stage  # type: ignore[attr-defined]  # noqa: SLF001 - how the library hands it over
    user: User = stage.login.user
    form = FactorForm(request.POST or None, user=user)
    if request.method == "POST":
        if form.is_valid():
            post_authentication(request, form.factor)
            answer: HttpResponse = stage.exit()
            return answer
        write_event(EventKind.FACTOR_REFUSED, request=request, user=user)
    return render(request, "signing_in/second.html", {"form": form, **passkey_question(user)})


def passkey_question(user: "User") -> dict[str, Any]:
    """The challenge for a passkey, for the page's script; nothing when the person has none."""
    if not any(one.type == Authenticator.Type.WEBAUTHN for one in factors_of(user)):
        return {}
    return {"passkey": webauthn.begin_authentication(user)}


@require_http_methods(["GET", "HEAD", "POST"])
@allow(EVERYONE, relation=OWN)
@at_stage(Enrolment.key)
def enrol(request: ActorRequest) -> HttpResponse:
    """Set up a second factor at the first sign-in."""
    stage = request._login_stage  # type: ignore[attr-defined]  # noqa: SLF001 - as above
    user: User = stage.login.user
    if request.session.get(_ENROLLED) == str(user.pk):
        del request.session[_ENROLLED]
        answer: HttpResponse = stage.exit()
        return answer
    if has_second_factor(user):
        # Set up meanwhile, in another window: then it is asked for.
        return redirect("account_login")
    form = AppForm()
    if request.method == "POST":
        form, made = try_factor(request, user)
        if made:
            post_authentication(request, made)
            codes = new_recovery_codes(user)
            request.session[_ENROLLED] = str(user.pk)
            return render(request, "signing_in/codes.html", {"codes": codes, "on": reverse("sign_in_enrol")})
    return render(request, "signing_in/enrol.html", {"form": form, "first": True, **set_up(request, user, form)})


@require_http_methods(["GET", "HEAD", "POST"])
@allow(EVERYONE, relation=OWN)
@at_stage(OwnPassword.key)
def own_password(request: ActorRequest) -> HttpResponse:
    """Let somebody choose a password of their own in place of the one that was given out."""
    stage = request._login_stage  # type: ignore[attr-defined]  # noqa: SLF001 - as above
    user: User = stage.login.user
    form = NewPasswordForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        form.save()
        write_event(EventKind.PASSWORD_CHANGED, request=request, user=user, factor="password")
        answer: HttpResponse = stage.exit()
        return answer
    return render(request, "signing_in/own_password.html", {"form": form})


def try_factor(request: HttpRequest, user: "User") -> tuple[AppForm, Authenticator | None]:
    """Try to keep the app or the passkey that a form brings; the form says what was wrong."""
    form, passkey = AppForm(request.POST), PasskeyForm(request.POST)
    try:
        if passkey.is_valid() and (answer := passkey.cleaned_data.get("credential")):
            form = AppForm()
            made = finish_passkey(user, passkey.cleaned_data["name"], answer)
        elif form.is_valid():
            succeeded = check_rate_limit(user, error_key="rate_limited")
            made = finish_app(request, user, form.cleaned_data["code"])
            succeeded()
        else:
            return form, None
    except ValidationError as problem:
        if not form.is_bound:
            messages.error(request, "The passkey was not accepted. The device must ask for your finger, face or PIN.")
            return form, None
        form.add_error("code", problem)
        return form, None
    write_event(EventKind.FACTOR_ADDED, request=request, user=user, factor=made.type)
    return form, made


def set_up(request: HttpRequest, user: "User", form: AppForm) -> dict[str, Any]:
    """What the page that sets up a factor shows: the app's secret and the challenge for a passkey."""
    secret = begin_app(request, anew=not form.is_bound)
    address, picture = app_address(user, secret)
    grouped = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
    made = webauthn.begin_registration(user, False)  # noqa: FBT003 - the library's signature
    return {"secret": grouped, "address": address, "picture": picture, "passkey": made}


@require_safe
@allow(EVERYONE, relation="leads to the district's own sign-in")
def district(request: ActorRequest) -> HttpResponse:
    """Lead to the district's own sign-in."""
    client: Client | None = settings.OIDC
    # Only whoever presses our own button, or types the address, is signed in: no other site begins it for them.
    if client is None or request.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
        return redirect("account_login")
    try:
        provider = discover(client)
    except (Refused, OSError) as problem:
        return _refused(request, problem)
    asked = Asked(next=safe_next(request), again=request.user.is_authenticated)
    request.session[_ASKED] = asked.to_session()
    return HttpResponseRedirect(asked.address(client, provider, _back(request)))


@require_safe
@allow(EVERYONE, relation="one's own sign-in, by the district's word")
def district_back(request: ActorRequest) -> HttpResponse:
    """Where the district's own sign-in sends the browser back to: every part of its answer is checked."""
    client: Client | None = settings.OIDC
    # Taken out before anything is checked: a question has one answer.
    kept = request.session.pop(_ASKED, None)
    if client is None or kept is None:
        return redirect("account_login")
    asked = Asked(**kept)
    try:
        claims = _believed(request, client, asked)
        user = _meant(client, claims)
    except (Refused, OSError) as problem:
        return _refused(request, problem)
    strong = asked_second_factor(client, claims)
    if asked.again:
        if request.user != user:
            return _refused(request, Refused("another_person"))
        record_authentication(request, user, "district" if strong else "district_only", reauthenticated=True)
        write_event(EventKind.CONFIRMED_AGAIN, request=request, user=user, factor="district")
        note_place(request)
        return HttpResponseRedirect(asked.next or reverse("home"))
    if request.user.is_authenticated:
        return redirect("home")
    record_authentication(request, user, "district" if strong else "district_only")
    login = Login(user=user, redirect_url=asked.next or None, state={DISTRICT_ASKED: strong})
    done: HttpResponse = perform_login(request, login)
    return done


def _believed(request: HttpRequest, client: Client, asked: Asked) -> dict[str, Any]:
    provider = discover(client)
    code = code_of(asked, request.GET.dict(), client, provider)
    tokens = redeem(client, provider, code=code, verifier=asked.verifier, back=_back(request))
    claims = check_id_token(
        tokens["id_token"],
        client=client,
        provider=provider,
        keys=_keys,
        nonce=asked.nonce,
        asked_again_at=asked.at if asked.again else None,
    )
    return check_userinfo(claims, ask(provider.userinfo_endpoint, f"Bearer {tokens['access_token']}"))


def _meant(client: Client, claims: dict[str, Any]) -> "User":
    """Whom the district entered this identifier for. Nobody is found by an e-mail address, and nobody is made."""
    identifier = claims.get(client.claim)
    if not isinstance(identifier, str) or not identifier:
        raise Refused("identifier")
    wanted = identifier_index(client.issuer, identifier)
    found = DistrictIdentity.objects.filter(identifier_index=wanted).select_related("user").first()
    if found is None:
        raise Refused("unknown_person")
    if not found.user.is_active:
        raise Refused("account_closed")
    user: User = found.user
    return user


def _refused(request: HttpRequest, problem: Refused | OSError) -> HttpResponse:
    why = problem.why if isinstance(problem, Refused) else "unreachable"
    user = request.user if request.user.is_authenticated else None
    write_event(EventKind.DISTRICT_REFUSED, request=request, user=user.pk if user else None, factor="district", why=why)
    return render(request, "signing_in/district_refused.html", status=400)


def _back(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("sign_in_district_back"))


def safe_next(request: HttpRequest) -> str:
    """The page of ours that somebody wanted; empty when it is none of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else ""
