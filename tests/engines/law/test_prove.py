"""Every claim holds of the law as it is; for each, a law that was broken on purpose is caught by a case."""

import json
import os
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import cedarpy
import pytest
from cedarpy import policies_to_pst, pst
from hypothesis import HealthCheck, given, settings

from schoolgate.engines.law import (
    WHOLE_RECORD,
    Case,
    Decision,
    Rulebook,
    amend,
    decide,
    load_rulebook,
    outcomes,
    parse_case,
)
from schoolgate.engines.law.errors import LawError
from schoolgate.engines.law.proving.claims import Claim, load_claims, parse_claim
from schoolgate.engines.law.proving.proof import plain_code
from schoolgate.engines.law.proving.prove import Counterexample, Proof, prove
from schoolgate.engines.law.text import condition as c
from schoolgate.engines.reach import starter_network
from support.law import REAL_RULEBOOKS, Boundaries, CedarOracle, cases, cedar_context, cedar_entities
from support.law_files import provision

BOSTON = load_rulebook(REAL_RULEBOOKS, "boston")
CLAIMS = {one.id: one for one in load_claims(REAL_RULEBOOKS / "claims", BOSTON.vocabulary) if one.concerns(BOSTON)}
TRIALS = int(os.environ.get("SCHOOLGATE_TRIALS", "25"))
POLICIES = {name: load_rulebook(REAL_RULEBOOKS, name) for name in ("boston-2018", "boston-2020", "boston-2025")}


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=list(CLAIMS))
def test_the_claim_holds_for_every_possible_case(claim: Claim) -> None:
    proof = prove(BOSTON, claim, network=starter_network(), others=POLICIES)
    assert (proof.status, proof.reason) == ("proved", "No possible case breaks it.")
    assert proof.counterexample is None


@settings(max_examples=TRIALS, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(case=cases(Boundaries(BOSTON), complete=True))
def test_no_random_case_breaks_a_proved_claim(case: Case) -> None:
    """Without the solver: the trees say whether a claim speaks of the case, the compiled rules what leaves."""
    found = outcomes(BOSTON, case)
    owed = {duty.name for duty in decide(BOSTON, case).obligations}
    leaves = "permit" in {found[name] for name in case.elements}
    for claim in CLAIMS.values():
        if claim.kind != "always" or claim.by or claim.besides or opened_by_counsel(claim, case):
            continue
        if claim.act == "disclose":
            wrong = "permit" if claim.effect == "forbid" else "deny"
            broken = [name for name, outcome in found.items() if outcome == wrong and covers(claim, case, name)]
            assert not broken, claim.id
        elif leaves is (claim.act == "release") and covers(claim, case, WHOLE_RECORD):
            assert (claim.owes in owed) is (claim.effect == "permit"), claim.id


def opened_by_counsel(claim: Claim, case: Case) -> bool:
    return any(
        case.counsel_answers[name] is (BOSTON.provisions[name].effect != "prohibition") for name in claim.counsel
    )


def covers(claim: Claim, case: Case, element: str) -> bool:
    facts = dict(zip(BOSTON.facts, case.vector, strict=False))
    bit = BOSTON.vocabulary.element_bits[element]
    value, _ = c.evaluate(claim.condition, c.Given(facts, case.counsel_answers, case.recipient, element, bit))
    assert value is not None
    return value


# --- laws broken on purpose ----------------------------------------------------------------------


def without(book: Rulebook, effect: str, word: str) -> Rulebook:
    """A draft without the provisions of an effect whose Cedar, or whose obligation, has a word."""
    gone = [
        one.id
        for one in book.provisions.values()
        if one.effect == effect and (word in one.cedar or word == one.obligation)
    ]
    assert gone, f"no {effect} speaks of {word}"
    return amend(book, without=gone)


def said(book: Rulebook, old: str, new: str, effect: str = "door") -> Rulebook:
    """A draft in which every provision of an effect says something else."""
    changed = [
        one.source.replace(old, new) for one in book.provisions.values() if one.effect == effect and old in one.cedar
    ]
    assert changed, f"no {effect} says {old}"
    return amend(book, changed)


def without_counsel(book: Rulebook, *ids: str) -> Rulebook:
    """A draft in which provisions hold without asking counsel."""
    return amend(book, [re.sub(r"\ncounsel_question = .*", "", book.provisions[name].source) for name in ids])


def with_layer(book: Rulebook, layer: str, recipients: Collection[str]) -> Rulebook:
    """The rulebook with a layer that decides for these recipients only."""
    layers = tuple(replace(one, recipients=frozenset(recipients)) if one.name == layer else one for one in book.layers)
    return replace(book, layers=layers, digest=f"{layer}{len(recipients)}".ljust(64, "0"), programs={})


def after_each(*breaks: Callable[[Rulebook], Rulebook]) -> Callable[[Rulebook], Rulebook]:
    def all_of_them(book: Rulebook) -> Rulebook:
        for one in breaks:
            book = one(book)
        return book

    return all_of_them


OUTSIDE = frozenset(BOSTON.vocabulary.recipient_groups["third_party"])
POLICE = BOSTON.vocabulary.recipient_groups["law_or_federal"]
ORDERS = '[Instrument::"judicial_warrant", Instrument::"court_order"]'
OTHERS = 'unless { resource in ElementGroup::"about_others" }'
SHUT_TO_PARENTS = provision(
    "x.shut",
    """
    forbid (principal == Recipient::"parent", action == Action::"disclose", resource)
    when { context.record_kind == RecordKind::"disciplinary_record" };
    """,
    effect="prohibition",
)

Break = Callable[[Rulebook], Rulebook]
BREAKS: Mapping[str, Break] = {
    "consent.named-party": partial(said, old="context.consent_names_recipient", new="context.consent_signed"),
    "consent.withdrawn": partial(said, old="!context.consent_withdrawn", new="context.consent_signed"),
    "copies.no-names": partial(said, old='unless { resource in ElementGroup::"identifying" }', new=""),
    "directory.opt-out": after_each(
        partial(without, effect="prohibition", word="opt_out"),
        partial(said, old="!context.opt_out", new="context.directory_notice_given"),
    ),
    "directory.police": partial(said, old='unless { principal in RecipientGroup::"law_or_federal" }', new=""),
    "doors.both-laws": partial(with_layer, layer="state", recipients=OUTSIDE),
    "doors.police-three": partial(with_layer, layer="local", recipients=OUTSIDE - POLICE),
    "emergency.ended": partial(said, old="context.emergency_ongoing", new="context.articulable_threat"),
    "emergency.threat": partial(said, old="context.articulable_threat", new="context.emergency_ongoing"),
    "emergency.written": partial(without, effect="obligation", word="record_emergency_basis"),
    "family.own-record": lambda book: amend(book, [SHUT_TO_PARENTS]),
    "figures.small-cells": after_each(
        partial(without, effect="prohibition", word="small_cells"),
        partial(said, old="!context.has_small_cells", new="context.has_small_cells"),
    ),
    "fusion-center.nothing": partial(without, effect="prohibition", word='Recipient::"fusion_center"'),
    "identity.nobody": partial(without, effect="prohibition", word="identity_verified"),
    "identity.verify": partial(without, effect="obligation", word="verify_identity"),
    "immigration.1373": after_each(
        partial(without, effect="prohibition", word="listed_37l"),
        lambda book: without_counsel(book, "us.federal.8-1373", "us.ma.boston.1373-local"),
    ),
    "immigration.asked-for": partial(without, effect="prohibition", word="acting_for"),
    "log.police": partial(without, effect="obligation", word="record_disclosure"),
    "notice.court-paper": partial(without, effect="obligation", word="notify_parent_before"),
    "notice.silence": partial(
        said, old='SecrecyOrderedBy::"court"', new='SecrecyOrderedBy::"issuing_agency"', effect="obligation"
    ),
    "other-child.door": partial(
        said,
        old='unless { resource in ElementGroup::"about_others" && !context.named_in_paper.contains(resource) }',
        new="",
    ),
    "other-child.family": after_each(
        partial(without, effect="prohibition", word="about_others"), partial(said, old=OTHERS, new="")
    ),
    "paper.administrative": partial(
        said, old=ORDERS, new=ORDERS.replace("]", ', Instrument::"administrative_warrant"]')
    ),
    "paper.agency-subpoena": lambda book: without_counsel(
        book,
        "us.federal.99-31-a-9-administrative-subpoena",
        "us.ma.23-07-4-b-doubtful",
        "us.ma.boston.lgl-05-agency-subpoena",
    ),
    "paper.scope": partial(without, effect="prohibition", word="outside_scope"),
    "paper.unsigned": partial(said, old="context.judge_signature", new="context.court_issued"),
    "protected-kinds.consent": partial(without, effect="prohibition", word="listed_37l"),
    "protected-kinds.germane": partial(without, effect="prohibition", word="listed_37l"),
    "protected-kinds.order": partial(
        said, old="context.judge_signature", new="context.court_issued", effect="prohibition"
    ),
    "protected-kinds.proxies": partial(without, effect="prohibition", word="proxy_37l"),
    "sender.not-by-itself": partial(without, effect="prohibition", word="context.sender"),
    "weapon-report.chief": partial(said, old="context.recipient_is_local_chief", new="context.on_school_premises"),
}
ELSEWHERE = {"immigration.onward", "missing-facts.permit", "missing-facts.deny", "stricter.2020", "stricter.2025"}


def test_every_claim_has_a_law_that_breaks_it() -> None:
    assert set(BREAKS) | ELSEWHERE == set(CLAIMS)


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_law_is_caught_by_a_case_that_decide_and_cedar_reproduce(name: str) -> None:
    claim, broken = CLAIMS[name], BREAKS[name](BOSTON)
    proof = prove(broken, claim)
    assert proof.status == "refuted", proof.reason
    example = proof.counterexample
    assert example is not None
    check_reproduced(example, broken)
    check_within_the_claim(claim, example, broken)
    assert example.at_fault
    assert healthy(example) != shown(example, broken), "the law as it is answers this case in another way"


def shown(example: Counterexample, book: Rulebook) -> tuple[bool, ...]:
    """Whether the element leaves, in both cases if there are two, and whether the obligation is owed."""
    found = []
    for data in filter(None, (example.case, example.other)):
        decision = decided(data, book)
        found.append(decision.element(example.element).outcome == "permit")
        found.append(example.obligation in {duty.name for duty in decision.obligations})
    return tuple(found)


def healthy(example: Counterexample) -> tuple[bool, ...]:
    return shown(example, BOSTON)


def decided(data: Mapping[str, Any], book: Rulebook) -> Decision:
    answers = {name: answer for name, answer in data["counsel_answers"].items() if name in book.counsel_ids}
    return decide(book, parse_case({**data, "rulebook": book.id, "counsel_answers": answers}, book))


def check_reproduced(example: Counterexample, book: Rulebook) -> None:
    """Decide the case, replay it, and ask cedarpy which provisions hold."""
    for data, outcome in ((example.case, example.outcome), (example.other, example.other_outcome)):
        if data is None:
            continue
        case = parse_case(data, book)
        assert None not in case.vector
        assert decide(book, case).element(example.element).outcome == outcome
        assert outcomes(book, case)[example.element] == outcome
        holding = [
            book.provisions[one]
            for one in CedarOracle(book).satisfied(case, (example.element,), "disclose")[example.element]
            if case.counsel_answers.get(one, True)
        ]
        opened = {one.layer for one in holding if one.effect == "door"} >= set(book.layers_for(case.recipient))
        barred = any(one.effect == "prohibition" for one in holding)
        assert (opened and not barred) is (outcome == "permit")


def check_within_the_claim(claim: Claim, example: Counterexample, book: Rulebook) -> None:
    """Ask cedarpy whether the claim's own block speaks of the case."""
    case = parse_case(example.case, book)
    policies = {
        f"claim#{number}": replace(template, id=f"claim#{number}", effect="permit")
        for number, template in enumerate(policies_to_pst(claim.cedar).static_policies.values())
    }
    empty: Any = pst.FrozenMap()
    schema = cedarpy.Schema.from_str(book.vocabulary.cedar_schema)
    answer = cedarpy.is_authorized(
        {
            "principal": f'Recipient::"{case.recipient}"',
            "action": f'Action::"{claim.act}"',
            "resource": f'Element::"{example.element if claim.act == "disclose" else WHOLE_RECORD}"',
            "context": cedar_context(book, case.facts),
        },
        cedarpy.PolicySet.from_pst(
            pst.PolicySet(templates=empty, static_policies=pst.FrozenMap(policies), template_links=empty)
        ),
        cedarpy.Entities.from_json_str(json.dumps(cedar_entities(book)), schema),
        schema,
    )
    assert answer.decision is cedarpy.Decision.Allow


@pytest.mark.parametrize(("claim", "looser"), [("stricter.2020", "boston-2020"), ("stricter.2025", "boston-2025")])
def test_a_policy_that_lets_more_out_than_the_one_before_is_caught(claim: str, looser: str) -> None:
    door = provision(
        "x.open",
        """
        permit (principal == Recipient::"local_police", action == Action::"disclose", resource)
        when { context.record_kind == RecordKind::"student_record" };
        """,
    )
    texts = [
        door.replace('"x.open"', f'"x.{layer}"').replace('layer = "federal"', f'layer = "{layer}"')
        for layer in ("federal", "state", "local")
    ]
    broken = {**POLICIES, looser: amend(POLICIES[looser], texts)}
    proof = prove(BOSTON, CLAIMS[claim], others=broken)
    assert proof.status == "refuted"
    example = proof.counterexample
    assert example is not None
    assert example.other is not None
    assert set(example.at_fault) == {"x.federal", "x.state", "x.local"}
    before = POLICIES[CLAIMS[claim].than]
    assert decided(example.case, broken[looser]).element(example.element).outcome == "permit"
    assert decided(example.other, before).element(example.element).outcome == "deny"
    assert decided(example.case, POLICIES[looser]).element(example.element).outcome == "deny"


# --- counterexamples -----------------------------------------------------------------------------


def claim_of(front: str, cedar: str) -> Claim:
    text = f'+++\nid = "draft"\ntitle = "A draft"\ncitation = "none"\n{front}\n+++\nWords.\n\n```cedar\n{cedar}\n```\n'
    return parse_claim(text, "draft", BOSTON.vocabulary)


def test_every_unusual_fact_of_a_counterexample_is_needed() -> None:
    claim = claim_of("", 'forbid (principal == Recipient::"local_police", action == Action::"disclose", resource);')
    example = prove(BOSTON, claim).counterexample
    assert example is not None
    assert 1 <= len(example.unusual) <= 4
    for name in example.unusual:
        fact = BOSTON.facts[name]
        plain = {**example.case, "facts": {**example.case["facts"], name: fact.decode(plain_code(fact))}}
        assert decided(plain, BOSTON).element(example.element).outcome == "deny", name


def test_a_plain_case_is_dated_where_the_law_allows_it() -> None:
    claim = claim_of("", 'forbid (principal == Recipient::"public", action == Action::"disclose", resource);')
    example = prove(BOSTON, claim).counterexample
    assert example is not None
    assert example.case["date"] == "2025-03-06"


def test_what_counsel_opens_can_be_left_out_and_is_named_otherwise() -> None:
    block = 'forbid (principal == Recipient::"fusion_center", action == Action::"disclose", resource) when {{ {} }};'
    paper = 'context.disclosure_date >= datetime("2021-01-01") && context.instrument == Instrument::"subpoena"'
    counsel = 'counsel = ["us.ma.37L-tracking-systems-order"]'
    refuted = prove(BOSTON, claim_of("", block.format(paper)))
    assert refuted.counterexample is not None
    assert "counsel: us.ma.37L-tracking-systems-order" in refuted.counterexample.unusual
    besides = f"besides = {json.dumps(CLAIMS['fusion-center.nothing'].besides)}"
    assert prove(BOSTON, claim_of(f"{counsel}\n{besides}", block.format(paper))).status == "proved"


# --- what cannot be proved -----------------------------------------------------------------------


def test_a_claim_about_no_case_is_not_proved() -> None:
    never = "context.opt_out && !context.opt_out"
    proof = prove(
        BOSTON, claim_of("", f'forbid (principal, action == Action::"disclose", resource) when {{ {never} }};')
    )
    assert (proof.status, proof.counterexample) == ("not_proved", None)
    assert "no possible case fits its block" in proof.reason


def test_what_the_solver_gives_up_on_is_not_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    from schoolgate.engines.law.proving import terms as module

    monkeypatch.setattr(module, "WORK", 1)
    draft = amend(BOSTON, without=["us.ma.boston.sss-18-superintendent"])
    proof = prove(draft, CLAIMS["immigration.1373"])
    assert proof.status == "not_proved"
    assert "gave up" in proof.reason


@pytest.mark.parametrize(
    ("claim", "named"),
    [
        ("stricter.2020", "boston-2020"),
        ("immigration.onward", "network"),
    ],
)
def test_what_a_claim_needs_and_is_not_given_is_an_error(claim: str, named: str) -> None:
    with pytest.raises(LawError, match=named):
        prove(BOSTON, CLAIMS[claim])


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=list(CLAIMS))
def test_a_claim_names_provisions_that_are_there(claim: Claim) -> None:
    assert {*claim.by, *claim.besides, *claim.free} <= {
        one.id for one in BOSTON.provisions.values() if one.effect == "door"
    }
    assert set(claim.counsel) <= set(BOSTON.counsel_ids)
    assert not claim.owes or claim.owes in {one.obligation for one in BOSTON.provisions.values()}


def test_proofs_are_the_same_whatever_was_proved_before() -> None:
    claim = CLAIMS["consent.named-party"]
    broken = BREAKS["consent.named-party"](BOSTON)
    first: Proof = prove(broken, claim)
    prove(BOSTON, CLAIMS["paper.scope"])
    assert prove(BOSTON, claim).status == "proved"
    assert prove(broken, claim).status == first.status == "refuted"
