"""An Ed-Fi API comes in page by page: the sample as its files say it, then what changed, then what is gone."""

import json
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest

from schoolgate.apps.access.moment import at, now
from schoolgate.interop.edfi.rest import ApiLimits
from schoolgate.interop.problems import ReadingError
from support import oneroster_feed as roster_feed
from support.edfi_api import MockEdfi, served
from support.edfi_asking import Asking, incident, sample_of, spec_of, student
from support.stored import everything, everything_sealed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("data_folder")]
THAT_YEAR = datetime(2022, 3, 1, 12, tzinfo=UTC)
SCHOOL = {"schoolId": 1, "nameOfInstitution": "Burke High", "educationOrganizationCategories": [], "gradeLevels": []}
BEHAVIOR = "uri://ed-fi.org/BehaviorDescriptor#School Violation"
MISREAD = "uri://elsewhere.example/BehaviorDescriptor#Gang"


@pytest.fixture
def serve():
    with ExitStack() as held:

        def start(standard="6.0", *, records=(), **settings):
            mock = MockEdfi(spec_of(standard), **settings)
            for resource, record in records:
                mock.put(resource, record, checked=False)
            return Asking(mock, held.enter_context(served(mock)), limits=ApiLimits(page_size=200))

        yield start


def bring_in(asking, **more):
    from schoolgate.apps.access.actors import SYSTEM
    from schoolgate.apps.incidents.importing import import_edfi_api

    return import_edfi_api(actor=SYSTEM, api=asking.client(), **more)


def counts(result):
    return {kind: (one.created, one.updated, one.unchanged) for kind, one in result.tallies.items() if one.seen}


def part(number, identifier, behavior=BEHAVIOR):
    return {
        "studentReference": {"studentUniqueId": f"S{number}"},
        "disciplineIncidentReference": {"incidentIdentifier": str(identifier), "schoolId": 1},
        "behaviorDescriptor": behavior,
    }


PARTS = "studentDisciplineIncidentBehaviorAssociations"
SMALL = (
    ("schools", SCHOOL),
    *(("students", student(number)) for number in (1, 2, 3)),
    *(("disciplineIncidents", incident(number, incidentDescription=f"Told {number}")) for number in (1, 2, 3)),
    (PARTS, part(1, 1)),
    (PARTS, part(2, 1, MISREAD)),
    (PARTS, part(2, 2)),
    (PARTS, part(3, 3)),
)


def tokens(key):
    from schoolgate.apps.incidents.models import Participant

    return dict(Participant.objects.filter(incident__feed_key=key).values_list("token", "role"))


def test_the_sample_over_a_bad_line_is_what_its_files_and_the_roster_say(serve, shared):
    """Over the API first; then the files change nothing but what the API's standard has not; the roster agrees."""
    from django.db.models import Count

    from schoolgate.apps.access.actors import SYSTEM
    from schoolgate.apps.incidents.importing import import_edfi, import_roster, roster_files
    from schoolgate.apps.ledger.models import Opening
    from schoolgate.apps.people.models import Guardianship, Student

    asking = serve("6.0", records=sample_of("6.0", with_contacts=True), uses_of_token=7)
    asking.mock.upsets["students"] = ["busy 2", "cut", "no-json", "status 500"]
    asking.mock.upsets["disciplineIncidents"] = ["short", "html"]
    with at(THAT_YEAR):
        told = bring_in(asking)
        assert counts(told)["students"] == (960, 0, 0)
        assert counts(told)["participations"] == (44, 0, 0)
        assert asking.mock.tokens > 3
        assert 2.0 in asking.waits
        entry = Opening.objects.get()
        assert json.loads(entry.record)["facts"]["rows"]["incidents"]["created"] == 21

        files = counts(import_edfi(actor=SYSTEM, folder=shared / "data" / "edfi" / "samples"))
        assert files["students"] == (0, 0, 960)
        assert files["incidents"] == (0, 0, 21)
        assert files["participations"] == (0, 0, 44)
        assert files["contacts"] == (0, 0, 1873)

        born = birth_dates()
        roster = import_roster(actor=SYSTEM, source=roster_files(shared / "data" / "oneroster"))
        assert counts(roster)["students"] == (0, 0, 960)
        assert counts(roster)["contacts"][0] == 0
        assert counts(roster)["schools"] == (0, 0, 3)
        assert birth_dates() == born
        assert dict(Student.objects.values_list("school__external_id").annotate(Count("pk"))) == by_roster(shared)
        # Whom a roster calls a parent gets no access by that.
        assert Guardianship.objects.filter(from_feed=True).count() == 2
        assert roster.without_access["custody_not_said"] > 1800


def birth_dates():
    """Of every student, by number."""
    from schoolgate.apps.people.directory import open_names
    from schoolgate.apps.people.models import Student

    names = open_names(Student.objects.select_related("name_key")).values()
    return {name.number: name.birth_date for name in names}


def by_roster(shared):
    """How many students each school has, as the roster's own file of roles says."""
    import csv
    from collections import Counter

    with (shared / "data" / "oneroster" / "roles.csv").open(encoding="utf-8") as file:
        at = Counter(row["orgSourcedId"] for row in csv.DictReader(file) if row["role"] == "student")
    # Those of whom it knows the district only are at no school.
    at[None] = at.pop("255901")
    return at


def test_changes_deletes_and_new_keys_are_followed(serve):
    """Two incidents swap their numbers, one is deleted and its number given again, a student gets a new number."""
    from schoolgate.apps.incidents.models import Incident, Participant
    from schoolgate.apps.people.models import Student

    asking = serve("6.0", records=SMALL, lists_again=True)
    first = bring_in(asking)
    assert first.unfamiliar == {"uri://elsewhere.example/BehaviorDescriptor": 1}
    assert Participant.objects.filter(feed_codes__icontains="Gang").count() == 1
    before = {one.feed_key: one.pk for one in Incident.objects.all()}
    assert counts(bring_in(asking)) == {}

    mock = asking.mock
    ids = {held.record["incidentIdentifier"]: one for one, held in mock.held["disciplineIncidents"].items()}
    for identifier, held in list(mock.held[PARTS].items()):
        if held.record["disciplineIncidentReference"]["incidentIdentifier"] == "3":
            mock.delete(PARTS, identifier)
    mock.delete("disciplineIncidents", ids["3"])
    mock.rekey("disciplineIncidents", ids["1"], incident("x"))
    mock.rekey("disciplineIncidents", ids["2"], incident(1, incidentDescription="Told 2"))
    mock.rekey("disciplineIncidents", ids["1"], incident(2, incidentDescription="Told 1"))
    for identifier, held in list(mock.held[PARTS].items()):
        other = {"1": 2, "2": 1}[held.record["disciplineIncidentReference"]["incidentIdentifier"]]
        moved = part(
            int(held.record["studentReference"]["studentUniqueId"][1:]), other, held.record["behaviorDescriptor"]
        )
        mock.rekey(PARTS, identifier, moved)
    numbers = {held.record["studentUniqueId"]: one for one, held in mock.held["students"].items()}
    kept = Student.objects.get(number_index=index_of("S3")).pk
    mock.rekey("students", numbers["S3"], student(30))
    mock.put("disciplineIncidents", incident(3, incidentDescription="Another child's"))

    told = bring_in(asking)
    assert told.changes["incidents:gone"] == 1
    assert told.changes["incidents:rekeyed"] == 2
    after = {one.feed_key: one.pk for one in Incident.objects.exclude(feed_key=None)}
    assert (after["1:2"], after["1:1"]) == (before["1:1"], before["1:2"])
    assert after["1:3"] != before["1:3"]
    assert told.expunged == 1
    gone = Incident.objects.get(pk=before["1:3"])
    assert gone.feed_sealed is None
    assert gone.expunged_at is not None
    assert tokens("1:2").keys() == {"P1", "P2"}
    assert len(tokens("1:1")) == 1
    assert Student.objects.get(number_index=index_of("S30")).pk == kept
    assert not Student.objects.filter(number_index=index_of("S3")).exists()


def index_of(number):
    from schoolgate.apps.people.directory import number_index

    return number_index("student", number)


def test_an_import_that_stops_goes_on_at_its_page_with_one_entry(serve):
    from schoolgate.apps.access.actors import SYSTEM
    from schoolgate.apps.incidents.feeds.models import Feed
    from schoolgate.apps.incidents.importing import try_edfi_api
    from schoolgate.apps.ledger.models import Opening
    from schoolgate.apps.people.models import Student
    from schoolgate.apps.schools.models import School

    asking = serve("6.0", records=[("schools", SCHOOL), *(("students", student(n)) for n in range(450))])
    dry = try_edfi_api(actor=SYSTEM, api=asking.client())
    assert counts(dry)["students"] == (450, 0, 0)
    assert not School.objects.exists()
    stored = []

    def stop(count):
        stored.append(count)
        if sum(stored) > 250:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bring_in(asking, progress=stop)
    half = Student.objects.count()
    assert 0 < half < 450
    assert not Opening.objects.exists()
    assert Feed.objects.get().progress

    told = bring_in(asking)
    assert counts(told)["students"] == (450, 0, 0)
    assert Student.objects.count() == 450
    assert Opening.objects.count() == 1
    assert not Feed.objects.get().progress


def test_a_bad_record_stores_nothing_of_its_page_and_shows_no_child(serve):
    from schoolgate.apps.people.models import Student

    asking = serve("6.0", records=[("schools", SCHOOL), ("students", student(1, birthDate="Marisol"))])
    with pytest.raises(ReadingError) as caught:
        bring_in(asking)
    assert "record 1" in str(caught.value)
    assert "Marisol" not in str(caught.value)
    assert not Student.objects.exists()


def test_what_an_order_expunged_here_is_not_heard_again(serve):
    from schoolgate.apps.incidents.models import Incident, Participant
    from schoolgate.apps.incidents.order_services import clear_incident

    asking = serve("6.0", records=SMALL)
    bring_in(asking)
    clear_incident(Incident.objects.get(feed_key="1:1"))
    asking.mock.put("disciplineIncidents", incident(1, incidentDescription="Told anew"))
    told = bring_in(asking, whole=True)
    assert told.expunged_here == 3
    held = Incident.objects.get(feed_key="1:1")
    assert held.feed_sealed is None
    assert held.expunged_at <= now()
    assert not Participant.objects.filter(incident=held).exists()


def test_nothing_that_may_never_enter_is_stored_logged_or_told(serve, shared, tmp_path, caplog):
    """A word in every field that reveals immigration status, of every record and in an unfinished and a bad page."""
    from schoolgate.apps.access.actors import SYSTEM
    from schoolgate.apps.incidents.importing import import_roster, roster_files

    never = json.loads((shared / "data" / "edfi" / "never-import.json").read_text(encoding="utf-8"))
    fields = {
        field.split(" ")[0]
        for standard in ("ed-fi 5.0", "ed-fi 6.0")
        for kind in ("students", "contacts", "staffs", "studentEducationOrganizationAssociations")
        for field in never[standard].get(kind, ())
    }
    assert len(fields) > 12
    planted = {field: "ZQX-secret" if number % 2 else [{"x": "ZQX-secret"}] for number, field in enumerate(fields)}
    language, use = (
        "uri://ed-fi.org/LanguageDescriptor#ZQX-secret",
        "uri://ed-fi.org/LanguageUseDescriptor#Home language",
    )
    planted["languages"] = [{"languageDescriptor": language, "uses": [{"languageUseDescriptor": use}]}]
    name = {"firstName": "Ana", "lastSurname": "Abreu"}
    records = [
        ("schools", SCHOOL),
        ("students", student(1, **planted)),
        ("staffs", {"staffUniqueId": "T1", **name, **planted}),
        ("contacts", {"contactUniqueId": "C1", **name, **planted}),
        ("disciplineIncidents", incident(1, **planted)),
        (PARTS, {**part(1, 1), **planted}),
    ]
    asking = serve("5.0", records=records)
    told = bring_in(asking)
    assert told.drops.refused_count > 10
    asking.mock.put("students", student(2, birthDate="ZQX-secret", **planted), checked=False)
    with pytest.raises(ReadingError) as caught:
        bring_in(asking)

    people = {"sourcedId": "u1", "password": "ZQX-secret", "userIds": "{ZQX-secret:1}"}
    folder = roster_feed.write(tmp_path / "roster", users=[roster_feed.MARISOL | people | {"agentSourcedIds": ""}],
        roles=[roster_feed.STUDENT_ROLE])  # fmt: skip
    (folder / "demographics.csv").write_text("sourcedId,countryOfBirthCode\nu1,ZQX-secret\n", encoding="utf-8")
    roster = import_roster(actor=SYSTEM, source=roster_files(folder))
    assert counts(roster)["students"] == (1, 0, 0)

    seen = repr(everything()) + everything_sealed() + caplog.text + str(caught.value) + repr(told) + repr(roster)
    assert "Marisol" in seen
    assert "ZQX" not in seen


def test_what_gets_another_key_while_everything_is_read_is_the_same_record_afterwards(serve):
    """The newest change version moves on while the pages come: the next reading tells what was read already."""
    from schoolgate.apps.incidents.models import Incident, Participant
    from schoolgate.apps.people.models import Student

    asking = serve("6.0", records=SMALL)
    mock, done = asking.mock, []

    def renumber(asked):
        if asked.path.endswith("/students") and not done:
            done.append(asked)
            ids = {held.record["incidentIdentifier"]: one for one, held in mock.held["disciplineIncidents"].items()}
            parts = {held.record["disciplineIncidentReference"]["incidentIdentifier"]: one
                for one, held in mock.held[PARTS].items()}  # fmt: skip
            pupils = {held.record["studentUniqueId"]: one for one, held in mock.held["students"].items()}
            mock.rekey("students", pupils["S3"], student(30))
            mock.rekey("disciplineIncidents", ids["3"], incident("3b", incidentDescription="Told 3"))
            mock.rekey(PARTS, parts["3"], part(30, "3b"))
            mock.delete(PARTS, parts["2"])
            mock.delete("disciplineIncidents", ids["2"])
            mock.put("disciplineIncidents", incident(4, incidentDescription="Told 4"))

    mock.before = renumber
    bring_in(asking)
    assert done
    told = bring_in(asking)
    assert told.expunged == 0
    assert {one.feed_key for one in Incident.objects.all()} == {"1:1", "1:3b", "1:4"}
    assert Student.objects.filter(number_index__in=[index_of("S3"), index_of("S30")]).count() == 1
    assert Student.objects.filter(number_index=index_of("S30")).exists()
    assert Participant.objects.count() == 3
    assert counts(bring_in(asking)) == {}


def test_a_new_key_that_another_has_here_ends_the_run_and_stores_nothing(serve):
    """An API that lists no delete whose key is in use again: the deleted incident and the renumbered one stay apart."""
    from schoolgate.apps.incidents.models import Incident

    asking = serve("6.0", records=SMALL)
    bring_in(asking)
    before = set(Incident.objects.values_list("pk", "feed_key"))
    mock = asking.mock
    ids = {held.record["incidentIdentifier"]: one for one, held in mock.held["disciplineIncidents"].items()}
    mock.delete("disciplineIncidents", ids["2"])
    mock.rekey("disciplineIncidents", ids["1"], incident(2, incidentDescription="Told 1"))
    with pytest.raises(ReadingError, match="each new key to be free here"):
        bring_in(asking)
    assert set(Incident.objects.values_list("pk", "feed_key")) == before
