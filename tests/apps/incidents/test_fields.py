"""What a report says beyond its text: codes, accounts, and how each becomes part of the document."""

from dataclasses import replace

import pytest

from schoolgate.apps.incidents.body import Person
from schoolgate.apps.incidents.vocabulary import BEHAVIORS, INJURIES, WEAPONS
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.engines import redact

pytestmark = pytest.mark.django_db


@pytest.fixture
def full(body):
    return replace(
        body,
        occurred_at="14:05",
        place="on_the_way",
        people=(*body.people, Person("O1", "witness", outsider_name="A bus driver")),
        behaviors=("ceds:04669", "ceds:04686"),
        weapon="A ruler",
        weapon_kind="ceds:OtherObject",
        injury="A scratch on the arm of @P2",
        injury_level="ceds:MinorInjury",
        response="Both went to the nurse",
        restorative=("mediation", "check_in"),
        accounts={"P1": "@P2 took my bag. I wanted it back.", "O1": "I saw nothing."},
    )


def test_every_field_stands_in_the_document_under_its_element(cast, full):
    from schoolgate.apps.incidents.document import document_for
    from schoolgate.apps.incidents.selectors import unsealed
    from schoolgate.apps.incidents.services import file_report

    report = file_report(actor=cast.actor("abreu"), body=full)
    assert report.incident.behaviors == ["ceds:04669", "ceds:04686"]
    document = document_for(unsealed(report))
    said = {(one.element, one.label): one.value for one in document.fields}
    assert said["incident_date", "Time of day"] == "14:05"
    assert said["location", "Place"] == "On the way to or from school"
    assert said["conduct_facts", "What was done"] == "Physical altercation, minor, Threat or intimidation"
    assert said["weapon", "Kind of weapon"] == "Other object"
    assert said["injury", "How badly"] == "Minor injury"
    assert said["discipline", "To mend it"] == "Mediation, A check-in later"


def test_an_account_is_about_whoever_gives_it_and_whom_it_names(cast, full):
    from schoolgate.apps.incidents.document import document_for
    from schoolgate.apps.incidents.selectors import unsealed
    from schoolgate.apps.incidents.services import file_report

    opened = unsealed(file_report(actor=cast.actor("abreu"), body=full))
    sentences = [one for block in document_for(opened).paragraphs for one in block.sentences]
    about = {one.text: one.subjects for one in sentences}
    assert about["@P1 says: @P2 took my bag."] == {"P1", "P2"}
    assert about["I wanted it back."] == {"P1"}
    assert about["@O1 says: I saw nothing."] is None
    # What a person said of a sentence goes over that, sentence by sentence.
    told = [None] * len(sentences)
    told[[one.text for one in sentences].index("I wanted it back.")] = frozenset({"P2"})
    again = [one for block in document_for(opened, subjects=told).paragraphs for one in block.sentences]
    assert {one.text: one.subjects for one in again}["I wanted it back."] == {"P2"}
    assert [one.text for one in again] == [one.text for one in sentences]


def test_a_family_reads_its_own_childs_account_and_not_the_others(cast, full):
    from schoolgate.apps.incidents.document import document_for, elements_of
    from schoolgate.apps.incidents.selectors import unsealed
    from schoolgate.apps.incidents.services import file_report

    accounts = {"P1": "I was angry about the violin.", "P2": "I only wanted the trumpet."}
    opened = unsealed(file_report(actor=cast.actor("abreu"), body=replace(full, accounts=accounts)))
    for own, reads, never in (("P1", "violin", "trumpet"), ("P2", "trumpet", "violin")):
        named = frozenset({own})
        document = document_for(opened, named)
        allowed = dict.fromkeys(elements_of(document, (), named), True)
        shown = redact.view(document, (), allowed, redact.Audience(redact.AudienceKind.FAMILY, named))
        text = str(shown.paragraphs)
        assert reads in text
        assert never not in text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"behaviors": ("ceds:99999",)}, "from the lists"),
        ({"restorative": ("flogging",)}, "from the lists"),
        ({"weapon_kind": "ceds:Spoon"}, "kind of weapon"),
        ({"injury_level": "ceds:Some"}, "how badly"),
        ({"occurred_at": "noon"}, "time of day"),
        ({"report_kind": "gossip"}, "kind of report"),
        ({"accounts": {"P9": "I was there."}}, "@P9 is not in the list"),
        ({"accounts": {"P1": "@P8 did it."}}, "@P8 is not in the list"),
    ],
)
def test_what_is_in_no_list_is_not_filed(changes, said, cast, full):
    from schoolgate.apps.incidents.services import file_report

    with pytest.raises(Impossible, match=said):
        file_report(actor=cast.actor("abreu"), body=replace(full, **changes))


def test_the_codes_are_those_of_the_standard(shared):
    import csv

    path = shared / "data" / "standards" / "ceds13-incident-option-sets.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for element, mine in (
        ("Incident Behavior", BEHAVIORS),
        ("Weapon Type", WEAPONS),
        ("Incident Injury Type", INJURIES),
    ):
        known = {f"ceds:{row['code']}" for row in rows if row["element"] == element}
        assert mine.keys() <= known, element
    assert {f"ceds:{row['code']}" for row in rows if row["element"] == "Incident Behavior"} == BEHAVIORS.keys()
