import os
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolgate.engines.reach import Network, Onward, ReachError, Reading
from schoolgate.engines.reach.national.answers import National, reach_national
from schoolgate.engines.reach.national.columns import Columns
from schoolgate.engines.reach.national.index import index
from schoolgate.engines.reach.national.schools import Schools, many_schools
from support import national as country
from support.networks import AGENCIES, DAYS, FIRST, KINDS, PURPOSES, networks

TRIALS = settings(max_examples=int(os.environ.get("SCHOOLGATE_TRIALS", "25")), deadline=None)
readings: st.SearchStrategy[Reading] = st.sampled_from(["strict", "worst_case"])


def assert_same(many: Schools, alone: dict[str, National]) -> None:
    ids = many.asked.index.columns.agencies
    for school, answer in alone.items():
        together, apart = many.summary(school), answer.summary()
        assert (together.day == apart.day).all()
        assert (together.pairs == apart.pairs).all()
        assert many.reached(school) == answer.reached()
    share, exposure = many.share_of_agencies(), many.exposure()
    reached = [answer.reached() for answer in alone.values()]
    assert share.tolist() == [sum(ids[one] in some for some in reached) / len(reached) for one in range(len(ids))]
    assert exposure.tolist() == np.mean([answer.carrying() for answer in alone.values()], axis=0).tolist()


@TRIALS
@given(networks(), DAYS, st.none() | DAYS, readings, st.lists(st.sampled_from(AGENCIES), min_size=1, unique=True))
def test_many_schools_are_each_school_alone(
    network: Network, since: object, until: object, reading: Reading, schools: list[str]
) -> None:
    indexed = index(Columns.of(network), reading)
    many = many_schools(indexed, schools, since, KINDS, PURPOSES, until=until)  # type: ignore[arg-type]  # days
    assert_same(
        many,
        {
            one: reach_national(indexed, one, since, KINDS, PURPOSES, until=until)  # type: ignore[arg-type]  # days
            for one in schools
        },
    )


@pytest.mark.parametrize(("size", "shared"), [(2_000, "yes"), (2_000, ""), (20_000, "no")])
def test_many_schools_of_a_larger_network(size: int, shared: Onward | Literal[""]) -> None:
    columns = country.national(size, seed=3, only=0.05)
    if shared:
        columns, schools = country.with_schools(columns, 12, own=shared)
    else:
        schools = [columns.agencies[number] for number in range(0, 60, 5)]
    indexed = index(columns)
    asking = (country.SINCE, country.KINDS, country.PURPOSES)
    many = many_schools(indexed, schools, *asking)
    assert_same(many, {school: reach_national(indexed, school, *asking) for school in schools})
    assert len(many.groups) == 1
    assert (len(many.groups[0].base.seeds.day) > 0) == bool(shared)


def test_no_school_and_unknown_ones_are_refused() -> None:
    columns = country.national(100)
    indexed = index(columns)
    with pytest.raises(ReachError, match="at least one school"):
        many_schools(indexed, [], FIRST, KINDS, PURPOSES)
    with pytest.raises(ReachError, match="each once"):
        many_schools(indexed, ["agency-1", "agency-1"], FIRST, KINDS, PURPOSES)
    with pytest.raises(ReachError, match="'nobody'"):
        many_schools(indexed, ["nobody"], FIRST, KINDS, PURPOSES)
    with pytest.raises(ReachError, match="'agency-2' is none of the 1 schools"):
        many_schools(indexed, ["agency-1"], FIRST, KINDS, PURPOSES).summary("agency-2")
