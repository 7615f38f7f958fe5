import os
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from schoolgate.engines.reach import Network, Reach, Reading, reach
from schoolgate.engines.reach.national.answers import National, reach_national
from schoolgate.engines.reach.national.columns import Columns
from schoolgate.engines.reach.national.index import index
from support.networks import AGENCIES, DAYS, KINDS, PURPOSES, networks

TRIALS = settings(max_examples=int(os.environ.get("SCHOOLGATE_TRIALS", "25")), deadline=None)
readings: st.SearchStrategy[Reading] = st.sampled_from(["strict", "worst_case"])
untils = st.none() | DAYS

# Of one pair at one agency: since when, and to whom it may go (None: to everybody).
Freedom = tuple[date, frozenset[str] | None]


def least(held: set[Freedom]) -> set[Freedom]:
    """Without what adds nothing: held later, or no sooner and bound more."""

    def covers(one: Freedom, other: Freedom) -> bool:
        return one[0] <= other[0] and (one[1] is None or (other[1] is not None and one[1] >= other[1]))

    return {one for one in held if not any(other != one and covers(other, one) for other in held)}


def by_pair(answer: Reach | National, agency: str) -> dict[tuple[str, str], set[Freedom]]:
    found: dict[tuple[str, str], set[Freedom]] = {}
    holdings = answer.holdings.get(agency, ()) if isinstance(answer, Reach) else answer.holdings(agency)
    for held in holdings:
        for pair in held.pairs:
            found.setdefault(pair, set()).add((held.day, held.may_pass_to))
    return {pair: least(held) for pair, held in found.items()}


@TRIALS
@given(networks(), DAYS, untils, readings)
def test_a_national_answer_is_the_district_engine_s(
    network: Network, since: date, until: date | None, reading: Reading
) -> None:
    plain = reach(network, "school", since, KINDS, PURPOSES, until=until, reading=reading)
    found = reach_national(index(Columns.of(network), reading), "school", since, KINDS, PURPOSES, until=until)
    found.check()
    assert found.reached() == set(plain.reached)
    for agency in AGENCIES:
        assert by_pair(found, agency) == by_pair(plain, agency)
