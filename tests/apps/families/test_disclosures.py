"""The accounting of one child: everything that left about it, nothing of another child, each reading written down."""

import csv
import json
from io import StringIO
from uuid import uuid4

import pytest
from django.urls import reverse

from schoolgate.interop.disclosures import What

pytestmark = pytest.mark.django_db

FILES = ("csv", "json", "jsonld")
NAMES = ("Marisol", "Aguilar", "Kevin", "Chen", "8400117", "8400212")


@pytest.fixture
def report(cast):
    from support.seen import filed_long_ago

    return filed_long_ago(cast)


@pytest.fixture
def accounting(cast):
    """The accounting of a child of the cast, as the records officer opens it."""
    from schoolgate.apps.families.disclosures import open_accounting

    def open_for(child, username="whitfield"):
        return open_accounting(actor=cast.actor(username), child=cast.students[child], form="page")

    return open_for


def whats(opened):
    return [line.what for line in opened.accounting.lines]


def readings():
    from schoolgate.apps.ledger.models import Reading

    return list(Reading.objects.filter(subject__startswith="student:").order_by("read_at").values_list("part", "role"))


def page(child):
    return reverse("families:disclosures", args=[child.pk])


def file(child, form):
    return reverse("families:disclosures-file", args=[child.pk, form])


def test_a_copy_under_a_paper_that_names_one_child_is_in_the_accounting_of_that_child_alone(cast, report, accounting):
    from schoolgate.apps.ledger.models import Opening
    from support.seen import left_under_subpoena

    release = left_under_subpoena(cast, report)
    opened = accounting("marisol")
    assert whats(opened) == [What.ASKED, What.RELEASED]
    assert opened.accounting.disclosures == 1
    asked, left = opened.accounting.lines
    assert asked.recipient.name == "Boston Police Department"
    assert asked.recipient.person == "Sgt. Doyle"
    assert asked.purpose.code == "investigation"
    assert left.matter == release.number
    assert left.by == "Dana Whitfield, Records officer"
    assert left.told_at is not None
    assert left.told_at < left.at
    assert "34 CFR 99.31(a)(9)" in "; ".join(left.law)
    parts = {one.code for one in left.parts}
    assert {"student_name", "school"} <= parts
    assert not parts & {"gang_affiliation", "neighborhood", "other_student_name"}
    entry = Opening.objects.get(pk=left.entry)
    assert (entry.kind, entry.subject) == ("copy_released", f"request:{release.request_id}")
    assert whats(accounting("kevin")) == []


def test_what_is_about_another_child_of_the_same_paper_is_no_part_of_this_one(cast, report):
    from schoolgate.apps.families.disclosures import _of_others_alone
    from schoolgate.apps.incidents.selectors import unsealed
    from schoolgate.apps.redactions.selectors import review_of

    # Marisol lives in Eagle Hill, and the rumor is about her.
    father, mother = frozenset({"P2"}), frozenset({"P1"})
    gone = {"gang_affiliation", "neighborhood"}
    assert gone <= _of_others_alone(review_of(unsealed(report), father), father)
    assert not _of_others_alone(review_of(unsealed(report), mother), mother) & gone


def test_a_copy_that_lets_an_unnamed_child_be_known_is_in_its_accounting(cast, report, accounting):
    from schoolgate.apps.requests.models import Confirmation
    from support.seen import left_under_subpoena

    release = left_under_subpoena(cast, report)
    confirmation = Confirmation.objects.get(release=release)
    confirmation.elements |= {"other_student_name": True}
    confirmation.save()
    left = accounting("kevin").accounting.lines[-1]
    assert left.what is What.RELEASED
    assert [one.code for one in left.parts] == ["other_student_name"]
    assert "does not name" in left.note


def test_both_children_of_one_paper_have_the_copy_in_their_accounting(cast, report, accounting):
    from support.seen import left_on_condition

    left_on_condition(cast, report, named=("P1", "P2"))
    assert whats(accounting("marisol")) == whats(accounting("kevin")) == [What.ASKED, What.RELEASED]


def told_on_the_familys_page(cast, username):
    """Requests and copies by number, as the family's page tells of them."""
    from schoolgate.apps.families.selectors import account

    lines = account(cast.actor(username)).lines
    return sorted(
        {one.request.number for one in lines if one.request} | {one.release.number for one in lines if one.release}
    )


def test_the_familys_page_and_the_accounting_tell_of_the_same(cast, report, filed, accounting, sign_in):
    """Of one child's case the other family learns nothing: not by the page, a receipt or the copy's own address."""
    from schoolgate.apps.requests.models import Confirmation
    from support.seen import left_on_condition, left_under_subpoena

    both = left_on_condition(cast, report, named=("P1", "P2"))
    hers = left_under_subpoena(cast, report)

    def agree():
        for child, username in (("marisol", "aguilar"), ("kevin", "chen")):
            opened = accounting(child)
            told = sorted({line.matter for line in opened.accounting.lines})
            assert told == told_on_the_familys_page(cast, username), child
            yield told, opened.of_others

    (marisol, of_others), (kevin, of_marisol) = agree()
    assert not of_others
    assert kevin == sorted([both.number, both.request.number])
    assert {hers.number, hers.request.number, filed.request.number, filed.refused.number} < set(marisol)
    # Both are told to the office, as a number: what is kept from him is in hers.
    assert of_marisol == 3
    addresses = (
        reverse("families:copy", args=[hers.pk]),
        reverse("families:receipt", args=[hers.request_id]),
        reverse("families:receipt", args=[filed.refused.pk]),
    )
    assert [sign_in("aguilar").get(one).status_code for one in addresses] == [200] * 3
    assert [sign_in("chen").get(one).status_code for one in addresses] == [404] * 3
    assert (
        "3 more requests ask for a report that Kevin is in"
        in sign_in("whitfield").get(page(cast.students["kevin"])).text
    )
    # What a copy says of him, though its paper does not name him, is of his record.
    confirmation = Confirmation.objects.get(release=hers)
    confirmation.elements |= {"other_student_health": True}
    confirmation.save()
    (marisol, _), (kevin, of_marisol) = agree()
    assert {hers.number, hers.request.number} < set(kevin)
    assert of_marisol == 2
    assert sign_in("chen").get(addresses[0]).status_code == 200


def test_what_was_refused_is_told_with_the_law_and_its_entry(filed, accounting):
    lines = accounting("marisol").accounting.lines
    refused = next(line for line in lines if line.what is What.REFUSED)
    assert refused.recipient.kind.code == "federal_immigration"
    assert refused.law
    assert refused.entry
    assert refused.by.startswith("Dana Whitfield")
    # The request that waits is told as asked, and nothing left.
    assert [line.what for line in lines].count(What.ASKED) == 2
    assert accounting("marisol").accounting.disclosures == 0


def test_who_opened_the_copy_and_said_that_it_arrived(cast, report, accounting, sign_in):
    from schoolgate.apps.releases.selectors import open_copy
    from schoolgate.apps.releases.services import acknowledge
    from support.seen import left_under_subpoena

    release = left_under_subpoena(cast, report)
    open_copy(actor=cast.actor("doyle"), release=release)
    acknowledge(actor=cast.actor("doyle"), release=release)
    # The office's own looking is no disclosure.
    open_copy(actor=cast.actor("whitfield"), release=release)
    opened = accounting("marisol")
    assert whats(opened) == [What.ASKED, What.RELEASED, What.OPENED, What.RECEIVED]
    assert {line.recipient.person for line in opened.accounting.lines} == {"Sgt. Doyle"}


def test_a_copy_seen_elsewhere_is_told_to_the_child_it_names(cast, report, accounting):
    from support.seen import accepted, left_on_condition, told

    release = left_on_condition(cast, report)
    accepted(cast, told(cast), release=release)
    opened = accounting("marisol", "aguilar")
    assert whats(opened)[-1] is What.SEEN
    assert "Boston Regional Intelligence Center" in opened.accounting.lines[-1].note
    assert "Marisol" not in opened.accounting.lines[-1].note
    assert whats(accounting("kevin")) == []


def test_what_a_court_keeps_secret_is_in_nobodys_file_and_the_office_hears_how_much(cast, report, sign_in):
    from schoolgate.apps.requests.models import Obligation
    from schoolgate.apps.requests.services import NO_NOTICE
    from support.seen import left_under_subpoena

    release = left_under_subpoena(cast, report)
    newest = release.request.decisions.first()
    Obligation.objects.create(decision=newest, name=NO_NOTICE, citation="34 CFR 99.31(a)(9)(ii)")
    child = cast.students["marisol"]
    for username in ("aguilar", "whitfield"):
        assert json.loads(sign_in(username).get(file(child, "json")).content)["lines"] == []
    assert "1 request is left out" in sign_in("whitfield").get(page(child)).text
    assert "left out" not in sign_in("aguilar").get(page(child)).text


def test_the_family_and_the_office_get_the_same_lines_without_a_name(cast, report, sign_in):
    from support.seen import left_under_subpoena

    left_under_subpoena(cast, report)
    child = cast.students["marisol"]
    for form in FILES:
        theirs, ours = (sign_in(one).get(file(child, form)) for one in ("aguilar", "whitfield"))
        assert theirs.status_code == ours.status_code == 200
        assert theirs["Content-Disposition"] == f'attachment; filename="disclosures.{form}"'
        assert theirs["Cache-Control"] == "no-store, private"
        assert not [name for name in NAMES if name in theirs.text], form
        if form == "json":
            assert json.loads(theirs.text)["lines"] == json.loads(ours.text)["lines"]
        else:
            assert "Boston Police Department" in theirs.text
    rows = list(csv.reader(StringIO(sign_in("aguilar").get(file(child, "csv")).text, newline="")))
    assert len(rows) == 3


def test_every_look_is_written_down_before_it_is_shown(cast, sign_in):
    child = cast.students["marisol"]
    client = sign_in("aguilar")
    client.get(page(child))
    for form in FILES:
        client.get(file(child, form))
    client.get(file(child, "exe"))
    assert readings() == [
        (f"accounting of disclosures, {form}", "guardian") for form in ("page", "csv", "json", "jsonld")
    ]


@pytest.mark.parametrize("username", ["chen", "abreu", "okafor", "doyle", "park", "admin"])
def test_nobody_else_can_tell_the_child_from_one_that_does_not_exist(username, cast, sign_in):
    client = sign_in(username)
    child = cast.students["marisol"]
    for there, absent in (
        (page(child), reverse("families:disclosures", args=[uuid4()])),
        (file(child, "csv"), reverse("families:disclosures-file", args=[uuid4(), "csv"])),
    ):
        one, other = client.get(there), client.get(absent)
        assert one.status_code == other.status_code == 404
        assert one.content == other.content
    assert readings() == []


def test_a_guardian_whose_relation_ended_sees_it_no_more(cast, sign_in):
    from schoolgate.apps.access.moment import today
    from schoolgate.apps.people.models import Guardianship

    client, child = sign_in("aguilar"), cast.students["marisol"]
    assert client.get(page(child)).status_code == 200
    Guardianship.objects.filter(student=child).update(ends=today())
    assert client.get(page(child)).status_code == 404
    assert client.get(file(child, "csv")).status_code == 404


def test_the_office_finds_a_child_by_number_and_no_address_holds_it(cast, sign_in):
    client = sign_in("whitfield")
    found = client.post(reverse("families:whose-disclosures"), {"number": " 8400117 "})
    assert found.status_code == 302
    assert found["Location"] == page(cast.students["marisol"])
    unknown = client.post(reverse("families:whose-disclosures"), {"number": "1"})
    assert "No student has this number" in unknown.text
    assert sign_in("aguilar").post(reverse("families:whose-disclosures"), {"number": "8400117"}).status_code == 404


def test_a_family_is_led_to_its_child(cast, sign_in):
    client = sign_in("aguilar")
    assert reverse("families:own-disclosures") in client.get(reverse("families:account")).text
    led = client.get(reverse("families:own-disclosures"))
    assert led["Location"] == page(cast.students["marisol"])
    shown = client.get(led["Location"])
    assert "Nothing of Marisol's record that we can tell of left the district." in shown.text


def test_of_several_children_a_family_chooses_one(cast, sign_in):
    from schoolgate.apps.people.models import Guardian, Guardianship
    from schoolgate.demonstration.cast import SINCE

    guardian = Guardian.objects.get(user=cast.users["aguilar"])
    Guardianship.objects.create(guardian=guardian, student=cast.students["kevin"], starts=SINCE)
    shown = sign_in("aguilar").get(reverse("families:own-disclosures")).text
    assert page(cast.students["kevin"]) in shown
    assert page(cast.students["marisol"]) in shown


KEVIN = "8400212"


@pytest.fixture
def emergencies(cast, report):
    """Mr. Okafor opened what is about Kevin, Ms. Abreu the incident; both read the report. Nobody looked at it yet."""
    from schoolgate.apps.incidents.glass import open_behind, over_incident, over_student
    from schoolgate.apps.people.glass.models import GlassReason
    from schoolgate.apps.people.glass.services import Emergency, break_glass, end_glass

    why = Emergency(
        GlassReason.SELF_HARM,
        "A friend says that he wants to harm himself this evening.",
        "Kevin, who walked away alone",
        "To learn whom he trusts, so that they call him now.",
    )
    over = {"okafor": over_student(KEVIN), "abreu": over_incident(report.number)}
    made = {who: break_glass(actor=cast.actor(who), over=one, why=why) for who, one in over.items()}
    for who, one in made.items():
        open_behind(cast.actor(who), report.pk)
        end_glass(actor=cast.actor(who), glass=one)
    return made


def told_of_emergencies(cast, username):
    """What the family's own page tells of them: when, for those with a line of their own; and of readings by them."""
    from schoolgate.apps.families.selectors import account

    lines = account(cast.actor(username)).lines
    return {one.at for one in lines if one.kind == "emergency"}, [
        one for one in lines if one.kind == "read" and "in an emergency" in one.sentence
    ]


def test_an_emergency_of_our_own_staff_is_in_the_accounting_as_on_the_familys_page(
    cast, emergencies, accounting, sign_in
):
    from schoolgate.apps.people.glass.models import Verdict
    from schoolgate.apps.people.glass.services import review_glass

    for child in ("kevin", "marisol"):
        assert What.EMERGENCY not in whats(accounting(child)), "the threat may come from the home"
    assert [accounting(child).untold for child in ("kevin", "marisol")] == [2, 1]
    assert "2 emergency openings are left out" in sign_in("whitfield").get(page(cast.students["kevin"])).text
    assert "left out here and in the files" not in sign_in("chen").get(page(cast.students["kevin"])).text
    for one in emergencies.values():
        words = "I asked the friend: it was as they said, and we found him in time."
        review_glass(actor=cast.actor("whitfield"), glass=one, verdict=Verdict.JUSTIFIED, words=words)
    for child, username, own in (("kevin", "chen", ["okafor", "abreu"]), ("marisol", "aguilar", ["abreu"])):
        opened = accounting(child)
        lines = [one for one in opened.accounting.lines if one.what is What.EMERGENCY]
        about = [one for one in lines if one.purpose]
        assert {one.matter for one in about} == {emergencies[who].number for who in own}
        assert {one.purpose.code for one in about} == {"self_harm"}
        assert (opened.untold, opened.accounting.disclosures) == (0, 0)
        assert all(one.recipient is None and "36" in one.law[0] for one in lines)
        assert list(accounting(child, username).accounting.lines) == list(opened.accounting.lines), (
            "the family's is the same"
        )
        moments, read = told_of_emergencies(cast, username)
        assert moments == {one.at for one in about}
        assert len(read) == 2, "both read the report"
    beside = [one for one in lines if not one.purpose]
    assert [one.by for one in beside] == ["Mr. Okafor, Principal"]
    assert "another student" in beside[0].note
    for form in FILES:
        text = sign_in("aguilar").get(file(cast.students["marisol"], form)).text
        assert "nothing left the district" in text or "opened_in_an_emergency" in text
        assert emergencies["okafor"].number not in text, "that of Kevin's"
        assert not [word for word in (*NAMES, "harm himself", "asked the friend") if word in text]


def test_a_notice_that_is_held_keeps_an_emergency_out_of_the_accounting(cast, emergencies, accounting):
    from schoolgate.apps.access.moment import today
    from schoolgate.apps.people.glass.models import Verdict
    from schoolgate.apps.people.glass.services import hold_glass_notice, review_glass

    officer, one = cast.actor("whitfield"), emergencies["okafor"]
    words = "I asked the friend: the fear was of his home, and a nurse went there."
    review_glass(actor=officer, glass=one, verdict=Verdict.JUSTIFIED, words=words)
    hold_glass_notice(actor=officer, glass=one, until=today(), reason=words)
    for child, untold in (("kevin", 2), ("marisol", 1)):
        opened = accounting(child)
        assert What.EMERGENCY not in whats(opened)
        assert opened.untold == untold
