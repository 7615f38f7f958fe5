"""A published sharing list joined with the list of 287(g) agreements: the answers, checked by hand on the raw rows.

The three agencies were checked by reading all rows of theirs in the access list (84, 81 and 91) beside the rows of the
287(g) list of their states. The numbers are lines of the two files; no code of the product is used to read them.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from schoolgate.engines.reach import Network, Reach, reach, verify
from schoolgate.interop.agency_lists import (
    FieldOffice,
    Participant,
    confirmed,
    edges_to_immigration,
    join,
    listings,
    participants,
    propose,
    read_sharing,
    steps_to,
)

DAY = date(2026, 11, 28)
PLATES = frozenset({"license_plate_reads"})
ICE = frozenset({"immigration_enforcement"})
# Number and name on the sharing list, line and beginning of a row of the 287(g) list.
CALDWELL = (371, "Caldwell County NC SO", 521, "NORTH CAROLINA,Caldwell County Sheriff's Office,")
CATAWBA = (2853, "Catawba County NC SO", 523, "NORTH CAROLINA,Catawba County Sheriff's Office,")
COLUMBIA = (577, "Columbia County GA SO", 363, "GEORGIA,Columbia County Sheriff's Office,")
COLUMBUS = (2882, "Columbus County NC SO", 526, "NORTH CAROLINA,Columbus County Sheriff's Office,")
HENDERSON = (1166, "Henderson County NC SO", 530, "NORTH CAROLINA,Henderson County Sheriff's Office,")
LANCASTER = (1434, "Lancaster County SC SO", 614, "SOUTH CAROLINA,Lancaster County Sheriff's Office,")
NASH = (1792, "Nash County NC SO", 532, "NORTH CAROLINA,Nash County Sheriff's Office,")
SPARTANBURG = (2383, "Spartanburg County SC SO", 623, "SOUTH CAROLINA,Spartanburg County Sheriff's Office,")
UNION = (2559, "Union County NC SO", 536, "NORTH CAROLINA,Union County Sheriff's Office,")
YANCEY = (2927, "Yancey County NC SO", 537, "NORTH CAROLINA,Yancey County Sheriff's Office,")
# The source's number and name; by line of the access list, whom it names.
HAND: Mapping[tuple[int, str], Mapping[int, tuple[int, str, int, str]]] = {
    (1234, "Hudson NC PD"): {
        35496: CALDWELL,
        35498: CATAWBA,
        35501: COLUMBUS,
        35515: HENDERSON,
        35546: SPARTANBURG,
        35555: UNION,
        35568: YANCEY,
    },
    (3267, "Polkton NC PD"): {
        10663: CALDWELL,
        10665: CATAWBA,
        10666: COLUMBUS,
        10691: LANCASTER,
        10699: NASH,
        10723: UNION,
        10735: YANCEY,
    },
    (582, "Columbus NC PD"): {
        33986: CALDWELL,
        33988: CATAWBA,
        33993: COLUMBIA,
        33994: COLUMBUS,
        34011: HENDERSON,
        34030: NASH,
        34043: SPARTANBURG,
        34053: UNION,
        34065: YANCEY,
    },
}


@dataclass(frozen=True)
class Joined:
    """The network that is asked, who has an agreement in it, and its raw files."""

    network: Network
    granted: Network
    participants: frozenset[str]
    givers: tuple[str, ...]
    access: Path
    signed: Path


@pytest.fixture(scope="module")
def joined(
    sharing: Network,
    sharing_files: tuple[Path, Path],
    participating: tuple[Participant, ...],
    offices: tuple[FieldOffice, ...],
    agencies: Path,
) -> Joined:
    listed = edges_to_immigration(participating, offices=offices)
    same = confirmed(propose(listings(sharing.agencies), participants(participating)))
    network = join(sharing, listed, same)
    return Joined(
        network,
        join(read_sharing(*sharing_files, purposes={"law_enforcement"}), listed, same),
        frozenset(one.giver for one in network.agreements if one.id.startswith("287g-")),
        tuple(dict.fromkeys(one.giver for one in sharing.agreements)),
        sharing_files[1],
        agencies / "participating_2025-07-18.csv",
    )


def asked(joined: Joined, start: str) -> Reach:
    return reach(joined.network, start, DAY, PLATES, ICE, reading="worst_case")


@pytest.mark.parametrize("source", HAND, ids=[name for _, name in HAND])
def test_the_rows_read_by_hand_are_those_of_the_files(joined: Joined, source: tuple[int, str]) -> None:
    access = joined.access.read_text("utf-8").splitlines()
    signed = joined.signed.read_text("utf-8-sig").splitlines()
    number, name = source
    for line, (other, other_name, listed_line, listed) in HAND[source].items():
        assert access[line - 1] == f"{name},{other_name},{number},{other}"
        assert signed[listed_line - 1].startswith(listed)


@pytest.mark.parametrize(
    ("source", "start"),
    list(zip(HAND, ["hudson-nc-pd", "polkton-nc-pd", "columbus-nc-pd"], strict=True)),
    ids=[name for _, name in HAND],
)
def test_three_agencies_give_directly_to_those_found_by_hand(
    joined: Joined, source: tuple[int, str], start: str
) -> None:
    answer = asked(joined, start)
    by_hand = {name for _, name, *_ in HAND[source].values()}
    one_step = {
        one.agency.name
        for one in answer.reached.values()
        if one.agency.id in joined.participants and one.fewest_hops.hops == 1
    }
    assert one_step == by_hand
    # North and South Carolina and Georgia lie in one field office's area: two steps, the second under 287(g).
    atlanta = answer.reached["ice-atlanta"].fewest_hops
    verify(joined.network, answer.question, atlanta)
    assert atlanta.hops == 2
    assert joined.network.agency(atlanta.steps[0].agreement.receiver).name in by_hand
    assert atlanta.steps[1].agreement.title.startswith("Agreement under section 287(g)")
    # What the papers say without guessing: whom the list names, and nobody after them.
    granted = reach(joined.granted, start, DAY, PLATES, {"law_enforcement"})
    assert {one.agency.name for one in granted.reached.values() if one.agency.id in joined.participants} == by_hand
    assert not [one for one in granted.reached.values() if one.agency.kind == "federal_immigration"]
    assert not reach(joined.network, start, DAY, PLATES, ICE).reached


def test_two_and_three_steps_and_none_by_hand(joined: Joined) -> None:
    access = joined.access.read_text("utf-8").splitlines()
    coronado = [row for row in access if row.startswith("Coronado CA PD,")]
    assert coronado == ["Coronado CA PD,El Cajon CA PD,4141,3317", "Coronado CA PD,San Diego CA PD,4141,4144"]
    assert "El Cajon CA PD,Butler County OH SO,3317,348" in access
    woodside = [row for row in access if row.startswith("Town of Woodside CA (SMCSO),")]
    assert [row.split(",")[1] for row in woodside] == ["Redwood City CA PD", "San Mateo County CA SO"]
    assert "Redwood City CA PD,El Cajon CA PD,2149,3317" in access
    signed = joined.signed.read_text("utf-8-sig")
    assert "CALIFORNIA" not in signed
    assert "OHIO,Butler County Sheriff's Office,County,Butler County,Jail Enforcement Model,2025-02-24" in signed
    trophy_club = [row.split(",")[1] for row in access if row.startswith("Trophy Club TX PD,")]
    assert trophy_club == ["Argyle TX PD", "Fort Worth TX PD", "Irving TX PD", "Northlake TX PD", "Roanoke TX PD"]
    assert not [row for row in access if row.split(",")[0] in trophy_club]
    assert not [name for name in trophy_club if f"TEXAS,{name.removesuffix(' TX PD')} Police" in signed]

    starts = ("coronado-ca-pd", "town-of-woodside-ca-smcso", "trophy-club-tx-pd")
    two, three, none = steps_to(joined.network, starts, joined.participants, DAY, kinds=PLATES, purposes=ICE)
    assert (two.worst_case, three.worst_case, none.worst_case) == (2, 3, None)
    assert two.path is not None
    assert two.path.steps[0].agreement.receiver == "el-cajon-ca-pd"
    assert (two.strict, three.strict, none.strict, none.path) == (None, None, None, None)


def test_nothing_goes_to_ice_before_the_agreement_was_signed(joined: Joined) -> None:
    asked = ("butler-county-oh-so", date(2024, 4, 26), PLATES, ICE)
    assert reach(joined.network, *asked, reading="worst_case").reached["ice-detroit"].day == date(2025, 2, 24)
    before = reach(joined.network, *asked, until=date(2025, 2, 23), reading="worst_case")
    assert "ice-detroit" not in before.reached


def test_all_224_that_share(joined: Joined) -> None:
    """Four have an agreement themselves, 120 share with one that has, 93 only if everything unknown is allowed."""
    steps = steps_to(joined.network, joined.givers, joined.participants, DAY, kinds=PLATES, purposes=ICE)
    assert len(steps) == 224
    assert Counter((one.own, one.worst_case) for one in steps) == {
        (True, None): 4,
        (False, 1): 120,
        (False, 2): 83,
        (False, 3): 10,
        (False, None): 7,
    }
    assert {one.strict for one in steps} == {None}
    granted = steps_to(
        joined.granted, joined.givers, joined.participants, DAY, kinds=PLATES, purposes={"law_enforcement"}
    )
    assert Counter(one.strict for one in granted if not one.own) == {1: 120, None: 100}


def test_the_steps_are_those_of_a_plain_search_over_the_raw_rows(joined: Joined) -> None:
    """Breadth first over pairs of names, by nothing but the csv module."""
    ids = {one.name: one.id for one in joined.network.agencies if not one.id.startswith("287g-")}
    gives = defaultdict(set)
    with joined.access.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            gives[row["src_agency"]].add(row["external_agency"])
    names = {id_: name for name, id_ in ids.items()}
    steps = steps_to(joined.network, joined.givers, joined.participants, DAY, kinds=PLATES, purposes=ICE)
    for one in steps:
        if not one.own:
            assert one.worst_case == plain_steps(
                gives, names[one.agency], {names.get(id_) for id_ in joined.participants}
            )


def plain_steps(gives: Mapping[str, set[str]], start: str, targets: set[str | None]) -> int | None:
    seen, layer, steps = {start}, {start}, 0
    while layer:
        steps += 1
        layer = {other for name in layer for other in gives.get(name, ())} - seen
        if layer & targets:
            return steps
        seen |= layer
    return None
