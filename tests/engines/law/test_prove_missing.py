"""What is missing never permits, and what is learned never overturns: over all cases, defaults counted."""

import os
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolgate.engines.law import Rulebook, decide, load_rulebook, parse_case
from schoolgate.engines.law.proving.claims import Claim, load_claims
from schoolgate.engines.law.proving.prove import Proof, prove
from support.law import REAL_RULEBOOKS

BOSTON = load_rulebook(REAL_RULEBOOKS, "boston")
CLAIMS = {one.id: one for one in load_claims(REAL_RULEBOOKS / "claims", BOSTON.vocabulary)}
PERMIT, DENY = CLAIMS["missing-facts.permit"], CLAIMS["missing-facts.deny"]
few = settings(max_examples=max(2, int(os.environ.get("SCHOOLGATE_TRIALS", "25")) // 5), deadline=None)


def with_default(folder: Path, fact: str, value: str) -> Rulebook:
    """The rulebook of Boston where silence about a fact states a value."""
    shutil.copytree(REAL_RULEBOOKS, folder / "rulebooks")
    file = folder / "rulebooks" / "facts.toml"
    text = file.read_text(encoding="utf-8")
    changed = re.sub(
        rf"(\[facts\.{fact}\]\n(?:(?!\[facts).*\n)*?)(?=\n|\[facts)",
        rf'\1default = {value}\ndefault_because = "Nobody said anything else."\n',
        text,
        count=1,
    )
    assert changed != text
    file.write_text(changed, encoding="utf-8")
    return load_rulebook(folder / "rulebooks", "boston")


def check_turned(proof: Proof, rulebook: Rulebook, fact: str, first: str, second: str) -> None:
    """One case leaves the fact out, the other states it and agrees otherwise; `decide` answers as the proof says."""
    assert proof.status == "refuted", proof.reason
    example = proof.counterexample
    assert example is not None
    assert example.other is not None
    assert fact not in example.case["facts"]
    assert fact in example.unusual
    same = {name: value for name, value in example.other["facts"].items() if name != fact}
    assert same == example.case["facts"]
    assert (example.outcome, example.other_outcome) == (first, second)
    for data, outcome in ((example.case, first), (example.other, second)):
        case = parse_case(data, rulebook)
        assert decide(rulebook, case).element(example.element).outcome == outcome


def test_a_default_that_would_permit_is_caught(tmp_path: Path) -> None:
    rulebook = with_default(tmp_path, "judge_signature", "true")
    check_turned(prove(rulebook, PERMIT), rulebook, "judge_signature", "permit", "deny")


def test_a_default_that_would_deny_is_caught(tmp_path: Path) -> None:
    rulebook = with_default(tmp_path, "articulable_threat", "false")
    assert prove(rulebook, PERMIT).status == "proved"
    check_turned(prove(rulebook, DENY), rulebook, "articulable_threat", "deny", "permit")


@few
@given(name=st.sampled_from(PERMIT.accepts_defaults))
def test_every_default_accepted_for_a_permit_could_turn_one(name: str) -> None:
    check_needed(PERMIT, name, "permit", "deny")


@few
@given(name=st.sampled_from(DENY.accepts_defaults))
def test_every_default_accepted_for_a_deny_could_turn_one(name: str) -> None:
    check_needed(DENY, name, "deny", "permit")


def check_needed(claim: Claim, name: str, first: str, second: str) -> None:
    fewer = replace(claim, accepts_defaults=tuple(one for one in claim.accepts_defaults if one != name))
    check_turned(prove(BOSTON, fewer), BOSTON, name, first, second)


@pytest.mark.parametrize("claim", [PERMIT, DENY], ids=["permit", "deny"])
def test_the_accepted_defaults_stand_beside_the_proof_with_their_reasons(claim: Claim) -> None:
    proof = prove(BOSTON, claim)
    assert [one.subject for one in proof.listed] == list(claim.accepts_defaults)
    assert [one.because for one in proof.listed] == [
        BOSTON.facts[name].default_because for name in claim.accepts_defaults
    ]
