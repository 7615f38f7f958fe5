"""Pages for administrators: who holds which role, give one, end one; and for the office, which confirms them."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from schoolgate.apps.access.actors import FAMILY, OFFICE, ROLE_TITLES, SCHOOL, Role
from schoolgate.apps.access.moment import today
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.agencies.models import Agency
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.schools.models import School
from schoolgate.web.forms import DayInput

from .directory import Name
from .models import ROLE_WAITS
from .notices.sending import send_notices
from .role_keeping import held_today, memberships_kept_by, waiting_for
from .services import ADMINISTRATORS, Place, confirm_role, end_role, give_role, refuse_role
from .signing_in.selectors import find_user
from .standing import end_what_is_over

ROLES = "every role but a family's; no record"
WAITING = "every role that waits for a second person, but one's own and what one gave"
_WAITS = (
    "It holds once the records office confirms it: it opens children's records. They are told now. After "
    f"{ROLE_WAITS.days} days without their word it lapses, and you are told."
)
# Families' roles come with a relation or an account, which others enter.
GIVEN_HERE = [role for role in ROLE_TITLES if role not in FAMILY | {Role.PUBLIC, Role.IDLE_ADMINISTRATOR}]
PAGE = 100


class GiveForm(forms.Form):
    """One more role for somebody who signs in."""

    role = forms.ChoiceField(
        label="The role", choices=[(one.value, one.words) for one in GIVEN_HERE], widget=forms.RadioSelect
    )
    school = forms.ModelChoiceField(
        label="The school", queryset=School.objects.none(), required=False, help_text="For staff and principals"
    )
    agency = forms.ModelChoiceField(
        label="The agency", queryset=Agency.objects.none(), required=False, help_text="For an agency's user"
    )
    starts = forms.DateField(label="From", widget=DayInput)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for field in ("school", "agency"):
            choices = self.fields[field].queryset.model.objects.order_by("name")  # type: ignore[attr-defined]
            self.fields[field].queryset = choices  # type: ignore[attr-defined]
            self.fields[field].label_from_instance = lambda one: one.name  # type: ignore[attr-defined]

    def clean(self) -> dict[str, object]:
        """A role at a school names it, an agency's the agency, and no other names either."""
        data: dict[str, object] = super().clean() or {}
        role = data.get("role")
        for field, roles in (("school", SCHOOL), ("agency", {Role.AGENCY_USER})):
            if role in roles and not data.get(field):
                self.add_error(field, f"Choose the {field}: this role is held there.")
            elif role not in roles:
                data[field] = None
        return data


@require_safe
@allow(ADMINISTRATORS, relation=ROLES)
def roles(request: ActorRequest) -> HttpResponse:
    """Who holds which role today."""
    rows = held_today(request.actor)
    wanted = request.GET.get("role", "")
    if wanted in {one.value for one in GIVEN_HERE}:
        rows = rows.filter(role=wanted)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(request, "people/roles.html", {"page": page, "wanted": wanted, "kinds": GIVEN_HERE})


@require_safe
@allow(ADMINISTRATORS, relation=ROLES)
def person(request: ActorRequest, user_id: UUID) -> HttpResponse:
    """The roles of one person."""
    return _person(request, user_id, GiveForm(initial={"starts": today()}))


@require_POST
@allow(ADMINISTRATORS, relation=ROLES)
def give(request: ActorRequest, user_id: UUID) -> HttpResponse:
    """Give somebody one more role."""
    found = find_user(request.actor, user_id)
    form = GiveForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        # One that waited too long bars the same from being given anew until its end is written down.
        end_what_is_over(found.pk)
        try:
            made = give_role(
                actor=request.actor,
                user=found,
                role=Role(data["role"]),
                name=Name(found.display_name),
                place=Place(school=data["school"], agency=data["agency"]),
                starts=data["starts"],
            )
        except Impossible as problem:
            form.add_error(None, str(problem))
        else:
            send_notices()
            messages.success(request, _WAITS if made.waits else "The role is given, and the records office told.")
            return redirect("people:roles-of", user_id=user_id)
    return _person(request, user_id, form)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(ADMINISTRATORS, relation=ROLES)
def end(request: ActorRequest, membership_id: UUID) -> HttpResponse:
    """End a role, on a page that says what then happens."""
    found = memberships_kept_by(request.actor).filter(pk=membership_id).first()
    if found is None:
        raise Http404
    if request.method == "POST":
        try:
            end_role(actor=request.actor, membership=found)
        except Impossible as problem:
            messages.error(request, str(problem))
        else:
            messages.success(request, "The role has ended: whatever it opened is shut from the next page on.")
        return redirect("people:roles-of", user_id=found.user_id)
    return render(request, "people/end_role.html", {"held": found})


@require_safe
@allow(OFFICE, relation=WAITING)
def waiting(request: ActorRequest) -> HttpResponse:
    """The roles that administrators gave and that wait for a second person's word."""
    return render(
        request, "people/roles_waiting.html", {"rows": waiting_for(request.actor)[:PAGE], "days": ROLE_WAITS.days}
    )


@require_POST
@allow(OFFICE, relation=WAITING)
def settle(request: ActorRequest, membership_id: UUID) -> HttpResponse:
    """Say that a role shall hold, or shall not."""
    found = waiting_for(request.actor).filter(pk=membership_id).first()
    if found is None:
        raise Http404
    try:
        if request.POST.get("answer") == "confirm":
            confirm_role(actor=request.actor, membership=found)
            messages.success(request, "The role holds.")
        else:
            refuse_role(actor=request.actor, membership=found)
            messages.success(request, "The role does not hold, and never did.")
    except Impossible as problem:
        messages.error(request, str(problem))
    return redirect("people:roles-waiting")


def _person(request: ActorRequest, user_id: UUID, form: GiveForm) -> HttpResponse:
    found = find_user(request.actor, user_id)
    rows = memberships_kept_by(request.actor).filter(user=found).order_by("starts", "id")
    own = found.pk == request.actor.person
    context = {"person": found, "rows": rows, "form": form, "own": own, "today": today()}
    return render(request, "people/roles_of.html", context)
