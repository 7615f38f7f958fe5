"""The district that the benchmarks read: its rows are such as the product itself would have written."""

import pytest
from benchmarks.records_filling import fill, periods_for
from django.db import connection
from django.test import Client
from django.urls import reverse

from schoolgate.apps.incidents.models import Participant, Report
from schoolgate.apps.incidents.selectors import opened_within_act
from schoolgate.apps.ledger.models import Opening, StagedLeaf
from schoolgate.apps.ledger.sealing import check_consistency
from schoolgate.apps.people.models import User

REPORTS = 170


@pytest.mark.django_db
def test_a_district_of_the_benchmarks_is_a_true_one(cast, full_rights):
    # Rows are copied in, which only whoever the policies do not bind can do.
    fill(reports=REPORTS, schools=2, students=40)
    # The log verifies, and every entry has its opening.
    assert (
        check_consistency().size == 256 * periods_for(REPORTS) == Opening.objects.count() - StagedLeaf.objects.count()
    )
    connection.check_constraints()
    assert Report.objects.count() == REPORTS
    for report in Report.objects.select_related("incident")[:20]:
        opened = opened_within_act(report)
        tokens = Participant.objects.filter(incident=report.incident).values_list("token", flat=True)
        assert set(opened.names) == set(tokens) == {one.token for one in opened.body.people}
        assert report.school_id == report.incident.school_id
        assert opened.body.report_kind == report.kind
        assert opened.body.kind == report.incident.kind
    client = Client()
    client.force_login(User.objects.get(username="principal-0-0"))
    page = client.get(reverse("incidents:reports"))
    assert page.status_code == 200
    assert b"Older" in page.content
    shown = page.context["page"].rows[0]
    assert client.get(reverse("incidents:report", args=[shown.pk])).status_code == 200
    client.force_login(User.objects.get(username="guardian-0"))
    assert client.get(reverse("families:account")).status_code == 200
