"""What somebody may not see answers as what does not exist: every route with a record's id in its address."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from schoolgate.apps.access.actors import OFFICE, Role
from schoolgate.apps.access.moment import now, today
from schoolgate.apps.access.routes import all_routes
from support.seen import left_under_subpoena

pytestmark = pytest.mark.django_db

# What stands in an address beside the record's id, alike for what is hidden and what is absent.
BESIDE = {"number": 1, "code": "parents_told", "step": "what", "form": "csv", "attachment": 1, "page": 1}
# Parameters that name no record of one person more than of another in the role that may use the route.
FOR_ALL_IN_THE_ROLE = {"match_id", "user", "user_id", "change", "what", "power_id", "membership_id"}


@pytest.fixture
def hidden(filed, cast, sign_in):
    """A record for each parameter; nobody of another school, agency or family may see any."""
    from schoolgate.apps.incidents.models import AllegationReview, Draft
    from schoolgate.apps.people.glass.models import BrokenGlass, GlassReason
    from schoolgate.apps.people.models import Guardian, Permission
    from schoolgate.apps.people.signing_in.models import SignInSession
    from schoolgate.apps.transfers.models import Transfer

    release = left_under_subpoena(cast, filed.report)
    author = cast.users["abreu"]
    draft = Draft.objects.create(author=author, school=cast.school, wrapped_key=b"", sealed=b"", saved_at=now())
    permission = Permission.objects.create(
        guardian=Guardian.objects.get(user=cast.users["aguilar"]),
        student=cast.students["marisol"],
        basis="agrees",
        starts=today(),
    )
    transfer = Transfer.objects.create(
        number="T-0000001",
        reported_by=author,
        reported_as=Role.STAFF,
        reported_at=now(),
        first_day=today(),
        last_day=today(),
        how="letter",
        wrapped_key=b"",
        sealed=b"",
    )
    review, _ = AllegationReview.objects.get_or_create(
        report=filed.report, claim="hidden", defaults={"review_on": today()}
    )
    sign_in("okafor").get(reverse("incidents:reports"))
    glass = BrokenGlass.objects.create(
        number="G-0000001",
        user=author,
        role=Role.STAFF,
        school=cast.school,
        student=cast.students["marisol"],
        reason=GlassReason.VIOLENCE,
        opened_at=now() - timedelta(days=1),
        ended_at=now() - timedelta(hours=23),
        ended_how="own",
        wrapped_key=b"",
        sealed=b"",
    )
    return {
        "glass_id": glass.pk,
        "report_id": filed.report.pk,
        "draft_id": draft.pk,
        "request_id": filed.request.pk,
        "release_id": release.pk,
        "student_id": cast.students["marisol"].pk,
        "transfer_id": transfer.pk,
        "permission_id": permission.pk,
        "review_id": review.pk,
        "session": SignInSession.objects.get(user=cast.users["okafor"]).public_id,
    }


def test_what_is_hidden_answers_as_what_is_absent(hidden, elsewhere, cast):
    """The same status, bytes, headers and statements, whatever the method, for each role that a route lets in."""
    readers = {
        Role.PRINCIPAL: elsewhere.users["reis"],
        Role.STAFF: elsewhere.users["lopes"],
        Role.GUARDIAN: elsewhere.users["pires"],
        Role.STUDENT: elsewhere.users["ana"],
        Role.AGENCY_USER: cast.users["kerr"],
        Role.AUDITOR: cast.users["park"],
        Role.ADMINISTRATOR: cast.users["admin"],
    }
    asked = compare(readers, hidden)
    # Each kind of record was tried as each role that has pages of it.
    assert {parameter for parameter, _ in asked} == set(hidden)
    assert len(asked) >= 20


def test_a_memo_kept_apart_is_absent_for_the_records_officer(filed, cast):
    """The office sees all reports but one kind: it has no trace of a memo."""
    from dataclasses import replace

    from schoolgate.apps.incidents.body import Body, Person
    from schoolgate.apps.incidents.services import file_report
    from schoolgate.apps.incidents.vocabulary import MEMO

    body = Body(
        occurred_on=today().isoformat(),
        place="classroom",
        kind="other",
        people=(Person("P1", "harmed", student=cast.students["kevin"].pk),),
        narrative="@P1 told me something.",
    )
    memo = file_report(actor=cast.actor("abreu"), body=replace(body, report_kind=MEMO))
    asked = compare({Role.RECORDS_OFFICER: cast.users["whitfield"]}, {"report_id": memo.pk})
    assert asked == {("report_id", Role.RECORDS_OFFICER)}


def compare(readers, hidden):
    """Ask each route for what is hidden and for what is absent; returns which parameters were tried as which roles."""
    asked = set()
    for role, user in readers.items():
        client = Client()
        client.force_login(user)
        for route in all_routes():
            if role not in route.access.roles or "<uuid:" not in route.pattern:
                continue
            tried = set(route.parameters) & set(hidden)
            unknown = set(route.parameters) - set(hidden) - set(BESIDE) - FOR_ALL_IN_THE_ROLE
            assert role in OFFICE or not unknown, (
                f"{route.name}: put a record that is hidden for {unknown} into `hidden`"
            )
            if not tried:
                continue
            beside = {name: BESIDE.get(name) or uuid4() for name in route.parameters}
            there = reverse(route.name, kwargs=beside | {name: hidden[name] for name in tried})
            nothing = reverse(route.name, kwargs=beside | {name: uuid4() for name in tried})
            answers = [answer(client, method, there) for method in ("get", "post")]
            assert answers == [answer(client, method, nothing) for method in ("get", "post")], (role, route.name)
            # 405: not that method. 302: asked to confirm who they are before anything is looked for.
            statuses = {one[0] for one in answers}
            assert statuses <= {404, 405, 302}, (role, route.name)
            assert statuses & {404, 302}, (role, route.name)
            asked |= {(name, role) for name in tried}
    return asked


def answer(client, method, address):
    """Status, bytes, headers and statements, with each id as the same word."""
    with CaptureQueriesContext(connection) as statements:
        response = getattr(client, method)(address)
    headers = {name: anonymous(value) for name, value in response.headers.items()}
    return (
        response.status_code,
        anonymous(response.content.decode()),
        headers,
        [anonymous(one["sql"]) for one in statements.captured_queries],
    )


def anonymous(text):
    text = re.sub(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", "ID", text)
    # The moment of a request, in what it writes of its own session.
    return re.sub(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?(\+00:00)?", "MOMENT", text)
