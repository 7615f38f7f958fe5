import os
import re
import subprocess
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolgate.engines.reach import (
    STATUSES,
    Agency,
    Agreement,
    Network,
    carrying,
    drawing,
    drawing_of_network,
    edges_of_network,
    edges_table,
    reach,
    starter_network,
    table_of,
)
from support.networks import networks

TRIALS = settings(max_examples=int(os.environ.get("SCHOOLGATE_TRIALS", "25")), deadline=None)
FIRST = date(2026, 1, 1)
STRING = r'"(?:[^"\\\n]|\\[^\n])*"'
VALUE = rf"(?:{STRING}|<(?:[^<>\n]|</?B>|<BR/>|<FONT POINT-SIZE=\"10\">|</FONT>)*>)"
ATTRIBUTES = rf"\[[a-z]+={VALUE}(?:, [a-z]+={VALUE})*\]"
LINE = re.compile(rf" +(?:(?:graph|node|edge|{STRING}|{STRING} -> {STRING})) {ATTRIBUTES};")


def agreement(name: str, giver: str, receiver: str, **changes: object) -> Agreement:
    plain = Agreement(
        name, giver, receiver, f"Paper {name}", None, None, frozenset({"k"}), frozenset({"p"}), "yes", "documented", "x"
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # the fields of an agreement


def star(count: int, kind: str = "press") -> Network:
    everybody = tuple(Agency(f"n{number}", f"Agency number {number}", kind) for number in range(count))
    spokes = tuple(
        agreement(
            f"a{number}",
            "n0",
            f"n{number}",
            title="A title that is longer than one line of an edge",
            status=STATUSES[number % len(STATUSES)],
        )
        for number in range(1, count)
    )
    return Network(everybody, spokes)


def nodes(source: str) -> dict[str, str]:
    """What is written in each box, by its name in the source."""
    found = re.findall(rf"^    ({STRING}) \[label=<(.*?)>, shape", source, re.MULTILINE)
    return {name[1:-1]: " ".join(re.sub(r"<[^>]*>", " ", label).split()) for name, label in found}


def lines(source: str) -> dict[str, str]:
    """What is written at each line, by its name in the source."""
    return dict(re.findall(r'^    "(line \d+)" \[label="((?:[^"\\]|\\.)*)"', source, re.MULTILINE))


def columns(source: str) -> list[list[str]]:
    blocks = re.findall(r'  \{\n    graph \[rank="same"\];\n(.*?)  \}', source, re.DOTALL)
    return [re.findall(r'^    "([^"]*)"', block, re.MULTILINE) for block in blocks]


def assert_well_formed(source: str) -> None:
    first, *rest, last, end = source.split("\n")
    assert (first, last, end) == ("digraph reach {", "}", "")
    for line in rest:
        assert line in {"  {", "  }"} or LINE.fullmatch(line), line


# --- layers, words and lines ---------------------------------------------------------------------


def test_thirty_agencies_are_drawn_in_layers_in_short_lines() -> None:
    source = drawing(reach(star(30), "n0", FIRST, ["k"], ["p"], statuses=STATUSES))
    assert_well_formed(source)
    assert 'rankdir="LR"' in source
    assert [len(column) for column in columns(source)] == [1, 29, 29]
    assert max(len(part) for words in lines(source).values() for part in words.split(r"\n")) <= 22


def test_a_layer_is_the_fewest_steps_also_where_an_agreement_leads_back() -> None:
    agencies = tuple(Agency(name, name.upper(), "press") for name in "abcd")
    pairs = ["ab", "bc", "cd", "ad", "db", "ca"]
    network = Network(agencies, tuple(agreement(pair, *pair) for pair in pairs))
    source = drawing(reach(network, "a", FIRST, ["k"], ["p"]))
    boxes = [[name for name in column if not name.startswith("line")] for column in columns(source)]
    assert [column for column in boxes if column] == [["a"], ["b", "d"], ["c"]]
    assert len(lines(source)) == len(pairs)


def test_evidence_is_told_by_line_and_word_and_not_by_colour() -> None:
    source = drawing(reach(star(6), "n0", FIRST, ["k"], ["p"], statuses=STATUSES))
    looks = {
        (words.split(r"\n")[-2], re.search(rf'"{name}" -> .*?(style=.*)\]', source)[1])  # type: ignore[index]
        for name, words in lines(source).items()
    }
    assert len({word for word, _ in looks}) == len({look for _, look in looks}) == len(looks) == len(STATUSES)
    assert "color" not in source


def test_permitted_recorded_and_unknown_never_look_alike() -> None:
    agencies = tuple(Agency(name, name, "press") for name in "abcd")
    network = Network(
        agencies,
        (
            agreement("1", "a", "b"),
            agreement("2", "a", "c", status="observed"),
            agreement("3", "a", "d", kinds=None),
        ),
    )
    answer = reach(network, "a", FIRST, ["k"], ["p"], reading="worst_case")
    source = drawing(answer)
    assert [words.split(r"\n")[1] for words in lines(source).values()] == ["documented", "observed", "documented,"]
    assert r"documented,\nterms unknown" in lines(source)["line 2"]
    begins = [line for line in source.split("\n") if '"a" -> "line' in line and "invis" not in line]
    assert ["odot" in line for line in begins] == [False, False, True]
    assert ["dashed" in line for line in begins] == [False, True, False]
    assert [row.layer for row in edges_table(answer)] == ["permitted", "recorded", "unknown"]
    assert nodes(source)["d"].endswith("terms unknown")
    assert "terms unknown" not in nodes(source)["b"]
    legend = re.search(r"label=\"(.*?)\"\];", source)[1]  # type: ignore[index]
    assert "ring at the start" in legend
    assert "seen to happen" in legend
    assert "disputed" not in legend


def test_dates_are_in_the_drawing_with_a_question_mark_for_the_unknown() -> None:
    agencies = tuple(Agency(name, name, "press") for name in "abcd")
    network = Network(
        agencies,
        (
            agreement("1", "a", "b", start=date(2026, 3, 2)),
            agreement("2", "a", "c", end=date(2027, 6, 30)),
            agreement("3", "a", "d", start=date(2026, 5, 1), end=date(2026, 5, 1)),
        ),
    )
    source = drawing(reach(network, "a", FIRST, ["k"], ["p"]))
    ends = [words.split(r"\n")[-1] for words in lines(source).values()]
    assert ends == ["since 2 Mar 2026", "? to 30 Jun 2027", "on 1 May 2026"]
    assert "from 2 Mar 2026" in nodes(source)["b"]
    assert "has it since" in nodes(source)["a"]


def test_two_parallel_agreements_are_two_links_and_three_are_one_line_with_a_count() -> None:
    agencies = (Agency("a", "A", "school"), Agency("b", "B", "press"))
    papers = [agreement(str(number), "a", "b") for number in range(3)]

    def drawn(count: int) -> str:
        network = Network(agencies, tuple(papers[:count]))
        return drawing(reach(network, "a", FIRST, ["k"], ["p"]), href=lambda one: f"/{one.id}")

    assert 'href="/0"' in drawn(2)
    assert 'href="/1"' in drawn(2)
    assert lines(drawn(3)) == {"line 0": r"3 agreements\ndocumented"}
    mixed = Network(agencies, (*papers, agreement("o", "a", "b", status="observed")))
    words = lines(drawing(reach(mixed, "a", FIRST, ["k"], ["p"])))
    assert len(words) == 2
    assert "observed" in words["line 1"]


def test_hostile_names_stay_inside_their_strings() -> None:
    hostile = 'x"]; evil [label="\\" \n } \u2028\x00 \\N <b>&amp;&lt;'
    network = star(2)
    network = Network(
        (replace(network.agencies[0], name=hostile), replace(network.agencies[1], id='n"1>', name="\\")),
        (replace(network.agreements[0], receiver='n"1>', title=hostile, status="documented"),),
    )
    answer = reach(network, "n0", FIRST, ["k"], ["p"])
    assert_well_formed(drawing(answer, href=lambda one: f'/{one.id}?"\\\n'))
    assert "&lt;b&gt;&amp;amp;" in drawing(answer)
    assert_well_formed(drawing_of_network(network, on=FIRST, marked={"a1": '"]'}))


def test_links_are_optional_for_each() -> None:
    answer = reach(star(2), "n0", FIRST, ["k"], ["p"], statuses=STATUSES)
    assert "href" not in drawing(answer)
    source = drawing(answer, href=lambda one: f"/agencies/{one.id}" if isinstance(one, Agency) else None)
    assert source.count("href=") == 2
    assert 'href="/agencies/n1"' in source


def test_only_what_carries_something_is_drawn() -> None:
    answer = reach(starter_network(), "school", FIRST, ["incident_report"], ["school_safety"])
    source = drawing(answer)
    assert_well_formed(source)
    assert '"bps_safety"' in source
    assert '"ice"' not in source
    assert "Weapon report" not in source


# --- folding -------------------------------------------------------------------------------------


def crowd(count: int) -> Network:
    """A school, many police agencies, one of which leads on to immigration enforcement."""
    police = tuple(Agency(f"p{number}", f"Police {number}", "local_police") for number in range(count))
    agencies = (Agency("s", "School", "school"), *police, Agency("i", "ICE", "federal_immigration"))
    spokes = tuple(agreement(f"s{number}", "s", f"p{number}") for number in range(count))
    back = agreement("back", "p1", "p2")
    return Network(agencies, (*spokes, back, agreement("on", "p7", "i", status="disputed")))


def test_above_thirty_agencies_those_of_a_kind_are_one_spot_but_not_on_the_way_to_a_watched_kind() -> None:
    answer = reach(crowd(40), "s", FIRST, ["k"], ["p"], statuses=STATUSES)
    source = drawing(answer)
    assert_well_formed(source)
    assert set(nodes(source)) == {"s", "p7", "i", "1 local_police"}
    assert "39 local police agencies" in nodes(source)["1 local_police"]
    assert "watched" in nodes(source)["i"]
    assert r"39 agreements\ndocumented" in lines(source).values()
    assert "not drawn: 1 that stay inside" in source
    assert set(nodes(drawing(answer, fold_above=50))) == {"s", "i", *(f"p{number}" for number in range(40))}
    assert "p7" not in nodes(drawing(answer, watched=()))


def test_what_leads_back_to_a_watched_kind_is_drawn_also_from_a_folded_spot() -> None:
    network = crowd(40)
    far = tuple(Agency(f"f{number}", f"Far {number}", "court") for number in range(3))
    onward = tuple(agreement(f"f{number}", "p8", f"f{number}") for number in range(3))
    back = tuple(agreement(f"i{number}", f"f{number}", "i") for number in range(3))
    whole = Network((*network.agencies, *far), (*network.agreements, *onward, *back))
    source = drawing(reach(whole, "s", FIRST, ["k"], ["p"], statuses=STATUSES))
    assert {"p8", "f0"} <= nodes(source).keys(), "the way on the strongest evidence stays unfolded"
    assert "2 courts" in nodes(source)["2 court"]
    (number,) = re.findall(r'"2 court" -> "(line \d+)" \[style="solid"', source)
    assert lines(source)[number] == r"2 agreements\ndocumented"
    assert re.search(rf'"{number}" -> "i" \[.*constraint="false"', source)


def test_a_map_shows_what_is_in_force_that_day_and_marks_by_a_word() -> None:
    network = starter_network()
    source = drawing_of_network(network, on=date(2015, 11, 20), marked={"bric-ice": "choke point"})
    assert_well_formed(source)
    assert sum("choke point:" in words for words in lines(source).values()) == 1
    assert "Boston School Police" in nodes(source)["school_police"]
    today = drawing_of_network(network, on=date(2026, 11, 28))
    assert "school_police" not in nodes(today)
    assert "prohibited" in today
    shown = {row.agreement.id for row in edges_of_network(network, on=date(2026, 11, 28))}
    assert shown == {
        one.id for one in network.agreements if (one.start or FIRST) <= date(2026, 11, 28) <= (one.end or date.max)
    }


def test_a_marked_agreement_is_never_merged_or_folded_away() -> None:
    network = crowd(40)
    marked = drawing_of_network(network, on=FIRST, marked={"back": "choke point"})
    assert_well_formed(marked)
    assert {"p1", "p2", "i"} <= nodes(marked).keys()
    assert sum("choke point:" in words for words in lines(marked).values()) == 1


# --- the same as tables --------------------------------------------------------------------------


def test_the_table_tells_of_each_agency_what_the_drawing_does() -> None:
    network = starter_network()
    answer = reach(
        network,
        "school",
        date(2015, 11, 20),
        ["incident_report"],
        ["law_enforcement"],
        until=date(2015, 11, 20),
        reading="worst_case",
        statuses=["required_by_law", "documented", "disputed"],
    )
    rows = table_of(answer)
    assert {row.agency.id for row in rows} == set(nodes(drawing(answer))) - {"school"}
    assert [row.steps for row in rows] == sorted(row.steps for row in rows)
    ice = next(row for row in rows if row.agency.id == "ice")
    assert ice.via == (
        "A Boston school",
        "Boston School Police",
        "Boston Regional Intelligence Center",
        "Immigration and Customs Enforcement",
    )
    assert (ice.weakest, ice.day_unknown, ice.survives) == ("disputed", True, "incident report (law enforcement)")
    assert [one.id for one in ice.unread] == ["bric-ice"]


def test_unknown_passing_on_counts_as_unread_only_where_the_next_step_needs_it() -> None:
    agencies = tuple(Agency(name, name, "press") for name in "abc")
    papers = (agreement("1", "a", "b", onward="unknown"), agreement("2", "b", "c", onward="unknown"))
    rows = table_of(reach(Network(agencies, papers), "a", FIRST, ["k"], ["p"], reading="worst_case"))
    assert [[one.id for one in row.unread] for row in rows] == [[], ["1"]]
    forced = (papers[0], replace(papers[1], status="required_by_law"))
    rows = table_of(reach(Network(agencies, forced), "a", FIRST, ["k"], ["p"]))
    assert [[one.id for one in row.unread] for row in rows] == [[], []]


@TRIALS
@given(networks(), st.integers(0, 12), st.sampled_from(["strict", "worst_case"]))
def test_whatever_the_network_each_agency_is_drawn_once_and_each_agreement_counted(
    network: Network, fold: int, reading: str
) -> None:
    start = network.agencies[0].id
    kinds = {word for one in network.agreements for word in one.kinds or ()} | {"k"}
    purposes = {word for one in network.agreements for word in one.purposes or ()} | {"p"}
    answer = reach(network, start, FIRST, kinds, purposes, reading=reading, statuses=STATUSES)  # type: ignore[arg-type]
    source = drawing(answer, fold_above=fold)
    assert_well_formed(source)
    assert source == drawing(answer, fold_above=fold)
    counted = sum(int(words.split()[0]) if " agreements" in words else 1 for words in lines(source).values())
    left = re.search(r"not drawn: (\d+)", source)
    assert counted + (int(left[1]) if left else 0) == len(carrying(answer))
    assert len(edges_table(answer)) == len(carrying(answer))
    if fold >= len(network.agencies):
        assert set(nodes(source)) == {start, *answer.reached}
    assert {row.agency.id for row in table_of(answer)} == set(answer.reached)


@pytest.mark.parametrize("count", [12, 30, 60])
def test_graphviz_draws_it_without_a_complaint(count: int) -> None:
    source = drawing(reach(crowd(count), "s", FIRST, ["k"], ["p"], statuses=STATUSES))
    drawn = subprocess.run(["dot", "-Tsvg"], input=source, capture_output=True, text=True, check=True)  # noqa: S607
    assert drawn.stderr == ""
    assert "<svg" in drawn.stdout
