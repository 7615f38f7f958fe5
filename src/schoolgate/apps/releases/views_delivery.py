"""Pages of delivery: the office's, and those behind a link, which open with a one-time code."""

from collections.abc import Callable
from functools import wraps
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from schoolgate.apps.access.actors import EVERYONE, OFFICE
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.access.wall import as_program, scope_of, within
from schoolgate.apps.agencies.registry import find_agency
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.ledger.receipts import receipt_response, standing

from .addresses import address_of, confirm_address, enter_address, reject_address, waiting_address
from .answers import pdf_response
from .delivering import (
    end_delivery,
    fetch,
    find_delivery,
    new_code,
    offer_copy,
    open_window,
    recipient,
    use_code,
)
from .forms import AddressForm, CodeForm, WithdrawForm
from .mailing import mail_code, mail_link
from .models import Delivery
from .selectors import fetches_of, find_release
from .services import acknowledge, withdraw_copy

BY_LINK: Final = "one copy, by a link that was mailed to its agency and a one-time code that was mailed after it"
# Where a browser keeps which code it gave.
SESSION_KEY: Final = "copy_code"


def by_link(view: Callable[[ActorRequest, Delivery, str], HttpResponse]) -> Callable[[ActorRequest, str], HttpResponse]:
    """Find what a link leads to. Nobody need be signed in: the database then shows what its agency sees."""

    @wraps(view)
    def found(request: ActorRequest, token: str) -> HttpResponse:
        with as_program():
            delivery = find_delivery(token)
        with within(scope_of(recipient(delivery))):
            return view(request, delivery, token)

    return found


@require_POST
@allow(OFFICE, relation="every copy")
def offer(request: ActorRequest, release_id: UUID) -> HttpResponse:
    """Mail the agency a link to its copy."""
    found = find_release(request.actor, release_id)
    try:
        delivery, token = offer_copy(actor=request.actor, release=found)
        try:
            link = request.build_absolute_uri(reverse("releases:receive", args=[token]))
            mail_link(delivery.address.email, link, delivery.expires_at)
        except Impossible:
            end_delivery(delivery)
            raise
    except Impossible as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, f"A link is on its way to {delivery.address.email}. It opens nothing without a code.")
    return redirect("releases:release", release_id=release_id)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(OFFICE, relation="every copy")
def withdraw(request: ActorRequest, release_id: UUID) -> HttpResponse:
    """Let the recipient fetch a copy no longer."""
    found = find_release(request.actor, release_id)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            withdraw_copy(actor=request.actor, release=found, reason=form.cleaned_data["reason"])
        except Impossible as problem:
            messages.error(request, str(problem))
        else:
            messages.success(request, f"Copy {found.number} can be fetched no longer.")
        return redirect("releases:release", release_id=release_id)
    fetches = [one for one in fetches_of(found) if one.by_recipient]
    return render(request, "releases/withdraw.html", {"release": found, "form": form, "fetches": fetches})


@require_http_methods(["GET", "HEAD", "POST"])
@allow(OFFICE, relation="addresses of agencies")
def address(request: ActorRequest, slug: str) -> HttpResponse:
    """Where an agency is known to read its mail."""
    agency, _ = find_agency(request.actor, slug)
    form = AddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            enter_address(actor=request.actor, agency=agency, **form.cleaned_data)
        except Impossible as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, "Written down. Another person of the office confirms it before it counts.")
            return redirect("releases:address", slug=slug)
    waiting = waiting_address(agency)
    context = {
        "agency": agency,
        "form": form,
        "known": address_of(agency),
        "waiting": waiting,
        "mine": waiting is not None and waiting.entered_by_id == request.actor.person,
    }
    return render(request, "releases/address.html", context)


@require_POST
@allow(OFFICE, relation="addresses of agencies")
def settle(request: ActorRequest, slug: str) -> HttpResponse:
    """Confirm or turn down an address that somebody else entered."""
    agency, _ = find_agency(request.actor, slug)
    waiting = waiting_address(agency)
    if waiting is None or str(waiting.pk) != request.POST.get("address"):
        messages.error(request, "Somebody has settled this address meanwhile.")
        return redirect("releases:address", slug=slug)
    right = request.POST.get("answer") == "theirs"
    try:
        (confirm_address if right else reject_address)(actor=request.actor, address=waiting)
    except Impossible as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, "It counts from now on." if right else "It is turned down.")
    return redirect("releases:address", slug=slug)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(EVERYONE, relation=BY_LINK)
@by_link
def receive(request: ActorRequest, delivery: Delivery, token: str) -> HttpResponse:
    """What a link leads to: it asks for a code; after the right one, the copy can be fetched for some minutes."""
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        code = use_code(delivery, form.cleaned_data["code"])
        if code is not None:
            # Whoever set this browser's session before gets nothing by it.
            request.session.cycle_key()
            request.session[SESSION_KEY] = str(code.pk)
            return redirect("releases:receive", token=token)
        form.add_error("code", "This is not the newest code, or it was used, or its time is over. Ask for a new one.")
    is_open = _opened(request, delivery) is not None
    context: dict[str, object] = {"token": token, "form": form, "is_open": is_open}
    if is_open:
        release = delivery.release
        context |= {
            "release": release,
            "acknowledgement": getattr(release, "acknowledgement", None),
            "standing": standing(f"request:{release.request_id}"),
        }
    return render(request, "releases/receive.html", context)


@require_POST
@allow(EVERYONE, relation=BY_LINK)
@by_link
def send_code(request: ActorRequest, delivery: Delivery, token: str) -> HttpResponse:
    """Mail a one-time code to the agency's known address, whoever asks."""
    try:
        code, text = new_code(delivery)
        mail_code(delivery.address.email, text, code.expires_at)
    except Impossible as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, "A code is on its way to the address that we know. It works once, for 15 minutes.")
    return redirect("releases:receive", token=token)


@require_safe
@allow(EVERYONE, relation=BY_LINK)
@by_link
def fetched(request: ActorRequest, delivery: Delivery, _token: str) -> HttpResponse:
    """The exact bytes that left."""
    _require_code(request, delivery)
    return pdf_response(fetch(delivery), delivery.release.number)


@require_POST
@allow(EVERYONE, relation=BY_LINK)
@by_link
def received(request: ActorRequest, delivery: Delivery, token: str) -> HttpResponse:
    """The agency says that the copy arrived."""
    _require_code(request, delivery)
    try:
        acknowledge(actor=recipient(delivery), release=delivery.release, delivery=delivery)
    except Impossible as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, "Thank you. The family can see that the copy arrived.")
    return redirect("releases:receive", token=token)


@require_safe
@allow(EVERYONE, relation=BY_LINK)
@by_link
def receipt(request: ActorRequest, delivery: Delivery, _token: str) -> HttpResponse:
    """The receipt file: that this copy left, with its fingerprint, stands in the log; until it does, the promise."""
    _require_code(request, delivery)
    release = delivery.release
    return receipt_response(f"request:{release.request_id}", release.number)


def _opened(request: ActorRequest, delivery: Delivery) -> object | None:
    return open_window(delivery, request.session.get(SESSION_KEY, ""))


def _require_code(request: ActorRequest, delivery: Delivery) -> None:
    """A browser that gave its code minutes ago; for any other what the link leads to does not exist."""
    if _opened(request, delivery) is None:
        raise Http404
