"""The pair of files of Massachusetts' report: codes come from the district's table, and each that it lacks is named.

All codes here are invented.
"""

import csv
from dataclasses import replace
from datetime import date
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolgate.interop.ssdr import (
    DISCIPLINE_COLUMNS,
    OFFENSE_COLUMNS,
    DisciplineFacts,
    IncidentFacts,
    SsdrError,
    SsdrProblems,
    StudentFacts,
    build,
    gaps_csv,
    parse_codes,
    template,
)

CODES = """
version = 1
handbook = "An invented handbook"
source = "nowhere"
student_numbers = "sasid"
[schools]
"4030" = "00350505"
[[offense]]
code = "9001"
title = "Fighting, invented"
from = ["fight", "uri://district.example/BehaviorDescriptor#Fight"]
always_report = true
victims = true
description = true
injury = true
[[offense]]
code = "9002"
title = "Talking, invented"
from = ["other"]
[[discipline]]
code = "91"
title = "Sent home, invented"
from = ["uri://district.example/DisciplineDescriptor#Home"]
removal = true
[[discipline]]
code = "92"
title = "Arrested, invented"
from = ["uri://district.example/DisciplineDescriptor#Arrest"]
removal = true
arrest = true
[not_reported]
incidents = ["medical"]
disciplines = ["uri://district.example/DisciplineDescriptor#Talk"]
"""
HOME = "uri://district.example/DisciplineDescriptor#Home"
MARISOL = StudentFacts("1000000117", "Marisol Aguilar", date(2010, 3, 14))
FIGHT = IncidentFacts(
    "R-1", date(2026, 3, 2), "4030", "East Harbor", ("fight",), student_offenders=2, student_victims=1, injury=False
)
SENT = DisciplineFacts("R-1", MARISOL, date(2026, 3, 3), HOME, days=2)


def table(text=CODES):
    return parse_codes(text)


def made(*facts, year=2026, codes=CODES):
    incidents = [one for one in facts if isinstance(one, IncidentFacts)]
    disciplines = [one for one in facts if isinstance(one, DisciplineFacts)]
    return build(incidents, disciplines, table(codes), year=year)


def rows(text):
    return list(csv.DictReader(StringIO(text, newline="")))


def refused(*facts, **more):
    with pytest.raises(SsdrProblems) as caught:
        made(*facts, **more)
    return caught.value.problems


def test_an_incident_and_its_discipline_in_the_states_words():
    files = made(FIGHT, SENT)
    (offense,) = rows(files.offense)
    assert tuple(offense) == OFFENSE_COLUMNS
    assert {name: cell for name, cell in offense.items() if cell} == {
        "OFF ID": "R-1",
        "OFF DATE": "03/02/2026",
        "SCH NAME": "East Harbor",
        "SCH CODE": "00350505",
        "OFF IND": "Y",
        "DISC IND": "Y",
        "OT1": "9001",
        "VS": "1",
        "VSCHP": "0",
        "VNSCHP": "0",
        "VU": "0",
        "OFFES": "2",
        "OFFENS": "0",
        "OFFEU": "0",
        "OFF DESC": "Fighting, invented",
        "PHYS INJ": "N",
    }
    (discipline,) = rows(files.discipline)
    assert tuple(discipline) == DISCIPLINE_COLUMNS
    assert {name: cell for name, cell in discipline.items() if cell} == {
        "OFF ID": "R-1",
        "OFF DATE": "03/02/2026",
        "SASID": "1000000117",
        "FN": "Marisol",
        "LN": "Aguilar",
        "DOB": "03/14/2010",
        "DAT": "91",
        "SD": "03/03/2026",
        "DM": "2",
        "ARREST": "N",
        "SOT1": "9001",
    }
    assert {(one.column, one.line) for one in files.gaps} == {("PST", 0), ("RD", 0), ("AE", 0)}
    assert "discipline,all,PST," in gaps_csv(files)


def test_an_arrest_is_said():
    (row,) = rows(made(FIGHT, replace(SENT, word="uri://district.example/DisciplineDescriptor#Arrest")).discipline)
    assert (row["DAT"], row["ARREST"]) == ("92", "Y")


def test_what_is_not_always_reported_is_in_it_only_when_it_took_a_student_out_of_class():
    talk = IncidentFacts("R-2", date(2026, 3, 2), "4030", "East Harbor", ("other",), student_offenders=1)
    assert made(talk).offenses == 0
    sent = replace(SENT, incident="R-2")
    assert made(talk, sent).incidents == ("R-2",)
    # A talk is no discipline of the report's.
    only_talked = replace(sent, word="uri://district.example/DisciplineDescriptor#Talk")
    assert made(talk, only_talked).offenses == made(talk, only_talked).disciplines == 0


def test_every_code_that_the_table_lacks_is_named_once_with_where_and_what_to_do():
    unknown = replace(FIGHT, key="R-3", words=("vandalism", "uri://x.example/BehaviorDescriptor#Odd"))
    again = replace(unknown, key="R-4", words=("vandalism",))
    odd = replace(SENT, word="uri://x.example/DisciplineDescriptor#Odd")
    told = [str(one) for one in refused(FIGHT, unknown, again, odd)]
    assert len(told) == 3
    assert any("no offense has 'vandalism' in its list, in 2 places, first in incident R-3" in one for one in told)
    assert any("BehaviorDescriptor#Odd" in one for one in told)
    assert any("no discipline has" in one and "[not_reported]" in one for one in told)


@pytest.mark.parametrize(
    ("facts", "column", "wrong"),
    [
        ([replace(FIGHT, on=date(2026, 7, 1))], "OFF DATE", "not within 1 July 2025 to 30 June 2026"),
        ([replace(FIGHT, on=date(2025, 6, 30))], "OFF DATE", "not within"),
        ([replace(FIGHT, school="4040")], "SCH CODE", "no code for school 4040"),
        ([replace(FIGHT, words=("medical",)), SENT], "OT1", "none of its words is an offense"),
        ([FIGHT, replace(SENT, student=replace(MARISOL, number="8400117"))], "SASID", "not ten digits"),
        ([FIGHT, replace(SENT, begins=date(2026, 3, 1))], "SD", "before its incident"),
        ([FIGHT, replace(SENT, days=-1.0)], "DM", "fewer than no days"),
    ],
)
def test_a_line_that_the_state_would_refuse_is_told_and_nothing_is_made(facts, column, wrong):
    (problem,) = refused(*facts)
    assert problem.column == column
    assert wrong in problem.wrong
    assert problem.where == "incident R-1"
    assert "8400117" not in str(problem)
    assert "Marisol" not in str(problem)


def test_the_first_and_the_last_day_of_the_year_are_in_it():
    days = [date(2025, 7, 1), date(2026, 6, 30)]
    assert made(*(replace(FIGHT, key=str(day), on=day) for day in days)).offenses == 2


def test_six_offenses_are_too_many():
    more = "".join(
        f'[[offense]]\ncode = "80{n}"\ntitle = "Invented"\nfrom = ["w{n}"]\nalways_report = true\n' for n in range(6)
    )
    (problem,) = refused(replace(FIGHT, words=tuple(f"w{n}" for n in range(6))), codes=CODES + more)
    assert problem.column == "OT5"


def test_what_is_not_known_is_empty_and_told_not_guessed():
    unclear = replace(FIGHT, injury=None, parts_open=2, student_offenders=0)
    who = StudentFacts("1000000117", "Ana María Soto Cruz", None)
    files = made(unclear, replace(SENT, student=who, days=None))
    (offense,), (discipline,) = rows(files.offense), rows(files.discipline)
    assert [offense[column] for column in ("VU", "OFFEU", "PHYS INJ")] == ["", "", ""]
    assert [discipline[column] for column in ("FN", "LN", "DOB", "DM")] == ["", "", "", ""]
    told = {(one.file, one.line, one.column) for one in files.gaps}
    assert {("offense", 2, column) for column in ("VS", "OFFEU", "PHYS INJ")} <= told
    assert {("discipline", 2, column) for column in ("FN", "DOB", "DM")} <= told


def test_local_numbers_stay_out_of_the_states_column():
    codes = CODES.replace('"sasid"', '"local"')
    files = made(FIGHT, replace(SENT, student=replace(MARISOL, number="8400117")), codes=codes)
    assert "8400117" not in files.discipline
    assert ("discipline", 0, "SASID") in {(one.file, one.line, one.column) for one in files.gaps}


@given(st.permutations(range(6)))
def test_the_order_of_what_is_known_changes_nothing(order):
    facts = [
        FIGHT,
        replace(FIGHT, key="R-2", on=date(2026, 3, 1)),
        replace(FIGHT, key="R-3", words=("fight", "other")),
        SENT,
        replace(SENT, incident="R-2", begins=date(2026, 3, 5)),
        replace(SENT, incident="R-2", begins=date(2026, 3, 5), student=replace(MARISOL, number="1000000118")),
    ]
    assert made(*(facts[number] for number in order)) == made(*facts)


def test_the_template_says_what_it_needs_and_invents_no_code():
    empty = template()
    assert "[[offense]]" in empty
    with pytest.raises(SsdrError, match=r"line \d+, handbook: say which handbook"):
        parse_codes(empty)
    filled = parse_codes(empty.replace('handbook = ""', 'handbook = "23.1"'))
    assert not filled.offenses
    assert not filled.penalties


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("version = 1", "version = 9", "version: write version = 1"),
        ('"00350505"', '"350505"', "line 7, 4030: the state's code of a school has eight digits"),
        ('title = "Talking, invented"', "", "offense 2: it has no title"),
        ('code = "9002"', 'code = "9001"', "9001: offense 2 has a code that another has too"),
        ('from = ["other"]', 'from = ["fight"]', "line 19, fight: this word of ours stands in two places"),
        ('incidents = ["medical"]', 'incidents = ["fight"]', "fight: this word of ours stands in two places"),
        ("removal = true", "removed = true", "removed: discipline 1 has no such key"),
        ("injury = true", 'injury = "yes"', "injury: write true or false in offense 1"),
        ('from = ["other"]', 'from = "other"', "from: offense 2 needs a list of texts"),
        ('student_numbers = "sasid"', 'student_numbers = "lasid"', "student_numbers"),
        ("version = 1", 'version = 1\ndays = "someday"', "days: write how days look"),
        ("[not_reported]", "[never]", "never: there is no such key"),
        ("version = 1", "version 1", "no TOML"),
    ],
)
def test_a_wrong_table_says_what_and_where(old, new, told):
    with pytest.raises(SsdrError, match=told.replace("'", ".")):
        parse_codes(CODES.replace(old, new, 1))
