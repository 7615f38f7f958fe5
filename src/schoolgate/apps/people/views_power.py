"""Pages of an administrator's power: switch it on, switch it off, see who had it."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from schoolgate.apps.access.actors import Role
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.ledger.acts import Impossible, NotAllowed

from .notices.sending import send_notices
from .power.models import LENGTHS, PowerReason
from .power.services import LEAST_WORDS, WATCHERS, end_power, powers_seen_by, switch_on, words_of
from .signing_in.sessions import this_session
from .standing import end_what_is_over

WHEN = "when administrators had their power, and why"
OFFICER = Role.RECORDS_OFFICER
PAGE = 50


class PowerForm(forms.Form):
    """What for, and for how long."""

    reason = forms.ChoiceField(label="What do you need it for", choices=PowerReason.choices, widget=forms.RadioSelect)
    words = forms.CharField(
        label="What are you about to do",
        min_length=LEAST_WORDS,
        max_length=500,
        help_text="A sentence. The records office and the other administrators read it. Name no child.",
    )
    hours = forms.TypedChoiceField(
        label="For how long",
        choices=[(one, "1 hour" if one == 1 else f"{one} hours") for one in LENGTHS],
        coerce=int,
        initial=LENGTHS[0],
        widget=forms.RadioSelect,
    )


@require_safe
@allow(WATCHERS, relation=WHEN)
def power(request: ActorRequest) -> HttpResponse:
    """Whether one's power is on; and when it was on, whose, and what for."""
    page = Paginator(powers_seen_by(request.actor), PAGE).get_page(request.GET.get("page"))
    rows = [(one, words_of(one)) for one in page]
    return render(request, "power/power.html", {"page": page, "rows": rows, "officer": request.actor.role is OFFICER})


@require_http_methods(["GET", "HEAD", "POST"])
@allow({Role.IDLE_ADMINISTRATOR}, relation="one's own power")
def on(request: ActorRequest) -> HttpResponse:
    """Switch one's power on, in this session."""
    form = PowerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        session = this_session(request)
        if session is None:
            raise Http404
        end_what_is_over(request.actor.person)
        data = form.cleaned_data
        try:
            switch_on(
                actor=request.actor,
                session=session,
                reason=PowerReason(data["reason"]),
                words=data["words"],
                hours=data["hours"],
            )
        except Impossible as problem:
            form.add_error(None, str(problem))
        else:
            send_notices()
            return redirect("people:power")
    return render(request, "power/on.html", {"form": form})


@require_POST
@allow({Role.ADMINISTRATOR, Role.RECORDS_OFFICER}, relation=WHEN)
def off(request: ActorRequest, power_id: UUID) -> HttpResponse:
    """Switch a power off: one's own, or as a records officer anybody's."""
    found = powers_seen_by(request.actor).filter(pk=power_id).first()
    if found is None:
        raise Http404
    try:
        end_power(actor=request.actor, power=found)
    except NotAllowed:
        raise Http404 from None
    except Impossible as problem:
        messages.info(request, str(problem))
    else:
        messages.success(request, "The power is off.")
    return redirect("people:power")
