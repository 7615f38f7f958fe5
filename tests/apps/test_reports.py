"""Reports: what filing refuses, and who sees which report."""

from dataclasses import replace
from datetime import timedelta

import pytest

from schoolgate.apps.access.moment import today
from schoolgate.apps.incidents.body import Body, Claim, Person
from schoolgate.apps.ledger.acts import Impossible, NotAllowed

pytestmark = pytest.mark.django_db


@pytest.fixture
def body(cast):
    return Body(
        occurred_on=today().isoformat(),
        place="hallway",
        kind="fight",
        people=(Person("P1", "involved", student=cast.students["marisol"].pk),),
        narrative="@P1 argued.",
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"occurred_on": ""}, "which day"),
        ({"occurred_on": (today() + timedelta(days=2)).isoformat()}, "future"),
        ({"place": "moon"}, "where it happened"),
        ({"kind": ""}, "what kind"),
        ({"people": (), "narrative": "Nobody."}, "at least one student"),
        ({"narrative": " "}, "Write what happened"),
        ({"narrative": "@P7 argued."}, "@P7 is not in the list"),
        ({"narrative": "@P1 is undocumented."}, "never keeps this"),
        ({"claims": (Claim("P1", "A rumour", "gang_affiliation", "a", "b"),)}, "a gang"),
        ({"claims": (Claim("P1", "He hit", "conduct_facts", "", "b"),)}, "who says so"),
        ({"claims": (Claim("P1", "He hit", "conduct_facts", "a", " "),)}, "how they know"),
    ],
)
def test_what_is_missing_or_forbidden_is_not_filed(change, said, cast, body):
    from schoolgate.apps.incidents.models import Incident
    from schoolgate.apps.incidents.services import file_report

    with pytest.raises(Impossible, match=said):
        file_report(actor=cast.actor("abreu"), body=replace(body, **change))
    assert not Incident.objects.exists()


def test_a_child_of_another_school_cannot_be_brought_in(cast, body):
    from schoolgate.apps.incidents.services import file_report
    from schoolgate.apps.schools.models import School

    other = School.objects.create(name="West Harbor", external_id="4031")
    type(cast.students["marisol"]).objects.filter(pk=cast.students["marisol"].pk).update(school=other)
    with pytest.raises(Impossible, match="not in this school's directory"):
        file_report(actor=cast.actor("abreu"), body=body)


def test_a_draft_is_its_authors_own(cast, body, sign_in):
    from schoolgate.apps.incidents.services import file_report, save_draft

    draft = save_draft(actor=cast.actor("abreu"), body=body)
    for step in ("when", "who", "what", "check"):
        assert sign_in("abreu").get(f"/file/{draft.pk}/{step}/").status_code == 200
        assert sign_in("okafor").get(f"/file/{draft.pk}/{step}/").status_code == 404
    with pytest.raises(NotAllowed):
        file_report(actor=cast.actor("okafor"), body=body, draft=draft)


def test_each_role_sees_its_own_reports(filed, cast):
    from schoolgate.apps.incidents.models import Report

    both, first = {filed.report.pk, filed.other_report.pk}, {filed.report.pk}
    expected = {"abreu": first, "okafor": both, "whitfield": both, "raman": both, "aguilar": first, "chen": both}
    # Who acts for themselves sees their own; who is counted here is whoever the cast holds.
    expected |= {"marisol": first, "kevin": both}
    for username in cast.users:
        seen = set(Report.objects.visible_to(cast.actor(username)).values_list("pk", flat=True))
        assert seen == expected.get(username, set()), username
