import heapq
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from schoolgate.engines.reach import STATUSES, ReachError
from schoolgate.engines.reach.national.answers import National, reach_national
from schoolgate.engines.reach.national.columns import NO_SET, UNKNOWN_KINDS, UNKNOWN_PURPOSES, Columns
from schoolgate.engines.reach.national.index import index
from support import national as country
from support.national import KINDS, PURPOSES, SINCE


def days_of_one_pair(columns: Columns, start: str, purpose: int, kind: int) -> dict[str, date]:
    """Dijkstra over (agency, promise), strict, from the columns alone."""
    admitted = {"required_by_law", "documented", "observed"}
    leaving: dict[int, list[int]] = {}
    for number in range(len(columns)):
        known = columns.kinds[number] != UNKNOWN_KINDS and columns.purposes[number] != UNKNOWN_PURPOSES
        allows = known and int(columns.kinds[number]) >> kind & 1 and int(columns.purposes[number]) >> purpose & 1
        if allows and STATUSES[columns.status[number]] in admitted:
            leaving.setdefault(int(columns.giver[number]), []).append(number)
    promises = {"yes": "everybody", "no": "nobody", "unknown": "nobody"}
    best: dict[tuple[int, str | int], int] = {}
    waiting: list[tuple[int, str, int, str | int]] = [
        (SINCE.toordinal(), "", columns.agencies.place(start), "everybody")
    ]
    while waiting:
        day, _, agency, promise = heapq.heappop(waiting)
        if (agency, promise) in best:
            continue
        best[agency, promise] = day
        for number in leaving.get(agency, ()):
            arrives, receiver = max(day, int(columns.start[number])), int(columns.receiver[number])
            despite = STATUSES[columns.status[number]] in {"required_by_law", "observed"}
            named = isinstance(promise, int) and columns.names_agency(promise, receiver)
            if arrives <= columns.end[number] and (promise == "everybody" or despite or named):
                only = int(columns.only[number])
                word = ("yes", "no", "only", "unknown")[columns.onward[number]]
                state = promises[word] if only == NO_SET else only
                heapq.heappush(waiting, (arrives, str(state), receiver, state))
    first: dict[str, date] = {}
    for (agency, _), day in sorted(best.items(), key=lambda one: one[1]):
        first.setdefault(columns.agencies[agency], date.fromordinal(day))
    return first


def first_days(answer: National, pair: tuple[str, str]) -> dict[str, date]:
    ids = answer.asked.index.columns.agencies
    found = answer.summary()
    held = {ids[int(one)]: answer.holdings(ids[int(one)]) for one in found.agency[found.day >= 0]}
    return {
        agency: next(one.day for one in some if pair in one.pairs)
        for agency, some in held.items()
        if any(pair in one.pairs for one in some)
    }


@pytest.mark.parametrize(("size", "sample"), [(2_000, 12), (20_000, 3)])
def test_each_pair_is_a_search_of_its_own(size: int, sample: int) -> None:
    columns = country.national(size, seed=size + 1, only=0.1)
    answer = country.from_a_giver(columns)
    answer.check()
    chance = np.random.default_rng(1)
    found = 0
    for number in chance.choice(96, sample, replace=False):
        purpose, kind = divmod(int(number), 12)
        alone = days_of_one_pair(columns, answer.asked.question.start, purpose, kind)
        assert first_days(answer, (PURPOSES[purpose], KINDS[kind])) == alone
        found += len(alone)
    assert found > sample


def test_every_way_is_in_force_and_ends_on_the_first_day() -> None:
    columns = country.national(5_000, seed=2, only=0.1)
    answer = country.from_a_giver(columns)
    start = answer.asked.question.start
    summary = answer.summary()
    hops = 0
    for number in summary.agency[summary.day >= 0][:200]:
        agency = columns.agencies[int(number)]
        if agency == start:
            continue
        way = answer.way(agency)
        assert way is not None
        assert way.arrives == date.fromordinal(int(summary.day[number]))
        assert way.hops[0].giver == start
        assert way.hops[-1].receiver == agency
        hops = max(hops, len(way.hops))
        pair = min(way.hops[-1].pairs)
        assert_usable(columns, answer, way.hops, SINCE)
        again = answer.way(agency, pair)
        assert again is not None
        assert pair in again.hops[-1].pairs
    assert hops > 2


def assert_usable(columns: Columns, answer: National, hops: tuple, since: date) -> None:
    here, day, pairs = hops[0].giver, since, None
    for hop in hops:
        paper = country.agreement_of(columns, columns.agreements.place(hop.agreement))
        assert (paper.giver, paper.receiver, paper.status) == (here, hop.receiver, hop.status)
        assert hop.day == max(day, paper.start or day)
        assert paper.end is None or hop.day <= paper.end
        allowed = {(purpose, kind) for purpose in paper.purposes or () for kind in paper.kinds or ()}
        assert hop.pairs == (allowed if pairs is None else allowed & pairs)
        assert not hop.despite_promise or paper.status in {"required_by_law", "observed"}
        here, day, pairs = hop.receiver, hop.day, hop.pairs


def test_an_answer_that_leaves_somebody_out_or_makes_somebody_up_is_found_out() -> None:
    answer = country.from_a_giver(country.national(2_000, seed=6))
    answer.check()
    settled = answer.settled
    last = int(settled.used[0]) - 1
    arc = int(settled.arc[last])
    place = int(answer.asked.index.arcs.target[arc])
    for name, at, value, says in (
        ("day", last, settled.day[last] + 1, "not closed"),
        ("day", last, settled.day[last] - 1, "not supported"),
        ("arc", last, (arc + 1) % answer.asked.index.arcs.source.size, "not supported"),
        ("head", place, settled.after[settled.head[place]], "not closed"),
    ):
        column = getattr(settled, name).copy()
        column[at] = value
        with pytest.raises(ReachError, match=says):
            replace(answer, settled=settled._replace(**{name: column})).check()


def test_an_agency_out_of_reach_has_no_way() -> None:
    columns = country.national(400, seed=9)
    answer = country.from_a_giver(columns)
    summary = answer.summary()
    outside = columns.agencies[int(np.flatnonzero(summary.day < 0)[0])]
    assert answer.way(outside) is None
    assert answer.holdings(outside) == ()
    assert outside not in answer.reached()
    with pytest.raises(ReachError, match="where the data is"):
        answer.way(answer.asked.question.start)
    with pytest.raises(ReachError, match="was not asked about"):
        answer.way(outside, ("purpose_0", "nothing"))


def test_more_pairs_than_fit_and_questions_without_sense_are_refused() -> None:
    indexed = index(country.national(100))
    with pytest.raises(ReachError, match=r"132 pairs .* at most 128"):
        reach_national(indexed, "agency-1", SINCE, [*KINDS, "more"][:12], [f"p{number}" for number in range(11)])
    with pytest.raises(ReachError, match="at least one"):
        reach_national(indexed, "agency-1", SINCE, [], PURPOSES)
    with pytest.raises(ReachError, match="statuses: 'rumour'"):
        reach_national(indexed, "agency-1", SINCE, KINDS, PURPOSES, statuses=["rumour"])  # type: ignore[list-item]
    with pytest.raises(ReachError, match="'nobody'"):
        reach_national(indexed, "nobody", SINCE, KINDS, PURPOSES)


@pytest.mark.parametrize("words", [(1, 12), (8, 12), (10, 12), (2, 60)])
def test_pairs_across_both_words_are_those_of_the_terms(words: tuple[int, int]) -> None:
    purposes, kinds = words
    asked_purposes = [*PURPOSES, "other_a", "other_b"][:purposes]
    asked_kinds = [*KINDS, *(f"unasked_{number}" for number in range(60))][:kinds]
    columns = country.national(300, seed=4)
    answer = reach_national(index(columns), "agency-1", SINCE, asked_kinds, asked_purposes)
    for arc, number in enumerate(answer.asked.index.arcs.agreement):
        paper = country.agreement_of(columns, int(number))
        mask = answer.asked.labels.mask(paper, "strict") if paper.status in answer.asked.question.statuses else 0
        assert int(answer.asked.words[arc, 0]) | int(answer.asked.words[arc, 1]) << 64 == mask


def test_ten_thousand_agreements_between_two_agencies() -> None:
    columns = country.national(10_000, agencies=2)
    answer = reach_national(index(columns), "agency-0", SINCE, KINDS, PURPOSES, until=SINCE + timedelta(days=9_000))
    answer.check()
    assert answer.reached() == {"agency-1"}


def test_the_district_engine_does_without_compiling() -> None:
    program = "import sys, schoolgate.engines.reach; assert 'numba' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)
