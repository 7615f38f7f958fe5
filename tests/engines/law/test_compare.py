"""Two rulebooks compared: each class is true of its example, and no case that differs is in none of them."""

import dataclasses
import datetime as dt
import os
import secrets
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolgate.engines.law import Case, LawError, Provision, Rulebook, amend, load_rulebook, outcomes, parse_case
from schoolgate.engines.law.deciding.program import program_for
from schoolgate.engines.law.proving.compare import CaseClass, Comparison, compare, on_day
from schoolgate.engines.law.proving.mutate import mutants
from schoolgate.engines.law.text import condition as c
from support.law import REAL_RULEBOOKS, Boundaries, cases
from support.law_files import ELEMENTS, provision, write_files

TRIALS = settings(max_examples=int(os.environ.get("SCHOOLGATE_TRIALS", "25")), deadline=None)
DUTIES = ("release", "refuse", "review")


@pytest.fixture(scope="module")
def boston() -> Rulebook:
    return load_rulebook(REAL_RULEBOOKS, "boston")


def with_provision(rulebook: Rulebook, name: str, changed: Provision | None) -> Rulebook:
    """The rulebook with one provision changed or gone, whatever Cedar would say of it."""
    kept = {one: p for one, p in rulebook.provisions.items() if one != name}
    provisions = dict(sorted({**kept, **({name: changed} if changed else {})}.items()))
    days = {p.in_force_from for p in provisions.values()} | {p.in_force_until for p in provisions.values()}
    return dataclasses.replace(
        rulebook,
        digest=secrets.token_hex(32),  # programs are kept by digest
        provisions=provisions,
        cutovers=tuple(sorted(day for day in days if day)),
        counsel_ids=tuple(p.id for p in provisions.values() if p.counsel_question is not None),
        programs={},
    )


def parsed(one: CaseClass, rulebook: Rulebook) -> Case:
    return parse_case(one.example_under(rulebook), rulebook)


def decided(case: Case, rulebook: Rulebook) -> dict[str, str]:
    return dict(outcomes(rulebook, case))


def owed(case: Case, rulebook: Rulebook, act: Any) -> set[str]:
    program = program_for(rulebook, case.date, case.recipient, act)
    whole = 1 << rulebook.vocabulary.element_bits["whole_record"]
    return {
        str(program.provisions[number].obligation) for number, true, _, _ in program.survey(case.vector, whole) if true
    }


def assert_examples_show_it(found: Comparison, old: Rulebook, new: Rulebook) -> None:
    for one in found.permitted:
        assert decided(parsed(one, old), old)[one.element] == "deny"
        assert decided(parsed(one, new), new)[one.element] == "permit"
    for one in found.denied:
        assert decided(parsed(one, old), old)[one.element] == "permit"
        assert decided(parsed(one, new), new)[one.element] == "deny"
    for one in (*found.owed, *found.no_longer_owed):
        before, after = (owed(parsed(one, book), book, one.acts[0]) for book in (old, new))
        assert (one.obligation in after) is (one.change == "now_owed")
        assert (one.obligation in before) is (one.change == "no_longer_owed")
    for one in found.classes:
        holds = has(one, parsed(one, new), one.element)
        assert holds, one.words


def has(one: CaseClass, case: Case, element: str) -> bool:
    """Whether a case is in a class, by the interpreter of conditions."""
    facts = {**dict(zip(case.facts, case.vector, strict=False)), "disclosure_date": case.date.toordinal()}
    answers = {**one.answers, **case.counsel_answers}
    holding = c.Given(facts, answers, case.recipient, element, POSITIONS[case.rulebook][element])
    return all(c.evaluate(atom, holding)[0] is value for atom, value in one.common.items())


POSITIONS: dict[str, Mapping[str, int]] = {}


@pytest.fixture(scope="module", autouse=True)
def positions(synthetic: Rulebook, boston: Rulebook) -> None:
    for book in (synthetic, boston):
        POSITIONS[book.id] = book.vocabulary.element_bits


def test_a_rulebook_differs_in_nothing_from_itself(synthetic: Rulebook, boston: Rulebook) -> None:
    for book in (synthetic, boston):
        found = compare(book, book)
        assert found.theorem == "equivalent"
        assert found.classes == ()
        assert found.changed == ()
        assert found.complete


def test_without_a_door_it_is_stricter_and_with_it_looser(synthetic: Rulebook) -> None:
    draft = amend(synthetic, without=["f.directory"])
    closed, opened = compare(synthetic, draft), compare(draft, synthetic)
    assert (closed.theorem, opened.theorem) == ("stricter", "looser")
    assert closed.changed == opened.changed == ("f.directory",)
    assert {one.because for one in closed.denied} == {"f.directory"}
    assert_examples_show_it(closed, synthetic, draft)
    assert_examples_show_it(opened, draft, synthetic)


def test_without_a_prohibition_it_is_looser(synthetic: Rulebook) -> None:
    draft = amend(synthetic, without=["s.floor"])
    found = compare(synthetic, draft)
    assert found.theorem == "looser"
    assert found.denied == ()
    assert_examples_show_it(found, synthetic, draft)


def test_a_class_says_in_words_what_its_cases_have_in_common(synthetic: Rulebook) -> None:
    door = provision(
        "f.home",
        """permit (principal == Recipient::"public", action == Action::"disclose", resource == Element::"religion")
        when { context.instrument == Instrument::"emergency" && context.threat };""",
        in_force_from="2024-02-29",
    )
    draft = amend(synthetic, [door])
    (one,) = compare(synthetic, draft, on=dt.date(2025, 3, 6)).permitted
    assert one.words == (
        "the recipient is public",
        "what is asked for is religion",
        "the paper or ground that the recipient offers is an emergency",
        "the information moves on or after February 29, 2024",
        "“Is there an articulable threat?” yes",
    )
    assert one.because == "f.home"
    assert one.unless == ()
    assert one.example["date"] == "2025-03-06"
    assert compare(synthetic, draft, on=dt.date(2024, 2, 28)).theorem == "equivalent"


def test_a_change_of_both_kinds_is_neither_stricter_nor_looser(synthetic: Rulebook) -> None:
    extra = provision("f.open", 'permit (principal == Recipient::"parent", action == Action::"disclose", resource);')
    draft = amend(synthetic, [extra], without=["f.consent"])
    found = compare(synthetic, draft)
    assert found.theorem == "incomparable"
    assert_examples_show_it(found, synthetic, draft)


def test_other_changed_provisions_that_take_cases_out_of_a_class_are_named(synthetic: Rulebook) -> None:
    extra = provision("f.open", 'permit (principal == Recipient::"parent", action == Action::"disclose", resource);')
    bar = provision(
        "f.bar",
        'forbid (principal, action == Action::"disclose", resource == Element::"religion") when { context.threat };',
        effect="prohibition",
    )
    draft = amend(synthetic, [extra, bar], without=["f.parent"])
    permitted = compare(synthetic, draft).permitted
    assert permitted
    assert any("f.bar" in one.unless for one in permitted)
    assert all({"f.parent", "f.bar"}.issuperset(one.unless) for one in permitted if one.because == "f.open")


def test_a_layer_that_need_open_no_door_any_more_is_a_class_of_its_own(synthetic: Rulebook) -> None:
    fewer = tuple(
        dataclasses.replace(layer, recipients=layer.recipients - {"public"}) if layer.name == "state" else layer
        for layer in synthetic.layers
    )
    draft = dataclasses.replace(synthetic, layers=fewer, digest="without a state layer for the public", programs={})
    found = compare(synthetic, draft)
    assert found.theorem == "looser"
    assert {one.because for one in found.permitted} == {""}
    assert_examples_show_it(found, synthetic, draft)
    assert compare(draft, synthetic).theorem == "stricter"


def test_duties_that_are_added_or_taken_away_are_listed_with_their_acts(synthetic: Rulebook) -> None:
    draft = amend(synthetic, without=["l.notice", "l.log"])
    found = compare(synthetic, draft)
    assert found.theorem == "equivalent"
    assert {(one.obligation, one.acts) for one in found.no_longer_owed} == {
        ("notify_parent_before", ("release", "review")),
        ("record_request", ("refuse",)),
    }
    assert found.owed == ()
    assert_examples_show_it(found, synthetic, draft)


def test_the_same_provision_under_another_id_changes_nothing(synthetic: Rulebook) -> None:
    twin = dataclasses.replace(synthetic.provisions["f.directory"], id="f.directory-again")
    draft = with_provision(with_provision(synthetic, "f.directory", None), twin.id, twin)
    assert compare(synthetic, draft).classes == ()


def test_rulebooks_that_speak_of_different_things_are_not_compared(synthetic: Rulebook, tmp_path: Path) -> None:
    more = write_files(tmp_path, {"elements.toml": ELEMENTS + "[elements.race]\n"})
    with pytest.raises(LawError, match="different facts or elements"):
        compare(synthetic, load_rulebook(more, "synthetic"))


def test_too_many_classes_are_owned_up_to(boston: Rulebook) -> None:
    old, new = on_day(boston, dt.date(2019, 6, 1)), on_day(boston, dt.date(2022, 6, 1))
    few = compare(old, new, most=1)
    assert not few.complete
    assert len(few.denied) == 1


def test_boston_on_two_days(boston: Rulebook) -> None:
    old, new = on_day(boston, dt.date(2019, 6, 1)), on_day(boston, dt.date(2022, 6, 1))
    found = compare(old, new)
    assert found.complete
    assert any("37L" in one.because for one in found.denied)
    assert_examples_show_it(found, old, new)
    assert found.to_json()["theorem"] == found.theorem


def test_a_rulebook_held_on_a_day_is_the_law_of_that_day(boston: Rulebook) -> None:
    day = dt.date(2020, 12, 30)
    held = on_day(boston, day)
    assert set(held.provisions) == {one.id for one in boston.in_force(day)}
    assert compare(boston, held, on=day).theorem == "equivalent"


def draw_mutant(draw: Callable[[Any], Any], rulebook: Rulebook) -> tuple[str, Rulebook]:
    names = sorted(name for name, one in rulebook.provisions.items() if one.rules)
    name = draw(st.sampled_from(names))
    made = list(mutants(rulebook.provisions[name], rulebook.vocabulary))
    return name, with_provision(rulebook, name, draw(st.sampled_from(made)).mutated)


@TRIALS
@given(data=st.data())
def test_every_case_that_differs_is_in_a_class_and_no_other_makes_the_theorem(
    data: st.DataObject, synthetic: Rulebook, bounds_of_synthetic: Boundaries
) -> None:
    name, changed = draw_mutant(data.draw, synthetic)
    if data.draw(st.booleans()):
        _, changed = draw_mutant(data.draw, changed)
    found = compare(synthetic, changed)
    assert_examples_show_it(found, synthetic, changed)
    for _ in range(4):
        case = data.draw(cases(bounds_of_synthetic, complete=True))
        other = parse_case(with_answers(case, changed), changed)
        before, after = decided(case, synthetic), decided(other, changed)
        for element, outcome in before.items():
            if "ask" in (outcome, after[element]) or outcome == after[element]:
                continue
            classes = found.permitted if outcome == "deny" else found.denied
            assert any(has(one, case, element) for one in classes), (name, element, case.to_json())


def with_answers(case: Case, rulebook: Rulebook) -> dict[str, Any]:
    answers = {name: value for name, value in case.counsel_answers.items() if name in rulebook.counsel_ids}
    return {**case.to_json(), "counsel_answers": answers}


@pytest.fixture(scope="module")
def bounds_of_synthetic(synthetic: Rulebook) -> Boundaries:
    return Boundaries(synthetic)


def test_three_hundred_provisions_are_compared_in_under_two_seconds(boston: Rulebook) -> None:
    states = [load_rulebook(REAL_RULEBOOKS, name) for name in ("california", "illinois", "new-york")]
    together = {name: one for book in (boston, *states) for name, one in book.provisions.items()}
    counsel = tuple(name for name, one in sorted(together.items()) if one.counsel_question is not None)
    large = dataclasses.replace(boston, provisions=dict(sorted(together.items())), counsel_ids=counsel, programs={})
    assert len(large.provisions) >= 300
    draft = large
    for name in ("us.federal.99-31-a-9", "us.ma.37L-proxies", "us.federal.99-36-emergency"):
        changed = list(mutants(draft.provisions[name], draft.vocabulary))[-40].mutated
        draft = with_provision(draft, name, changed)
    started = time.process_time()
    found = compare(large, draft)
    assert time.process_time() - started < 2
    assert found.complete
    assert found.classes
