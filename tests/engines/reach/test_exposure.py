from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolgate.engines.reach import Network, ReachError, Reading, exposure
from support.networks import DAYS, FIRST, KINDS, PURPOSES, busy_networks, networks
from support.reaching import ASKED, TRIALS, agreement, network_of, question_of, readings, untils, ways_through

SOME_SCHOOLS = st.sampled_from([("school",), ("school", "state"), ("state", "school", "police")])
SOME_TARGETS = st.sampled_from([("ice",), ("ice", "center"), ("center", "state")])


@TRIALS
@given(networks() | busy_networks(), SOME_SCHOOLS, SOME_TARGETS, DAYS, untils, readings)
def test_exposure_is_what_trying_every_way_of_every_school_finds(  # noqa: PLR0917 - what is drawn
    network: Network,
    schools: tuple[str, ...],
    targets: tuple[str, ...],
    since: date,
    until: date | None,
    reading: Reading,
) -> None:
    exposures = exposure(
        network, schools, targets, since=since, kinds=KINDS, purposes=PURPOSES, until=until, reading=reading
    )
    outside = [school for school in schools if school not in targets]
    through: dict[str, list[str]] = {}
    only: dict[str, list[str]] = {}
    for school in outside:
        ways = ways_through(network, question_of(school, since, until, reading), targets, outside)
        for name, on_every in ways.items():
            through.setdefault(name, []).append(school)
            only.setdefault(name, []).extend([school] if on_every else [])
    assert {one.agreement.id: list(one.through) for one in exposures} == through
    assert {one.agreement.id: list(one.only) for one in exposures} == only
    assert all(one.share == 100 * len(one.through) / len(outside) for one in exposures)
    sizes = [(-len(one.through), -len(one.only)) for one in exposures]
    assert sizes == sorted(sizes)


# Examples


def test_the_share_of_schools_behind_one_agreement() -> None:
    network = network_of(
        agreement("a", "school", "police"),
        agreement("b", "state", "police"),
        agreement("shared", "police", "ice"),
        agreement("direct", "state", "ice"),
    )
    found = {one.agreement.id: one for one in exposure(network, ["school", "state"], ["ice"], **ASKED)}
    assert (found["shared"].through, found["shared"].only) == (("school", "state"), ("school",))
    assert (found["shared"].share, found["shared"].share_only) == (100, 50)
    assert (found["direct"].through, found["direct"].only) == (("state",), ())
    assert found["a"].only == ("school",)


def test_a_way_may_pass_an_agency_twice_but_no_school_and_no_target() -> None:
    network = network_of(
        agreement("in", "school", "police"),
        agreement("there", "police", "center"),
        agreement("back", "center", "police"),
        agreement("out", "police", "ice"),
        agreement("through-a-school", "police", "state"),
        agreement("from-a-school", "state", "ice"),
        agreement("beyond", "ice", "center"),
    )
    found = {one.agreement.id for one in exposure(network, ["school", "state"], ["ice"], **ASKED)}
    assert found == {"in", "there", "back", "out", "from-a-school"}


def test_nobody_to_ask_about_is_refused() -> None:
    network = network_of()
    for schools, targets in (([], ["ice"]), (["school"], []), (["ice"], ["ice"])):
        with pytest.raises(ReachError, match="at least one school"):
            exposure(network, schools, targets, **ASKED)
    with pytest.raises(ReachError, match="'nobody'"):
        exposure(network, ["nobody"], ["ice"], since=FIRST, kinds=KINDS, purposes=PURPOSES)
