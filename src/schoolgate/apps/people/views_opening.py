"""Pages that open a sign-in: the administrators' for the district's people, the records office's for a family."""

from collections.abc import Callable, Sequence
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from schoolgate.apps.access.actors import OFFICE, Role
from schoolgate.apps.access.moment import today
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.web.forms import DayInput

from .directory import Name
from .forms import RelationForm
from .models import ROLE_WAITS, RelationKind
from .notices.sending import send_notices
from .office import Related, find_student
from .relation_services import begin_relation
from .services import (
    ADMINISTRATORS,
    READERS,
    USER_NAME,
    SignIn,
    add_person,
    open_guardian_account,
    open_student_account,
)
from .signing_in.passwords import new_first_password
from .views import FAMILIES, PAGE, relations_page, show_form
from .views_roles import ROLES, GiveForm

# Counsel decides about records; a family's sign-ins the records officer keeps.
OFFICER = frozenset({Role.RECORDS_OFFICER})
_WRITTEN = "3 to 60 small letters (a to z), digits, dots, hyphens or underscores"
_TELLS_NOTHING = (
    f"{_WRITTEN}. It stands in clear: nothing of the person's name, such as a word and some digits (heron-7)."
)
_LATER = (
    f"The role opens nothing yet: somebody of the records office must confirm it within {ROLE_WAITS.days} days. They "
    "were told. Let the person sign in and choose a password of their own before that."
)


def _username(help_text: str) -> forms.CharField:
    return forms.CharField(
        label="The name to sign in with",
        max_length=60,
        help_text=help_text,
        validators=[RegexValidator(rf"^{USER_NAME.pattern}\Z", f"Write {_WRITTEN}.")],
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )


class OpenForm(GiveForm):
    """Somebody who is to sign in, and their first role."""

    field_order = ("name", "username", "role", "school", "agency", "starts")
    name = forms.CharField(
        label="How colleagues know the person", max_length=120, help_text="Such as 'Ms. Abreu': the pages show it"
    )
    username = _username(_WRITTEN)


class GuardianSignInForm(forms.Form):
    """Who of a student's family gets a sign-in."""

    guardian = forms.ChoiceField(label="Who", widget=forms.RadioSelect)
    username = _username(_TELLS_NOTHING)

    def __init__(self, *args: object, people: Sequence[Related], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["guardian"].choices = [(str(one.guardian.pk), one.name) for one in people]  # type: ignore[attr-defined]


class StudentSignInForm(forms.Form):
    """A student's sign-in."""

    username = _username(_TELLS_NOTHING)
    ninth_grade_from = forms.DateField(
        label="The first day in ninth grade",
        required=False,
        widget=DayInput,
        help_text="Only for a student who reached it before the age of 14, if it is not on file",
    )


class NewcomerForm(RelationForm):
    """Somebody of a student's family whom no feed has brought."""

    name = forms.CharField(label="The person's full name", max_length=120, help_text="It stays sealed.")
    number = forms.CharField(
        label="The person's number",
        max_length=60,
        required=False,
        help_text="If the student information system has one: then it is the same person when a feed brings them",
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.order_fields(["name"])


@require_http_methods(PAGE)
@allow(ADMINISTRATORS, relation=ROLES)
def open_sign_in(request: ActorRequest) -> HttpResponse:
    """Open a sign-in for somebody in a role of the district's own people, an agency's or an auditor's."""
    form = OpenForm(request.POST or None, initial={"starts": today()})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        role, sign_in = Role(data["role"]), SignIn(data["username"], new_first_password())
        try:
            add_person(
                actor=request.actor,
                role=role,
                name=Name(data["name"]),
                sign_in=sign_in,
                school=data["school"],
                agency=data["agency"],
                starts=data["starts"],
            )
        except Impossible as problem:
            form.add_error(None, str(problem))
        else:
            send_notices()
            more = _LATER if role in READERS else "The records office was told that you gave the role."
            return _opened(request, data["name"], sign_in, more=more, back=reverse("people:roles"))
    return render(request, "people/open_sign_in.html", {"form": form})


@require_http_methods(PAGE)
@allow(OFFICE, relation=FAMILIES)
def enter(request: ActorRequest, student_id: UUID) -> HttpResponse:
    """Enter somebody of a student's family whom no feed has brought, with the relation."""
    found = find_student(request.actor, student_id)
    form = NewcomerForm(request.POST or None)

    def run() -> None:
        data = form.cleaned_data
        begin_relation(
            actor=request.actor,
            guardian=Name(data["name"], number=data["number"].strip()),
            student=found,
            kind=RelationKind(data["kind"]),
            starts=data["starts"],
            shown=form.shown(),
        )

    lead = (
        "For a person whom the student information system does not have. They may see the record from that day on, "
        "once they have a sign-in. If a feed later brings them under another number, they stand here twice."
    )
    return show_form(
        request, found, form, run, ("Enter a person", "Who else belongs to this student's family?", lead, "Enter")
    )


@require_http_methods(PAGE)
@allow(OFFICER, relation=FAMILIES)
def guardian_sign_in(request: ActorRequest, student_id: UUID) -> HttpResponse:
    """Open a sign-in for one of those who are related to a student today and have none."""
    found = find_student(request.actor, student_id)
    people = relations_page(request, found).lack_sign_in
    if not people:
        return redirect("people:student", student_id=found.pk)
    form = GuardianSignInForm(request.POST or None, people=people)

    def run(sign_in: SignIn) -> str:
        chosen = next(one for one in people if str(one.guardian.pk) == form.cleaned_data["guardian"])
        open_guardian_account(actor=request.actor, guardian=chosen.guardian, sign_in=sign_in)
        return chosen.name

    lead = (
        "It opens what this person may see on that day, of each child of theirs: a limit holds whether they sign in or "
        "not."
    )
    texts = ("A family's sign-in", "Who shall be able to sign in?", lead, "Open the sign-in")
    return _family(request, student_id, form, run, texts)


@require_http_methods(PAGE)
@allow(OFFICER, relation=FAMILIES)
def student_sign_in(request: ActorRequest, student_id: UUID) -> HttpResponse:
    """Open a student's own sign-in, from 14 or ninth grade on."""
    found = find_student(request.actor, student_id)
    name = relations_page(request, found).name
    if found.user_id is not None:
        return redirect("people:student", student_id=found.pk)
    form = StudentSignInForm(request.POST or None, initial={"ninth_grade_from": found.ninth_grade_from})

    def run(sign_in: SignIn) -> str:
        ninth = form.cleaned_data["ninth_grade_from"]
        open_student_account(actor=request.actor, student=found, sign_in=sign_in, ninth_grade_from=ninth)
        return name

    lead = "From 14 or ninth grade on a student may see the own record, beside the guardians until 18 (603 CMR 23.02)."
    texts = ("A student's sign-in", f"By which name shall {name} sign in?", lead, "Open the sign-in")
    return _family(request, student_id, form, run, texts)


def _family(
    request: ActorRequest,
    student_id: UUID,
    form: forms.Form,
    run: Callable[[SignIn], str],
    texts: tuple[str, str, str, str],
) -> HttpResponse:
    """A form that opens a sign-in, then its first password; `run` gives whose it is."""
    if request.method == "POST" and form.is_valid():
        sign_in = SignIn(form.cleaned_data["username"], new_first_password())
        try:
            name = run(sign_in)
        except Impossible as problem:
            form.add_error(None, str(problem))
        else:
            back = reverse("people:student", args=[student_id])
            return _opened(request, name, sign_in, more="What they may see says the page of the student.", back=back)
    kicker, answer, lead, button = texts
    context = {"form": form, "kicker": kicker, "answer": answer, "lead": lead, "button": button}
    return render(request, "people/form.html", context | {"student": {"pk": student_id}})


def _opened(request: ActorRequest, name: str, sign_in: SignIn, *, more: str, back: str) -> HttpResponse:
    """The first password, on the answer itself: nothing keeps it, and no other page shows it."""
    context = {"name": name, "sign_in": sign_in, "more": more, "back": back, "days": settings.FIRST_PASSWORD_DAYS}
    return render(request, "people/sign_in_opened.html", context)
