"""Search by what stands in clear and by a student's number; how far back a role may look."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from schoolgate.apps.access.moment import at, now, today
from schoolgate.apps.incidents.searching import Wanted, search

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(cast, body, report):
    """The report about both, and an older one of the principal's about Kevin alone."""
    from schoolgate.apps.incidents.services import file_report

    older = replace(
        body,
        occurred_on=(today() - timedelta(days=40)).isoformat(),
        kind="vandalism",
        report_kind="incident_log",
        people=(replace(body.people[1], token="P1", role="involved"),),
        narrative="@P1 wrote on a seat.",
    )
    return report, file_report(actor=cast.actor("okafor"), body=older)


def number_of(cast, who):
    from schoolgate.apps.people.directory import open_names
    from schoolgate.apps.people.models import Student

    rows = Student.objects.filter(pk=cast.students[who].pk).select_related("name_key")
    return next(iter(open_names(rows).values())).number


def test_each_thing_that_is_wanted_narrows(cast, two):
    report, older = two
    officer, month = cast.actor("whitfield"), today() - timedelta(days=30)

    def found(**wanted):
        return set(search(officer, Wanted(**wanted)))

    assert found(number=report.number.lower()) == {report}
    assert found(kind="vandalism") == {older}
    assert found(report_kind="incident_log") == {older}
    assert found(first=month) == {report}
    assert found(last=month) == {older}
    assert found(student=cast.students["kevin"].pk) == {report, older}
    assert found(student_number=number_of(cast, "marisol")) == {report}
    assert found(student_number=number_of(cast, "kevin"), kind="vandalism") == {older}
    assert found(student_number=number_of(cast, "kevin"), student=cast.students["marisol"].pk) == set()
    assert found(student_number="no-such-number") == set()
    # By name and birth date together, however it is typed; never by a name alone.
    born = date(2010, 3, 14)
    assert found(student_name="Marisol Aguilar", born=born) == {report}
    assert found(student_name="MARISOL  María ÁGUILAR", born=born) == {report}
    assert found(student_name="Marisol Aguilar", born=date(2010, 3, 15)) == set()
    assert found(student_name="Marisol Chen", born=born) == found(student_name="Marisol Aguilar") == set()
    assert found(state="waiting") == {report}
    assert found(state="corrected") == found(state="review") == found(state="sealed") == set()


def test_it_finds_only_what_one_may_know_of(cast, two):
    report, older = two
    for username, sees in (("abreu", {report}), ("okafor", {report, older}), ("doyle", set()), ("park", set())):
        assert set(search(cast.actor(username), Wanted(student=cast.students["kevin"].pk))) == sees, username


def test_a_child_whom_a_correction_took_out_is_not_found_by_it(cast, report, corrected, body):
    corrected(report, people=body.people[:1], narrative="@P1 slipped.")
    officer = cast.actor("whitfield")
    assert not search(officer, Wanted(student=cast.students["kevin"].pk)).exists()
    assert search(officer, Wanted(state="corrected")).get() == report


def test_nothing_of_what_is_looked_for_stands_in_an_address_and_a_student_is_logged(cast, two, sign_in):
    from schoolgate.apps.ledger.models import Reading

    report, _ = two
    client = sign_in("whitfield")
    # What stands in an address is not looked for.
    assert report.number not in client.get("/reports/find/", {"number": report.number}).content.decode()
    page = client.post("/reports/find/", {"number": report.number})
    assert "1 report fits." in page.content.decode()
    assert not Reading.objects.filter(subject="search:student").exists()
    page = client.post("/reports/find/", {"student_number": number_of(cast, "marisol")}).content.decode()
    assert report.number in page
    assert "Marisol" not in page
    assert Reading.objects.filter(subject="search:student", role="records_officer").count() == 1
    named = {"student_name": "Marisol Aguilar", "born": "2010-03-14"}
    assert report.number in client.post("/reports/find/", named).content.decode()
    assert Reading.objects.filter(subject="search:student").count() == 2
    for half in ({"student_name": "Marisol Aguilar"}, {"born": "2010-03-14"}):
        assert "birth date together" in client.post("/reports/find/", half).content.decode()
    turned = named | {"student_name": "Marisol \u202eAguilar"}
    assert "type it by hand" in client.post("/reports/find/", turned).content.decode()
    assert "Say what you look for" in client.post("/reports/find/", {}).content.decode()
    days = {"first": "2026-02-01", "last": "2026-01-01"}
    assert "exchange them" in client.post("/reports/find/", days).content.decode()
    for username in ("doyle", "aguilar", "park"):
        assert sign_in(username).post("/reports/find/", {"number": report.number}).status_code == 404


def test_there_is_no_search_in_what_reports_say(cast, two, sign_in):
    page = sign_in("whitfield").post("/reports/find/", {"number": "pushed", "kind": "", "narrative": "pushed"})
    assert "No report that you may see fits." in page.content.decode()


@pytest.mark.parametrize(("username", "role"), [("abreu", "staff"), ("okafor", "principal")])
def test_a_role_looks_back_as_far_as_the_district_lets_it(username, role, cast, report, settings):
    from schoolgate.apps.incidents.models import Report

    days = settings.LOOK_BACK_DAYS[role]
    for passed, sees in ((days, True), (days + 1, False)):
        with at(now() + timedelta(days=passed)):
            assert Report.objects.visible_to(cast.actor(username)).exists() is sees
            assert Report.objects.visible_to(cast.actor("whitfield")).exists()


def test_the_list_and_the_search_cost_the_same_whatever_they_hold(
    cast, two, body, sign_in, django_assert_max_num_queries
):
    from schoolgate.apps.incidents.services import file_report

    for _ in range(5):
        file_report(actor=cast.actor("abreu"), body=body)
    for username in ("whitfield", "okafor", "abreu"):
        client = sign_in(username)
        with django_assert_max_num_queries(20):
            client.get("/reports/")
        with django_assert_max_num_queries(20):
            client.post("/reports/find/", {"kind": "fight"})
