"""Who works in the office and is a parent here: every room of it is without the record of that child.

One rule (`access/kept.py`), asked of every list, page, search and file: what is about the child answers as what is not
there, whoever else it is about.
"""

from datetime import timedelta

import pytest
from django.urls import reverse

from schoolgate.apps.access.actors import SYSTEM, Role
from schoolgate.apps.access.moment import at, now, today
from schoolgate.apps.exports.models import ListedStudent
from schoolgate.apps.exports.services import confirm_list, propose_list
from schoolgate.apps.incidents.glass import over_incident, over_student
from schoolgate.apps.incidents.models import OrderKind
from schoolgate.apps.incidents.order_services import enter_order
from schoolgate.apps.ledger.models import Reading
from schoolgate.apps.people.directory import Name
from schoolgate.apps.people.glass.models import GlassReason
from schoolgate.apps.people.glass.services import Emergency, break_glass, end_glass
from schoolgate.apps.people.models import Guardian, LimitKind, Membership
from schoolgate.apps.people.notices.models import Notice
from schoolgate.apps.people.relation_services import Shown, end_relation, enter_limit
from schoolgate.apps.people.services import Place, end_role, give_role
from schoolgate.apps.retention.models import Departure, HoldKind
from schoolgate.apps.retention.schedule import all_schedules
from schoolgate.apps.retention.selectors import preview
from schoolgate.apps.retention.services import Scope, place_hold, propose, record_departure
from schoolgate.apps.transfers.models import Letter
from schoolgate.demonstration import story
from support.seen import accepted, filed_long_ago, left_on_condition, told

from .test_hidden_and_absent import compare

pytestmark = pytest.mark.django_db
KEVIN, MARISOL = "8400212", "8400117"
WHY = Emergency(
    GlassReason.VIOLENCE,
    "A message says that somebody will be beaten at noon by the gate.",
    "Kevin, and whoever walks with him",
    "To learn who has hurt him before, so that the gate is watched.",
)
OFFICE = {"whitfield": Role.RECORDS_OFFICER, "raman": Role.COUNSEL}


@pytest.fixture
def rules(settings, tmp_path):
    settings.CRDC_RULES = tmp_path / "crdc.toml"
    settings.CRDC_RULES.write_text('version = 1\nsource = "Invented"\nsworn_units = []\n[codes]\n', encoding="utf-8")


@pytest.fixture
def world(cast, rules):
    """Kevin in every room of the office: numbers and addresses by the parameter that names them."""
    officer, counsel = cast.actor("whitfield"), cast.actor("raman")
    report = filed_long_ago(cast)
    release = left_on_condition(cast, report)
    case = accepted(cast, told(cast, "doyle", copy=release.number), release=release)
    tip = told(cast, "chen")
    with at(now() - timedelta(days=6 * 366)):
        old = story.file_the_report(cast)
        ordered = story.file_the_report(cast)
    series = all_schedules()["student_report"]
    seen = preview(officer, series, today())
    proposal = propose(actor=officer, series=series, day=today(), seen=seen.digest)
    holds = [
        place_hold(actor=counsel, kind=HoldKind.COUNSEL, scope=scope, why="Chen against the district", starts=today())
        for scope in (Scope(student=cast.students["kevin"]), Scope(report=report))
    ]
    enter_order(actor=officer, report=ordered, kind=OrderKind.EXPUNGE, dated_on=today(), court="A court", docket="")
    return {
        "report": report,
        "release": release,
        "case": case,
        "tip": tip,
        "old": old,
        "ordered": ordered,
        "holds": holds,
        "proposal": proposal,
        "glasses": opened(cast, report),
        "list": listed(cast),
    }


def opened(cast, report):
    made = []
    for who, over in (("abreu", over_student(KEVIN)), ("okafor", over_incident(report.number))):
        glass = break_glass(actor=cast.actor(who), over=over, why=WHY)
        made.append(end_glass(actor=cast.actor(who), glass=glass))
    return made


def listed(cast):
    asked = {"kind": "crdc", "purpose": "own_check", "first_day": today() - timedelta(days=9), "last_day": today()}
    made = propose_list(actor=cast.actor("whitfield"), words="The yearly look at our own numbers.", **asked)
    made = confirm_list(actor=cast.actor("raman"), export=made)
    ListedStudent.objects.get_or_create(export=made, student=cast.students["marisol"])
    return made


def make_parent(cast, username):
    give_role(
        actor=SYSTEM,
        user=cast.users[username],
        role=Role.GUARDIAN,
        name=Name("A parent"),
        place=Place(children=(cast.students["kevin"],)),
    )
    return Guardian.objects.get(user=cast.users[username])


def addresses(cast, world):
    """Every page of the office about Kevin."""
    letter = Letter.objects.filter(case=world["case"]).first()
    named = {
        "report_id": world["report"].pk,
        "release_id": world["release"].pk,
        "request_id": world["release"].request_id,
        "transfer_id": world["case"].transfer_id,
        "student_id": cast.students["kevin"].pk,
        "hold_id": world["holds"][0].pk,
        "proposal_id": world["proposal"].pk,
        "glass_id": world["glasses"][0].pk,
        "order_id": world["ordered"].orders.get().pk,
    }
    if letter:
        named["letter_id"] = letter.pk
    return named


def lists(client):
    """What the office's lists say, one after the other."""
    where = (
        "incidents:reports incidents:find requests:desk transfers:home retention:home retention:holds people:glasses"
        " people:notices"
    )
    pages = [client.get(reverse(name)) for name in where.split()]
    pages.append(client.get(reverse("retention:due", args=["student_report"])))
    assert {page.status_code for page in pages} == {200}
    return "\n".join(page.text for page in pages)


def numbers(world):
    return {
        world["report"].number,
        world["release"].number,
        world["release"].request.number,
        world["case"].transfer.number,
        world["tip"].number,
        world["old"].number,
        *(one.number for one in world["holds"]),
        *(one.number for one in world["glasses"]),
        world["proposal"].number,
    }


@pytest.mark.parametrize("username", OFFICE)
def test_every_page_of_the_office_is_without_ones_own_child(username, cast, world, sign_in):
    client = sign_in(username)
    seen = lists(client)
    # What no list of the office shows for other reasons: an old report is in the list of what is due until proposed.
    shown = {one for one in numbers(world) if one in seen}
    assert {
        world["proposal"].number,
        world["holds"][0].number,
        world["tip"].number,
        world["report"].number,
    } <= shown
    there = addresses(cast, world)
    make_parent(cast, username)
    readings = Reading.objects.count()
    asked = compare({OFFICE[username]: cast.users[username]}, there)
    assert {parameter for parameter, _ in asked} == set(there)
    second = {"glass_id": world["glasses"][1].pk, "hold_id": world["holds"][1].pk, "transfer_id": world["tip"].pk}
    assert compare({OFFICE[username]: cast.users[username]}, second)
    assert Reading.objects.count() == readings, "nothing of it was opened"
    left = lists(client)
    assert not [one for one in numbers(world) if one in left]


@pytest.mark.parametrize("username", OFFICE)
def test_a_limit_does_the_same_when_relation_and_role_have_ended(username, cast, world, sign_in):
    guardian = make_parent(cast, username)
    officer = cast.actor("raman" if username == "whitfield" else "whitfield")
    paper = {"actor": officer, "shown": Shown(today(), "Suffolk Probate, docket 26D-0117")}
    enter_limit(
        guardian=guardian, student=cast.students["kevin"], kind=LimitKind.PROTECTIVE_ORDER, starts=today(), **paper
    )
    end_relation(relation=guardian.relations.get(), ends=today(), **paper)
    end_role(actor=SYSTEM, membership=Membership.objects.get(user=cast.users[username], role=Role.GUARDIAN))
    assert compare({OFFICE[username]: cast.users[username]}, addresses(cast, world))
    left = lists(sign_in(username))
    assert not [one for one in numbers(world) if one in left]


def test_no_number_finds_the_child_where_retention_asks_for_one(cast, sign_in, world):
    make_parent(cast, "whitfield")
    client = sign_in("whitfield")
    left = {"left_on": today().isoformat(), "how": "graduated"}
    hold = {"kind": "counsel", "covers": "student", "why": "Somebody asked", "starts": today().isoformat()}
    for number, said in ((KEVIN, 200), ("0000000", 200), (MARISOL, 302)):
        assert client.post(reverse("retention:left"), left | {"number": number}).status_code == said
        assert client.post(reverse("retention:holds"), hold | {"number": number}).status_code == said
    assert {one.student.pk for one in Departure.objects.all()} == {cast.students["marisol"].pk}


def test_what_is_due_about_the_child_is_proposed_by_a_colleague(cast, world):
    officer, series = cast.actor("whitfield"), all_schedules()["student_report"]
    assert preview(officer, series, today()).past == 2
    papers = all_schedules()["relation_papers"]
    left_on = today() - timedelta(days=8 * 366)
    record_departure(actor=officer, student=cast.students["kevin"], left_on=left_on, how=Departure.How.GRADUATED)
    assert preview(officer, papers, today()).past == 1
    make_parent(cast, "whitfield")
    officer = cast.actor("whitfield")
    assert preview(officer, series, today()).past == 0
    assert preview(officer, papers, today()).past == 0
    assert preview(cast.actor("raman"), papers, today()).past == 1


def test_files_of_many_children_are_opened_by_whoever_is_kept_from_none(cast, world, sign_in):
    """Whether the own child is in them or not: that they are shut would tell."""
    page = reverse("exports:one", args=[world["list"].pk])
    files = [reverse("exports:file", args=[world["list"].pk, name]) for name in world["list"].made["files"]]
    client = sign_in("whitfield")
    assert {client.get(one).status_code for one in files} == {200}
    make_parent(cast, "whitfield")
    assert {client.get(one).status_code for one in files} == {404}
    shown = client.get(page)
    assert (shown.status_code, "a colleague opens them" in shown.text) == (200, True)
    assert {sign_in("raman").get(one).status_code for one in files} == {200}


def test_whoever_could_not_review_an_emergency_is_not_told_of_it(cast, world):
    """Where the only records officer is a parent of the child, counsel is told."""
    for one in world["glasses"]:
        assert set(Notice.objects.filter(about=one.pk).values_list("to__username", flat=True)) >= {"whitfield"}
    make_parent(cast, "whitfield")
    made = break_glass(actor=cast.actor("abreu"), over=over_student(KEVIN), why=WHY)
    to = set(Notice.objects.filter(about=made.pk).values_list("to__username", flat=True))
    assert to == {"abreu", "okafor", "raman"}


def test_what_is_about_another_child_stays_the_offices(cast, world, sign_in):
    make_parent(cast, "whitfield")
    client = sign_in("whitfield")
    alone = place_hold(
        actor=cast.actor("raman"),
        kind=HoldKind.COUNSEL,
        scope=Scope(student=cast.students["marisol"]),
        why="For the appeal",
        starts=today(),
    )
    glass = break_glass(actor=cast.actor("abreu"), over=over_student(MARISOL), why=WHY)
    pages = (
        reverse("people:student", args=[cast.students["marisol"].pk]),
        reverse("retention:hold", args=[alone.pk]),
        reverse("people:glass", args=[glass.pk]),
        reverse("exports:one", args=[world["list"].pk]),
    )
    assert [client.get(one).status_code for one in pages] == [200] * len(pages)
