"""Flips: what somebody could bring about, each one applied and decided again, and none larger than it need be."""

import dataclasses
import os
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schoolgate.engines.law import Case, LawError, Rulebook, load_case, load_rulebook, parse_case
from schoolgate.engines.law.deciding.settle import settled_outcomes
from schoolgate.engines.law.explaining import flips
from schoolgate.engines.law.explaining.arrange import Arrangement, arrangements_for, load_arrangements, shipped_folder
from schoolgate.engines.law.explaining.flips import Change, Flip, flips_of
from support.law import REAL_RULEBOOKS, Boundaries, cases, fill
from support.law_files import FACTS, write_files

TRIALS = int(os.environ.get("SCHOOLGATE_TRIALS", "25"))
relaxed = settings(max_examples=TRIALS, deadline=None, suppress_health_check=list(HealthCheck))

ARRANGED = {
    "instrument": 3,
    "issuer": 5,
    "accepted_issuers": 4,
    "germane_elements": 6,
    "sealed_elements": 7,
    "signed": 2,
    "topics": 1,
    "withdrawn": 4,
}
ARRANGEMENTS = """
[instrument]
to = ["consent", "court_order", "emergency"]
[instrument.costs]
court_order = 7
[instrument.brings.court_order]
issuer = "court"
signed = true
[signed]
to = [true]
[sealed_elements]
members = "remove"
"""


def facts_with_changes() -> str:
    text = FACTS
    for name, cost in ARRANGED.items():
        text = text.replace(f"[facts.{name}]\n", f'[facts.{name}]\nchange = "arranged"\ncost = {cost}\n')
    return text


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Rulebook, Mapping[str, Arrangement]]:
    folder = write_files(
        tmp_path_factory.mktemp("flips"), {"facts.toml": facts_with_changes(), "arrangements.toml": ARRANGEMENTS}
    )
    rulebook = load_rulebook(folder, "synthetic")
    return rulebook, load_arrangements(folder, rulebook.vocabulary)


@pytest.fixture(scope="module")
def small_bounds(small: tuple[Rulebook, Mapping[str, Arrangement]]) -> Boundaries:
    return Boundaries(small[0])


@pytest.fixture(scope="module")
def boston() -> Rulebook:
    return load_rulebook(REAL_RULEBOOKS, "boston")


def changed(
    rulebook: Rulebook, case: Case, changes: Mapping[str, Any], answers: Mapping[str, Any] | None = None
) -> dict[str, str]:
    """The outcomes after plain facts, and answers to questions, are written over those of a case."""
    data = case.to_json()
    for name, value in {**changes, **(answers or {})}.items():
        data["facts" if name in rulebook.facts else "counsel_answers"][name] = value
    return dict(settled_outcomes(rulebook, parse_case(data, rulebook)))


def facts_after(case: Case, changes: tuple[Change, ...]) -> dict[str, Any]:
    """What changes make of a case, from what they say of themselves."""
    facts: dict[str, Any] = {}
    for change in changes:
        facts |= dict(change.brings)
    for change in changes:
        if change.members:
            before = set(facts.get(change.fact, case.facts[change.fact]) or [])
            facts[change.fact] = sorted(before ^ set(change.members))
        else:
            facts[change.fact] = change.after
    return facts


def parts_of(flip: Flip) -> Iterator[tuple[Change, ...]]:
    for size in range(len(flip.changes)):
        yield from combinations(flip.changes, size)


def check(rulebook: Rulebook, case: Case, arrangements: Mapping[str, Arrangement]) -> int:
    now = settled_outcomes(rulebook, case)
    flips = flips_of(rulebook, case, arrangements)
    for flip in flips.flips:
        after = changed(rulebook, case, facts_after(case, flip.changes))
        assert flip.elements
        assert {after[name] for name in flip.elements} == {flip.outcome}
        assert flip.outcome not in {now[name] for name in flip.elements}
        for part in parts_of(flip):
            fewer = changed(rulebook, case, facts_after(case, part))
            assert flip.outcome not in {fewer[name] for name in flip.elements}, (flip, part)
        assert all(rulebook.facts[change.fact].change == "arranged" for change in flip.changes)
    for flip in flips.provided:
        answers = {one.id: one.values[0] if one.values else one.low for one in flip.provided}
        after = changed(rulebook, case, facts_after(case, flip.changes), answers)
        assert {after[name] for name in flip.elements} == {"permit"}
        alone = changed(rulebook, case, facts_after(case, flip.changes))
        assert "permit" not in {alone[name] for name in flip.elements}
        unchanged = changed(rulebook, case, {}, answers)
        assert "permit" not in {unchanged[name] for name in flip.elements}
        assert not set(flip.elements) & {name for one in flips.flips for name in one.elements}
    assert not set(flips.never) & {name for flip in flips.flips for name in flip.elements if flip.outcome == "permit"}
    return len(flips.flips)


@pytest.mark.parametrize("complete", [True, False])
@relaxed
@given(data=st.data())
def test_a_flip_flips_and_no_part_of_it_does(
    small: tuple[Rulebook, Mapping[str, Arrangement]], small_bounds: Boundaries, *, complete: bool, data: st.DataObject
) -> None:
    rulebook, arrangements = small
    check(rulebook, data.draw(cases(small_bounds, complete=complete)), arrangements)


def test_the_scenarios_have_flips_that_flip(boston: Rulebook) -> None:
    arrangements = arrangements_for(boston.vocabulary)
    found = 0
    for path in sorted((Path(__file__).parent / "cases").glob("S*.json"))[::6]:
        found += check(boston, load_case(path, boston), arrangements)
    assert found > 15  # else the search finds nothing and this shows nothing


def test_what_cases_have_in_common_is_searched_once_and_changes_no_answer(boston: Rulebook) -> None:
    """A search of one's own arrangements keeps nothing: both find the same, whichever case was searched before."""
    usual = arrangements_for(boston.vocabulary)
    paths = sorted((Path(__file__).parent / "cases").glob("S*.json"))[::9]
    several = [load_case(path, boston) for path in paths]
    for papers in ("subpoena", "none"):
        for case in several:
            given = case.to_json() | {"facts": {**case.facts, "instrument": papers}}
            other = parse_case(given, boston)
            assert flips_of(boston, other) == flips_of(boston, other, dict(usual))
    kept = len(flips._OPEN)
    for case in several:
        flips_of(boston, case)
    assert len(flips._OPEN) == min(kept, flips._OPEN.limit), "the instrument is arranged: it makes no other search"


def moves(
    rulebook: Rulebook, case: Case, arrangements: Mapping[str, Arrangement]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Every single arrangement: its cost and the plain facts it writes, tried blindly."""
    for name, arrangement in arrangements.items():
        fact = rulebook.facts[name]
        for code, cost in arrangement.costs.items():
            if fact.type == "set":
                before = set(case.facts[name] or [])
                member = fact.values[code]
                if arrangement.removes if member in before else arrangement.adds:
                    yield cost, {name: sorted(before ^ {member})}
                continue
            value = bool(code) if fact.type == "bool" else fact.values[code]
            brought = arrangement.brings.get(code, {})
            brings = {other: rulebook.facts[other].decode(int(v)) for other, v in brought.items()}
            brings = {o: bool(v) if rulebook.facts[o].type == "bool" else v for o, v in brings.items()}
            if value != case.facts[name]:
                yield cost, {**brings, name: value}


@relaxed
@given(data=st.data())
def test_nothing_nearer_exists_among_all_single_changes_and_pairs(
    small: tuple[Rulebook, Mapping[str, Arrangement]], small_bounds: Boundaries, data: st.DataObject
) -> None:
    rulebook, arrangements = small
    case = data.draw(cases(small_bounds, complete=True, element_count=1))
    now = settled_outcomes(rulebook, case)
    flips = flips_of(rulebook, case, arrangements)
    least = {
        name: min((f.cost for f in flips.flips if name in f.elements and f.outcome == "permit"), default=None)
        for name in now
    }
    every = list(moves(rulebook, case, arrangements))
    tried = [*((one,) for one in every), *combinations(every, 2)]
    for combination in tried:
        names = [set(facts) for _, facts in combination]
        if len(combination) == 2 and names[0] & names[1]:
            continue
        after = changed(rulebook, case, {name: value for _, facts in combination for name, value in facts.items()})
        for name, outcome in now.items():
            if outcome == "deny" and after[name] == "permit":
                assert name not in flips.never
                assert (nearest := least[name]) is not None, (name, combination)
                assert nearest <= sum(cost for cost, _ in combination)


@relaxed
@given(data=st.data())
def test_never_means_never(
    small: tuple[Rulebook, Mapping[str, Arrangement]], small_bounds: Boundaries, data: st.DataObject
) -> None:
    rulebook, arrangements = small
    bounds = small_bounds
    case = data.draw(cases(bounds, complete=False))
    never = flips_of(rulebook, case, arrangements).never
    for _ in range(4):
        complete = fill(data.draw, bounds, case, every=True)
        picked = data.draw(
            st.lists(st.sampled_from(list(moves(rulebook, case, arrangements)) or [(0, {})]), max_size=5)
        )
        after = changed(rulebook, complete, {k: v for _, facts in picked for k, v in facts.items()})
        assert {after[name] for name in never} <= {"deny"}


def test_a_paper_brings_what_makes_it_one(boston: Rulebook) -> None:
    case = load_case(Path(__file__).parent / "cases" / "S062.json", boston)  # an immigration officer's own "warrant"
    flips = flips_of(boston, case)
    nearest = flips.flips[0]
    (change,) = nearest.changes
    assert (change.fact, change.before, change.after) == ("instrument", "administrative_warrant", "judicial_warrant")
    assert ("judge_signature", True) in change.brings
    assert ("court_issued", True) in change.brings
    assert "student_name" in nearest.elements


def test_where_no_change_is_enough_the_answers_it_would_take_are_named(boston: Rulebook) -> None:
    case = load_case(Path(__file__).parent / "cases" / "S020.json", boston)  # a bomb threat; ethnicity is protected
    flips = flips_of(boston, case)
    assert not any("ethnicity" in flip.elements for flip in flips.flips if flip.outcome == "permit")
    nearest = next(flip for flip in flips.provided if "ethnicity" in flip.elements)
    assert {change.fact for change in nearest.changes} == {"instrument", "named_in_paper"}
    assert [answer.id for answer in nearest.provided] == ["us.ma.37L-order-names-kind"]


def test_no_flip_states_another_truth(boston: Rulebook) -> None:
    given = {name for name, fact in boston.facts.items() if fact.change != "arranged"}
    assert {"disclosure_date", "student_is_18", "articulable_threat", "germane_elements"} <= given
    for path in sorted((Path(__file__).parent / "cases").glob("S*.json"))[::10]:
        flips = flips_of(boston, load_case(path, boston))
        assert not given & {change.fact for flip in flips.flips for change in flip.changes}


def test_every_arranged_fact_that_is_shipped_says_how_far_it_can_be_arranged(boston: Rulebook) -> None:
    arrangements = load_arrangements(shipped_folder(), boston.vocabulary)
    arranged = {name for name, fact in boston.facts.items() if fact.change == "arranged"}
    assert set(arrangements) == arranged
    assert all(one.costs for one in arrangements.values())
    never_brought = {
        "administrative_warrant",
        "administrative_subpoena",
        "emergency",
        "statutory_report",
        "demand_letter",
    }
    papers = boston.facts["instrument"].values
    assert not never_brought & {papers[code] for code in arrangements["instrument"].costs}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[age]\nto = [1]", "no fact that can be arranged"),
        ("[signed]\nto = [7]", "true or false is expected"),
        ("[instrument]\nto = ['consent']\n[instrument.costs]\nsubpoena = 3", "a cost of 1 to 9"),
        ("[instrument.brings.consent]\nthreat = true", "no fact that can be arranged"),
        ("[sealed_elements]\nmembers = 'both'", "this word is unknown"),
        ("[signed]\nwhen = true", "this key is unknown"),
    ],
)
def test_an_arrangement_that_makes_no_sense_is_refused_with_its_line(
    small: tuple[Rulebook, Mapping[str, Arrangement]], tmp_path: Path, text: str, what: str
) -> None:
    (tmp_path / "arrangements.toml").write_text(text)
    with pytest.raises(LawError, match=what) as caught:
        load_arrangements(tmp_path, small[0].vocabulary)
    assert "arrangements.toml:" in caught.value.where


def test_without_arranged_facts_there_is_nothing_to_suggest(synthetic: Rulebook) -> None:
    case = parse_case(
        {
            "format": "schoolgate-case/1",
            "id": "none",
            "date": "2025-03-06",
            "recipient": {"kind": "local_police"},
            "elements": ["student_name"],
            "facts": {"instrument": "administrative_warrant"},
        },
        synthetic,
    )
    flips = flips_of(synthetic, case)
    assert flips.flips == ()
    assert dataclasses.asdict(flips)["unsearched"] == ()
