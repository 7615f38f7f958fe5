"""Which copies a transfer touches, against every walk of small random networks."""

import os
from datetime import timedelta
from itertools import count
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schoolgate.apps.transfers.touching import ADMITTED, WHY, Copy, touched
from schoolgate.engines import reach
from support.networks import AGENCIES, DAYS, FIRST, KINDS, PURPOSES, agreements, busy_networks, networks, walks

TRIED = settings(
    max_examples=int(os.environ.get("SCHOOLGATE_TRIALS", "25")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
REPORTS = (UUID(int=101), UUID(int=102))


@st.composite
def releases(draw: st.DrawFn) -> tuple[Copy, ...]:
    numbers = count(1)
    return tuple(
        Copy(
            UUID(int=next(numbers)),
            draw(st.sampled_from(REPORTS)),
            draw(st.sampled_from(AGENCIES)),
            draw(st.sampled_from(KINDS)),
            draw(DAYS),
        )
        for _ in range(draw(st.integers(0, 4)))
    )


def can_have_come(copy, network, giver, until, kinds):
    """Whether some walk brings one of these kinds from the copy's holder to the giver in time."""
    if copy.holder == giver:
        return True
    question = reach.reach(
        network, copy.holder, copy.left, kinds, PURPOSES, until=until, statuses=ADMITTED, reading="worst_case"
    ).question
    pairs = [(purpose, kind) for purpose in PURPOSES for kind in kinds]
    return any(walk.end == giver for pair in pairs for walk in walks(network, question, pair))


@TRIED
@given(networks() | busy_networks(), releases(), st.sampled_from(AGENCIES), DAYS)
def test_possible_is_what_some_walk_allows_and_nothing_else(network, copies, giver, until):
    found = touched(copies, network, giver, until)
    assert [one.copy for one in found] == list(copies)
    for one in found:
        assert one.why in WHY
        if one.copy.left > until:
            assert (one.standing, one.why) == ("not", "left_later")
            continue
        assert (one.standing == "possible") is can_have_come(one.copy, network, giver, until, (one.copy.kind,))
        if one.standing == "possible":
            assert (one.path[0], one.path[-1]) == (one.copy.holder, giver)
        else:
            assert one.standing == "not_known"
            by_another = can_have_come(one.copy, network, giver, until, KINDS)
            assert one.why == ("kind_does_not_fit" if by_another else "no_path")


@TRIED
@given(networks(), releases(), st.sampled_from(AGENCIES), DAYS, st.sampled_from(REPORTS))
def test_a_named_report_leaves_its_own_copies_and_a_single_one_is_not_certain(network, copies, giver, until, report):
    free = {one.copy: one for one in touched(copies, network, giver, until)}
    named = touched(copies, network, giver, until, report=report)
    possible = [one for one in copies if one.report == report and free[one].standing == "possible"]
    for one in named:
        assert one.standing != "certain", "only the number on the paper makes it certain"
        assert (one.standing == "possible") is (one.copy in possible)
        assert (one.why == "only_one") is (one.copy in possible and len(possible) == 1)
        if one.copy.report == report and one.copy.left <= until and one.copy not in possible:
            assert one.standing == "not_known", "no known path is not a no"


@TRIED
@given(networks(), releases().filter(bool), st.sampled_from(AGENCIES))
def test_a_named_copy_is_certain_and_the_others_are_not_touched(network, copies, giver):
    until = FIRST + timedelta(days=9)
    found = touched(copies, network, giver, until, release=copies[0].id)
    assert [one.standing for one in found] == ["certain"] + ["not"] * (len(copies) - 1)


@TRIED
@given(agreements(0))
def test_a_prohibited_edge_brings_nothing(one):
    from dataclasses import replace

    closed = replace(one, status="prohibited")
    network = reach.Network(networks_agencies(), (closed,))
    copy = Copy(UUID(int=1), REPORTS[0], closed.giver, "incident_report", FIRST)
    assert touched([copy], network, closed.receiver, FIRST + timedelta(days=9))[0].standing == "not_known"


def networks_agencies():
    from support.networks import EVERYBODY

    return EVERYBODY


def test_an_agency_outside_the_network_is_reached_by_nobody():
    copy = Copy(UUID(int=1), REPORTS[0], "police", "incident_report", FIRST)
    network = reach.Network(networks_agencies(), ())
    assert touched([copy], network, "unheard-of", FIRST)[0].why == "no_path"
