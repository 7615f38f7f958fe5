"""Corrections: one more version with a reason, the earlier ones as they were, and tokens that keep their meaning."""

from dataclasses import replace

import pytest

from schoolgate.apps.incidents.body import Body, Person
from schoolgate.apps.ledger.acts import Impossible, NotAllowed

pytestmark = pytest.mark.django_db


def texts(report):
    from schoolgate.apps.incidents.selectors import _opened

    return [_opened(report, one).body for one in report.versions.all()]


def test_a_correction_is_one_more_version_and_overwrites_nothing(cast, report, corrected):
    from schoolgate.apps.ledger.models import Opening

    before = [(one.sealed, one.signed_at) for one in report.versions.all()]
    corrected(report, narrative="@P1 bumped into @P2.", place="cafeteria")
    first, second = report.versions.all()
    assert [(first.sealed, first.signed_at)] == before
    assert (second.number, second.signed_by.username) == (2, "abreu")
    assert [(one.narrative, one.place, one.correction) for one in texts(report)] == [
        ("@P1 pushed @P2 by the lockers.", "hallway", ""),
        ("@P1 bumped into @P2.", "cafeteria", "Misheard"),
    ]
    report.incident.refresh_from_db()
    assert report.incident.place == "cafeteria"
    entry = Opening.objects.get(kind="report_corrected")
    assert '"version":2' in entry.record
    for word in ("bumped", "Misheard", "Marisol"):
        assert word not in entry.record


def test_pages_show_the_newest_and_each_earlier_version_as_signed(report, corrected, sign_in):
    from schoolgate.apps.ledger.models import Reading

    corrected(report, narrative="@P1 bumped into @P2.", place="cafeteria")
    client = sign_in("okafor")
    newest = client.get(f"/reports/{report.pk}/").content.decode()
    assert "Corrected: version 2 of 2" in newest
    assert "bumped" in newest
    assert "pushed" not in newest
    assert "Cafeteria" in newest
    assert "Misheard" in newest
    earlier = client.get(f"/reports/{report.pk}/versions/1/").content.decode()
    assert "This is version 1" in earlier
    assert "pushed" in earlier
    assert "bumped" not in earlier
    assert "Hallway" in earlier
    assert "Correct this report" not in earlier
    parts = list(Reading.objects.filter(subject=f"report:{report.pk}").values_list("part", flat=True))
    assert parts[-2:] == ["whole", "version 1"]
    assert client.get(f"/reports/{report.pk}/versions/3/").status_code == 404
    assert sign_in("doyle").get(f"/reports/{report.pk}/versions/1/").status_code == 404


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reason": " "}, "why you correct"),
        ({"narrative": "@P1 is undocumented."}, "never keeps this"),
        ({"report_kind": "incident_log"}, "keeps the kind"),
    ],
)
def test_what_a_correction_may_not_do_changes_nothing(changes, said, report, corrected):
    with pytest.raises(Impossible, match=said):
        corrected(report, **changes)
    assert report.versions.count() == 1


def test_only_the_author_and_the_principal_correct(cast, report, corrected, body):
    from schoolgate.apps.incidents.services import file_report

    by_principal = file_report(actor=cast.actor("okafor"), body=body)
    with pytest.raises(NotAllowed):
        corrected(by_principal)
    corrected(report, username="okafor")
    with pytest.raises(NotAllowed):
        corrected(report, username="whitfield")


def test_two_corrections_at_once_do_not_hide_each_other(cast, report):
    from schoolgate.apps.incidents.services import begin_correction, correct_report, open_draft

    drafts = [begin_correction(actor=cast.actor(one), report=report) for one in ("abreu", "okafor")]
    bodies = [replace(open_draft(one), correction="Misheard") for one in drafts]
    correct_report(actor=cast.actor("abreu"), draft=drafts[0], body=bodies[0])
    with pytest.raises(Impossible, match="corrected this report meanwhile"):
        correct_report(actor=cast.actor("okafor"), draft=drafts[1], body=bodies[1])
    with pytest.raises(NotAllowed):
        correct_report(actor=cast.actor("abreu"), draft=drafts[1], body=bodies[1])


def test_a_child_named_by_mistake_leaves_and_the_token_is_nobody_elses(cast, report, corrected, body, sign_in):
    from schoolgate.apps.incidents.models import Report

    seen = Report.objects.visible_to(cast.actor("chen"))
    assert seen.filter(pk=report.pk).exists()
    alone = (Person("P1", "involved", student=cast.students["marisol"].pk),)
    corrected(report, people=alone, narrative="@P1 slipped.")
    assert not seen.filter(pk=report.pk).exists()
    assert Report.objects.visible_to(cast.actor("aguilar")).filter(pk=report.pk).exists()
    again = (*alone, Person("P2", "witness", student=cast.students["kevin"].pk))
    corrected(report, people=again, narrative="@P1 slipped; @P2 saw it.")
    assert seen.filter(pk=report.pk).exists()
    swapped = (Person("P1", "involved", student=cast.students["kevin"].pk),)
    with pytest.raises(Impossible, match="stood for somebody else"):
        corrected(report, people=swapped, narrative="@P1 slipped.")


def test_the_form_never_gives_a_token_twice(cast, report, corrected, sign_in):
    alone = (Person("P1", "involved", student=cast.students["marisol"].pk),)
    corrected(report, people=alone, narrative="@P1 slipped.")
    client = sign_in("abreu")
    where = client.post(f"/reports/{report.pk}/correct/").headers["Location"].replace("/when/", "/who/")
    client.post(where, {"student": str(cast.students["kevin"].pk), "role": "witness"})
    page = client.get(where).content.decode()
    assert "@P3" in page
    assert "@P2" not in page


def test_a_student_of_another_school_cannot_be_brought_in_by_a_correction(cast, report, corrected, body):
    from schoolgate.apps.schools.models import School

    other = School.objects.create(name="West Harbor", external_id="4031")
    kevin = cast.students["kevin"]
    corrected(report, people=body.people[:1], narrative="@P1 slipped.")
    type(kevin).objects.filter(pk=kevin.pk).update(school=other)
    # Who took part when it was signed stays, wherever they go to school now.
    corrected(report, people=body.people, narrative=body.narrative)
    stranger = type(kevin).objects.exclude(pk__in=[one.pk for one in cast.students.values()]).first()
    if stranger is not None:
        type(kevin).objects.filter(pk=stranger.pk).update(school=other)
        more = (*body.people, Person("P3", "witness", student=stranger.pk))
        with pytest.raises(Impossible, match="not in this school's directory"):
            corrected(report, people=more)


def test_correcting_by_the_pages(report, sign_in):
    client = sign_in("abreu")
    when = client.post(f"/reports/{report.pk}/correct/").headers["Location"]
    check = when.replace("/when/", "/check/")
    assert "Why do you correct it" in client.get(check).content.decode()
    refused = client.post(check, {"correction": ""})
    assert refused.status_code == 200
    assert report.versions.count() == 1
    done = client.post(check, {"correction": "The place was wrong"})
    assert done.headers["Location"] == f"/reports/{report.pk}/"
    assert report.versions.count() == 2
    assert sign_in("whitfield").post(f"/reports/{report.pk}/correct/").status_code == 404


def test_a_body_signed_before_these_fields_existed_still_opens(body):
    import json

    data = json.loads(body.to_bytes())
    for name in ("occurred_at", "behaviors", "accounts", "weapon_kind", "injury_level", "restorative", "correction"):
        del data[name]
    assert Body.from_bytes(json.dumps(data).encode()) == body


def test_a_release_names_its_version_and_not_one_that_was_corrected_meanwhile(filed, cast, corrected):
    """A copy that was prepared from version 1 does not leave once version 2 stands."""
    from datetime import timedelta

    from schoolgate.apps.access.moment import at, now
    from schoolgate.apps.incidents.selectors import newest_open_version
    from schoolgate.demonstration import story
    from support.seen import left_on_condition

    with at(now() - timedelta(days=60)):
        other = story.file_the_report(cast)
    release = left_on_condition(cast, other)
    assert release.version == 1
    corrected(other, narrative="@P1 and @P2 only talked.")
    assert newest_open_version(other.pk) == 2
