"""Pages about who may see a student's record: the office's, and a student's own."""

from collections.abc import Callable, Sequence
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from schoolgate.apps.access.actors import OFFICE, SIGNED_IN, Role
from schoolgate.apps.access.moment import now, today
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.ledger.readings import log_reading

from .forms import (
    CollegeForm,
    EndForm,
    LimitForm,
    NumberForm,
    PaperForm,
    PermissionForm,
    RelationForm,
    RoleForm,
    ToldForm,
)
from .middleware import CHOSEN_ROLE
from .models import Basis, Guardian, LimitKind, RelationKind, Student
from .office import (
    Related,
    StudentPage,
    find_by_number,
    find_guardian_by_number,
    find_limit,
    find_permission,
    find_relation,
    find_student,
    own_page,
    student_page,
)
from .relation_services import (
    Shown,
    begin_relation,
    end_limit,
    end_permission,
    end_relation,
    enter_college,
    enter_limit,
    permit_guardian,
    tell_custodian,
)
from .selectors import own_student, related_person
from .services import choose_role

FAMILIES = "every student's relations"
OWN = "one's own record"
PAGE = ["GET", "HEAD", "POST"]


@require_http_methods(PAGE)
@allow(SIGNED_IN, relation="one's own roles")
def role(request: ActorRequest) -> HttpResponse:
    """Choose which of one's roles to act in."""
    form = RoleForm(request.POST or None, roles=request.actor.roles, initial={"role": request.actor.role.value})
    if request.method == "POST" and form.is_valid():
        chosen = choose_role(actor=request.actor, role=Role(form.cleaned_data["role"]))
        request.session[CHOSEN_ROLE] = chosen.value
        return redirect("home")
    return render(request, "people/role.html", {"form": form})


@require_http_methods(PAGE)
@allow(OFFICE, relation=FAMILIES)
def find(request: ActorRequest) -> HttpResponse:
    """Find a student by number. The number goes by POST: an address is kept in too many places."""
    form = NumberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        found = find_by_number(request.actor, form.cleaned_data["number"])
        if found:
            return redirect("people:student", student_id=found.pk)
        form.add_error("number", "No student has this number. Compare it letter for letter.")
    return render(request, "people/find.html", {"form": form})


@require_safe
@allow(OFFICE, relation=FAMILIES)
def student(request: ActorRequest, student_id: UUID) -> HttpResponse:
    """Who may see a student's record, until when and why."""
    found = find_student(request.actor, student_id)
    page = relations_page(request, found)
    keeps = request.actor.role is Role.RECORDS_OFFICER
    return render(request, "people/student.html", {"page": page, "why": _why(request), "keeps_sign_ins": keeps})


@require_http_methods(PAGE)
@allow(OFFICE, relation=FAMILIES)
def begin(request: ActorRequest, student_id: UUID) -> HttpResponse:
    """Enter that somebody is related to a student."""
    found = find_student(request.actor, student_id)
    form = RelationForm(request.POST or None)

    def run() -> None:
        data = form.cleaned_data
        guardian = find_guardian_by_number(request.actor, data["number"])
        if guardian is None:
            raise Impossible("Nobody has this number. Compare it letter for letter.")
        begin_relation(
            actor=request.actor,
            guardian=guardian,
            student=found,
            kind=RelationKind(data["kind"]),
            starts=data["starts"],
            shown=form.shown(),
        )

    texts = (
        "Enter a relation",
        "Who is related to this student?",
        "They may see the record from that day on.",
        "Enter",
    )
    return show_form(request, found, form, run, texts)


@require_http_methods(PAGE)
@allow(OFFICE, relation=FAMILIES)
def limit(request: ActorRequest, student_id: UUID) -> HttpResponse:
    """Enter what takes somebody's access away."""
    found = find_student(request.actor, student_id)
    page = relations_page(request, found)
    form = LimitForm(request.POST or None, people=_people(page.people), initial={"starts": today()})

    def run() -> None:
        data = form.cleaned_data
        enter_limit(
            actor=request.actor,
            guardian=_chosen(page.people, data["guardian"]),
            student=found,
            kind=LimitKind(data["kind"]),
            starts=data["starts"],
            ends=form.ends,
            shown=form.shown(),
        )

    lead = (
        "From that day on this person sees nothing of the record: no page, no copy, no receipt, no letter. "
        "A parent who only has no physical custody sees it again 21 full days after the other parent was told, "
        "without addresses and telephone numbers."
    )
    return show_form(
        request, found, form, run, ("Enter a limit", "Whose access is limited?", lead, "Limit this person")
    )


@require_http_methods(PAGE)
@allow(OFFICE, relation=FAMILIES)
def permit(request: ActorRequest, student_id: UUID) -> HttpResponse:
    """Let somebody see the record of a student of 18."""
    found = find_student(request.actor, student_id)
    page = relations_page(request, found)
    form = PermissionForm(request.POST or None, people=_people(page.people), counsel=request.actor.role is Role.COUNSEL)

    def run() -> None:
        data = form.cleaned_data
        permit_guardian(
            actor=request.actor,
            guardian=_chosen(page.people, data["guardian"]),
            student=found,
            basis=Basis(data["basis"]),
            ends=form.ends,
            shown=form.shown(),
        )

    lead = (
        "At 18 the right is the student's (34 CFR 99.5). Others see the record while the student agrees, or while "
        "counsel has decided that a tax dependency is shown (34 CFR 99.31(a)(8))."
    )
    texts = ("Permit somebody", "Who may see the record of this student of 18?", lead, "Permit this person")
    return show_form(request, found, form, run, texts)


@require_http_methods(PAGE)
@allow(OFFICE, relation=FAMILIES)
def college(request: ActorRequest, student_id: UUID) -> HttpResponse:
    """Enter that a student left school for a college before 18, or correct that."""
    found = find_student(request.actor, student_id)
    form = CollegeForm(request.POST or None, initial={"since": found.at_college_from})

    def run() -> None:
        enter_college(actor=request.actor, student=found, since=form.cleaned_data["since"], shown=form.shown())

    lead = (
        "From that day on the rights are the student's, at whatever age (34 CFR 99.3, 99.5): parents and guardians see "
        "nothing until the student agrees, or counsel has decided that a tax dependency is shown. Of a student who "
        "attends a school of the district beside the college, the parents keep their rights in the school's record: "
        "then enter nothing here."
    )
    return show_form(
        request, found, form, run, ("College", "Since when does this student attend a college?", lead, "Enter")
    )


@require_http_methods(PAGE)
@allow(OFFICE, relation=FAMILIES)
def end(request: ActorRequest, relation_id: UUID) -> HttpResponse:
    """End a relation."""
    held = find_relation(request.actor, relation_id)
    form = EndForm(request.POST or None, initial={"ends": today()})

    def run() -> None:
        end_relation(actor=request.actor, relation=held, ends=form.cleaned_data["ends"], shown=form.shown())

    lead = "From that day on this person sees nothing of the record."
    texts = ("End a relation", f"{held.get_kind_display()}: when does this end?", lead, "End this relation")
    return show_form(request, held.student, form, run, texts)


@require_http_methods(PAGE)
@allow(OFFICE, relation=FAMILIES)
def told(request: ActorRequest, limit_id: UUID) -> HttpResponse:
    """Write down that the parent with custody was told."""
    held = find_limit(request.actor, limit_id)
    form = ToldForm(request.POST or None)

    def run() -> None:
        tell_custodian(actor=request.actor, limit=held, told_on=form.cleaned_data["told_on"], shown=form.shown())

    lead = (
        "21 full days later the parent without physical custody may see the record, unless the other parent brings "
        "one of the four papers first (603 CMR 23.07(5), M.G.L. c.71 s.34H)."
    )
    texts = ("The notice", "When was the parent with custody told?", lead, "Write the notice down")
    return show_form(request, held.student, form, run, texts)


@require_http_methods(PAGE)
@allow(OFFICE, relation=FAMILIES)
def lift(request: ActorRequest, limit_id: UUID) -> HttpResponse:
    """End a limit."""
    held = find_limit(request.actor, limit_id)
    form = EndForm(request.POST or None, initial={"ends": today()})

    def run() -> None:
        end_limit(actor=request.actor, limit=held, ends=form.cleaned_data["ends"], shown=form.shown())

    lead = "From that day on this person may see the record again, if no other limit is in force."
    texts = ("End a limit", f"{held.get_kind_display()}: when does this end?", lead, "End this limit")
    return show_form(request, held.student, form, run, texts)


@require_http_methods(PAGE)
@allow(OFFICE, relation=FAMILIES)
def take_back(request: ActorRequest, permission_id: UUID) -> HttpResponse:
    """End what lets somebody see the record of a student of 18."""
    held = find_permission(request.actor, permission_id)
    form = PaperForm(request.POST or None)

    def run() -> None:
        end_permission(actor=request.actor, permission=held, shown=form.shown())

    lead = "From now on this person sees nothing of the record."
    texts = ("End a permission", f"{held.get_basis_display()}: why does this end?", lead, "End this permission")
    return show_form(request, held.student, form, run, texts)


@require_safe
@allow({Role.STUDENT}, relation=OWN)
def mine(request: ActorRequest) -> HttpResponse:
    """Who else may see one's own record; at 18, whom one lets."""
    own = own_student(request.actor)
    log_reading(actor=request.actor, subject=f"student:{own.pk}", part="who may see the record")
    return render(request, "people/mine.html", {"page": own_page(own)})


@require_POST
@allow({Role.STUDENT}, relation=OWN)
def agree(request: ActorRequest) -> HttpResponse:
    """A student of 18 lets a guardian see the own record."""
    own = own_student(request.actor)
    guardian = related_person(own, request.POST.get("guardian", ""))
    return _answer(
        request,
        lambda: permit_guardian(
            actor=request.actor,
            guardian=guardian,
            student=own,
            basis=Basis.AGREES,
            shown=Shown(today(), "The student agreed, signed in."),
        ),
        "They may see your record from now on. You can take this back on any day.",
    )


@require_POST
@allow({Role.STUDENT}, relation=OWN)
def withdraw(request: ActorRequest, permission_id: UUID) -> HttpResponse:
    """A student takes an agreement back."""
    held = find_permission(request.actor, permission_id)
    return _answer(
        request,
        lambda: end_permission(
            actor=request.actor, permission=held, shown=Shown(today(), "The student took it back, signed in.")
        ),
        "They see nothing of your record from now on.",
    )


def relations_page(request: ActorRequest, found: Student) -> StudentPage:
    """The student's page; that it is read is written down before anything is opened."""
    log_reading(actor=request.actor, subject=f"student:{found.pk}", part="relations")
    return student_page(found)


def show_form(
    request: ActorRequest,
    found: Student,
    form: PaperForm,
    run: Callable[[], None],
    texts: tuple[str, str, str, str],
) -> HttpResponse:
    """One form about a student on a page of its own: what it does stands above it."""
    if request.method == "POST" and form.is_valid():
        try:
            run()
        except Impossible as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, "Written down. It holds from the next page that anybody opens.")
            return redirect("people:student", student_id=found.pk)
    kicker, answer, lead, button = texts
    context = {"form": form, "student": found, "kicker": kicker, "answer": answer, "lead": lead, "button": button}
    return render(request, "people/form.html", context)


def _people(people: Sequence[Related]) -> list[tuple[str, str]]:
    return [(str(one.guardian.pk), one.name) for one in people]


def _chosen(people: Sequence[Related], key: str) -> Guardian:
    return next(one.guardian for one in people if str(one.guardian.pk) == key)


def _answer(request: ActorRequest, run: Callable[[], object], done: str) -> HttpResponse:
    try:
        run()
    except Impossible as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, done)
    return redirect("people:mine")


def _why(request: ActorRequest) -> dict[str, object]:
    return {
        "rule": "34 CFR 99.4, 99.5; 603 CMR 23.02, 23.07(5)",
        "role": request.actor.role_name,
        "relation": "The records office keeps who may see each record",
        "read_at": now(),
    }
