"""Pages on which anybody asks for the daily checkpoint by mail, confirms it, and ends it."""

from contextlib import suppress
from typing import Final

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from schoolgate.apps.access.actors import EVERYONE, VISITOR
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.ledger.subscribers import (
    ask_to_subscribe,
    confirm_subscription,
    end_subscription,
    ending_link,
    find_to_confirm,
    find_to_end,
)

BY_LINK: Final = "one subscription, by a link that was mailed to its address"


class SubscribeForm(forms.Form):
    """Where the checkpoint is to go."""

    address = forms.EmailField(
        label="Your e-mail address",
        max_length=254,
        help_text="It is kept sealed, used for this alone, and destroyed when you end the mails",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@allow(EVERYONE, relation="nothing; one answer for every address")
def subscribe(request: ActorRequest) -> HttpResponse:
    """Ask for the daily checkpoint. A link is mailed to the address; nothing begins before it was opened."""
    form = SubscribeForm(request.POST or None)
    asked = False
    if request.method == "POST" and form.is_valid():
        page = request.build_absolute_uri(reverse("transparency:subscribe"))
        try:
            ask_to_subscribe(address=form.cleaned_data["address"], page=page)
        except Impossible as problem:
            form.add_error(None, str(problem))
        else:
            asked = True
    return render(request, "transparency/subscribe.html", {"form": form, "asked": asked})


@require_http_methods(["GET", "HEAD", "POST"])
@allow(EVERYONE, relation=BY_LINK)
def subscribed(request: ActorRequest, token: str) -> HttpResponse:
    """Confirm by a button: programs that open each link of a mail confirm nothing."""
    found = find_to_confirm(token)
    if request.method == "POST":
        try:
            # Whoever holds the link does it, signed in or not: nobody's name is tied to an address.
            found = confirm_subscription(actor=VISITOR, subscription=found)
        except Impossible:
            found = find_to_confirm(token)
    ending = ending_link(found) if found.confirmed_at else ""
    return render(request, "transparency/subscribe_confirm.html", {"subscription": found, "ending": ending})


# A mail program ends a subscription with one request of its own (RFC 8058): the link is all it has.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@allow(EVERYONE, relation=BY_LINK)
def unsubscribe(request: ActorRequest, token: str) -> HttpResponse:
    """End the mails by a button, or by a mail program's own."""
    found = find_to_end(token)
    if request.method == "POST":
        # Ended meanwhile, or never begun: either way no mail comes.
        with suppress(Impossible):
            end_subscription(actor=VISITOR, subscription=found)
    return render(request, "transparency/subscribe_end.html", {"ended": request.method == "POST"})
