"""The law of the day on which the information moves, to the day."""

import datetime as dt

import pytest

from schoolgate.engines.law import Rulebook, decide, parse_case
from support.law import case_data

TOPICS = {"topics": ["weapon"], "sealed_elements": []}
PAPER = {"instrument": "court_order", "issuer": "court", "signed": True, "germane_elements": [], **TOPICS}


def outcome(rulebook: Rulebook, day: str, element: str, **facts: object) -> str:
    case = parse_case(case_data(rulebook, date=day, elements=[element], facts={**PAPER, **facts}), rulebook)
    return decide(rulebook, case).element(element).outcome


@pytest.mark.parametrize(("day", "expected"), [("2021-11-19", "deny"), ("2021-11-20", "permit")])
def test_a_door_opens_on_its_first_day(synthetic: Rulebook, day: str, expected: str) -> None:
    assert outcome(synthetic, day, "student_name") == expected


@pytest.mark.parametrize(("day", "expected"), [("2025-12-31", "permit"), ("2026-01-01", "deny")])
def test_a_door_is_shut_on_the_day_its_law_ends(synthetic: Rulebook, day: str, expected: str) -> None:
    assert outcome(synthetic, day, "student_name") == expected


def test_a_prohibition_is_not_cited_before_its_first_day(synthetic: Rulebook) -> None:
    for day, cited in (("2020-12-30", False), ("2020-12-31", True)):
        case = parse_case(case_data(synthetic, date=day, elements=["religion"], facts=PAPER), synthetic)
        decision = decide(synthetic, case)
        assert ("s.floor" in {citation.provision for citation in decision.citations}) is cited
        assert decision.date == dt.date.fromisoformat(day)


def test_before_all_law_every_declared_layer_is_silent_and_denies(synthetic: Rulebook) -> None:
    case = parse_case(case_data(synthetic, date="1974-12-31", facts=PAPER), synthetic)
    decision = decide(synthetic, case)
    assert decision.outcome == "deny"
    assert decision.citations == ()
    assert [vote.value for vote in decision.element("student_name").votes] == ["shut", "shut", "shut"]


def test_every_change_of_the_real_law_takes_effect_on_its_day_and_not_before(rulebook: Rulebook) -> None:
    for provision in rulebook.provisions.values():
        first = provision.in_force_from
        assert provision in rulebook.in_force(first)
        assert provision not in rulebook.in_force(first - dt.timedelta(days=1))
        assert rulebook.era(first) != rulebook.era(first - dt.timedelta(days=1))
        if provision.in_force_until is not None:
            last = provision.in_force_until - dt.timedelta(days=1)
            assert provision in rulebook.in_force(last)
            assert provision not in rulebook.in_force(provision.in_force_until)
            assert rulebook.era(last) != rulebook.era(provision.in_force_until)


def test_the_floor_of_37l_is_not_cited_before_it_was_law(rulebook: Rulebook) -> None:
    floors = [p for p in rulebook.provisions.values() if "37L" in p.citation and p.effect == "prohibition"]
    if rulebook.id == "boston":
        assert floors
    for floor in floors:
        assert floor.in_force_from >= dt.date(2020, 12, 31)


def test_the_date_of_the_case_is_the_fact_disclosure_date(synthetic: Rulebook) -> None:
    consent = {"instrument": "consent", "signed": True, "withdrawn": False, "age": 16}
    case = parse_case(
        case_data(
            synthetic,
            recipient={"kind": "parent"},
            date="2025-03-06",
            facts={
                **consent,
                "consent_date": "2025-03-06",
                "sealed_elements": ["student_name"],
                "germane_elements": [],
            },
        ),
        synthetic,
    )
    assert decide(synthetic, case).element("student_name").votes[0].provisions == ("f.consent",)
    later = parse_case({**case.to_json(), "facts": {**case.facts, "consent_date": "2025-03-07"}}, synthetic)
    assert decide(synthetic, later).element("student_name").outcome == "deny"
