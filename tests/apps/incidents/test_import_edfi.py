"""An Ed-Fi export comes in whole or not at all, twice as well as once, and without what may not be kept."""

import json
import shutil
from datetime import UTC, datetime

import pytest

from schoolgate.interop import edfi
from schoolgate.interop.edfi.references import references_of
from support import edfi_feed as feed
from support.stored import everything, everything_sealed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("data_folder")]

HIGH, LATIN = 101, 102
OFFICIAL = {
    "schools": 3,
    "staff": 68,
    "students": 960,
    "contacts": 1873,
    "guardianships": 2,
    "incidents": 21,
    "participations": 21 + 2 + 21,
    "discipline_actions": 25,
}


@pytest.fixture
def samples(shared):
    return shared / "data" / "edfi" / "samples"


@pytest.fixture
def bring_in(tmp_path):
    """Import records, or a folder."""
    from schoolgate.apps.access.actors import SYSTEM
    from schoolgate.apps.incidents.importing import import_edfi

    def run(*records, folder=None, **more):
        return import_edfi(actor=SYSTEM, folder=folder or feed.write(tmp_path / "export", *records), **more)

    return run


def everything_but_the_log():
    return {table: rows for table, rows in everything().items() if not table.startswith("ledger.")}


def counts(result):
    return {
        kind: (one.created, one.updated, one.unchanged, one.not_in_feed)
        for kind, one in result.tallies.items()
        if one.seen or one.not_in_feed
    }


def student_names():
    from schoolgate.apps.people.directory import open_names
    from schoolgate.apps.people.models import Student

    return {name.number: name for name in open_names(Student.objects.select_related("name_key")).values()}


def tokens(identifier=1):
    """Token -> role in an incident."""
    from schoolgate.apps.incidents.models import Participant

    return dict(Participant.objects.filter(incident__feed_key=f"{HIGH}:{identifier}").values_list("token", "role"))


def test_the_sample_comes_in_twice_and_is_the_same(samples, bring_in):
    from schoolgate.apps.ledger.models import Opening, StagedLeaf

    checked = edfi.check_folder(samples)
    stored = []
    first = bring_in(folder=samples, checked=checked, progress=stored.append)
    assert counts(first) == {kind: (number, 0, 0, 0) for kind, number in OFFICIAL.items()}
    assert sum(stored) == sum(checked.rows.values())
    assert max(stored) == 500
    assert first.without_access == {"not_said": 1870}
    assert first.schools_found == 21
    assert first.drops == checked.drops

    (entry,) = Opening.objects.all()
    assert StagedLeaf.objects.count() == 1
    facts = json.loads(entry.record)["facts"]
    assert facts["rows"]["incidents"] == {"created": 21, "updated": 0, "unchanged": 0, "not_in_feed": 0}
    assert facts["refused"] == checked.drops.refused_count > 5000
    assert len(facts["drops_sha256"]) == 64

    before = everything_but_the_log()
    second = bring_in(folder=samples, checked=checked)
    assert counts(second) == {kind: (0, 0, number, 0) for kind, number in OFFICIAL.items()}
    assert everything_but_the_log() == before
    assert Opening.objects.count() == 2

    # No name of the feed stands in the log or anywhere in clear; the sealed columns hold them.
    in_clear = repr(everything())
    opened = everything_sealed()
    assert "Landon" in opened
    assert "Hickman" in opened
    assert "201101041500" in opened
    for private in ("Landon", "Hickman, Dewayne", "Tyrone", "604821", "778393", "201101041500", "2014-11-13"):
        assert private not in in_clear

    # The incidents alone lean on what was imported before.
    alone = counts(bring_in(folder=samples / "StudentDiscipline.xml"))
    assert alone["incidents"] == (0, 0, 21, 0)
    assert alone["students"] == (0, 0, 0, 960)
    assert everything_but_the_log() == before


def broken_date(text):
    return text.replace("<IncidentDate>2021-10-21</IncidentDate>", "<IncidentDate>2021-13-21</IncidentDate>")


def broken_reference(text):
    return text.replace("<StudentUniqueId>604848</StudentUniqueId>", "<StudentUniqueId>999</StudentUniqueId>")


def cut_short(text):
    return text[: len(text) // 2]


@pytest.mark.parametrize("broken", [broken_date, broken_reference, cut_short])
def test_a_broken_copy_is_refused_and_nothing_is_stored(broken, samples, tmp_path, bring_in):
    folder = tmp_path / "broken"
    shutil.copytree(samples, folder)
    (folder / "Contact.xml.gz").unlink()
    path = folder / "StudentDiscipline.xml"
    path.write_text(broken(path.read_text(encoding="utf-8")), encoding="utf-8")
    before = everything()
    with pytest.raises(edfi.ReadingError) as refused:
        bring_in(folder=folder)
    assert refused.value.problem.file == "StudentDiscipline.xml"
    assert refused.value.problem.line > 1
    assert everything() == before


def test_references_to_what_nobody_stored_are_all_told_and_nothing_is_stored(samples, bring_in):
    before = everything()
    with pytest.raises(edfi.ReadingProblems) as refused:
        bring_in(folder=samples / "StudentDiscipline.xml")
    problems = refused.value.problems
    assert {one.field for one in problems} >= {
        "DisciplineIncident/SchoolReference",
        "StaffDisciplineIncidentAssociation/DisciplineIncidentReference",
        "DisciplineAction/StudentReference",
    }
    assert "604848" not in str(refused.value)
    assert all(one.line > 1 and one.remedy for one in problems)
    assert everything() == before


def test_a_file_that_changed_after_the_check_is_refused(tmp_path, bring_in):
    folder = feed.write(tmp_path / "export", feed.school(HIGH), feed.student(1))
    checked = edfi.check_folder(folder)
    feed.write(folder, feed.school(HIGH), feed.student(1, "Kevin"))
    before = everything()
    with pytest.raises(edfi.ReadingError):
        bring_in(folder=folder, checked=checked)
    assert everything() == before


def test_only_an_administrator_imports(tmp_path):
    from schoolgate.apps.access.actors import Actor, Role
    from schoolgate.apps.incidents.importing import import_edfi
    from schoolgate.apps.ledger.acts import NotAllowed

    for role in set(Role) - {Role.ADMINISTRATOR}:
        with pytest.raises(NotAllowed):
            import_edfi(actor=Actor(role=role), folder=tmp_path)


def test_never_imported_fields_leave_no_trace(shared, bring_in):
    listed = json.loads((shared / "data" / "edfi" / "never-import.json").read_text(encoding="utf-8"))
    spelled = {
        name.split(" ")[0]
        for standard in ("ed-fi 5.0", "ed-fi 6.0")
        for names in listed[standard].values()
        for name in names
    }
    names = {name[:1].upper() + name[1:].removesuffix("Descriptor") for name in spelled}
    names |= {
        "Citizenship",
        "Visa",
        "Race",
        "HispanicLatinoEthnicity",
        "Language",
        "BirthCity",
        "BirthCountry",
        "Country",
    }
    planted = "".join(
        f"<{name}>ZQX{number}<{name}>ZQY{number}</{name}></{name}>" for number, name in enumerate(sorted(names))
    )
    assert len(names) > 15
    in_birth = feed.student(2, "Kevin", "Chen").replace("</BirthDate>", f"</BirthDate>{planted}")
    in_name = feed.student(3, "Rui", "Fontes").replace("</LastSurname>", f"</LastSurname>{planted}")
    result = bring_in(
        feed.school(HIGH),
        feed.staff(7, more=planted),
        feed.student(1, more=planted),
        in_birth,
        in_name,
        feed.contact(5, more=planted),
        feed.relation(5, 1, guardian=True),
        feed.incident(1, HIGH, feed.tag("IncidentDescription", "QSEEN") + planted),
        feed.student_part(1, 1, HIGH, feed.behavior("Other") + feed.codes("Perpetrator") + planted),
    )
    assert result.drops.refused_count >= 7 * len(names)
    in_clear = repr(everything())
    opened = everything_sealed()
    assert "ZQX" not in in_clear + opened
    assert "ZQY" not in in_clear + opened
    assert "ZQX" not in repr(result)
    # The search can find: what is kept is there, sealed.
    assert "QSEEN" in opened
    assert "QSEEN" not in in_clear


def district_of(size):
    """`size` rows of each kind that has many."""
    numbers = range(1, size + 1)
    return [
        feed.school(HIGH),
        *(feed.staff(number) for number in numbers),
        *(feed.student(number) for number in numbers),
        *(feed.contact(number) for number in numbers),
        *(feed.relation(number, number, guardian=True) for number in numbers),
        *(feed.incident(number, HIGH, feed.outsider("Sam", "Poe")) for number in numbers),
        *(
            feed.student_part(number, number, HIGH, feed.behavior("Other", "said") + feed.codes("Perpetrator"))
            for number in numbers
        ),
        *(feed.other_part(number, size + 1 - number, HIGH, "Witness") for number in numbers),
        *(feed.staff_part(number, number, HIGH, "Reporter") for number in numbers),
        *(feed.action(number, number, number, HIGH) for number in numbers),
    ]


def changed(record):
    """The same record saying something else."""
    for old, new in (
        ("<LastSurname>A", "<LastSurname>B"),
        ("<LegalGuardian>true", "<LegalGuardian>false"),
        ("<IncidentDate>2026-10-05", "<IncidentDate>2026-10-04"),
        ("Poe", "Roe"),
        ("said", "meant"),
        ("#Witness", "#Victim"),
        ("#Reporter", "#Witness"),
        ("Length>3<", "Length>4<"),
    ):
        record = record.replace(old, new)
    return record


def test_a_batch_costs_the_same_queries_whatever_its_size(bring_in):
    from django.db import connection, transaction
    from django.test.utils import CaptureQueriesContext

    def queries(records):
        """How many a first import costs, one that changes nothing, and one that changes every row."""
        made = []
        with transaction.atomic():
            for its_records in (records, records, list(map(changed, records))):
                with CaptureQueriesContext(connection) as captured:
                    result = bring_in(*its_records)
                made.append(len(captured))
            assert all(one.updated == one.seen for kind, one in result.tallies.items() if kind != "schools")
            transaction.set_rollback(True)
        return made

    few = queries(district_of(4))
    assert queries(district_of(40)) == few
    assert max(few) < 90


def test_a_changed_row_updates_and_a_vanished_one_is_kept_and_counted(bring_in):
    bring_in(feed.school(HIGH), feed.student(1), feed.student(2, "Kevin", "Chen"), feed.student(3))
    result = bring_in(feed.school(HIGH, "Harbor High"), feed.student(1), feed.student(2, "Calvin", "Chen"))
    assert counts(result) == {"schools": (0, 1, 0, 0), "students": (0, 1, 1, 1)}
    names = student_names()
    assert names["2"].full == "Calvin Chen"
    # Older reports say Kevin: a copy of one must still find the name.
    assert {"Kevin Chen", "Kevin"} <= set(names["2"].short)
    assert names["1"].all[0] == "Marisol Aguilar"
    assert len(names) == 3


def test_numbers_are_compared_letter_for_letter(bring_in):
    result = bring_in(feed.student("a1", "Marisol"), feed.student("A1", "Kevin"))
    assert counts(result) == {"students": (2, 0, 0, 0)}


def test_a_student_entered_by_hand_is_found_by_number(cast, bring_in):
    from schoolgate.apps.people.models import Student

    before = Student.objects.count()
    marisol = cast.students["marisol"]
    result = bring_in(feed.student("8400117", "Marisol", "Aguilar-Reyes"))
    assert counts(result)["students"] == (0, 1, 0, 0)
    assert Student.objects.count() == before
    after = Student.objects.get(pk=marisol.pk)
    assert after.school_id == marisol.school_id
    assert after.name_key.school_id == marisol.school_id
    assert student_names()["8400117"].full == "Marisol Aguilar-Reyes"
    assert "Marisol Aguilar" in student_names()["8400117"].short


PEOPLE = (
    feed.school(HIGH),
    feed.school(LATIN, "Latin School"),
    feed.staff(7),
    *(feed.student(number, f"Child{number}") for number in (1, 2, 3)),
    feed.contact(5),
)


def test_roles_come_from_the_standard_codes_alone(bring_in):
    from schoolgate.apps.incidents.models import Participant

    ours = "uri://bps.example/DisciplineIncidentParticipationCodeDescriptor#Perpetrator"
    bring_in(
        *PEOPLE,
        feed.incident(1, HIGH),
        feed.student_part(1, 1, HIGH, feed.behavior("Other") + feed.codes("Victim", "Perpetrator")),
        feed.other_part(1, 1, HIGH, "Witness"),
        feed.student_part(2, 1, HIGH, feed.behavior("Other") + feed.codes(ours)),
        feed.student_part(3, 1, HIGH, feed.behavior("Other")),
        feed.staff_part(7, 1, HIGH, "Reporter"),
    )
    assert tokens() == {"P1": "involved", "P2": "unknown", "P3": "unknown", "S1": "reported"}
    kept = Participant.objects.get(token="P2").feed_codes
    assert [entry["roles"] for entry in kept] == [[ours]]


@pytest.mark.parametrize(
    ("location", "place"),
    [
        ("uri://ed-fi.org/IncidentLocationDescriptor#School bus", "bus"),
        ("uri://ed-fi.org/IncidentLocationDescriptor#On campus", "other"),
        ("uri://bps.example/IncidentLocationDescriptor#School bus", "other"),
        (None, "other"),
    ],
)
def test_places_come_from_the_standard_codes_alone(location, place, bring_in):
    from schoolgate.apps.incidents.models import Incident

    bring_in(*PEOPLE, feed.incident(1, HIGH, feed.tag("IncidentLocation", location)))
    incident = Incident.objects.get()
    assert (incident.kind, incident.place) == ("imported", place)
    assert incident.feed_codes["location"] == (location or "")
    assert incident.reported_to_police is None


def test_every_mapped_code_is_a_choice_and_in_the_standard(shared):
    from schoolgate.apps.incidents.importing import codes
    from schoolgate.apps.incidents.models import PARTICIPANT_ROLES, PLACES

    for name, mapping, choices in (
        ("DisciplineIncidentParticipationCode", codes.ROLE_OF_CODE, PARTICIPANT_ROLES),
        ("IncidentLocation", codes.PLACE_OF_CODE, PLACES),
    ):
        text = (shared / "data" / "edfi" / "descriptors" / f"{name}Descriptor.xml").read_text(encoding="utf-8")
        assert set(mapping.values()) <= set(choices)
        for code in mapping:
            namespace, _, value = code.partition("#")
            assert namespace.endswith(f"/{name}Descriptor")
            assert f"<CodeValue>{value}</CodeValue>" in text


def test_tokens_stay_whatever_the_order(bring_in):
    parts = [
        feed.student_part(number, 1, HIGH, feed.behavior("Other") + feed.codes(code))
        for number, code in ((1, "Perpetrator"), (2, "Victim"), (3, "Witness"))
    ]
    bring_in(*PEOPLE, feed.incident(1, HIGH), *parts[:2])
    assert tokens() == {"P1": "involved", "P2": "harmed"}
    result = bring_in(*PEOPLE, feed.incident(1, HIGH), *reversed(parts))
    assert tokens() == {"P1": "involved", "P2": "harmed", "P3": "witness"}
    assert counts(result)["participations"] == (1, 0, 2, 0)
    result = bring_in(*PEOPLE, feed.incident(1, HIGH), parts[2])
    assert counts(result)["participations"] == (0, 0, 1, 2)
    assert len(tokens()) == 3


def test_outsiders_keep_their_tokens_and_a_corrected_name_goes(bring_in):
    def said(*outsiders):
        bring_in(*PEOPLE, feed.incident(1, HIGH, "".join(feed.outsider(*one) for one in outsiders)))
        return tokens()

    assert said(("Sam", "Poe"), ("Kim", "Roe", "Victim")) == {"O1": "witness", "O2": "harmed"}
    assert said(("Kim", "Roe"), ("Sam", "Poe")) == {"O1": "witness", "O2": "witness"}
    assert said(("Sam", "Poe")) == {"O1": "witness"}
    assert "Roe" not in everything_sealed()
    # O2 was somebody else and stays unused.
    assert said(("Sam", "Poe"), ("Lee", "Moe")) == {"O1": "witness", "O3": "witness"}


def test_one_identifier_at_two_schools_is_two_incidents(bring_in):
    from schoolgate.apps.incidents.models import Incident

    bring_in(*PEOPLE, feed.incident(1, HIGH), feed.incident(1, LATIN))
    assert set(Incident.objects.values_list("feed_key", flat=True)) == {f"{HIGH}:1", f"{LATIN}:1"}


def test_free_text_about_a_student_is_sealed_and_corrected(bring_in):
    from schoolgate.apps.incidents.models import Participant
    from schoolgate.apps.incidents.words import open_words

    def details(*said):
        parts = [
            feed.student_part(1, 1, HIGH, feed.behavior(kind, detail) + feed.codes("Perpetrator"))
            for kind, detail in said
        ]
        bring_in(*PEOPLE, feed.incident(1, HIGH), *parts)
        (words,) = open_words(Participant.objects.all()).values()
        found = words.get("details", {})
        return {uri.partition("#")[2]: detail for uri, detail in found.items()}

    assert details(("Other", "took a pen"), ("State Offense", "ran")) == {"Other": "took a pen", "State Offense": "ran"}
    assert "took a pen" not in repr(everything())
    assert details(("Other", "borrowed a pen"), ("State Offense", "ran"))["Other"] == "borrowed a pen"
    assert details(("Other", None), ("State Offense", "ran")) == {"State Offense": "ran"}
    assert details(("Other", None), ("State Offense", None)) == {}
    assert Participant.objects.get().feed_sealed is None


def test_a_discipline_is_tied_to_its_incident_and_updates(bring_in):
    from schoolgate.apps.incidents.models import DisciplineAction

    base = (
        *PEOPLE,
        feed.incident(1, HIGH),
        feed.student_part(1, 1, HIGH, feed.behavior("Other") + feed.codes("Perpetrator")),
    )
    bring_in(*base, feed.action(9, 1, 1, HIGH))
    result = bring_in(*base, feed.action(9, 1, 1, HIGH, days=5))
    assert counts(result)["discipline_actions"] == (0, 1, 0, 0)
    action = DisciplineAction.objects.get()
    assert action.length == 5
    assert action.disciplines == ["uri://ed-fi.org/DisciplineDescriptor#In School Suspension"]
    assert [one.feed_key for one in action.incidents.all()] == [f"{HIGH}:1"]


def test_a_school_is_taken_from_incidents_only_when_they_agree(bring_in):
    from schoolgate.apps.people.models import Student

    incidents = (feed.incident(1, HIGH), feed.incident(2, LATIN))
    result = bring_in(
        *PEOPLE,
        *incidents,
        feed.other_part(1, 1, HIGH, "Witness"),
        feed.other_part(2, 1, HIGH, "Witness"),
        feed.other_part(2, 2, LATIN, "Witness"),
    )
    assert result.schools_found == 1
    known = {
        student.school and student.school.external_id: student
        for student in Student.objects.select_related("school", "name_key").exclude(participations=None)
    }
    assert set(known) == {str(HIGH), None}
    # The name moved into the school's directory and still opens.
    assert known[str(HIGH)].name_key.school_id == known[str(HIGH)].school_id
    assert known[None].name_key.school_id is None
    assert student_names()["1"].full == "Child1 Aguilar"
    # A school once known stays, whatever comes later.
    again = bring_in(*PEOPLE, *incidents, feed.other_part(1, 2, LATIN, "Witness"))
    assert again.schools_found == 0
    assert Student.objects.get(pk=known[str(HIGH)].pk).school_id == known[str(HIGH)].school_id


def test_an_expunged_incident_gives_no_new_student_a_school(bring_in):
    from schoolgate.apps.incidents.models import Incident, Participant
    from schoolgate.apps.incidents.order_services import clear_incident
    from schoolgate.apps.people.models import Student

    bring_in(*PEOPLE, feed.incident(1, HIGH), feed.other_part(1, 1, HIGH, "Witness"))
    clear_incident(Incident.objects.get())
    before = set(Student.objects.values_list("pk", flat=True))
    fresh = (feed.student(8, "Ana", "Bello"), feed.student(9, "Rui", "Bello"))
    parts = (feed.other_part(8, 1, HIGH, "Witness"), feed.other_part(9, 2, HIGH, "Witness"))
    result = bring_in(*PEOPLE, *fresh, feed.incident(1, HIGH), feed.incident(2, HIGH), *parts)
    assert result.schools_found == 1
    new = {one.pk: one for one in Student.objects.exclude(pk__in=before).select_related("school")}
    assert {one.school and one.school.external_id for one in new.values()} == {None, str(HIGH)}
    assert [new[one.student_id].school.external_id for one in Participant.objects.all()] == [str(HIGH)]


def test_batches_keep_the_order_of_dependence_where_records_take_turns(tmp_path):
    from schoolgate.apps.incidents.importing.act import BATCH, in_batches

    records = [feed.school(HIGH), feed.student(1)]
    for number in range(BATCH + 7):
        records += [feed.incident(number, HIGH), feed.student_part(1, number, HIGH, feed.behavior("Other"))]
        records += [feed.other_part(1, number, HIGH, "Witness")] * (number % 5 == 0)
    folder = feed.write(tmp_path / "export", *records)
    checked = edfi.check_folder(folder)
    assert checked.is_in_order
    assert checked.homes == {"1": HIGH}
    told, sizes = set(), []
    for kind, batch in in_batches(edfi.read_folder(folder, checked=checked)):
        assert {type(row) for row in batch} == {kind}
        for row in batch:
            wanted = {key for entity, key, _ in references_of(row) if entity == "DisciplineIncident"}
            assert wanted <= told
        told |= {row.key for row in batch if kind is edfi.IncidentRow}
        sizes.append(len(batch))
    assert sum(sizes) == len(records)
    assert max(sizes) == BATCH


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"guardian": None}, "not_said"),
        ({"guardian": False}, "said_not"),
        ({"guardian": True, "restrictions": "no contact"}, "restricted"),
    ],
)
def test_no_access_by_guess_and_none_against_a_restriction(said, reason, bring_in):
    from schoolgate.apps.access.moment import at
    from schoolgate.apps.people.models import Guardian, Guardianship, Membership, User
    from schoolgate.apps.people.selectors import guarded

    first = bring_in(*PEOPLE, feed.relation(5, 1, **said))
    assert first.without_access == {reason: 1}
    assert not Guardianship.objects.exists()

    given = bring_in(*PEOPLE, feed.relation(5, 1, guardian=True))
    assert counts(given)["guardianships"] == (1, 0, 0, 0)
    user = User.objects.create(username="aguilar", display_name="Mrs. Aguilar")
    Guardian.objects.update(user=user)
    assert guarded(user).count() == 1
    assert not Membership.objects.exists()

    ended = bring_in(*PEOPLE, feed.relation(5, 1, **said))
    assert counts(ended)["guardianships"] == (0, 1, 0, 0)
    assert guarded(user).count() == 0
    # Given again on the same day: the same relation goes on.
    bring_in(*PEOPLE, feed.relation(5, 1, guardian=True))
    assert guarded(user).count() == Guardianship.objects.count() == 1
    with at(datetime(2027, 9, 1, 12, tzinfo=UTC)):
        bring_in(*PEOPLE, feed.relation(5, 1, **said))
        assert guarded(user).count() == 0
    with at(datetime(2027, 9, 2, 12, tzinfo=UTC)):
        bring_in(*PEOPLE, feed.relation(5, 1, guardian=True))
        assert guarded(user).count() == 1
        assert Guardianship.objects.count() == 2


@pytest.mark.parametrize(("said", "left"), [({"guardian": None}, 1), ({"guardian": False}, 0)])
def test_silence_leaves_what_the_office_entered_and_a_no_ends_it(said, left, bring_in):
    from schoolgate.apps.access.moment import today
    from schoolgate.apps.people.models import Guardian, Guardianship, Student

    bring_in(*PEOPLE)
    for student in Student.objects.all():
        Guardianship.objects.create(guardian=Guardian.objects.get(), student=student, starts=today())
    bring_in(*PEOPLE, *(feed.relation(5, child, **said) for child in (1, 2, 3)))
    assert Guardianship.objects.filter(ends=None).count() == 3 * left


def test_a_vanished_relation_is_kept_and_counted(bring_in):
    from schoolgate.apps.people.models import Guardianship

    bring_in(*PEOPLE, feed.relation(5, 1, guardian=True), feed.relation(5, 2, guardian=True))
    result = bring_in(*PEOPLE, feed.relation(5, 1, guardian=True))
    assert counts(result)["guardianships"] == (0, 0, 1, 1)
    assert Guardianship.objects.filter(ends=None).count() == 2
