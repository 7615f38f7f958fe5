import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from lxml import etree

from schoolgate.engines.reach import Network, starter_network
from schoolgate.interop.networks import FileProblems, read_graphml, write_graphml
from support.typed_networks import TRIALS, dressed_networks, wordy

NAMESPACE = "http://graphml.graphdrawing.org/xmlns"
HEAD = f"""<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="{NAMESPACE}">
<key id="n" for="node" attr.name="name" attr.type="string"/>
<key id="k" for="node" attr.name="kind" attr.type="string"/>
<key id="t" for="edge" attr.name="kinds" attr.type="string"/>
<key id="p" for="edge" attr.name="purposes" attr.type="string"/>
<key id="o" for="edge" attr.name="onward" attr.type="string"/>
<key id="s" for="edge" attr.name="status" attr.type="string"/>
<key id="e" for="edge" attr.name="end" attr.type="string"/>
<key id="b" for="edge" attr.name="start" attr.type="string"/>
"""
OPEN = '<graph edgedefault="directed">\n'
NODES = """<node id="bpd"><data key="n">Boston Police</data><data key="k">local_police</data></node>
<node id="ice"><data key="n">ICE</data><data key="k">federal_immigration</data></node>
"""
EDGE = """<edge id="one" source="bpd" target="ice">
<data key="t">?</data><data key="p">?</data><data key="o">unknown</data><data key="s">documented</data></edge>
"""
CLOSE = "</graph></graphml>\n"


@TRIALS
@given(dressed_networks())
def test_what_is_written_is_read_again(tmp_path: Path, network: Network) -> None:
    write_graphml(network, tmp_path / "network.graphml")
    assert read_graphml(tmp_path / "network.graphml") == network


def test_the_structure_is_what_the_format_asks_for(tmp_path: Path) -> None:
    """Keys declared before use, of a type and a domain; edges between declared nodes; unique ids."""
    path = tmp_path / "network.graphml"
    write_graphml(starter_network(), path)
    root = etree.parse(path).getroot()
    name = f"{{{NAMESPACE}}}"
    assert root.tag == f"{name}graphml"
    keys = {key.get("id"): key for key in root.findall(f"{name}key")}
    assert {key.get("attr.type") for key in keys.values()} == {"string"}
    assert len({(key.get("for"), key.get("attr.name")) for key in keys.values()}) == len(keys) == 19
    (graph,) = root.findall(f"{name}graph")
    assert graph.get("edgedefault") == "directed"
    nodes = [node.get("id") for node in graph.findall(f"{name}node")]
    edges = graph.findall(f"{name}edge")
    assert len(set(nodes)) == len(nodes) == len(starter_network().agencies)
    assert len({edge.get("id") for edge in edges}) == len(edges) == len(starter_network().agreements)
    for edge in edges:
        assert edge.get("source") in nodes
        assert edge.get("target") in nodes
    for data in root.iter(f"{name}data"):
        assert keys[data.get("key")].get("for") == etree.QName(data.getparent()).localname


def test_networkx_reads_it_and_what_it_saves_comes_back(tmp_path: Path) -> None:
    import networkx as nx

    network = starter_network()
    network = replace(network, agreements=(*network.agreements, replace(network.agreements[0], id="again")))
    write_graphml(network, tmp_path / "ours.graphml")
    graph = nx.read_graphml(tmp_path / "ours.graphml")
    assert graph.is_directed()
    assert graph.number_of_edges() == len(network.agreements)
    nx.write_graphml(graph, tmp_path / "theirs.graphml")
    back = read_graphml(tmp_path / "theirs.graphml")
    assert set(back.agencies) == set(network.agencies)
    assert set(back.agreements) == set(network.agreements)


def save(folder: Path, text: str | bytes) -> Path:
    path = folder / "network.graphml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refused(folder: Path, text: str | bytes) -> list[str]:
    with pytest.raises(FileProblems) as problem:
        read_graphml(save(folder, text))
    return str(problem.value).splitlines()


def test_attributes_that_are_not_there_are_empty(tmp_path: Path) -> None:
    (agreement,) = read_graphml(save(tmp_path, HEAD + OPEN + NODES + EDGE + CLOSE)).agreements
    assert (agreement.giver, agreement.receiver, agreement.title) == ("bpd", "ice", "")
    assert (agreement.start, agreement.end, agreement.kinds) == (None, None, None)


def test_what_programs_add_for_their_drawing_is_passed_over(tmp_path: Path) -> None:
    looks = (
        '<key id="x" for="node" attr.name="x" attr.type="double"/><key id="y" for="node" yfiles.type="nodegraphics"/>'
    )
    node = NODES.replace("</node>", '<data key="x">1.5</data><data key="y"><y:Fill xmlns:y="urn:y"/></data></node>')
    assert len(read_graphml(save(tmp_path, HEAD + looks + OPEN + node + CLOSE)).agencies) == 2


WRONG = {
    HEAD + OPEN + NODES.replace("Boston Police", "") + CLOSE: "line 12, name: is empty",
    HEAD + OPEN + NODES + NODES + CLOSE: "line 14, id: 'bpd' is used on line 12 already",
    HEAD + OPEN + NODES + EDGE.replace('target="ice"', 'target="bpd"') + CLOSE: "line 14, receiver: giver and",
    HEAD + OPEN + NODES + EDGE.replace('target="ice"', 'target="cia"') + CLOSE: "line 14, receiver: no agency has",
    HEAD + OPEN + NODES + EDGE.replace('target="ice"', "") + CLOSE: "line 14, receiver: is empty",
    HEAD + OPEN + NODES + EDGE.replace("unknown", "maybe") + CLOSE: "line 14, onward: 'maybe'",
    HEAD + OPEN + NODES + EDGE.replace('"t">?', '"t">') + CLOSE: "line 14, kinds: is empty",
    HEAD
    + OPEN
    + NODES
    + EDGE.replace("</edge>", '<data key="b">2026-01-02</data><data key="e">2026-01-01</data></edge>')
    + CLOSE: "line 14, end: 2026-01-01 is before the start 2026-01-02",
    HEAD + OPEN.replace("directed", "undirected") + NODES + CLOSE: "line 11, edgedefault: the graph is not directed",
    HEAD + OPEN + NODES + EDGE.replace("<edge", '<edge directed="false"') + CLOSE: "line 14, directed: this edge",
    HEAD + OPEN + NODES + "<hyperedge/>" + CLOSE: "line 14, hyperedge: cannot be part",
    HEAD + OPEN + "<node id='n'>" + OPEN + "</graph></node>" + CLOSE: "line 12, graph: there is more than one",
    HEAD.replace("purposes", "purpose") + OPEN + NODES + CLOSE: "line 6, purpose: 'purpose' is no attribute of a",
    HEAD + "</graphml>": "graph: there is none",
    HEAD + OPEN + NODES: "line 14: is no XML from here on",
    HEAD + OPEN + NODES.replace("</node>", "", 1) + CLOSE: "line 14: is no XML from here on",
    HEAD + OPEN + NODES.replace("<data", "<data key='n'>x</data><data", 1) + CLOSE: "line 12, name: holds elements",
    HEAD + OPEN + NODES.replace("federal_i", "federal-i") + CLOSE: "line 13, kind: 'federal-immigration' is no kind of",
    "": ": is no XML from here on",
    "a,b\n": "line 1: is no XML from here on",
}


@pytest.mark.parametrize("text", WRONG, ids=WRONG.values())
def test_what_is_wrong_is_refused_with_its_line(tmp_path: Path, text: str) -> None:
    assert WRONG[text] in refused(tmp_path, text)[0]


def test_bad_utf8_is_refused_with_its_line(tmp_path: Path) -> None:
    text = (HEAD + OPEN + NODES + CLOSE).encode().replace(b"Boston", b"Bost\xf6n")
    assert "network.graphml, line 12: is no XML" in refused(tmp_path, text)[0]


def test_nothing_is_declared_expanded_or_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    declared = f'<!DOCTYPE graphml [<!ENTITY s SYSTEM "{secret.as_uri()}">]>\n'
    head, rest = HEAD.split("\n", 1)
    (line,) = refused(tmp_path, f"{head}\n{declared}{rest}{OPEN}{NODES.replace('Boston', '&s;')}{CLOSE}")
    assert line == "network.graphml, line 3: has a DOCTYPE. Remove it: GraphML needs none"


def test_a_bomb_costs_nothing(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(12))
    bomb = f'<!DOCTYPE graphml [<!ENTITY e0 "boom">{entities}]>\n'
    head, rest = HEAD.split("\n", 1)
    started = time.process_time()
    refused(tmp_path, f"{head}\n{bomb}{rest}{OPEN}{NODES.replace('Boston', '&e12;')}{CLOSE}")
    assert time.process_time() - started < 1


def test_lines_are_told_in_long_files_too(tmp_path: Path) -> None:
    """libxml2 loses count after line 65,535."""
    text = HEAD + OPEN + NODES + "\n" * 70_000 + EDGE.replace("unknown", "maybe") + CLOSE
    wanted = text[: text.index("maybe")].count("\n")
    told = refused(tmp_path, text)[0]
    line = int(told.split("line ")[1].split(",")[0])
    assert abs(line - wanted) <= 2


def test_a_value_that_xml_cannot_carry_is_refused_before_a_file_is_touched(tmp_path: Path) -> None:
    with pytest.raises(FileProblems, match="control character"):
        write_graphml(wordy("a\x0b"), tmp_path / "network.graphml")
    assert not list(tmp_path.iterdir())
