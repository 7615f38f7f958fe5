"""Who is in what: the same by bulk XML, by the API and by what the rosters say, as somebody reads it."""

import csv
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest

from schoolgate.apps.access.moment import at
from support.edfi_api import MockEdfi, served
from support.edfi_asking import Asking, sample_of, spec_of
from support.imported import who_is_in_what

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("data_folder")]
THAT_YEAR = datetime(2022, 3, 1, 12, tzinfo=UTC)
PARTS = {
    "studentDisciplineIncidentBehaviorAssociations": "student",
    "studentDisciplineIncidentNonOffenderAssociations": "student",
    "staffDisciplineIncidentAssociations": "staff",
}
# What a reader sees of a part, by the standard's word for it.
SEEN = {
    "Perpetrator": "Took part",
    "Victim": "Was harmed",
    "Witness": "Saw it",
    "Reporter": "Reported it",
}


@pytest.fixture
def sample():
    """The sample's records, and the API that holds them."""
    records = sample_of("6.0", with_contacts=True)
    with ExitStack() as held:
        mock = MockEdfi(spec_of("6.0"))
        for resource, record in records:
            mock.put(resource, record, checked=False)
        yield records, Asking(mock, held.enter_context(served(mock)))


def by_the_records(records):
    """Number, part and behaviors of everyone in each incident, read off the records with nothing of ours.

    Whoever stands in an incident twice has the first of their parts in the order of `SEEN`.
    """
    found = {}
    for resource, record in records:
        if resource == "disciplineIncidents":
            found.setdefault(f"{record['schoolReference']['schoolId']}:{record['incidentIdentifier']}", {})
        if person := PARTS.get(resource):
            incident = record["disciplineIncidentReference"]
            key = f"{incident['schoolId']}:{incident['incidentIdentifier']}"
            codes, behaviors = found.setdefault(key, {}).setdefault(
                record[f"{person}Reference"][f"{person}UniqueId"], ([], [])
            )
            codes += [
                one["disciplineIncidentParticipationCodeDescriptor"].partition("#")[2]
                for one in record["disciplineIncidentParticipationCodes"]
            ]
            behaviors += [record["behaviorDescriptor"]] if "behaviorDescriptor" in record else []
    return {
        key: sorted(
            (number, next(seen for word, seen in SEEN.items() if word in codes), tuple(sorted(behaviors)))
            for number, (codes, behaviors) in people.items()
        )
        for key, people in found.items()
    }


def outsiders_of(records):
    """First and last name of those from outside, with their part."""
    return {
        f"{record['schoolReference']['schoolId']}:{record['incidentIdentifier']}": sorted(
            (
                f"{one['firstName']} {one['lastSurname']}",
                SEEN[one["disciplineIncidentParticipationCodeDescriptor"].partition("#")[2]],
            )
            for one in record.get("externalParticipants", [])
        )
        for resource, record in records
        if resource == "disciplineIncidents"
    }


def numbered(incidents):
    """The same without the names of people who have a number."""
    return {
        key: {**one, "people": [(number, number or name, *rest) for number, name, *rest in one["people"]]}
        for key, one in incidents.items()
    }


def test_who_is_in_what_agrees_between_files_the_api_and_the_rosters(sample, shared):
    from schoolgate.apps.access.actors import SYSTEM
    from schoolgate.apps.incidents.importing import import_edfi, import_edfi_api, import_roster, roster_files
    from schoolgate.apps.incidents.importing.undoing import undone

    records, asking = sample
    with at(THAT_YEAR):
        with undone():
            import_edfi(actor=SYSTEM, folder=shared / "data" / "edfi" / "samples")
            by_files = who_is_in_what()
        assert not who_is_in_what()
        import_edfi_api(actor=SYSTEM, api=asking.client())
        by_api = who_is_in_what()
        import_roster(actor=SYSTEM, source=roster_files(shared / "data" / "oneroster"))
        with_roster = who_is_in_what()

    assert len(by_files) == 21
    assert by_api == by_files
    # A roster tells what people are called, never who is in an incident.
    assert numbered(with_roster) == numbered(by_files)
    inside = {
        key: sorted((number, part, behaviors) for number, _, part, behaviors, _ in one["people"] if number)
        for key, one in by_api.items()
    }
    assert inside == by_the_records(records)
    outside = {
        key: sorted((name, part) for number, name, part, _, _ in one["people"] if not number)
        for key, one in by_api.items()
    }
    assert outside == outsiders_of(records)
    assert sum(map(len, outside.values())) > 0
    with (shared / "data" / "oneroster" / "users.csv").open(encoding="utf-8") as file:
        roster = {row["identifier"]: (row["givenName"], row["familyName"]) for row in csv.DictReader(file)}
    named = {(number, name) for one in by_api.values() for number, name, *_ in one["people"] if number}
    assert len(named) > 20
    for number, name in named:
        first, last = roster[number]
        assert name.startswith(f"{first} "), "the rosters call somebody in an incident by another name"
        assert last in name.split(" ", 1)[1]
