"""What the office, the schools and agencies have open at any time, made by the product's own acts.

By the demonstration's people: so many of each thing, told by the caller. The tests of how many queries a page takes
make few, then many.
"""

from datetime import timedelta

from schoolgate.apps.access.moment import today
from schoolgate.apps.incidents.body import Body, Claim, Person
from schoolgate.apps.incidents.models import OrderKind, Report
from schoolgate.apps.incidents.order_services import enter_order
from schoolgate.apps.incidents.services import file_report, save_draft
from schoolgate.apps.people.directory import number_index
from schoolgate.apps.people.models import StaffMember, Student, User
from schoolgate.apps.requests.about import About
from schoolgate.apps.requests.models import Request
from schoolgate.apps.requests.services import decide_request, match_request, receive_request, refuse
from schoolgate.apps.retention.models import HoldKind
from schoolgate.apps.retention.services import Scope, place_hold
from schoolgate.apps.schools.models import School
from schoolgate.demonstration.cast import Cast

AGENCIES = (
    ("doyle", "subpoena", "investigation"),
    ("kerr", "none", "intelligence"),
    ("doyle", "none", "investigation"),
)


def give_life(cast: Cast | None = None, *, reports: int = 60, requests: int = 120, others: int = 30) -> list[Report]:
    """Open work of the demonstration's school; gives the reports that were filed."""
    cast = cast or _cast()
    filed = [file_one(cast, number) for number in range(reports)]
    for number in range(requests):
        ask_for(cast, filed[number % len(filed)], number)
    for number in range(others):
        write_draft(cast)
        hold_one(cast, filed[number % len(filed)])
    return filed


def _cast() -> Cast:
    """The demonstration's people, among all others."""
    names = ("abreu", "okafor", "whitfield", "raman", "doyle", "kerr")
    users = {one.username: one for one in User.objects.filter(username__in=names)}
    school = School.objects.get(external_id="4030")
    students = {
        name: Student.objects.get(number_index=number_index("student", number))
        for name, number in (("marisol", "8400117"), ("kevin", "8400212"))
    }
    return Cast(school, {}, users, students)


def file_one(cast: Cast, number: int, *, claim: bool = True) -> Report:
    """Ms. Abreu files one about Marisol and Kevin; Mr. Okafor responded."""
    return file_report(actor=cast.actor("abreu"), body=body_of(cast, number, claim=claim))


def body_of(cast: Cast, number: int, *, claim: bool = True) -> Body:
    """What such a report says."""
    responded = StaffMember.objects.get(user=cast.users["okafor"])
    rumour = Claim(
        about="P2",
        text="Somebody said that @P2 began it",
        element="incident_description",
        source="A student",
        basis="Hearsay",
        review_on=today().isoformat(),
    )
    return Body(
        occurred_on=(today() - timedelta(days=number % 20)).isoformat(),
        place="hallway",
        kind="fight",
        report_kind=("incident_report", "bullying", "incident_log")[number % 3],
        people=(
            Person("P1", "involved", student=cast.students["marisol"].pk),
            Person("P2", "involved", student=cast.students["kevin"].pk),
            Person("S1", "responded", staff=responded.pk),
        ),
        narrative="@P1 and @P2 argued at the stairs. @S1 stepped in and both went back to class.",
        claims=(rumour,) if claim else (),
        response="Talks with both, calls home.",
    )


def ask_for(cast: Cast, report: Report, number: int) -> Request:
    """An agency asks for a report: every third request waits for its match, every third is refused."""
    username, instrument, purpose = AGENCIES[number % len(AGENCIES)]
    about = About(whom="A student of East Harbor", when="this month", why="An investigation", paper="On file")
    request = receive_request(actor=cast.actor(username), instrument=instrument, purpose=purpose, about=about)
    if number % 3:
        officer = cast.actor("whitfield")
        match_request(actor=officer, request=request, report=report, named=("P1",))
        decision = decide_request(actor=officer, request=request)
        if number % 3 == 2:
            refuse(actor=officer, decision=decision)
    return request


def write_draft(cast: Cast) -> None:
    """Ms. Abreu begins a report."""
    save_draft(actor=cast.actor("abreu"), body=Body(occurred_on=today().isoformat(), narrative="@P1 ran."))


def hold_one(cast: Cast, report: Report) -> None:
    """Counsel has a report held."""
    place_hold(
        actor=cast.actor("raman"),
        kind=HoldKind.COUNSEL,
        scope=Scope(report=report),
        why="A lawsuit may follow",
        starts=today(),
        until=None,
    )


def seal_one(cast: Cast, report: Report) -> None:
    """An order seals a report."""
    enter_order(
        actor=cast.actor("whitfield"),
        report=report,
        kind=OrderKind.SEAL,
        dated_on=today(),
        court="Suffolk Juvenile Court",
        docket="26-0117",
    )
