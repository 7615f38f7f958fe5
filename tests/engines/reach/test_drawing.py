import re
from dataclasses import replace
from datetime import date

from schoolgate.engines.reach import STATUSES, Agency, Agreement, Network, drawing, reach, starter_network

FIRST = date(2026, 1, 1)
STRING = r'"(?:[^"\\\n]|\\[^\n])*"'
ATTRIBUTES = rf"\[[a-z]+={STRING}(?:, [a-z]+={STRING})*\]"
LINE = re.compile(rf"  (?:(?:graph|node|edge|{STRING}|{STRING} -> {STRING})) {ATTRIBUTES};")


def star(count: int) -> Network:
    everybody = tuple(Agency(f"n{number}", f"Agency number {number}", "press") for number in range(count))
    spokes = tuple(
        Agreement(
            f"a{number}", "n0", f"n{number}", "A title that is longer than one line of an edge", None, None,
            frozenset({"k"}), frozenset({"p"}), "yes", STATUSES[number % len(STATUSES)], "invented",
        )
        for number in range(1, count)
    )  # fmt: skip
    return Network(everybody, spokes)


def assert_well_formed(source: str) -> None:
    first, *lines, last, end = source.split("\n")
    assert (first, last, end) == ("digraph reach {", "}", "")
    for line in lines:
        assert LINE.fullmatch(line), line


def test_thirty_agencies_are_drawn_from_left_to_right_in_short_lines() -> None:
    answer = reach(star(30), "n0", FIRST, ["k"], ["p"], statuses=STATUSES)
    source = drawing(answer)
    assert_well_formed(source)
    assert 'rankdir="LR"' in source
    assert source.count(" -> ") == 29
    labels = re.findall(r'label="([^"]*)"', source)
    assert max(len(line) for label in labels for line in label.split(r"\n")) <= 32


def test_status_is_told_by_line_and_word_and_not_by_colour() -> None:
    source = drawing(reach(star(6), "n0", FIRST, ["k"], ["p"], statuses=STATUSES))
    edges = [line for line in source.split("\n") if " -> " in line]
    styles = {re.sub(r".*\((.*?)\)\", ", "", line) for line in edges}
    words = {re.search(r"\((.*?)\)", line)[1] for line in edges}  # type: ignore[index]  # each line has one
    assert len(styles) == len(words) == len(STATUSES)
    assert "color" not in source


def test_hostile_names_stay_inside_their_strings() -> None:
    hostile = 'x"]; evil [label="\\" \n } \u2028\x00 \\N <b>'
    network = star(2)
    network = Network(
        (replace(network.agencies[0], name=hostile), replace(network.agencies[1], id="n1", name="\\")),
        (replace(network.agreements[0], title=hostile, status="documented"),),
    )
    answer = reach(network, "n0", FIRST, ["k"], ["p"])
    assert_well_formed(drawing(answer, href=lambda one: f'/{one.id}?"\\\n'))
    assert drawing(answer).count(" -> ") == 1


def test_links_are_optional_for_each() -> None:
    answer = reach(star(2), "n0", FIRST, ["k"], ["p"])
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
