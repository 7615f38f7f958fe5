"""What the rows of a spreadsheet become: people, relations, incidents."""

from datetime import date, timedelta

import pytest

from schoolgate.apps.access.moment import today
from schoolgate.apps.incidents.models import Incident
from schoolgate.apps.incidents.words import open_words
from schoolgate.apps.people.directory import number_index, open_names
from schoolgate.apps.people.models import Guardian, Guardianship, StaffMember, Student
from schoolgate.apps.spreadsheets.settling import codes

pytestmark = pytest.mark.django_db
MARISOL, KEVIN = "8400117", "8400212"


def student(number):
    return Student.objects.select_related("name_key").get(number_index=number_index("student", number))


def name_of(person):
    return open_names([person])[person]


def test_students_are_new_changed_or_the_same(cast, brought_in):
    sheet = brought_in(
        "students",
        "9001,Ana María,Ortiz,2011-05-06,4030,es",
        f"{KEVIN},Kevin,Chen,,East Harbor High School,",
        f"{MARISOL},Marisol,Aguilar Ortiz,2010-03-14,4030,pt",
    )
    assert (sheet.counts["new"], sheet.counts["changed"], sheet.counts["unchanged"]) == (1, 1, 1)
    ana, marisol = student("9001"), student(MARISOL)
    assert (name_of(ana).full, name_of(ana).birth_date) == ("Ana María Ortiz", date(2011, 5, 6))
    assert (ana.school, ana.notice_language) == (cast.school, "es")
    assert name_of(marisol).full == "Marisol Aguilar Ortiz"
    # Older reports call her as she was called then.
    assert "Marisol Aguilar" in name_of(marisol).short
    assert marisol.notice_language == "pt"
    # A birth date that the file leaves out stays.
    assert name_of(student(KEVIN)).birth_date == date(2009, 8, 2)


def test_a_student_is_where_the_newest_row_of_today_says(cast, brought_in):
    columns = {"ID": "number", "First": "first", "Last": "last", "School": "school", "In": "begins", "Out": "ends"}
    other = cast.school.__class__.objects.create(name="Dock Street School", external_id="0007")
    brought_in(
        "students",
        "9001,Ana,Ortiz,4030,2024-09-01,2025-06-30",
        "9001,Ana,Ortiz,0007,2025-09-01,",
        "9002,Bo,Ek,0007,2020-09-01,2021-06-30",
        columns=columns,
    )
    assert student("9001").school == other
    assert student("9001").name_key.school == other
    assert student("9002").school is None


def test_a_row_of_an_unknown_school_stops_the_file_by_its_line(tried, problems_of):
    sheet = tried("students", "9001,Ana,Ortiz,2011-05-06,4030,es", "9002,Bo,Ek,2011-05-06,9999,", "9003,,Ek,x,4030,")
    assert sheet.counts["wrong"] == 2
    told = problems_of(sheet)
    assert f"{sheet.number}, line 3: School: expected the number or the whole name of a school" in told[0]
    assert "line 4: DOB" in told[1]
    assert "line 4: First" in told[2]
    assert "9999" not in "".join(told)
    assert "Ek" not in "".join(told)


def test_staff_come_into_their_schools_directory_without_any_role(cast, brought_in):
    sheet = brought_in("staff", "S1,Lou,Baker,4030", "S2,Mo,Reed,")
    assert sheet.counts["new"] == 2
    lou = StaffMember.objects.select_related("name_key").get(number_index=number_index("staffmember", "S1"))
    assert (lou.school, lou.user, name_of(lou).full) == (cast.school, None, "Lou Baker")


def relations(number):
    guardian = Guardian.objects.get(number_index=number_index("guardian", number))
    return list(Guardianship.objects.filter(guardian=guardian).order_by("starts"))


def test_only_a_legal_guardian_gets_access_and_a_restriction_ends_it(cast, brought_in):
    rows = {name: f"{name},{MARISOL},Rosa,Paz{name}" for name in ("G1", "G2", "G3", "G4")}
    sheet = brought_in(
        "guardians",
        f"{rows['G1']},mother,yes,,",
        f"{rows['G2']},uncle,,,",
        f"{rows['G3']},father,yes,yes,",
        f"{rows['G4']},father,yes,,{(today() - timedelta(days=1)).isoformat()}",
    )
    assert (sheet.counts["new"], sheet.counts["without_access"]) == (4, 3)
    [held] = relations("G1")
    assert (held.student, held.kind, held.starts, held.ends, held.from_feed) == (
        cast.students["marisol"],
        "parent",
        today(),
        None,
        True,
    )
    assert not any(relations(name) for name in ("G2", "G3", "G4"))
    sheet = brought_in("guardians", f"{rows['G1']},mother,yes,yes,")
    assert sheet.counts["changed"] == 1
    assert relations("G1")[0].ends == today()


def test_a_file_never_widens_what_is_stored_and_may_narrow_it(brought_in):
    row = f"G1,{MARISOL},Rosa,Paz,mother,yes,,"
    brought_in("guardians", f"{row}2030-06-30")
    assert relations("G1")[0].ends == date(2030, 6, 30)
    brought_in("guardians", f"{row}2029-06-30")
    assert relations("G1")[0].ends == date(2029, 6, 30)


def test_a_guardian_of_a_student_nobody_knows_is_a_problem(tried, problems_of):
    sheet = tried("guardians", "G1,404,Rosa,Paz,mother,yes,,")
    assert sheet.counts["wrong"] == 1
    assert "line 2: Student: expected the number of a student who is known here" in problems_of(sheet)[0]


def test_an_incident_has_its_people_and_its_words_sealed(cast, brought_in):
    sheet = brought_in(
        "incidents",
        f"17,4030,2026-03-02,09:15,Cafeteria,Fighting,{MARISOL},Offender,They pushed each other.,yes",
        f"17,4030,2026-03-02,09:15,Cafeteria,Shouting at Kevin,{KEVIN},Victim,They pushed each other.,yes",
        "18,4030,2026-03-03,,Roof of the annex,X12,,,,",
    )
    assert (sheet.counts["new"], sheet.counts["unfamiliar"]) == (2, 2)
    fight, roof = (Incident.objects.get(feed_key=f"4030:{number}") for number in (17, 18))
    assert (fight.occurred_on, fight.place, fight.kind) == (date(2026, 3, 2), "cafeteria", "imported")
    assert (fight.behaviors, fight.reported_to_police) == (["ceds:04645"], True)
    assert (roof.behaviors, roof.place, roof.reported_to_police) == (["X12"], "other", None)
    words = open_words([fight, roof])
    assert words[fight]["description"] == "They pushed each other."
    # A word that no list knows may be somebody's name in a wrong column: it lies sealed.
    assert words[fight]["behaviors"] == ["Shouting at Kevin"]
    assert words[roof] == {"place": "Roof of the annex"}
    parts = {one.student_id: one for one in fight.participants.all()}
    assert parts[cast.students["marisol"].pk].role == "involved"
    assert parts[cast.students["kevin"].pk].role == "harmed"
    assert {one.token for one in parts.values()} == {"P1", "P2"}


def test_the_same_file_again_changes_nothing_and_another_changes_what_it_says(cast, brought_in, tried):
    first = f"17,4030,2026-03-02,09:15,Cafeteria,Fighting,{MARISOL},Offender,They pushed.,yes"
    brought_in("incidents", first)
    assert tried("incidents", first).counts["unchanged"] == 1
    sheet = brought_in("incidents", f"17,4030,2026-03-02,,Hallway,,{KEVIN},Witness,,no")
    assert sheet.counts["changed"] == 1
    incident = Incident.objects.get(feed_key="4030:17")
    # Empty cells change nothing, and who is not in the file stays in the incident.
    assert (incident.place, incident.behaviors, incident.reported_to_police) == ("hallway", ["ceds:04645"], False)
    assert open_words([incident])[incident]["time"] == "09:15:00"
    assert incident.participants.count() == 2


def test_what_was_expunged_no_file_brings_back(cast, brought_in, tried):
    from schoolgate.apps.access.moment import now

    row = f"17,4030,2026-03-02,09:15,Cafeteria,Fighting,{MARISOL},Offender,They pushed.,yes"
    brought_in("incidents", row)
    Incident.objects.update(expunged_at=now(), feed_wrapped_key=None, feed_sealed=None)
    assert tried("incidents", row).counts["shut"] == 1


@pytest.mark.parametrize(
    ("word", "code"), [("Fighting", "ceds:04645"), ("ceds:04645", "ceds:04645"), ("X-12.1", "X-12.1"), ("Ana", None)]
)
def test_only_codes_stand_in_clear(word, code):
    assert codes.behavior_of(word) == code
