"""Orders: a report is sealed, opened again, or expunged, and what everybody sees of it then."""

import json
from dataclasses import replace

import pytest
from django.http import Http404

from schoolgate.apps.ledger.acts import Impossible, NotAllowed
from schoolgate.apps.ledger.keys import keys

from .conftest import ordered

pytestmark = pytest.mark.django_db
OFFICE_AND_SCHOOL = ("abreu", "okafor", "whitfield", "raman")
CONTENT = ("pushed", "Marisol", "Kevin", "Hallway", "Fight")


def test_a_sealed_report_says_that_it_is_sealed_and_nothing_else(sealed, sign_in, cast):
    for username in OFFICE_AND_SCHOOL:
        client = sign_in(username)
        for path in ("/reports/", f"/reports/{sealed.pk}/"):
            page = client.get(path).content.decode()
            assert sealed.number in page, (username, path)
            assert "ealed by order" in page, (username, path)
            main = page[page.index("<main") :]
            for word in CONTENT:
                assert word not in main, (username, path, word)
        assert client.get(f"/reports/{sealed.pk}/versions/1/").status_code == 403
    for username in ("aguilar", "chen", "doyle", "park"):
        assert sign_in(username).get(f"/reports/{sealed.pk}/").status_code == 404
        assert sign_in(username).get(f"/family/reports/{sealed.pk}/").status_code == 404


def test_no_page_that_needs_its_text_opens_it(sealed, sign_in):
    client = sign_in("raman")
    for path in (f"/reports/{sealed.pk}/attachments/", f"/reports/{sealed.pk}/marks/"):
        answer = client.get(path)
        assert answer.status_code in {403, 404}, path
        for word in CONTENT:
            assert word not in answer.content.decode()


def test_it_is_not_corrected_signed_off_or_released(sealed, cast, corrected):
    from schoolgate.apps.incidents.selectors import KeptShut, newest_open_version, unsealed

    with pytest.raises(KeptShut):
        corrected(sealed)
    with pytest.raises(KeptShut):
        unsealed(sealed)
    with pytest.raises(KeptShut):
        newest_open_version(sealed.pk)


def test_a_draft_begun_before_the_order_is_gone(report, cast):
    from schoolgate.apps.incidents.models import Draft
    from schoolgate.apps.incidents.services import begin_correction

    begin_correction(actor=cast.actor("abreu"), report=report)
    ordered(cast, report, "seal")
    assert not Draft.objects.filter(corrects=report).exists()


def test_only_counsel_opens_it_once_by_an_act_with_a_reason(sealed, sign_in, cast):
    from schoolgate.apps.ledger.models import Opening, Reading

    path = f"/reports/{sealed.pk}/open/"
    for username in ("abreu", "okafor", "whitfield"):
        assert sign_in(username).post(path, {"reason": "Curious"}).status_code == 404
    client = sign_in("raman")
    assert "pushed" not in client.post(path, {"reason": ""}).content.decode()
    shown = client.post(path, {"reason": "Appeal of Marisol Aguilar"})
    assert "pushed" in shown.content.decode()
    assert "pushed" not in client.get(f"/reports/{sealed.pk}/").content.decode()
    entry = Opening.objects.get(kind="sealed_report_opened")
    assert "Appeal" not in entry.record
    assert Reading.objects.filter(subject=f"report:{sealed.pk}", part="whole, though sealed").count() == 1


def test_opening_it_again_takes_an_order_and_two_people(sealed, cast):
    from schoolgate.apps.incidents.order_services import carry_out_order

    order = ordered(cast, sealed, "unseal", "raman")
    with pytest.raises(NotAllowed, match="somebody else"):
        carry_out_order(actor=cast.actor("raman"), order=order)
    with pytest.raises(NotAllowed):
        carry_out_order(actor=cast.actor("whitfield"), order=order)
    order.delete()
    order = ordered(cast, sealed, "unseal")
    carry_out_order(actor=cast.actor("raman"), order=order)
    sealed.refresh_from_db()
    assert sealed.sealed_at is None
    with pytest.raises(Impossible, match="carried out already"):
        carry_out_order(actor=cast.actor("raman"), order=order)


@pytest.mark.parametrize(
    ("kind", "said"), [("unseal", "not sealed"), ("seal", "sealed already"), ("expunge", "waits for counsel already")]
)
def test_orders_that_make_no_sense_are_refused(kind, said, report, cast):
    if kind != "unseal":
        ordered(cast, report, kind)
    with pytest.raises(Impossible, match=said):
        ordered(cast, report, kind)


def test_an_order_to_expunge_shuts_at_once_and_is_carried_out_by_another(report, cast, corrected):
    from schoolgate.apps.incidents.order_services import carry_out_order

    corrected(report, narrative="@P1 bumped into @P2.")
    order = ordered(cast, report, "expunge")
    report.refresh_from_db()
    assert report.sealed_at is not None
    unseal = ordered(cast, report, "unseal")
    with pytest.raises(Impossible, match="expunge this report waits"):
        carry_out_order(actor=cast.actor("raman"), order=unseal)
    carry_out_order(actor=cast.actor("raman"), order=order)


def test_what_is_expunged_is_gone_and_the_ledger_keeps_the_act(report, cast, corrected, sign_in):
    from schoolgate.apps.incidents.models import Incident, Participant, Report, ReportVersion
    from schoolgate.apps.incidents.order_services import carry_out_order, words_of
    from schoolgate.apps.incidents.selectors import unsealed
    from schoolgate.apps.ledger.models import Opening

    corrected(report, narrative="@P1 bumped into @P2.")
    order = carry_out_order(actor=cast.actor("raman"), order=ordered(cast, report, "expunge"))
    assert not ReportVersion.objects.filter(report=report).exists()
    assert not Participant.objects.filter(incident=report.incident_id).exists()
    assert not Incident.objects.told_openly().filter(pk=report.incident_id).exists()
    assert words_of(order) == {"court": "", "docket": ""}
    for username in cast.users:
        assert not Report.objects.visible_to(cast.actor(username)).filter(pk=report.pk).exists()
        assert sign_in(username).get(f"/reports/{report.pk}/").status_code == 404
    assert report.number not in sign_in("raman").get("/reports/").content.decode()
    with pytest.raises(Http404):
        unsealed(report)
    entry = Opening.objects.get(kind="order_carried_out")
    assert entry.subject == f"report:{report.pk}"
    assert '"kind":"expunge"' in entry.record
    assert '"versions":2' in entry.record
    facts = json.loads(entry.record)["facts"]
    assert (facts["keys"], facts["epochs"]) == (3, [keys().provider.current_epoch()]), "two versions and the order"


def test_expunging_takes_what_other_rooms_hold_and_spares_the_other_reports(filed, cast):
    """Every key that belongs to the report, in whatever room, and no key of any other."""
    from schoolgate.apps.incidents.order_services import carry_out_order
    from schoolgate.apps.incidents.selectors import unsealed
    from support.destroying import keys_of_report

    report = filed.report
    assert list(keys_of_report(report))
    carry_out_order(actor=cast.actor("raman"), order=ordered(cast, report, "expunge"))
    assert list(keys_of_report(report)) == []
    assert unsealed(filed.other_report).body.narrative


def test_a_failing_room_undoes_the_whole_expunging(report, cast):
    from schoolgate.apps.incidents import order_services
    from schoolgate.apps.incidents.models import Report
    from schoolgate.apps.incidents.selectors import newest_open_version

    order = ordered(cast, report, "expunge")

    def fail(_report):
        raise RuntimeError("a disk is full")

    order_services.expunging.append(fail)
    try:
        with pytest.raises(RuntimeError):
            order_services.carry_out_order(actor=cast.actor("raman"), order=order)
    finally:
        order_services.expunging.remove(fail)
    held = Report.objects.get(pk=report.pk)
    assert held.expunged_at is None
    assert held.versions.count() == 1
    with pytest.raises(Impossible):
        newest_open_version(report.pk)


def test_by_the_pages(report, sign_in, cast):
    officer, counsel = sign_in("whitfield"), sign_in("raman")
    page = officer.get(f"/reports/{report.pk}/order/").content.decode()
    assert "What was ordered?" in page
    given = {"kind": "expunge", "dated_on": "2026-01-05", "court": "Suffolk Juvenile Court", "docket": "JV-1"}
    assert officer.post(f"/reports/{report.pk}/order/", {**given, "court": ""}).status_code == 200
    assert officer.post(f"/reports/{report.pk}/order/", given).status_code == 302
    order = report.orders.get()
    assert "JV-1" in officer.get(f"/reports/{report.pk}/").content.decode()
    assert f"Expunge report {report.number}" not in officer.get(f"/reports/{report.pk}/").content.decode()
    assert f"Expunge report {report.number}" in counsel.get(f"/reports/{report.pk}/").content.decode()
    assert "JV-1" not in sign_in("okafor").get(f"/reports/{report.pk}/").content.decode()
    assert officer.post(f"/reports/{report.pk}/order/{order.pk}/").status_code == 404
    done = counsel.post(f"/reports/{report.pk}/order/{order.pk}/", follow=True).content.decode()
    assert "is expunged" in done
    assert counsel.get(f"/reports/{report.pk}/").status_code == 404


def test_a_sealed_report_is_found_by_nothing_that_tells_of_it(sealed, cast):
    from schoolgate.apps.incidents.searching import Wanted, search
    from schoolgate.apps.requests.selectors import reports_to_match

    counsel = cast.actor("raman")
    assert list(search(counsel, Wanted(number=sealed.number))) == [sealed]
    assert list(search(counsel, Wanted(state="sealed"))) == [sealed]
    for tells in (
        Wanted(kind="fight"),
        Wanted(student=cast.students["marisol"].pk),
        Wanted(report_kind="incident_report"),
    ):
        assert not search(counsel, tells).exists()
        assert not search(counsel, replace(tells, number=sealed.number)).exists()
    assert sealed not in reports_to_match(counsel, sealed.number)
