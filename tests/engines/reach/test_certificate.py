import json
from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schoolgate.engines.reach import (
    Holding,
    Network,
    ReachError,
    Reading,
    carrying,
    certificate,
    certificate_to_json,
    check,
    reach,
    reach_from,
    verify_certificate,
)
from support.networks import AGENCIES, DAYS, FIRST, KINDS, PURPOSES, all_walks, busy_networks, networks
from support.reaching import TRIALS, agreement, network_of, outcomes, question_of, readings, untils


@TRIALS
@given(networks() | busy_networks(), DAYS, untils, readings)
def test_the_holdings_prove_that_nobody_is_missing(
    network: Network, since: date, until: date | None, reading: Reading
) -> None:
    answer = reach(network, "school", since, KINDS, PURPOSES, until=until, reading=reading)
    check(answer)
    for agency in answer.not_reached:
        proof = certificate(answer, agency)
        assert agency not in proof.closed
        assert {"school", *answer.reached} == proof.closed
    for agency in answer.reached:
        with pytest.raises(ReachError, match="is reached"):
            certificate(answer, agency)
        smaller = {name: held for name, held in answer.holdings.items() if name != agency}
        with pytest.raises(ReachError, match="not closed"):
            check(replace(answer, holdings=smaller))


@TRIALS
@given(networks() | busy_networks(), DAYS, untils, readings)
def test_an_agreement_carries_when_some_walk_uses_it(
    network: Network, since: date, until: date | None, reading: Reading
) -> None:
    answer = reach(network, "school", since, KINDS, PURPOSES, until=until, reading=reading)
    walks = all_walks(network, question_of(since=since, until=until, reading=reading))
    used = {one.id for some in walks.values() for walk in some for one in walk.agreements}
    assert {one.id for one in carrying(answer)} == used


@TRIALS
@given(st.data(), networks() | busy_networks(), DAYS, readings)
def test_a_claim_that_says_less_than_some_walk_brings_is_never_accepted(
    data: st.DataObject, network: Network, since: date, reading: Reading
) -> None:
    answer = reach(network, "school", since, KINDS, PURPOSES, reading=reading)
    name = data.draw(st.sampled_from(sorted(answer.holdings)))
    number = data.draw(st.integers(0, len(answer.holdings[name]) - 1))
    one = answer.holdings[name][number]
    others = answer.holdings[name][:number] + answer.holdings[name][number + 1 :]
    as_free = [
        other.pairs
        for other in others
        if other.day <= one.day
        and (other.may_pass_to is None or (one.may_pass_to is not None and other.may_pass_to >= one.may_pass_to))
    ]
    missing = one.pairs - frozenset[tuple[str, str]]().union(*as_free)
    assume(missing)  # what is held twice may be said once
    less: tuple[Holding, ...] = data.draw(
        st.sampled_from(
            [
                (),
                (replace(one, pairs=one.pairs - {min(missing)}),),
                (replace(one, day=one.day + timedelta(days=1)),),
            ]
        )
    )
    with pytest.raises(ReachError, match="not closed"):
        check(replace(answer, holdings={**answer.holdings, name: (*others, *less)}))


@TRIALS
@given(networks() | busy_networks(), DAYS, untils, readings)
def test_a_file_proves_it_to_a_stranger(network: Network, since: date, until: date | None, reading: Reading) -> None:
    answer = reach(network, "school", since, KINDS, PURPOSES, until=until, reading=reading)
    for agency in answer.not_reached:
        written = json.loads(json.dumps(certificate_to_json(answer, agency)))
        assert verify_certificate(network, written) == certificate(answer, agency)


@TRIALS
@given(networks(), networks(), st.sampled_from(AGENCIES[1:]), readings)
def test_a_file_about_another_network_proves_nothing_false(
    one: Network, other: Network, agency: str, reading: Reading
) -> None:
    """Whatever is claimed: when it is accepted, no walk of the stranger's own network gets there."""
    answer = reach(one, "school", FIRST, KINDS, PURPOSES, reading=reading)
    if agency in answer.not_reached:
        written = certificate_to_json(answer, agency)
        try:
            verify_certificate(other, written)
        except ReachError:
            return
        assert agency not in outcomes(other, question_of(reading=reading))


@TRIALS
@given(networks() | busy_networks(), DAYS, st.none() | st.frozensets(st.sampled_from(AGENCIES)))
def test_several_holders_and_what_they_promised_are_in_the_file(
    network: Network, since: date, may_pass_to: frozenset[str] | None
) -> None:
    promises = {} if may_pass_to is None else {"police": may_pass_to}
    answer = reach_from(network, {"school": FIRST, "police": since}, KINDS, PURPOSES, may_pass_to=promises)
    for agency in answer.not_reached:
        written = certificate_to_json(answer, agency)
        assert verify_certificate(network, written).closed == {"school", "police", *answer.reached}
        claimed: Any = deepcopy(written)
        claimed["held"]["police"] = []
        with pytest.raises(ReachError, match="not closed"):
            verify_certificate(network, claimed)


# Examples


def test_why_an_agreement_carries_nothing() -> None:
    network = network_of(
        agreement("in", "school", "police", onward="only", onward_to=frozenset({"center"}), start=FIRST),
        agreement("bound", "police", "ice"),
        agreement("over", "police", "state", end=FIRST - timedelta(days=1), status="required_by_law"),
        agreement("forbidden", "school", "ice", status="prohibited"),
        agreement("other", "school", "ice", kinds=frozenset({"attendance"})),
    )
    proof = certificate(reach(network, "school", FIRST, KINDS, PURPOSES), "ice")
    assert {one.agreement.id: one.why for one in proof.crossings} == {
        "bound": "onward",
        "over": "dates",
        "forbidden": "status",
        "other": "labels",
    }


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (["held"], [], "held is not an object"),
        (["not_reached"], "nobody", "'nobody'"),
        (["not_reached"], "police", "is reached"),
        (["not_reached"], None, "not_reached is not text"),
        (["more"], 1, r"certificate\.more is not a field"),
        (["question", "until"], "soon", r"question\.until: not a date"),
        (["question", "kinds"], [], "at least one"),
        (["question", "kinds"], ["incident_report", 3], r"question\.kinds\[1\] is not text"),
        (["question", "holders"], [], "at least one"),
        (["question", "statuses"], ["rumour"], r"question\.statuses\[0\]: 'rumour' is none of required_by_law"),
        (["question", "reading"], "mild", r"question\.reading: 'mild' is none of strict, worst_case"),
        (["held", "police"], [{"from": "2026-01-01"}], r"held\.police\[0\]\.may_pass_to is missing"),
        (["held", "police"], {}, r"held\.police is not a list"),
        (["held", "nobody"], [], "'nobody'"),
        (["held", "police"], [], "not closed: 'in' brings 4 more pairs on 2026-01-01"),
        (["held", "school"], [], "not closed: 'school' has all pairs since 2026-01-01"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_the_place(path: list[str], value: object, said: str) -> None:
    network = network_of(agreement("in", "school", "police"))
    written: Any = certificate_to_json(reach(network, "school", FIRST, KINDS, PURPOSES), "ice")
    inside = written
    for name in path[:-1]:
        inside = inside[name]
    inside[path[-1]] = value
    with pytest.raises(ReachError, match=said):
        verify_certificate(network, written)


def test_nobody_can_be_proved_about_who_is_unknown() -> None:
    with pytest.raises(ReachError, match="'nobody'"):
        certificate(reach(network_of(), "school", FIRST, KINDS, PURPOSES), "nobody")


def test_kinds_in_another_order_of_the_same_set_are_the_same_question():
    """Equal sets may hold their members in two orders; what is kept of a network serves both."""
    words = [f"kind {number}" for number in range(400)]
    first = words[0]
    other = next(one for one in words[1:] if [*frozenset([first, one])] != [*frozenset([one, first])])
    kinds, turned = frozenset([first, other]), frozenset([other, first])
    assert kinds == turned
    assert [*kinds] != [*turned]
    network = network_of(agreement("gives", "school", "police", kinds=frozenset([first])))
    for asked in (kinds, turned):
        answer = reach(network, "school", FIRST, asked, PURPOSES)
        check(answer)
        assert verify_certificate(network, certificate_to_json(answer, "ice")) == certificate(answer, "ice")
        assert {kind for _, kind in answer.reached["police"].pairs} == {first}
