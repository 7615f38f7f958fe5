"""What a provision can do, by proof: each verdict on a provision made for it, and against whole comparisons."""

import os
from random import Random

import pytest

from schoolgate.engines.law import Rulebook, amend, load_rulebook
from schoolgate.engines.law.proving.compare import compare
from schoolgate.engines.law.proving.dead import Role, dead, roles
from support.law import REAL_RULEBOOKS
from support.law_files import provision

TRIALS = int(os.environ.get("SCHOOLGATE_TRIALS", "25"))
NEVER = 'context.instrument == Instrument::"consent" && context.instrument == Instrument::"subpoena"'


def role_of(rulebook: Rulebook, text: str, name: str = "x.new") -> list[Role]:
    return [one for one in roles(amend(rulebook, [text])) if one.provision == name]


def door(condition: str, **fields: str) -> str:
    return provision("x.new", f'permit (principal, action == Action::"disclose", resource) {condition};', **fields)


def bar(condition: str) -> str:
    text = f'forbid (principal, action == Action::"disclose", resource) {condition};'
    return provision("x.new", text, effect="prohibition")


def test_nothing_in_the_small_rulebook_is_dead(synthetic: Rulebook) -> None:
    assert dead(synthetic) == ()


def test_a_condition_that_no_case_meets(synthetic: Rulebook) -> None:
    for text in (door(f"when {{ {NEVER} }}"), bar(f"when {{ {NEVER} }}")):
        (one,) = role_of(synthetic, text)
        assert one.kind == "never-holds"
        assert [found.provision for found in dead(amend(synthetic, [text]))] == ["x.new"]


def test_a_door_behind_a_better_one_is_shadowed_and_the_better_one_is_named(synthetic: Rulebook) -> None:
    within = 'when { principal == Recipient::"public" && context.copies >= 3 && context.threat }'
    (one,) = role_of(synthetic, door(f'{within} unless {{ resource == Element::"narrative" }}', evidence="unverified"))
    assert one.kind != "shadowed"
    identifying = 'when { resource in ElementGroup::"identifying" }'
    (one,) = role_of(synthetic, door(f"{within} {identifying}", evidence="unverified"))
    assert one.kind == "shadowed"
    assert one.because == ("f.directory",)
    assert "f.directory" in one.reason


def test_a_door_that_is_named_before_the_other_is_cited(synthetic: Rulebook) -> None:
    text = door(
        'when { principal == Recipient::"public" && context.copies >= 3 && resource == Element::"student_name" }'
    )
    (one,) = role_of(synthetic, text)
    assert one.kind == "cited"


def test_a_door_whose_element_a_prohibition_always_keeps_in_is_overridden(synthetic: Rulebook) -> None:
    never = bar('when { resource == Element::"count" && principal == Recipient::"parent" }').replace("x.new", "x.bar")
    text = door('when { resource == Element::"count" && principal == Recipient::"parent" && context.threat }')
    found = {one.provision: one for one in roles(amend(synthetic, [never, text]))}
    assert found["x.new"].kind == "overridden"
    assert found["x.new"].because == ("x.bar",)


def test_a_door_of_a_layer_that_does_not_decide_for_its_recipients_is_overridden(synthetic: Rulebook) -> None:
    (one,) = role_of(synthetic, door('when { principal == Recipient::"parent" }', layer="local"))
    assert one.kind == "overridden"


def test_a_duty_that_another_provision_orders_too_is_cited(synthetic: Rulebook) -> None:
    text = provision(
        "x.new",
        'permit (principal, action == Action::"refuse", resource) when { context.threat };',
        effect="obligation",
        obligation="record_request",
        layer="local",
    )
    (one,) = role_of(synthetic, text)
    assert one.kind == "cited"


def test_a_policy_that_adds_no_case_is_found(synthetic: Rulebook) -> None:
    text = provision(
        "x.new",
        """permit (principal == Recipient::"parent", action == Action::"disclose", resource) when { context.threat };
        permit (principal == Recipient::"parent", action == Action::"disclose", resource)
        when { context.threat && context.signed };""",
    )
    kinds = [(one.kind, one.reason) for one in role_of(synthetic, text)]
    assert ("policy", "Its policy 2 adds no case to the others") in kinds


@pytest.mark.parametrize("name", ["boston", "california", "illinois", "new-york"])
def test_no_provision_of_the_real_rulebooks_is_dead(name: str) -> None:
    assert dead(load_rulebook(REAL_RULEBOOKS, name)) == ()


def test_what_decides_changes_a_case_when_it_is_gone_and_what_is_only_cited_changes_none(synthetic: Rulebook) -> None:
    for one in roles(synthetic):
        found = compare(synthetic, amend(synthetic, without=[one.provision]))
        assert bool(found.classes) is (one.kind == "decides"), one


def test_the_same_of_some_provisions_of_boston() -> None:
    boston = load_rulebook(REAL_RULEBOOKS, "boston")
    for one in Random().sample(roles(boston), max(2, TRIALS // 8)):
        found = compare(boston, amend(boston, without=[one.provision]), most=1)
        assert bool(found.classes) is (one.kind == "decides"), one
