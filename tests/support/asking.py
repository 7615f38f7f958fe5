"""Many requests, cheaply: every kind of recipient asks about ten students."""

from datetime import date

from schoolgate.apps.access.actors import SYSTEM, Actor, Role
from schoolgate.apps.access.moment import now, today
from schoolgate.apps.access.numbers import new_number
from schoolgate.apps.agencies.models import RECIPIENT_KINDS, Agency
from schoolgate.apps.incidents.models import Incident, Participant, Report
from schoolgate.apps.people.directory import Name
from schoolgate.apps.people.services import add_student
from schoolgate.apps.requests.about import About
from schoolgate.apps.requests.services import match_request, receive_request
from schoolgate.demonstration.cast import Cast

STUDENTS = 10


def asked_by_every_kind(cast: Cast, report: Report | None = None) -> Report:
    """Ask about a report of ten students, once for each kind of recipient, and match each request to it."""
    found = report or report_of_ten(cast)
    tokens = tuple(f"P{number}" for number in range(1, STUDENTS + 1))
    for kind in (*RECIPIENT_KINDS, "school_committee"):
        agency = Agency.objects.filter(slug=f"any-{kind}".replace("_", "-")).first() or Agency.objects.create(
            slug=f"any-{kind}".replace("_", "-"), name=f"Some {kind}", kind=kind
        )
        asks = Actor(role=Role.AGENCY_USER, user_id=cast.users["doyle"].pk, agency=agency.pk)
        request = receive_request(
            actor=asks,
            instrument="none",
            purpose="investigation",
            about=About(whom="them all", when="then", why="so", paper=""),
        )
        match_request(actor=cast.actor("whitfield"), request=request, report=found, named=tokens)
    return found


def report_of_ten(cast: Cast) -> Report:
    """A report about ten students, of which nobody wrote a word: the finder has nothing to read."""
    incident = Incident.objects.create(school=cast.school, occurred_on=today(), place="bus", kind="vandalism")
    for number in range(STUDENTS):
        name = Name(f"Student {number}", (), f"85{number:05}", date(2010, 1, 1 + number))
        student = add_student(actor=SYSTEM, school=cast.school, name=name)
        Participant.objects.create(incident=incident, token=f"P{number + 1}", role="involved", student=student)
    return Report.objects.create(
        number=new_number("R"),
        incident=incident,
        kind="incident_report",
        filed_by=cast.users["okafor"],
        filed_at=now(),
    )
