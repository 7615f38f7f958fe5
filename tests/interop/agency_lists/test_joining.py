from pathlib import Path

import pytest

from schoolgate.engines.reach import Agency, Agreement, Network, ReachError, starter_network
from schoolgate.interop.agency_lists import (
    UNKNOWN_KIND,
    Confirmed,
    Listing,
    Participant,
    Proposal,
    confirmed,
    edges_to_immigration,
    join,
    read_confirmed,
    write_proposals,
)
from schoolgate.interop.networks import FileProblems


def network(agencies: str, agreements: str = "", kinds: str = "k") -> Network:
    """`network("a b", "a>b")`"""
    return Network(
        tuple(Agency(one, one.upper(), kinds, f"notes of {one}") for one in agencies.split()),
        tuple(
            Agreement(edge, *edge.split(">"), edge, None, None, None, None, "unknown", "documented", "")
            for edge in agreements.split()
        ),
    )


def edges(joined: Network) -> list[tuple[str, str]]:
    return [(one.giver, one.receiver) for one in joined.agreements]


def test_a_confirmed_agency_becomes_the_networks() -> None:
    joined = join(network("a b", "a>b"), network("x ice", "x>ice"), [Confirmed("b", "x")])
    assert [one.id for one in joined.agencies] == ["a", "b", "ice"]
    assert edges(joined) == [("a", "b"), ("b", "ice")]
    assert joined.agency("b").notes == "notes of b Listed as X (notes of x)."


def test_without_a_confirmation_they_stay_apart() -> None:
    joined = join(network("a b", "a>b"), network("x ice", "x>ice"))
    assert [one.id for one in joined.agencies] == ["a", "b", "x", "ice"]


def test_two_accounts_of_one_agency_become_the_first() -> None:
    ours = network("a b flex", "a>flex flex>b b>a")
    joined = join(ours, network("x ice", "x>ice"), [Confirmed("flex", "x"), Confirmed("b", "x")])
    assert [one.id for one in joined.agencies] == ["a", "b", "ice"]
    assert edges(joined) == [("a", "b"), ("b", "a"), ("b", "ice")]
    assert "Listed as FLEX" in joined.agency("b").notes


def test_two_names_of_the_list_that_are_one_agency() -> None:
    joined = join(network("a"), network("x y ice", "x>ice y>ice x>y"), [Confirmed("a", "x"), Confirmed("a", "y")])
    assert edges(joined) == [("a", "ice"), ("a", "ice")]


def test_the_lists_kind_counts_where_the_networks_is_not_known() -> None:
    ours = network("a b", kinds=UNKNOWN_KIND)
    joined = join(ours, network("x y", kinds="local_police"), [Confirmed("a", "x")])
    assert [one.kind for one in joined.agencies] == ["local_police", UNKNOWN_KIND, "local_police"]
    assert join(network("a"), network("x", kinds="other"), [Confirmed("a", "x")]).agency("a").kind == "k"


def test_parts_and_promises_follow_their_agency() -> None:
    listed = Network(
        (Agency("x", "X", "k"), Agency("unit", "U", "k", form="unit", part_of="x"), Agency("ice", "I", "k")),
        (
            Agreement(
                "1", "unit", "ice", "", None, None, None, None, "only", "documented", "", onward_to=frozenset({"x"})
            ),
        ),
    )
    joined = join(network("a"), listed, [Confirmed("a", "x")])
    assert joined.agency("unit").part_of == "a"
    assert joined.agreements[0].onward_to == {"a"}


@pytest.mark.parametrize(
    ("pair", "told"), [(Confirmed("z", "x"), "'z' in the network"), (Confirmed("a", "z"), "'z' in the list")]
)
def test_a_confirmation_of_something_else_is_refused(pair: Confirmed, told: str) -> None:
    with pytest.raises(ReachError, match=told):
        join(network("a"), network("x"), [pair])


def test_one_id_for_two_things_is_refused() -> None:
    with pytest.raises(ReachError, match="an agency 'x', of the kinds k and other"):
        join(network("x"), network("x", kinds="other"))
    with pytest.raises(ReachError, match="an agreement 'a>b', and they differ"):
        join(network("a b", "a>b"), network("a b", "a>b"), [Confirmed("b", "a"), Confirmed("a", "b")])


def test_the_starter_network_knows_ice_already(participating: tuple[Participant, ...]) -> None:
    listed = edges_to_immigration([row for row in participating if row.state == "MA"])
    joined = join(starter_network(), listed)
    assert [one.receiver for one in joined.agreements if one.id.startswith("287g")] == ["ice"]
    assert joined.agency("ice") == starter_network().agency("ice")


PROPOSALS = [
    Proposal(
        Listing("a", "A PD"), Listing("x", "=A Police", "NC", "Wake County"), 1.0, ("the same state: NC",), certain=True
    ),
    Proposal(Listing("b", "B PD"), Listing("y", "B, Police", "NC"), 0.8, ("one", "two"), certain=False),
]
HEADER = "left,left_name,right,right_name,right_place,score,certain,reasons,same\n"


def test_proposals_are_a_table_to_fill_in(tmp_path: Path) -> None:
    path = tmp_path / "proposals.csv"
    write_proposals(path, PROPOSALS)
    assert path.read_text() == (
        HEADER
        + 'a,A PD,x,\'=A Police,"Wake County, NC",1.00,yes,the same state: NC,\n'
        + 'b,B PD,y,"B, Police",NC,0.80,no,one; two,\n'
    )
    assert read_confirmed(path) == ()
    path.write_text(path.read_text().replace("one; two,", "one; two, YES "))
    assert read_confirmed(path) == (Confirmed("b", "y"),)


def test_certain_ones_may_be_taken_as_a_class(tmp_path: Path) -> None:
    assert confirmed(PROPOSALS) == (Confirmed("a", "x"),)
    write_proposals(tmp_path / "p.csv", PROPOSALS, accept_certain=True)
    assert read_confirmed(tmp_path / "p.csv") == (Confirmed("a", "x"),)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("a,,x,,,,,,maybe\n", "line 2, same: 'maybe' is no answer. Write yes or no"),
        ("a,,x,,,,,,yes\na,,x,,,,,,no\n", "line 3, same: line 2 says otherwise"),
        (",,x,,,,,,yes\n", "line 2, left: is empty"),
    ],
)
def test_a_wrong_answer_confirms_nothing(tmp_path: Path, rows: str, told: str) -> None:
    path = tmp_path / "proposals.csv"
    path.write_text(HEADER + rows + "b,,y,,,,,,yes\n")
    with pytest.raises(FileProblems) as problem:
        read_confirmed(path)
    assert told in str(problem.value)


def test_no_and_no_answer_confirm_nothing(tmp_path: Path) -> None:
    path = tmp_path / "proposals.csv"
    path.write_text(HEADER + "a,,x,,,,,,no\nb,,y,,,,,,\nc,,z,,,,,,y\nc,,z,,,,,,yes\n")
    assert read_confirmed(path) == (Confirmed("c", "z"),)
