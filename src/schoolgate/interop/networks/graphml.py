"""A network as GraphML, which graph programs read: nodes are agencies, directed edges agreements.

Attributes are the fields of the nouns, written as in the CSV form. Keys are resolved by `attr.name`, so a file that
another program saved comes back; what that program adds for its drawing is passed over. A file is read as it
streams in: no DOCTYPE, so no entity; nothing is fetched.

Format: graphml.graphdrawing.org/specification.html; only plain, directed graphs without nesting or hyperedges.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from lxml import etree

from schoolgate.engines.reach import Agency, Agreement, Network
from schoolgate.interop.networks.assembling import Assembly
from schoolgate.interop.networks.cells import (
    AGENCY_FIELDS,
    AGENCY_NEEDED,
    AGREEMENT_FIELDS,
    AGREEMENT_NEEDED,
    Place,
    read_agency,
    read_agreement,
    written,
)
from schoolgate.interop.networks.problems import Findings, shown
from schoolgate.interop.networks.tables import replacing, small_enough

_NAMESPACE: Final = "http://graphml.graphdrawing.org/xmlns"
_DATA: Final = frozenset({f"{{{_NAMESPACE}}}data", "data"})
_SUITABLE: Final = "one directed graph, with nodes and edges and their data"
# Places and looks that programs for drawing graphs add.
_LOOKS: Final = frozenset(
    {"x", "y", "z", "r", "g", "b", "a", "size", "weight", "label", "Label", "Edge Label", "Weight"}
)
# These are attributes of the element itself.
_OWN: Final = {"node": ("id",), "edge": ("id", "giver", "receiver")}
_FIELDS: Final = {"node": AGENCY_FIELDS, "edge": AGREEMENT_FIELDS}
# The longest line that libxml2 can tell of an element; after it, the line being read is told.
_LAST_LINE: Final = 65_534


def write_graphml(network: Network, path: Path) -> None:
    """Write a network as GraphML; `read_graphml` is the inverse.

    Raises:
        FileProblems: When a value cannot be written, such as a control character; nothing is written then.
        OSError: When the file cannot be written; what stood there stays.
    """
    findings = Findings()
    everything: Iterable[Agency | Agreement] = (*network.agencies, *network.agreements)
    for one in everything:
        written(one, Place(findings, path.name, 0))
    findings.raise_if_any()
    with replacing(path) as partial, etree.xmlfile(str(partial), encoding="utf-8") as xml:
        xml.write_declaration()
        with xml.element(_tag("graphml"), nsmap={None: _NAMESPACE}):
            _break(xml)
            for domain, fields in _FIELDS.items():
                for field in fields:
                    if field not in _OWN[domain]:
                        key = {"id": f"{domain}_{field}", "for": domain, "attr.name": field, "attr.type": "string"}
                        with xml.element(_tag("key"), key):
                            pass
                        _break(xml)
            with xml.element(_tag("graph"), {"id": "network", "edgedefault": "directed"}):
                _break(xml)
                for agency in network.agencies:
                    _write(xml, "node", {"id": agency.id}, agency, path.name)
                for agreement in network.agreements:
                    ends = {"id": agreement.id, "source": agreement.giver, "target": agreement.receiver}
                    _write(xml, "edge", ends, agreement, path.name)


def _write(
    xml: "etree._IncrementalFileWriter", domain: str, own: dict[str, str], one: Agency | Agreement, file: str
) -> None:
    with xml.element(_tag(domain), own):
        for field, text in written(one, Place(Findings(), file, 0)).items():
            if text and field not in _OWN[domain]:
                with xml.element(_tag("data"), {"key": f"{domain}_{field}"}):
                    xml.write(text)
    _break(xml)


def _break(xml: "etree._IncrementalFileWriter") -> None:
    xml.write("\n")


def _tag(name: str) -> str:
    return f"{{{_NAMESPACE}}}{name}"


def read_graphml(path: Path) -> Network:
    """Read a network that `write_graphml` or another program wrote.

    Raises:
        FileProblems: With the line and attribute of everything that is wrong; nothing is taken then.
    """
    findings = Findings()
    reading, name = _Reading(path.name, findings), path.name
    try:
        with path.open("rb") as stream:
            if small_enough(stream, name, findings):
                for line, element in _elements(stream):
                    reading.take(line, element)
                reading.finish()
    except _Doctype as doctype:
        findings.stop(name, doctype.line, "", "has a DOCTYPE", "Remove it: GraphML needs none")
    except etree.XMLSyntaxError as problem:
        line = problem.lineno or 0
        findings.stop(name, line, "", f"is no XML from here on ({problem.msg})", f"Give GraphML: {_SUITABLE}")
    except OSError as problem:
        findings.stop(name, 0, "", f"cannot be read ({problem.strerror})", "Check that the file is there")
    return reading.assembly.network()


class _Doctype(Exception):  # noqa: N818 - it is what was met
    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def _elements(stream: BinaryIO) -> Iterator[tuple[int, "etree._Element"]]:
    """Each element once it is complete, with its line; the graph itself when it begins."""
    parser = etree.XMLPullParser(
        ("start", "end"), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True
    )
    first = True
    for number, raw in enumerate(stream, start=1):
        parser.feed(raw)
        for event, element in parser.read_events():
            # Most elements are `data`, which their node or edge reads.
            if not isinstance(element, etree._Element) or element.tag in _DATA:  # noqa: SLF001 - lxml's one name
                continue
            if first and element.getroottree().docinfo.doctype:  # type: ignore[attr-defined]  # not in the stubs
                raise _Doctype(number)
            first = False
            line = element.sourceline
            at = line if isinstance(line, int) and line < _LAST_LINE else number
            if (event == "start") == (etree.QName(element).localname in {"graphml", "graph"}):
                yield at, element
    parser.close()


class _Reading:
    """What was met so far in one file."""

    def __init__(self, file: str, findings: Findings) -> None:
        self._file = file
        self._findings = findings
        self._keys: dict[str, tuple[str, str]] = {}
        self._graphs = 0
        self.assembly = Assembly(findings)

    def take(self, line: int, element: "etree._Element") -> None:
        """Go on by one element."""
        name = etree.QName(element)
        own = element.get("id")
        named = f"{name.localname} {shown(own)}" if own and name.localname in _FIELDS else ""
        place = Place(self._findings, self._file, line, named)
        if name.namespace not in {_NAMESPACE, None}:
            return
        match name.localname:
            case "key":
                self._key(element, place)
            case "graph":
                self._graph(element, place)
            case "node" | "edge" as domain:
                self._one(domain, element, place)
                _forget(element)
            case "hyperedge" | "port":
                place.refuse(name.localname, "cannot be part of a network", f"Give {_SUITABLE}")
            case _:
                pass

    def finish(self) -> None:
        """Say when there was no graph at all."""
        if not self._graphs:
            self._findings.add(self._file, 0, "graph", "there is none", f"Give GraphML: {_SUITABLE}")

    def _graph(self, element: "etree._Element", place: Place) -> None:
        self._graphs += 1
        if self._graphs > 1:
            place.refuse("graph", "there is more than one", "Save one graph, without graphs inside of nodes")
        if element.get("edgedefault") != "directed":
            place.refuse("edgedefault", "the graph is not directed", 'Save it with edgedefault="directed"')

    def _key(self, element: "etree._Element", place: Place) -> None:
        name, domain = element.get("attr.name"), element.get("for", "all")
        if name is None or name in _LOOKS or domain in {"graph", "graphml", "port"}:
            return
        fits = [one for one in _FIELDS if domain in {one, "all"} and name in _FIELDS[one]]
        if not fits:
            known = "; ".join(f"{one}: {', '.join(fields)}" for one, fields in _FIELDS.items())
            place.refuse(name, f"{shown(name)} is no attribute of a network's {domain}", f"Known are {known}")
        else:
            self._keys[element.get("id", "")] = (domain, name)

    def _one(self, domain: str, element: "etree._Element", place: Place) -> None:
        if domain == "edge" and element.get("directed", "true") != "true":
            place.refuse("directed", "this edge is not directed", "Say in which direction data moves")
        cells = self._cells(domain, element, place)
        if domain == "node":
            self.assembly.add_agency(read_agency(cells, place), place, cells["id"].strip())
        else:
            self.assembly.add_agreement(read_agreement(cells, place), place)

    def _cells(self, domain: str, element: "etree._Element", place: Place) -> dict[str, str]:
        cells: dict[str, str] = {}
        for data in element.iterchildren("{*}data"):
            of, name = self._keys.get(data.get("key", ""), ("", ""))
            if of in {domain, "all"} and name in _FIELDS[domain]:
                if len(data) or name in cells:
                    place.refuse(name, "holds elements, or is there twice", "Give it once, as text")
                cells[name] = data.text or ""
        own = {"id": "id", "giver": "source", "receiver": "target"}
        for name in _OWN[domain]:
            cells[name] = element.get(own[name]) or cells.get(name, "")
        needed = AGENCY_NEEDED if domain == "node" else AGREEMENT_NEEDED
        for name in needed:
            # An empty text is not written, by other programs neither.
            cells.setdefault(name, "")
        return cells


def _forget(element: "etree._Element") -> None:
    """Free what was read: a million edges stream through."""
    element.clear()
    while (earlier := element.getprevious()) is not None:
        parent = earlier.getparent()
        if parent is None:
            return
        parent.remove(earlier)
