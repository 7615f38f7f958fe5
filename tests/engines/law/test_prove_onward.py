"""No copy gets to immigration enforcement by agreements it may travel; the agreement that would let it is named."""

from dataclasses import replace
from datetime import date

import pytest

from schoolgate.engines.law import Rulebook, amend, decide, load_rulebook, parse_case
from schoolgate.engines.law.proving.claims import load_claims
from schoolgate.engines.law.proving.onward import Route, routes
from schoolgate.engines.law.proving.prove import Counterexample, Proof, prove
from schoolgate.engines.reach import Agency, Agreement, Network, starter_network
from support.law import REAL_RULEBOOKS

BOSTON = load_rulebook(REAL_RULEBOOKS, "boston")
CLAIM = next(one for one in load_claims(REAL_RULEBOOKS / "claims", BOSTON.vocabulary) if one.id == "immigration.onward")
SCHOOL, POLICE, CENTER, ICE, CLINIC = (
    Agency("school", "The school", "school"),
    Agency("police", "Town police", "local_police"),
    Agency("center", "A fusion center", "fusion_center"),
    Agency("ice", "Immigration enforcement", "federal_immigration"),
    Agency("clinic", "A clinic", "health_provider"),
)


def agreement(name: str, giver: Agency, receiver: Agency, **changes: object) -> Agreement:
    plain = Agreement(
        id=name,
        giver=giver.id,
        receiver=receiver.id,
        title=name,
        start=None,
        end=None,
        kinds=None,
        purposes=None,
        onward="unknown",
        status="documented",
        source="invented",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # the fields of an agreement


def network(*agreements: Agreement) -> Network:
    return Network((SCHOOL, POLICE, CENTER, ICE, CLINIC), agreements)


def refuted(rulebook: Rulebook, graph: Network) -> tuple[Proof, Counterexample]:
    """The proof and its counterexample, of which `decide` must say the same."""
    proof = prove(rulebook, CLAIM, network=graph)
    assert proof.status == "refuted", proof.reason
    example = proof.counterexample
    assert example is not None
    decision = decide(rulebook, parse_case(example.case, rulebook))
    assert decision.element(example.element).outcome == example.outcome == "permit"
    assert set(example.at_fault) <= {
        name for vote in decision.element(example.element).votes for name in vote.provisions
    }
    return proof, example


def test_the_built_in_network_lets_nothing_through_that_carries_the_condition() -> None:
    proof = prove(BOSTON, CLAIM, network=starter_network())
    assert proof.status == "proved"
    listed = {one.subject: one for one in proof.listed}
    police = listed["Boston Police Department"]
    assert police.path == ("bpd-bric", "bric-ice")
    assert "us.federal.99-31-a-9" in police.provisions
    assert listed["District attorney and grand jury"].path == ("da-bpd", "bpd-bric", "bric-ice")


def test_an_agreement_that_law_orders_breaks_the_claim_and_is_named() -> None:
    whole = starter_network()
    forced = Agreement(
        id="new-statute",
        giver="bpd",
        receiver="ice",
        title="A statute that orders the police to report",
        start=date(2026, 7, 1),
        end=None,
        kinds=None,
        purposes=None,
        onward="unknown",
        status="required_by_law",
        source="invented",
    )
    proof, example = refuted(BOSTON, Network(whole.agencies, (*whole.agreements, forced)))
    assert example.path == ("new-statute",)
    assert "it is new-statute that breaks the claim" in proof.reason
    assert example.case["recipient"] == {"kind": "local_police"}
    decision = decide(BOSTON, parse_case(example.case, BOSTON))
    assert "redisclosure_notice" in {duty.name for duty in decision.obligations}


def test_a_law_that_no_longer_binds_the_copy_breaks_the_claim() -> None:
    unbound = [one.id for one in BOSTON.provisions.values() if one.obligation == "redisclosure_notice"]
    broken = amend(BOSTON, without=unbound)
    _, example = refuted(broken, starter_network())
    assert example.path == ("bpd-bric", "bric-ice")
    healthy = decide(BOSTON, parse_case({**example.case}, BOSTON))
    assert "redisclosure_notice" in {duty.name for duty in healthy.obligations}


def test_a_law_that_opens_a_door_to_immigration_enforcement_breaks_the_claim() -> None:
    barred = [
        one.id
        for one in BOSTON.provisions.values()
        if one.effect == "prohibition" and 'principal == Recipient::"federal_immigration"' in one.cedar
    ]
    lenient = [
        one.source.replace('unless { principal == Recipient::"federal_immigration" }', "")
        for one in BOSTON.provisions.values()
        if one.effect == "door" and 'unless { principal == Recipient::"federal_immigration" }' in one.cedar
    ]
    broken = amend(BOSTON, lenient, without=barred)
    _, example = refuted(broken, network())
    assert example.case["recipient"] == {"kind": "federal_immigration"}
    assert example.path == ()
    outcome = (
        decide(BOSTON, parse_case({**example.case, "counsel_answers": {}}, BOSTON)).element(example.element).outcome
    )
    assert outcome != "permit"


# --- routes --------------------------------------------------------------------------------------


def ways(*agreements: Agreement, bound: bool) -> dict[str, Route]:
    return {one.agency.id: one for one in routes(network(*agreements), "federal_immigration", bound=bound)}


def path(route: Route) -> list[str]:
    return [one.id for one in route.path]


def test_a_bound_copy_leaves_its_first_holder_only_where_law_orders_it() -> None:
    chain = [agreement("a", POLICE, CENTER), agreement("b", CENTER, ICE)]
    assert ways(*chain, bound=True) == {}
    assert {name: path(one) for name, one in ways(*chain, bound=False).items()} == {
        "police": ["a", "b"],
        "center": ["b"],
    }
    forced = [replace(chain[0], status="required_by_law"), chain[1]]
    assert path(ways(*forced, bound=True)["police"]) == ["a", "b"]
    assert "center" not in ways(*forced, bound=True)


def test_a_copy_that_comes_back_is_no_longer_bound() -> None:
    there = agreement("there", POLICE, CENTER, status="required_by_law")
    back = agreement("back", CENTER, POLICE)
    on = agreement("on", POLICE, ICE)
    assert path(ways(there, back, on, bound=True)["police"]) == ["there", "back", "on"]
    assert ways(there, on, bound=True) == {}


@pytest.mark.parametrize(
    ("status", "travels"),
    [("documented", True), ("disputed", True), ("required_by_law", True), ("prohibited", False), ("observed", False)],
)
def test_only_lawful_agreements_are_travelled(status: str, *, travels: bool) -> None:
    assert bool(ways(agreement("a", POLICE, ICE, status=status), bound=False)) is travels


def test_a_receiver_that_may_not_pass_on_ends_the_way() -> None:
    chain = [agreement("a", POLICE, CENTER, onward="no"), agreement("b", CENTER, ICE)]
    assert "police" not in ways(*chain, bound=False)


def test_kinds_and_purposes_narrow_the_way() -> None:
    chain = [
        agreement("a", POLICE, CENTER, kinds=frozenset({"abuse_report"})),
        agreement("b", CENTER, ICE, kinds=frozenset({"incident_report"})),
    ]
    assert "police" not in ways(*chain, bound=False)
    assert "police" in ways(chain[0], replace(chain[1], kinds=None), bound=False)


def test_a_way_that_ends_counts_until_its_last_day() -> None:
    ended = agreement("a", POLICE, CENTER, end=date(2025, 6, 30))
    later = agreement("b", CENTER, ICE, start=date(2026, 1, 1))
    route = ways(ended, later, bound=False)["police"]
    assert route.until == date(2025, 6, 30)
    assert ways(later, bound=False)["center"].until == date(2199, 12, 31)
    assert ways(replace(ended, end=date(2025, 6, 30)), replace(later, end=date(2025, 1, 1), start=None), bound=False)[
        "police"
    ].until == date(2025, 1, 1)


def test_copies_that_left_after_the_way_had_ended_break_nothing() -> None:
    forced = agreement("a", POLICE, ICE, status="required_by_law", end=date(2025, 1, 23))
    assert prove(BOSTON, CLAIM, network=network(forced)).status == "proved"
    proof, example = refuted(BOSTON, network(replace(forced, end=date(2025, 1, 24))))
    assert example.case["date"] == "2025-01-24"
    assert "it is a that breaks" in proof.reason


def test_the_agreements_that_close_every_way_are_told_from_those_that_do_not() -> None:
    twice = [
        agreement("a", POLICE, CENTER),
        agreement("a2", POLICE, CENTER),
        agreement("b", CENTER, ICE),
    ]
    route = ways(*twice, bound=False)["police"]
    assert [one.id for one in route.chokes] == ["b"]


def test_the_district_itself_is_no_first_holder() -> None:
    own = replace(CLINIC, kind="school_official")
    graph = Network((SCHOOL, own, ICE), (agreement("a", own, ICE, status="required_by_law"),))
    assert prove(BOSTON, CLAIM, network=graph).status == "proved"
    assert refuted(BOSTON, replace(graph, agencies=(SCHOOL, CLINIC, ICE)))[1].path == ("a",)
