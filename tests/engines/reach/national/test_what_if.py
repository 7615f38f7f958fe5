import os
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolgate.engines.reach import Agreement, Network, ReachError, Reading, reach, what_if
from schoolgate.engines.reach.national.answers import National, _open_arc, _unsupported, reach_national
from schoolgate.engines.reach.national.columns import Columns
from schoolgate.engines.reach.national.index import index
from schoolgate.engines.reach.national.what_if import Changes, WhatIf
from support import national as country
from support.networks import AGENCIES, DAYS, FIRST, KINDS, PURPOSES, agreements, networks

TRIALS = settings(max_examples=int(os.environ.get("SCHOOLGATE_TRIALS", "25")), deadline=None)
readings: st.SearchStrategy[Reading] = st.sampled_from(["strict", "worst_case"])


def settled(network: Network, reading: Reading) -> National:
    return reach_national(index(Columns.of(network), reading), "school", FIRST, KINDS, PURPOSES)


def names(answer: National, numbers: np.ndarray) -> list[str]:
    """Ids but the start's: the district engine does not list it among the reached."""
    ids = answer.asked.index.columns.agencies
    return sorted({ids[int(one)] for one in numbers} - {answer.asked.question.start})


def assert_same_difference(answer: National, found: Changes, before: Network, after: Network) -> None:
    reading = answer.asked.question.reading
    old, new = (reach(one, "school", FIRST, KINDS, PURPOSES, reading=reading).reached for one in (before, after))
    both = old.keys() & new.keys()
    assert names(answer, found.gained) == sorted(new.keys() - old.keys())
    assert names(answer, found.lost) == sorted(old.keys() - new.keys())
    assert names(answer, found.sooner) == sorted(one for one in both if new[one].day < old[one].day)
    assert names(answer, found.later) == sorted(one for one in both if new[one].day > old[one].day)
    assert names(answer, found.wider) == sorted(one for one in both if new[one].pairs - old[one].pairs)
    assert names(answer, found.narrower) == sorted(one for one in both if old[one].pairs - new[one].pairs)


@TRIALS
@given(networks(), readings, st.data())
def test_an_agreement_ended_is_a_search_without_it(network: Network, reading: Reading, data: st.DataObject) -> None:
    answer = settled(network, reading)
    trying = WhatIf(answer)
    for agreement in network.agreements:
        last = data.draw(DAYS)
        found = trying.change(end={agreement.id: last})
        plain = what_if(network, "school", FIRST, KINDS, PURPOSES, end={agreement.id: last}, reading=reading)
        assert_same_difference(answer, found, network, plain.after.network)


@TRIALS
@given(networks(), readings, agreements(99))
def test_an_agreement_signed_is_a_search_with_it(network: Network, reading: Reading, more: Agreement) -> None:
    answer = settled(network, reading)
    try:
        found = WhatIf(answer).change(add=[more])
    except ReachError as error:
        assert more.onward == "only"
        assert "index the columns" in str(error)  # noqa: PT017 - a promise no other agreement makes
    else:
        assert_same_difference(answer, found, network, Network(network.agencies, (*network.agreements, more)))


@TRIALS
@given(networks(), readings, agreements(99))
def test_an_agreement_amended_is_a_search_with_the_new_words(
    network: Network, reading: Reading, drawn: Agreement
) -> None:
    answer = settled(network, reading)
    trying = WhatIf(answer)
    for number, old in enumerate(network.agreements):
        new = replace(
            drawn, id=old.id, giver=old.giver, receiver=old.receiver, onward=old.onward, onward_to=old.onward_to
        )
        after = Network(network.agencies, (*network.agreements[:number], new, *network.agreements[number + 1 :]))
        assert_same_difference(answer, trying.change(amend=[new]), network, after)


def assert_exact(trying: WhatIf, trials: int) -> None:
    """Nothing could come sooner, and everything came by something: both hold only for the earliest days."""
    arcs = trying.answer.asked.index.arcs.source.size
    assert _open_arc(trying._words, arcs + trials, trying._settled) == -1
    assert _unsupported(trying._words, trying._settled, trying.answer.seeds) == -1


@pytest.mark.parametrize("size", [2_000, 20_000])
def test_every_change_of_a_larger_network_leaves_the_earliest_days(size: int, trials: int) -> None:
    columns = country.national(size, seed=size, only=0.05)
    answer = country.from_a_giver(columns)
    trying = WhatIf(answer)
    chance = np.random.default_rng(5)
    carrying = np.flatnonzero(answer.carrying())
    before = [column.copy() for column in trying._settled]
    count = int(answer.settled.used[0])
    touched = 0
    for _ in range(trials):
        trial = trying._tried(**country.random_change(columns, chance, carrying))
        with trying._changed(trial):
            assert_exact(trying, len(trial.arcs))
            touched += trying._touched().size
    assert touched
    for old, new in zip(before, trying._settled, strict=True):
        rows = min(len(old), count) if len(old) != len(new) else len(old)
        if len(old) != trying._settled.known.shape[0]:
            rows = min(rows, count)
        assert (old[:rows] == new[:rows]).all()


def test_what_cannot_be_changed_is_refused() -> None:
    paper = Agreement("paper", "school", "police", "p", None, None, None, None, "yes", "documented", "invented")
    everybody = Network(tuple(_agency(name) for name in AGENCIES), (paper,))
    trying = WhatIf(settled(everybody, "worst_case"))
    with pytest.raises(ReachError, match="'nine'"):
        trying.change(end={"nine": FIRST})
    with pytest.raises(ReachError, match="already the id"):
        trying.change(add=[paper])
    with pytest.raises(ReachError, match="changed twice"):
        trying.change(end={"paper": FIRST}, amend=[paper])
    with pytest.raises(ReachError, match="joins 'school' and 'police'"):
        trying.change(amend=[replace(paper, receiver="ice")])
    with pytest.raises(ReachError, match="before the start"):
        trying.change(add=[replace(paper, id="new", start=FIRST, end=FIRST - timedelta(days=1))])
    with pytest.raises(ReachError, match="are the same"):
        trying.change(add=[replace(paper, id="new", receiver="school")])
    with pytest.raises(ReachError, match="'nobody'"):
        trying.change(add=[replace(paper, id="new", receiver="nobody")])
    assert names(trying.answer, trying.change(end={"paper": date(1990, 1, 1)}).lost) == ["police"]


def _agency(name: str):
    from schoolgate.engines.reach import Agency

    return Agency(name, name, "kind")
