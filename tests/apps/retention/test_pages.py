"""The pages: who reaches what, what they say, and how many queries."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from schoolgate.apps.access.moment import at, now
from schoolgate.apps.ledger.models import Reading
from schoolgate.apps.retention.destroying import carry_out
from schoolgate.apps.retention.models import Departure, Hold, Proposal
from schoolgate.apps.retention.services import sign
from schoolgate.demonstration import story

pytestmark = pytest.mark.django_db


@pytest.fixture
def destroyed(counsel, proposed):
    carry_out(sign(actor=counsel, proposal=proposed, seen=proposed.digest))
    return proposed


def text(response):
    return " ".join(response.content.decode().split())


def test_the_first_page_counts_what_is_past_its_time(old, sign_in):
    page = text(sign_in("whitfield").get(reverse("retention:home")))
    assert "1 record is past its time: 1 may be proposed for destruction, 0 are held." in page


def test_a_preview_says_what_and_under_which_law_and_only_the_officer_may_propose(old, sign_in):
    address = reverse("retention:due", args=["student_report"])
    page = text(sign_in("whitfield").get(address))
    assert "1 record may be destroyed today." in page
    assert old.number in page
    assert "Boston Code 16-63.8" in page
    assert "Propose to destroy 1 record" in page
    assert "Propose to destroy" not in text(sign_in("raman").get(address))
    assert "Nothing may be destroyed on" in text(sign_in("raman").get(address, {"on": "2021-01-01"}))
    assert "This series is kept." in text(sign_in("raman").get(reverse("retention:due", args=["ledger"])))


def test_a_preview_costs_the_same_queries_for_one_and_for_three(cast, sign_in):
    client, address = sign_in("whitfield"), reverse("retention:due", args=["student_report"])
    costs = []
    for _ in range(3):
        with at(now() - timedelta(days=6 * 366)):
            story.file_the_report(cast)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(address).status_code == 200
        costs.append(len(seen))
    assert len(set(costs)) == 1
    assert costs[0] <= 12


def test_from_the_list_to_the_certificate(old, sign_in, today):
    officer, counsel = sign_in("whitfield"), sign_in("raman")
    listed = officer.get(reverse("retention:due", args=["student_report"]))
    seen = listed.context["seen"].digest
    stale = officer.post(reverse("retention:propose", args=["student_report"]), {"seen": "x", "on": today}, follow=True)
    assert "The list changed" in text(stale)
    made = officer.post(reverse("retention:propose", args=["student_report"]), {"seen": seen, "on": today}, follow=True)
    assert "with your signature" in text(made)
    proposal = Proposal.objects.get()
    signing = reverse("retention:sign", args=[proposal.pk])
    assert "have not been told" in text(counsel.get(signing))
    told = reverse("retention:told", args=[proposal.pk])
    assert "Enter a valid date" in text(officer.post(told, {"on": "soon"}))
    assert "Written down" in text(officer.post(told, {"on": today - timedelta(days=30)}, follow=True))
    assert "You proposed it" in text(officer.get(signing))
    assert "a second person must sign" in text(officer.post(signing, {"seen": proposal.digest}, follow=True))
    assert "Your signature destroys 1 record." in text(counsel.get(signing))
    assert "1 of 1 record was destroyed." in text(counsel.post(signing, {"seen": proposal.digest}, follow=True))
    certificate = text(counsel.get(reverse("retention:certificate", args=[proposal.pk])))
    assert "1 record was destroyed under Boston Code 16-63.8." in certificate
    assert "Still there" in certificate


def test_a_certificate_says_when_no_older_copy_opens_any_more(destroyed, counsel, sign_in, settings, tmp_path):
    import shutil

    address = reverse("retention:certificate", args=[destroyed.pk])
    elsewhere = tmp_path / "keys"
    shutil.copytree(settings.KEYS, elsewhere)
    settings.KEYS = elsewhere
    from schoolgate.apps.ledger.keys import keys

    epoch = keys().provider.current_epoch()
    keys().provider.start_epoch("kek-2099-01")
    keys().provider.destroy_epoch(epoch)
    page = text(sign_in("raman").get(address))
    assert epoch in page
    assert "no receipt says since when" in page
    assert "Still there" not in page


@pytest.mark.parametrize("username", ["whitfield", "raman", "okafor"])
def test_a_destroyed_record_says_when_and_under_what(username, destroyed, old, sign_in):
    for name in ("incidents:report",):
        response = sign_in(username).get(reverse(name, args=[old.pk]))
        assert response.status_code == 410
        page = text(response)
        assert f"Report {old.number}" in page
        assert "was destroyed on" in page
        assert "under Boston Code 16-63.8" in page
        assert ("Who signed" in page) == (username != "okafor")


def test_whom_it_was_about_sees_it_no_more(destroyed, old, sign_in):
    client = sign_in("aguilar")
    gone = client.get(reverse("families:report", args=[old.pk]))
    absent = client.get(reverse("families:report", args=[uuid4()]))
    assert (gone.status_code, gone.content) == (404, absent.content)
    assert client.get(reverse("families:account")).status_code == 200


def test_lists_still_work_and_a_damaged_record_is_still_an_error(destroyed, old, cast, sign_in):
    from schoolgate.apps.incidents.models import ReportVersion

    client = sign_in("whitfield")
    for name in ("incidents:reports", "requests:desk", "transfers:home", "retention:home"):
        assert client.get(reverse(name)).status_code == 200
    other = story.file_the_report(cast)
    ReportVersion.objects.filter(report=other).update(sealed=b"damaged")
    client.raise_request_exception = False
    assert client.get(reverse("incidents:report", args=[other.pk])).status_code == 500


def test_a_hold_by_its_page(old, cast, sign_in, today):
    counsel = sign_in("raman")
    form = {"kind": "litigation", "covers": "student", "number": "", "why": "Docket 26-1417", "starts": today}
    assert "Write the number" in text(counsel.post(reverse("retention:holds"), form))
    assert "Nothing has this number" in text(counsel.post(reverse("retention:holds"), {**form, "number": "999"}))
    page = text(counsel.post(reverse("retention:holds"), {**form, "number": "8400117"}, follow=True))
    assert "1 hold stands." in page
    assert "Docket" not in page
    hold = Hold.objects.get()
    assert hold.student == cast.students["marisol"]
    assert "Docket 26-1417" in text(counsel.get(reverse("retention:hold", args=[hold.pk])))
    assert Reading.objects.get(subject=f"hold:{hold.pk}").part == "reason"
    assert "1 is held" in text(counsel.get(reverse("retention:due", args=["student_report"])))
    assert sign_in("whitfield").post(reverse("retention:lift", args=[hold.pk])).status_code == 404
    assert "is lifted" in text(counsel.post(reverse("retention:lift", args=[hold.pk]), follow=True))
    assert "ended already" in text(counsel.post(reverse("retention:lift", args=[hold.pk]), follow=True))


@pytest.mark.parametrize(("covers", "number"), [("report", None), ("school", "4030"), ("all", "")])
def test_a_hold_covers_a_report_a_school_or_all(covers, *, number, old, cast, sign_in, today):
    form = {"kind": "counsel", "covers": covers, "number": number if number is not None else old.number}
    sign_in("raman").post(reverse("retention:holds"), {**form, "why": "As counsel says", "starts": today})
    hold = Hold.objects.get()
    assert (hold.report, hold.school) == (
        old if covers == "report" else None,
        cast.school if covers == "school" else None,
    )


def test_a_student_left_by_its_page(cast, sign_in, today):
    officer, address = sign_in("whitfield"), reverse("retention:left")
    form = {"number": "8400212", "left_on": today, "how": "graduated"}
    assert "No student has this number" in text(officer.post(address, {**form, "number": "1"}))
    ahead = officer.post(address, {**form, "left_on": today + timedelta(days=2)})
    assert "lies in the future" in text(ahead)
    assert "Of 1 student it is known when" in text(officer.post(address, form, follow=True))
    assert Departure.objects.get().student == cast.students["kevin"]
    assert sign_in("raman").get(address).status_code == 404


def test_nobody_else_reaches_any_of_it(proposed, hold, old, sign_in):
    made = hold(report=old)
    addresses = [
        reverse("retention:home"),
        reverse("retention:due", args=["student_report"]),
        reverse("retention:proposal", args=[proposed.pk]),
        reverse("retention:sign", args=[proposed.pk]),
        reverse("retention:certificate", args=[proposed.pk]),
        reverse("retention:holds"),
        reverse("retention:hold", args=[made.pk]),
    ]
    for username in ("abreu", "okafor", "doyle", "aguilar", "park", "admin"):
        client = sign_in(username)
        for address in addresses:
            assert client.get(address).status_code == 404, (username, address)


def test_what_does_not_exist_looks_like_nothing(cast, proposed, sign_in):
    client = sign_in("raman")
    assert client.get(reverse("retention:certificate", args=[proposed.pk])).status_code == 404
    assert client.get(reverse("retention:proposal", args=[uuid4()])).status_code == 404
    assert client.get(reverse("retention:hold", args=[uuid4()])).status_code == 404
    assert client.get(reverse("retention:due", args=["no_such"])).status_code == 404
