"""What the files of lists hold, out of the district's own records."""

import csv
from datetime import date, datetime, timedelta
from io import StringIO

import pytest
from django.utils import timezone

pytestmark = pytest.mark.django_db


def rows(text):
    return list(csv.DictReader(StringIO(text, newline="")))


@pytest.fixture
def listed(confirmed, file_of):
    """The rows of a federal list of some days."""

    def run(**changes):
        return rows(file_of(confirmed(**changes), "crdc-students.csv"))

    return run


def this_year():
    from schoolgate.apps.access.moment import today

    return {"first_day": today() - timedelta(days=300), "last_day": today()}


def test_a_reported_incident_lists_who_took_part_and_not_who_was_harmed(fight, listed):
    (row,) = listed()
    assert row["incident"] == "4030:17"
    assert row["student number"] == "8400117"
    assert (row["referral"], row["arrest"]) == ("yes", "yes")
    assert "reported to law enforcement" in row["because"]
    assert "arrested" in row["because"]


def test_a_copy_given_to_the_districts_own_sworn_unit_is_a_referral(cast, data_files, listed):
    from schoolgate.apps.releases.models import Release
    from support.seen import filed_long_ago, left_under_subpoena

    release = left_under_subpoena(cast, filed_long_ago(cast))
    (row,) = listed(**this_year())
    assert row["incident"] == release.request.report.number
    assert row["student number"] == "8400117"
    # The police came with a paper of their own: nobody has said that a school official reported her.
    assert (row["referral"], row["to be answered"][:10]) == ("ask", "The agency")
    Release.objects.filter(pk=release.pk).update(agency=cast.agencies["safety-services"])
    (row,) = listed(**this_year())
    assert row["referral"] == "yes"
    assert "own sworn unit" in row["because"]


def test_what_a_court_keeps_secret_is_in_no_list_and_the_second_person_hears_of_it(
    cast, data_files, confirmed, file_of
):
    from schoolgate.apps.requests.models import Obligation
    from schoolgate.apps.requests.services import NO_NOTICE
    from support.seen import filed_long_ago, left_under_subpoena

    release = left_under_subpoena(cast, filed_long_ago(cast))
    newest = release.request.decisions.first()
    Obligation.objects.create(decision=newest, name=NO_NOTICE, citation="34 CFR 99.31(a)(9)(ii)")
    export = confirmed(**this_year())
    assert rows(file_of(export, "crdc-students.csv")) == []
    assert any("family is not told: 1." in note for note in export.made["notes"])


def test_unknown_parts_ask_and_unknown_codes_are_named(cast, fight, confirmed, file_of):
    from schoolgate.apps.incidents.models import DisciplineAction, Participant

    odd = "uri://x.example/DisciplineDescriptor#Odd"
    DisciplineAction.objects.update(disciplines=[odd, "uri://ed-fi.org/DisciplineDescriptor#Expulsion"])
    Participant.objects.filter(token="P2").update(role="unknown")
    export = confirmed()
    first, second = rows(file_of(export, "crdc-students.csv"))
    assert {first["referral"], second["referral"]} == {"yes", "ask"}
    named = [note for note in export.made["notes"] if "Nobody has said what" in note]
    assert len(named) == 1
    assert odd in named[0]


def test_days_outside_the_period_are_in_no_list(cast, data_files, fight, listed):
    assert listed(first_day=date(2026, 3, 4)) == []


def test_the_table_for_the_public_is_made_once_for_a_closed_year_and_shows_no_small_count(
    cast, fight, confirmed, file_of
):
    from schoolgate.apps.access.moment import at

    with at(datetime(2026, 9, 1, 12, tzinfo=timezone.get_current_timezone())):
        export = confirmed()
        assert [row["students referred to law enforcement"] for row in rows(file_of(export, "crdc-public.csv"))] == [
            "*",
            "*",
        ]
        again = confirmed()
        assert "crdc-public.csv" not in again.made["files"]
        assert any("made once" in note for note in again.made["notes"])
        half = confirmed(last_day=date(2026, 6, 29))
        assert "crdc-public.csv" not in half.made["files"]
    with at(datetime(2026, 6, 30, 12, tzinfo=timezone.get_current_timezone())):
        assert "crdc-public.csv" not in confirmed().made["files"]


def test_the_states_pair_holds_the_incident_and_the_discipline_by_the_districts_codes(cast, fight, confirmed, file_of):
    export = confirmed("ssdr")
    (offense,) = rows(file_of(export, "ssdr-offense.csv"))
    assert (offense["OFF ID"], offense["SCH CODE"], offense["OT1"]) == ("4030:17", "00350505", "9001")
    assert (offense["VS"], offense["OFFES"], offense["DISC IND"]) == ("1", "1", "Y")
    (discipline,) = rows(file_of(export, "ssdr-discipline.csv"))
    assert (discipline["DAT"], discipline["ARREST"], discipline["DM"], discipline["SOT1"]) == ("92", "Y", "2", "9001")
    # The numbers of this installation are not the state's.
    assert discipline["SASID"] == ""
    assert {row["column"] for row in rows(file_of(export, "ssdr-to-fill-in.csv"))} == {"PST", "RD", "AE", "SASID"}


def test_a_code_that_the_table_lacks_keeps_the_pair_from_being_made_and_is_named(cast, fight, propose):
    from schoolgate.apps.exports.services import confirm_list
    from schoolgate.apps.ledger.acts import Impossible

    fight.behaviors = ["uri://x.example/BehaviorDescriptor#Odd"]
    fight.save()
    export = propose("ssdr")
    with pytest.raises(Impossible, match="BehaviorDescriptor#Odd"):
        confirm_list(actor=cast.actor("raman"), export=export)
    export.refresh_from_db()
    assert export.state == "proposed"


def test_the_states_list_stands_in_the_accounting_of_whoever_is_in_it(cast, fight, confirmed):
    from schoolgate.apps.families.disclosures import open_accounting
    from schoolgate.apps.ledger.models import Opening
    from schoolgate.interop.disclosures import What

    # To check one's own numbers, or to the district's own student system, is no disclosure.
    confirmed("ssdr", purpose="own_check")
    confirmed("crdc")
    export = confirmed("ssdr")
    opened = {
        name: open_accounting(actor=cast.actor("whitfield"), child=cast.students[name], form="page").accounting
        for name in ("marisol", "kevin")
    }
    (line,) = opened["marisol"].lines
    assert line.what is What.LISTED
    assert line.matter == export.number
    assert line.recipient.kind.code == "education_authority"
    assert "34 CFR 99.35" in line.law
    assert Opening.objects.get(pk=line.entry).subject == f"list:{export.pk}"
    assert opened["marisol"].disclosures == 1
    assert opened["kevin"].lines == ()
