from datetime import date
from pathlib import Path

import pytest

from schoolgate.engines.reach import Network, reach
from schoolgate.interop.agency_lists import (
    FieldOffice,
    Participant,
    edges_to_immigration,
    participants,
    read_pending_287g,
)


@pytest.fixture(scope="module")
def network(participating: tuple[Participant, ...], offices: tuple[FieldOffice, ...]) -> Network:
    return edges_to_immigration(participating, offices=offices)


def test_each_agreement_is_a_dated_edge_to_ice(network: Network) -> None:
    assert len(network.agreements) == 832
    colbert = [one for one in network.agreements if one.giver == "287g-al-colbert-county-sheriffs-office"]
    assert [(one.id.rsplit("-", 1)[1], one.clause, one.start) for one in colbert] == [
        ("tfm", "Task Force Model", date(2025, 7, 2)),
        ("wso", "Warrant Service Officer", date(2025, 5, 8)),
        ("jem", "Jail Enforcement Model", date(2025, 5, 8)),
    ]
    for one in network.agreements:
        assert (one.kinds, one.purposes, one.onward, one.status) == (
            None,
            {"immigration_enforcement"},
            "unknown",
            "documented",
        )
        assert network.agency(one.receiver).kind == "federal_immigration"
        assert one.end is None


def test_the_receiver_is_the_field_office_of_the_place(network: Network) -> None:
    receivers = {one.giver: one.receiver for one in network.agreements}
    assert receivers["287g-al-colbert-county-sheriffs-office"] == "ice-new-orleans"
    assert receivers["287g-ny-nassau-county-police-department"] == "ice-new-york-city"
    assert receivers["287g-tx-goliad-county-sheriffs-office"] in {"ice-houston", "ice-san-antonio", "ice-harlingen"}
    # Texas has no office of its own, and the list does not give this town's county.
    assert receivers["287g-tx-nixon-police-department"] == "ice"
    for one in network.agencies:
        if one.id.startswith("ice-"):
            assert (one.form, one.part_of, one.kind) == ("unit", "ice", "federal_immigration")


def test_apostrophes_and_slips_in_a_county_make_no_second_agency(network: Network) -> None:
    names = {one.id: one.name for one in network.agencies}
    assert len(names) - len([id_ for id_ in names if id_.startswith("ice")]) == 685
    franklin = [one for one in network.agreements if one.giver == "287g-al-franklin-county-sheriffs-office"]
    assert len(franklin) == 3
    assert {one.receiver for one in franklin} == {"ice-new-orleans"}


def test_a_day_that_cannot_be_read_is_unknown_and_says_so(network: Network) -> None:
    (grundy,) = [one for one in network.agreements if one.giver == "287g-tn-grundy-county-sheriffs-office"]
    assert grundy.start is None
    assert "first day is not known" in grundy.notes


def test_before_it_was_signed_nothing_goes(network: Network) -> None:
    asked = ({"incident_report"}, {"immigration_enforcement"})
    mesa = "287g-az-mesa-police-department"
    before = reach(network, mesa, date(2019, 1, 1), *asked, until=date(2020, 6, 7), reading="worst_case")
    after = reach(network, mesa, date(2019, 1, 1), *asked, until=date(2020, 6, 8), reading="worst_case")
    assert set(before.reached) == set()
    assert after.reached["ice-phoenix"].day == date(2020, 6, 8)
    assert set(reach(network, mesa, date(2026, 1, 1), *asked).reached) == set()  # what moves is not known


def test_who_only_applied_is_in_no_network(network: Network, agencies: Path) -> None:
    pending = participants(read_pending_287g(agencies / "pending_2025-07-18.csv").rows)
    assert len(pending) == 25
    ids = {one.id for one in network.agencies}
    assert "287g-fl-largo-police-department" in {one.key for one in pending}
    assert "287g-fl-largo-police-department" not in ids


def test_two_rows_that_say_the_same_are_two_agreements(participating: tuple[Participant, ...]) -> None:
    rows = participating[:1]
    assert [one.id.rsplit("office-", 1)[1] for one in edges_to_immigration(rows * 3).agreements] == [
        "wso",
        "wso-2",
        "wso-3",
    ]
