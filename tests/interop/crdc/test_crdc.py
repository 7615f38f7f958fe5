"""Referrals and arrests by the federal definition: what counts, what asks, what is published."""

import csv
from datetime import date
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolgate.engines import figures
from schoolgate.interop.crdc import (
    COLUMNS,
    Answer,
    Basis,
    CrdcError,
    Question,
    Sign,
    count_by_school,
    list_students,
    parse_rules,
    public_csv,
    public_table,
    to_csv,
    totals_csv,
)

RULES = """
version = 1
source = "Code of conduct 2026, appendix C"
sworn_units = ["safety-services"]
[codes]
arrest = ["uri://district.example/DisciplineDescriptor#Arrest"]
referral = ["uri://district.example/DisciplineDescriptor#Police Report"]
neither = ["uri://district.example/DisciplineDescriptor#Detention"]
"""


def sign(**changes):
    given = {
        "incident": "R-1",
        "school": "4030",
        "school_name": "East Harbor High School",
        "on": date(2026, 3, 2),
        "student": "8400117",
        "part": "involved",
        "place": "hallway",
        "basis": Basis.REPORTED,
    }
    return Sign(**given | changes)


def only(*signs):
    (row,) = list_students(signs).rows
    return row


def test_a_report_to_the_districts_own_sworn_unit_is_a_referral():
    assert only(sign(basis=Basis.OWN_UNIT)).referral is Answer.YES


def test_nothing_official_need_follow_and_an_arrest_is_a_referral_too():
    assert only(sign()).referral is Answer.YES
    assert only(sign()).arrest is Answer.NO
    arrested = only(sign(basis=Basis.ARREST_CODE, part="unknown", place="other"))
    assert (arrested.referral, arrested.arrest) == (Answer.YES, Answer.YES)


@pytest.mark.parametrize("part", ["harmed", "witness", "reported"])
def test_whoever_was_harmed_in_a_reported_incident_was_not_reported(part):
    assert list_students([sign(part=part)]).rows == ()
    # A copy that names the same student asks.
    row = only(sign(part=part, basis=Basis.GIVEN), sign(part=part))
    assert (row.referral, row.questions) == (Answer.ASK, (Question.OTHER_PART,))


@pytest.mark.parametrize(
    ("changes", "question"),
    [
        ({"part": "unknown"}, Question.PART),
        ({"basis": Basis.GIVEN, "own_paper": True}, Question.PAPER),
        ({"place": "bus_stop"}, Question.PLACE),
        ({"place": "on_the_way"}, Question.PLACE),
        ({"place": "other"}, Question.PLACE),
    ],
)
def test_what_is_not_known_asks(changes, question):
    row = only(sign(**changes))
    assert (row.referral, row.questions) == (Answer.ASK, (question,))
    # One sign that counts answers all.
    assert only(sign(**changes), sign(basis=Basis.REFERRAL_CODE)).questions == ()


def test_a_student_is_one_row_an_incident_and_counts_once_a_school():
    signs = [
        sign(),
        sign(basis=Basis.ARREST_CODE),
        sign(incident="R-2"),
        sign(incident="R-2", student="8400212"),
        sign(incident="R-3", part="unknown"),
        sign(incident="R-4", school="4040", school_name="West"),
    ]
    listed = list_students(signs)
    assert [(one.incident, one.student) for one in listed.rows] == [
        ("R-1", "8400117"),
        ("R-2", "8400117"),
        ("R-2", "8400212"),
        ("R-3", "8400117"),
        ("R-4", "8400117"),
    ]
    assert listed.rows[0].because == (Basis.ARREST_CODE, Basis.REPORTED)
    east, west = count_by_school(listed)
    assert (east.referrals, east.referred, east.arrests, east.arrested, east.open) == (3, 2, 1, 1, 1)
    assert (west.referrals, west.referred, west.arrests, west.open) == (1, 1, 0, 0)


def test_the_files_hold_numbers_and_codes_and_nothing_of_whom_the_collection_breaks_down():
    text = to_csv(list_students([sign(), sign(incident="R-2", part="unknown", student="=1+1")]))
    rows = list(csv.reader(StringIO(text, newline="")))
    assert rows[0] == list(COLUMNS)
    assert rows[1][:7] == ["R-1", "2026-03-02", "4030", "East Harbor High School", "8400117", "yes", "no"]
    assert rows[2][4] == "'=1+1"
    assert rows[2][-1].startswith("Nobody has said")
    assert not {"race", "sex", "ethnicity", "lep", "disability", "name"} & {word.lower() for word in rows[0]}
    assert "4030,East Harbor High School,1,1,0,0,1" in totals_csv(
        list_students([sign(), sign(part="unknown", incident="R-2")])
    )


@given(st.lists(st.integers(0, 30), min_size=2, max_size=8), st.binary(min_size=16, max_size=16))
def test_no_published_table_tells_a_small_count(counts, seed):
    signs = [
        sign(school=f"{school}", incident=f"R-{school}-{number}", student=f"{school}-{number}")
        for school, many in enumerate(counts)
        for number in range(many)
    ]
    schools = [str(school) for school in range(len(counts))]
    table = public_table(list_students(signs), schools, seed=seed)
    assert set(table.cells) == set(schools)
    assert figures.violations(table) == ()
    text = public_csv(table, dict.fromkeys(schools, "A school"))
    shown = [row[2] for row in csv.reader(StringIO(text, newline=""))][1:]
    assert all(cell == figures.SYMBOL or int(cell) >= figures.DEFAULT_THRESHOLD for cell in shown)


def test_what_waits_for_a_person_is_not_published_as_a_count():
    signs = [sign(incident=f"R-{number}", student=str(number), part="unknown") for number in range(20)]
    assert public_table(list_students(signs), ["4030"]).total is None


def test_the_districts_file_is_read():
    rules = parse_rules(RULES)
    assert rules.sworn_units == {"safety-services"}
    assert rules.explains("uri://district.example/DisciplineDescriptor#Detention")
    assert rules.explains("uri://ed-fi.org/DisciplineDescriptor#Expulsion")
    assert not rules.explains("uri://district.example/DisciplineDescriptor#Taken Away")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("version =", "no TOML"),
        (RULES.replace("version = 1", "version = 2"), "version = 1"),
        (RULES.replace("sworn_units", "sworn_unit"), "sworn_unit: there is no such key"),
        (RULES.replace('source = "Code of conduct 2026, appendix C"', ""), "source"),
        (RULES.replace('["safety-services"]', '"safety-services"'), "sworn_units: give a list"),
        (RULES.replace("#Detention", "#Arrest"), "stands under arrest and under neither"),
        (RULES.replace("neither =", "nothing ="), "codes: give the lists"),
    ],
)
def test_a_wrong_file_says_what_and_where(text, told):
    with pytest.raises(CrdcError, match=told):
        parse_rules(text)
