"""How many queries a list or a record takes: at most twelve, and as many for a dozen rows as for three."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from benchmarks.records_living import file_one, give_life
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from schoolgate.apps.access.moment import at, now, today
from schoolgate.apps.access.routes import all_routes
from schoolgate.apps.incidents.models import OrderKind, Report
from schoolgate.apps.incidents.order_services import enter_order
from schoolgate.apps.ledger.readings import log_reading
from schoolgate.apps.people.glass.models import GlassReason, Verdict
from schoolgate.apps.people.glass.selectors import part_read
from schoolgate.apps.people.glass.services import Emergency, Over, break_glass, end_glass, review_glass
from schoolgate.apps.people.selectors import actor_for
from schoolgate.apps.spreadsheets.services import bring
from support.power import switched_on
from support.seen import accepted, left_on_condition, told

pytestmark = pytest.mark.django_db

MOST = 12
FEW, MANY = 3, 12

# Lists and records, and who reads them.
PAGES = {
    "exports:lists": "whitfield",
    "exports:one": "whitfield",
    "families:account": "aguilar marisol",
    "families:copy": "aguilar",
    "families:disclosures": "aguilar whitfield",
    "families:report": "aguilar",
    "incidents:emergency": "abreu",
    "incidents:emergency-report": "abreu",
    "incidents:file": "abreu",
    "incidents:find": "abreu okafor whitfield",
    "incidents:holders": "whitfield",
    "incidents:report": "abreu okafor whitfield",
    "incidents:reports": "abreu okafor whitfield raman",
    "incidents:review": "okafor",
    "incidents:reviews": "okafor whitfield",
    "incidents:version": "okafor",
    "people:glass": "whitfield",
    "people:glasses": "okafor whitfield",
    "people:mine": "marisol",
    "people:notices": "okafor",
    "people:power": "whitfield",
    "people:student": "whitfield",
    "people:unusual": "raman",
    "redactions:attachments": "abreu whitfield",
    "redactions:bench": "whitfield",
    "redactions:recipient": "whitfield",
    "releases:release": "whitfield doyle",
    "requests:desk": "whitfield raman",
    "requests:mine": "doyle",
    "requests:one": "whitfield raman",
    "retention:due": "whitfield",
    "retention:hold": "raman",
    "retention:holds": "raman",
    "retention:home": "whitfield",
    "signing_in:door": "admin",
    "signing_in:own": "abreu",
    "signing_in:person": "admin",
    "spreadsheets:columns": "whitfield",
    "spreadsheets:home": "whitfield",
    "transfers:home": "abreu whitfield",
    "transfers:one": "abreu whitfield",
    "transparency:acts": "park",
    "workbench:kept": "raman",
}
# Forms, acts, files, and pages about law, agreements, figures and the log, which hold no child's record.
OTHERS = {
    "": "home account_ sign_in_",
    "agencies": "*",
    "exports": "propose settle file",
    "families": "disclosures-file own-disclosures receipt whose-disclosures wrong",
    "incidents": (
        "break-glass carry_out check correct end-emergency expire open_once order save sign_off step_done what when who"
    ),
    "ledger": "*",
    "people": (
        "agree begin college end enter find give-role glass-end glass-hold glass-review guardian-sign-in limit lift"
        " looked more open-sign-in permit power-o role settle-role student-sign-in take-back told withdraw"
    ),
    "redactions": "again by-hand do finder finish page page-copy page-do picture sign",
    "releases": (
        "address alert copy differs make offer receipt receive received request-receipt settle-address withdraw"
    ),
    "requests": "answer ask confirm decide match notify propose provision provisions second",
    "retention": "certificate go-on left lift proposal propose sign told withdraw",
    "signing_in": "add change codes end remove settle",
    "spreadsheets": "drop forget go-on import one",
    "transfers": (
        "accept answer approve ask-watched close evidence letter letter-pdf letters look reject reopen sent tell"
        " withdraw withdraw-approval"
    ),
    "transparency": "destroy figures figures_json key log log_file rules stamp statement subscribe unsubscribe",
    "workbench": "case claim claims compare draft explanation keep kept-file open replay request",
}


def newest(model: str, **wanted: object):
    row = apps.get_model(model).objects.filter(**wanted).last()
    assert row is not None, model
    return row


def key(model: str, **wanted: object) -> Callable[[], object]:
    return lambda: newest(model, **wanted).pk


# What stands for each parameter of an address: one row of those that there are.
PARAMETERS: dict[str, Callable[[], object]] = {
    "export_id": key("exports.listexport"),
    "glass_id": key("people.brokenglass"),
    "hold_id": key("retention.hold"),
    "number": lambda: 1,
    "order_id": key("incidents.courtorder"),
    "release_id": key("releases.release"),
    "report_id": lambda: newest("releases.release").request.report_id,
    "request_id": lambda: newest("releases.release").request_id,
    "review_id": key("incidents.allegationreview", settled_at=None),
    "series": lambda: "student_report",
    "sheet_id": key("spreadsheets.spreadsheet"),
    "student_id": lambda: newest("people.student", user__username="marisol").pk,
    "transfer_id": lambda: newest("transfers.transfer", reported_by__username="abreu").pk,
    "user": lambda: newest("people.user", username="abreu").pk,
}


def test_every_route_is_counted_or_is_no_list_and_no_record():
    for route in all_routes():
        space, _, name = route.name.rpartition(":")
        others = OTHERS[space].split()
        is_other = others == ["*"] or any(name == one or name.startswith(one.rstrip("-")) for one in others)
        assert route.name in PAGES or is_other, (
            f"{route.name} is new: count its queries here if it lists or shows records"
        )


def test_lists_and_records_take_few_queries_whatever_they_hold(cast):
    fill(cast, FEW)
    _, few = counted(cast)
    fill(cast, MANY - FEW)
    first, many = counted(cast)
    assert {page: (few[page], many[page]) for page in many if few[page] != many[page]} == {}
    assert {page: (first[page], many[page]) for page in many if max(first[page], many[page]) > MOST} == {}


def fill(cast, rows):
    """So many more of everything that is listed; one copy that left, once."""
    administrator = Client()
    administrator.force_login(cast.users["admin"])
    switched_on(administrator, actor_for(cast.users["admin"]))
    give_life(cast, reports=rows, requests=rows, others=rows)
    with at(now() - timedelta(days=6 * 366)):
        for number in range(rows):
            file_one(cast, number, claim=False)
    for number in range(rows):
        propose(cast)
        accepted(cast, told(cast, "abreu", days_ago=number))
        opened_in_an_emergency(cast, days_ago=number + 1)
        bring(actor=cast.actor("whitfield"), subject="staff", content=b"ID,First,Last,School\n1,A,B,C\n")
    if not apps.get_model("releases.release").objects.exists():
        left_on_condition(cast, file_one(cast, 0), days_ago=0)
        enter_order(
            actor=cast.actor("whitfield"),
            report=file_one(cast, 1, claim=False),
            kind=OrderKind.EXPUNGE,
            dated_on=today(),
            court="A court",
            docket="",
        )


def opened_in_an_emergency(cast, days_ago):
    """By Ms. Abreu, who read a report by it; ended and looked at."""
    with at(now() - timedelta(days=days_ago)):
        opened = in_an_emergency(cast)
        read = Report.objects.visible_to(cast.actor("aguilar"))[0]
        log_reading(actor=cast.actor("abreu"), subject=f"report:{read.pk}", part=part_read(opened, "whole"))
        end_glass(actor=cast.actor("abreu"), glass=opened)
        words = "I asked whoever was there, and it was so."
        review_glass(actor=cast.actor("whitfield"), glass=opened, verdict=Verdict.JUSTIFIED, words=words)


def in_an_emergency(cast):
    threat = "Somebody wrote that a bus would be set on fire this afternoon."
    why = Emergency(
        GlassReason.VIOLENCE, threat, "Whoever rides it", "To learn which bus she rides, so that it is stopped."
    )
    student = cast.students["marisol"]
    over = Over(frozenset({student.pk}), student=student.pk, school=student.school_id)
    return break_glass(actor=cast.actor("abreu"), over=over, why=why)


def propose(cast):
    from schoolgate.apps.exports.services import propose_list

    propose_list(
        actor=cast.actor("whitfield"),
        kind="crdc",
        first_day=date(2025, 7, 1),
        last_day=date(2026, 6, 30),
        purpose="federal_collection",
        words="The yearly collection, sent by the data office.",
    )


def counted(cast) -> tuple[dict[str, int], dict[str, int]]:
    """Page and reader -> how many statements it sends: the first time in a day, when its record is looked for among
    those that were read, and the second. The marks of the test's own transaction are none.
    """
    parameters = {route.name: route.parameters for route in all_routes()}
    first, second = {}, {}
    for name, readers in PAGES.items():
        glass = in_an_emergency(cast) if name.startswith("incidents:emergency") else None
        where = reverse(name, kwargs={one: PARAMETERS[one]() for one in parameters[name]})
        for reader in readers.split():
            client = Client()
            client.force_login(cast.users[reader])
            if reader == "admin":
                switched_on(client, actor_for(cast.users["admin"]))
            for counts in (first, second):
                counts[f"{name} {reader}"] = statements_of(client, where)
        if glass:
            glass.delete()
    return first, second


def statements_of(client, where) -> int:
    with CaptureQueriesContext(connection) as seen:
        response = client.get(where)
    assert response.status_code == 200, (where, response.status_code)
    return sum(not one["sql"].startswith(("SAVEPOINT", "RELEASE")) for one in seen.captured_queries)
