"""What is new in a network since the watch last looked: what changed, and what of it can open a way."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from schoolgate.apps.agencies.readers import Copy
from schoolgate.apps.releases.changes import Change, digest_of, parts_of
from schoolgate.apps.releases.ways import Newcomers
from schoolgate.engines import reach

DAY = date(2026, 11, 28)
AGENCIES = tuple(
    reach.Agency(name, name, kind)
    for name, kind in (("police", "local_police"), ("center", "fusion_center"), ("ice", "federal_immigration"))
)
TERMS = reach.Agreement(
    id="a",
    giver="police",
    receiver="center",
    title="A",
    start=date(2010, 1, 1),
    end=date(2030, 1, 1),
    kinds=frozenset({"incident_report"}),
    purposes=frozenset({"law_enforcement"}),
    onward="only",
    status="disputed",
    source="Invented",
    onward_to=frozenset({"ice"}),
)


def between(old, new, replaces=None):
    networks = (reach.Network(AGENCIES, tuple(some)) for some in (old, new))
    return Change.between(*(parts_of(one) for one in networks), replaces or {})


@pytest.mark.parametrize(
    "said",
    [
        {"start": None},
        {"start": date(2009, 1, 1)},
        {"end": None},
        {"end": date(2031, 1, 1)},
        {"kinds": None},
        {"kinds": frozenset({"incident_report", "weapon_report"})},
        {"purposes": frozenset({"prosecution"})},
        {"onward": "yes", "onward_to": frozenset()},
        {"onward": "unknown", "onward_to": frozenset()},
        {"onward_to": frozenset({"ice", "police"})},
        {"status": "documented"},
        {"status": "observed"},
        {"receiver": "ice"},
    ],
)
def test_what_lets_more_move_opens_ways_and_its_reverse_does_not(said):
    wide = replace(TERMS, **said)
    assert between([TERMS], [wide]) == Change(frozenset("a"), frozenset("a"), everything=False)
    if "receiver" not in said and said.get("purposes") is None:
        assert between([wide], [TERMS]).wider == (frozenset("a") if said.get("kinds", "said") is None else frozenset())


def test_words_that_nobody_searches_by_change_nothing():
    other = replace(TERMS, title="B", source="Elsewhere", notes="More", clause="4(b)")
    assert between([TERMS], [other]) == Change(frozenset(), frozenset(), everything=False)
    assert digest_of(parts_of(reach.Network(AGENCIES, (TERMS,)))) == digest_of(
        parts_of(reach.Network(AGENCIES, (other,)))
    )


def test_an_amendment_is_measured_by_what_it_amends():
    ended, narrower = replace(TERMS, end=DAY - timedelta(days=1)), replace(TERMS, id="b", start=DAY)
    assert between([TERMS], [ended, narrower], {"b": "a"}).wider == frozenset()
    wider = replace(narrower, kinds=frozenset({"incident_report", "weapon_report"}))
    assert between([TERMS], [ended, wider], {"b": "a"}).wider == frozenset("b")
    assert between([TERMS], [ended, narrower]).wider == frozenset("b"), "a new one, as far as anybody says"


def test_a_new_agency_changes_nothing_and_another_kind_or_a_lost_agreement_everything(settings):
    old = reach.Network(AGENCIES, (TERMS,))
    more = reach.Network((*AGENCIES, reach.Agency("state", "State", "state_police")), (TERMS,))
    assert not Change.between(parts_of(old), parts_of(more), {}).everything
    other = reach.Network((AGENCIES[0], replace(AGENCIES[1], kind="federal_immigration"), AGENCIES[2]), (TERMS,))
    assert Change.between(parts_of(old), parts_of(other), {}).everything
    assert between([TERMS], []).everything
    before = parts_of(old)
    settings.WATCHED_KINDS = ("fusion_center",)
    assert Change.between(before, parts_of(old), {}).everything
    assert Change.between(None, before, {}) == Change(frozenset(), frozenset(), everything=True)


def lets(name, giver, receiver):
    return replace(
        TERMS, id=name, giver=giver, receiver=receiver, onward="yes", onward_to=frozenset(), status="documented"
    )


def test_a_way_by_something_new_names_its_steps():
    old, new = lets("a", "police", "center"), lets("b", "center", "ice")
    found = Newcomers(reach.Network(AGENCIES, (old, new)), frozenset("b")).to("ice", Copy("police", DAY))
    assert found is not None
    assert [one.id for one in found.agreements] == ["a", "b"]
    assert found.day == DAY


def test_nothing_new_and_a_detour_are_no_ways():
    old, straight, back = lets("a", "police", "center"), lets("b", "center", "ice"), lets("c", "center", "police")
    network = reach.Network(AGENCIES, (old, straight, back))
    assert Newcomers(network, frozenset()).to("ice", Copy("police", DAY)) is None
    assert Newcomers(network, frozenset("c")).to("ice", Copy("police", DAY)) is None
    beyond = reach.Network(AGENCIES, (old, straight, lets("d", "ice", "center")))
    assert Newcomers(beyond, frozenset("d")).to("ice", Copy("police", DAY)) is None, "a way ends at the first watched"
