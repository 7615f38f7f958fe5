"""The page of notices to somebody of the district, and where their mails go."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.ledger.acts import Impossible

from .notices.models import Told
from .notices.sending import address_of
from .notices.services import TOLD, enter_notice_address, see_notices


class AddressForm(forms.Form):
    """Where one reads mail."""

    email = forms.EmailField(
        label="Your work address",
        max_length=200,
        help_text="It is kept sealed. Mails to it say only that there is something to review.",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@allow(TOLD, relation="notices to oneself")
def notices(request: ActorRequest) -> HttpResponse:
    """What one is told, the newest first; and where the mails go."""
    form = AddressForm(request.POST or None, initial={"email": address_of(request.actor.person)})
    if request.method == "POST" and form.is_valid():
        try:
            enter_notice_address(actor=request.actor, email=form.cleaned_data["email"])
        except Impossible as problem:
            form.add_error("email", str(problem))
        else:
            messages.success(request, "Your notices are mailed there from now on.")
            return redirect("people:notices")
    rows, fresh = see_notices(request.actor)
    context = {
        "rows": rows,
        "fresh": fresh,
        "form": form,
        # What stands with the list of when the power was on; and what waits for a word.
        "of_power": {Told.POWER_ON.value, Told.ROLE_GIVEN.value},
        "of_roles": Told.ROLE_WAITS.value,
        "of_lapsed": Told.ROLE_LAPSED.value,
    }
    return render(request, "people/notices.html", context)
