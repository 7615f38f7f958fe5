"""From a record of the API to the tree that a record of a file becomes, allowed fields only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schoolgate.interop.edfi.allowed import NOTICE_LANGUAGE_USE, is_refused
from schoolgate.interop.edfi.rest.fields import ENVELOPE, FIELDS, LINK, Field
from schoolgate.interop.edfi.rest.wire import ApiLimits, ApiProblem, refusal
from schoolgate.interop.edfi.stream import Node

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schoolgate.interop.edfi.drops import Survey
    from schoolgate.interop.problems import Findings

_ODD = "This is not how Ed-Fi APIs answer: tell whoever runs it."


def read_record(
    entity: str, value: object, *, what: str, number: int, limits: ApiLimits, survey: Survey, findings: Findings
) -> Node | None:
    """The tree of a record; whatever else stood in it is counted by name and left behind.

    Args:
        entity: The record's element name.
        value: The record, as its JSON was read.
        what: The resource and page.
        number: Of the record in its page, counted from 1.
        limits: How deep and how long it may be.
        survey: Where to count.
        findings: Where to put what is wrong with it.

    Returns:
        The tree, whose `line` is the record's number; nothing when the record is no object.

    Raises:
        ApiError: When it is nested too deep or has too many fields.
    """
    if not isinstance(value, dict):
        findings.add(ApiProblem(what, number, entity, "an object", _ODD))
        return None
    reading = _Reading(entity, (what, number), limits, survey, findings)
    node = Node(entity, number)
    reading.fill(node, {name: inner for name, inner in value.items() if name not in ENVELOPE}, FIELDS[entity], ())
    if entity == "Contact":
        _keep_notice_languages(node, survey)
    survey.records[entity] += 1
    return node


class _Reading:
    """One record being read."""

    def __init__(
        self, entity: str, where: tuple[str, int], limits: ApiLimits, survey: Survey, findings: Findings
    ) -> None:
        self._entity = entity
        self._what, self._number = where
        self._limits = limits
        self._survey = survey
        self._findings = findings
        self._fields = 0

    def fill(self, node: Node, value: Mapping[str, object], fields: Mapping[str, Field], path: tuple[str, ...]) -> None:
        """Put the allowed fields of an object below a node."""
        for name, inner in value.items():
            self._count(path)
            field = fields.get(name)
            if field is None:
                if name != LINK:
                    self._leave(inner, (*path, name), refused=is_refused(name), is_inside=False)
            elif inner is not None:
                self._put(node, inner, field, (*path, name))

    def _put(self, node: Node, value: object, field: Field, path: tuple[str, ...]) -> None:
        parent = _down(node, field.within)
        if field.inner is None:
            if isinstance(value, (dict, list)):
                self._complain(path, "a plain value")
            else:
                parent.children.append(Node(field.name, self._number, text=_text(value)))
            return
        for item in value if isinstance(value, list) else [value]:
            if not isinstance(item, dict):
                self._complain(path, "an object")
                continue
            child = Node(field.name, self._number) if field.name else parent
            self.fill(child, item, field.inner, path)
            if field.name:
                parent.children.append(child)

    def _leave(self, value: object, path: tuple[str, ...], *, refused: bool, is_inside: bool) -> None:
        """Count what is left behind, and in it whatever is refused; as the reader of files does."""
        self._count(path)
        if refused or not is_inside:
            self._survey.add_drop((self._entity, *path), refused=refused)
        items = value if isinstance(value, list) else [value]
        for item in items:
            if isinstance(item, list):
                self._leave(item, (*path, "list"), refused=refused, is_inside=True)
            elif isinstance(item, dict):
                for name, inner in item.items():
                    self._leave(inner, (*path, name), refused=refused or is_refused(name), is_inside=True)

    def _count(self, path: tuple[str, ...]) -> None:
        self._fields += 1
        if len(path) > self._limits.depth:
            raise refusal(self._what, "record", f"objects nested at most {self._limits.depth} deep", _ODD)
        if self._fields > self._limits.record_fields:
            raise refusal(self._what, "record", f"at most {self._limits.record_fields} fields in a record", _ODD)

    def _complain(self, path: tuple[str, ...], expected: str) -> None:
        self._findings.add(ApiProblem(self._what, self._number, "/".join((self._entity, *path)), expected, _ODD))


def _down(node: Node, within: tuple[str, ...]) -> Node:
    for name in within:
        held = node.all(name)
        if not held:
            held = [Node(name, node.line)]
            node.children.append(held[0])
        node = held[0]
    return node


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip()


def _keep_notice_languages(contact: Node, survey: Survey) -> None:
    """A contact's language stays only as the language of notices; its other uses never do."""
    for language in contact.all("Language"):
        uses = language.all("LanguageUse")
        is_for_notices = any(use.text == NOTICE_LANGUAGE_USE for use in uses)
        path = ("Contact", "languages")
        for _use in uses[1:] if is_for_notices else uses:
            survey.add_drop((*path, "languageUseDescriptor"), refused=True)
        language.children = language.all("Language")
        if not is_for_notices:
            survey.add_drop(path, refused=True)
            contact.children.remove(language)
