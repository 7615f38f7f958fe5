"""From XML to records that hold only allowed fields, one at a time, in memory bounded by one record."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lxml import etree

from schoolgate.interop.edfi.allowed import ALLOWED, NOTICE_LANGUAGE_USE, Fields, is_refused
from schoolgate.interop.edfi.source import Limits, XmlBytes, open_xml
from schoolgate.interop.problems import Problem, ReadingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from schoolgate.interop.edfi.drops import Survey

_NAMESPACE = re.compile(r"http://ed-fi\.org/5\.\d{1,3}\.\d{1,3}")
_INTERCHANGE = re.compile(r"Interchange[A-Z][A-Za-z]{1,60}")
# A file has some hundred different tags; a hostile one may have any number.
_TAGS_KNOWN = 5_000
_ROOT_DEPTH = 1
_RECORD_DEPTH = 2


@dataclass(slots=True, repr=False)
class Node:
    """An allowed element: its place, its text, its allowed children.

    Attributes:
        name: The element's name.
        line: The line its start tag ends on.
        text: Its own text, stripped; empty for a group.
        identifier: The `id` attribute.
        reference: The `ref` attribute.
        children: Allowed children, in order.
    """

    name: str
    line: int
    identifier: str = ""
    reference: str = ""
    text: str = ""
    children: list[Node] = field(default_factory=list)

    def all(self, name: str) -> list[Node]:
        """The children of this name."""
        return [child for child in self.children if child.name == name]


@dataclass(frozen=True, slots=True)
class Root:
    """A file's root element.

    Attributes:
        interchange: Its name, such as `InterchangeStudent`.
        namespace: Such as `http://ed-fi.org/5.2.0`.
    """

    interchange: str
    namespace: str


def read_root(path: Path, limits: Limits) -> Root:
    """Look at a file's root element only.

    Raises:
        ReadingError: When it is not an Ed-Fi interchange of the Data Standard 5.
    """
    with open_xml(path, limits) as source:
        try:
            for _event, element in _parser(source):
                return _checked_root(element, path.name)
        except etree.XMLSyntaxError as error:
            line = error.lineno or 0
        else:
            line = 0  # a file without a root is a syntax error before
    raise _not_well_formed(path.name, line)


def read_records(
    path: Path, limits: Limits, *, wanted: frozenset[str], survey: Survey | None, digest: str | None
) -> Iterator[Node]:
    """Yield the wanted records of a file, allowed fields only.

    Args:
        path: The file.
        limits: What it may cost.
        wanted: Names of the records to yield; others are read past.
        survey: Where to count what there is and what is left behind; `None` when it was counted before.
        digest: SHA-256 of the file as it was checked, or `None` on the first reading.

    Raises:
        ReadingError: When the XML is broken, passes a limit, or differs from what was checked.
    """
    with open_xml(path, limits) as source:
        yield from _Reading(path.name, limits, wanted, survey).records(source)
        while source.read():
            pass
        sha256 = source.sha256
    if digest is not None and sha256 != digest:
        expected = "the file as it was when it was checked"
        raise ReadingError(Problem(path.name, 0, "file", expected, "It changed meanwhile: run the import again."))
    if survey is not None:
        survey.sha256 = sha256


class _Reading:
    """The state of reading one file: where we are, and what of it is kept."""

    def __init__(self, file: str, limits: Limits, wanted: frozenset[str], survey: Survey | None) -> None:
        self._file = file
        self._limits = limits
        self._wanted = wanted
        self._survey = survey
        self._namespace = ""
        self._elements = 0
        self._path: list[str] = []
        self._kept: list[tuple[Node, Fields] | None] = []
        self._refused: list[bool] = []
        # What is known of a tag: its name, whether it is of the interchange's namespace, whether it is refused.
        self._tags: dict[str, tuple[str, bool, bool]] = {}

    def _known(self, tag: str) -> tuple[str, bool, bool]:
        if len(self._tags) >= _TAGS_KNOWN:
            self._tags.clear()
        name = tag.rpartition("}")[2]
        known = self._tags[tag] = (name, tag.startswith(self._namespace), is_refused(name))
        return known

    def records(self, source: XmlBytes) -> Iterator[Node]:
        depth = 0
        try:
            for event, element in _parser(source):
                if event == "start":
                    depth += 1
                    if depth == _ROOT_DEPTH:
                        self._namespace = f"{{{_checked_root(element, self._file).namespace}}}"
                    else:
                        self._start(element, depth, source.line)
                    continue
                if depth >= _RECORD_DEPTH:
                    record = self._end(element)
                    if record is not None and depth == _RECORD_DEPTH:
                        yield record
                element.clear()
                if depth == _RECORD_DEPTH:
                    _forget_earlier_siblings(element)
                depth -= 1
        except etree.XMLSyntaxError as error:
            # The parser's own message quotes the file, and with it perhaps a name.
            line = error.lineno or 0
        else:
            return
        raise _not_well_formed(self._file, line)

    def _start(self, element: Any, depth: int, line: int) -> None:  # noqa: ANN401 - lxml's stubs know no iterparse
        if depth > self._limits.depth:
            self._refuse(line, f"elements nested at most {self._limits.depth} deep")
        self._elements = 1 if depth == _RECORD_DEPTH else self._elements + 1
        if self._elements > self._limits.record_elements:
            self._refuse(line, f"at most {self._limits.record_elements} elements in a record")
        parent = self._kept[-1] if self._kept else None
        if parent and not parent[1]:
            self._refuse(line, f"a plain value in {self._path[-1]}, no elements")
        tag = element.tag
        name, in_namespace, is_refused_here = self._tags.get(tag) or self._known(tag)
        self._path.append(name)
        fields = None
        if in_namespace:
            fields = self._fields_of_record(name) if not self._kept else parent[1].get(name) if parent else None
        is_below_refused = bool(self._refused) and self._refused[-1]
        refused = is_below_refused or (fields is None and is_refused_here)
        self._refused.append(refused)
        if fields is None:
            if self._survey is not None:
                self._count_dropped(self._survey, refused=refused)
            self._kept.append(None)
        else:
            self._kept.append((Node(name, line), fields))
            if depth == _RECORD_DEPTH and self._survey is not None:
                self._survey.records[name] += 1
        if element.keys():
            self._read_attributes(element.attrib)

    def _fields_of_record(self, name: str) -> Fields | None:
        """The allowed children of the record just opened, or nothing when it is not read."""
        return ALLOWED.get(name) if name in self._wanted or self._survey is not None else None

    def _count_dropped(self, survey: Survey, *, refused: bool) -> None:
        is_inside_dropped = bool(self._kept) and self._kept[-1] is None
        if refused or not is_inside_dropped:
            survey.add_drop(tuple(self._path), refused=refused)

    def _read_attributes(self, attributes: Mapping[str, str]) -> None:
        kept = self._kept[-1]
        for name, value in attributes.items():
            if kept and name == "id":
                kept[0].identifier = value
            elif kept and name == "ref":
                kept[0].reference = value
            elif self._survey is not None:
                local = name.rpartition("}")[2]
                refused = self._refused[-1] or is_refused(local)
                if kept or refused:
                    self._survey.add_drop((*self._path, f"@{local}"), refused=refused)

    def _end(self, element: Any) -> Node | None:  # noqa: ANN401 - as above
        kept = self._kept.pop()
        self._refused.pop()
        if kept:
            node, fields = kept
            if not fields:
                node.text = (element.text or "").strip()
            parent = self._kept[-1] if self._kept else None
            if parent and (node.name != "Language" or self._may_stay(node)):
                parent[0].children.append(node)
        self._path.pop()
        return kept[0] if kept and kept[0].name in self._wanted else None

    def _may_stay(self, node: Node) -> bool:
        """A contact's language stays only as the language of notices; its other uses never do."""
        if self._path != ["Contact", "Language"]:
            return True
        languages, uses = node.all("Language"), node.all("LanguageUse")
        is_for_notices = any(use.text == NOTICE_LANGUAGE_USE for use in uses)
        if self._survey is not None:
            left_behind = uses[1:] if is_for_notices else [*languages, *uses]
            for child in left_behind:
                self._survey.add_drop((*self._path, child.name), refused=True)
            if not is_for_notices:
                self._survey.add_drop(tuple(self._path), refused=True)
        node.children = languages
        return is_for_notices

    def _refuse(self, line: int, expected: str) -> None:
        remedy = "This is not how Ed-Fi exports look: ask whoever made the file."
        raise ReadingError(Problem(self._file, line, "file", expected, remedy))


def _parser(source: XmlBytes) -> Any:  # noqa: ANN401 - lxml's stubs know no iterparse
    return etree.iterparse(
        source,
        events=("start", "end"),
        load_dtd=False,
        no_network=True,
        resolve_entities=False,
        collect_ids=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=False,
    )


def _not_well_formed(file: str, line: int) -> ReadingError:
    remedy = "The file is cut short or damaged near this line: copy or export it again."
    return ReadingError(Problem(file, line, "file", "well-formed XML to the end", remedy))


def _checked_root(element: Any, file: str) -> Root:  # noqa: ANN401 - as above
    namespace, _, name = element.tag.removeprefix("{").rpartition("}")
    line = element.sourceline or 0
    if element.getroottree().docinfo.internalDTD is not None:  # refused before parsing
        raise ReadingError(Problem(file, line, "file", "no DOCTYPE and no entities", "Remove the declaration."))
    if not _INTERCHANGE.fullmatch(name):
        expected = "an Ed-Fi interchange as the root element, such as InterchangeStudentDiscipline"
        raise ReadingError(Problem(file, line, "root element", expected, "Export bulk XML, one interchange a file."))
    if not _NAMESPACE.fullmatch(namespace):
        expected = "the namespace of the Ed-Fi Data Standard 5, such as http://ed-fi.org/5.2.0"
        remedy = "Export with the Data Standard 5; other versions name and place their fields differently."
        raise ReadingError(Problem(file, line, "root element", expected, remedy))
    return Root(name, namespace)


def _forget_earlier_siblings(element: Any) -> None:  # noqa: ANN401 - as above
    parent = element.getparent()
    while element.getprevious() is not None:
        del parent[0]
