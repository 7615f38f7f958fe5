"""Reading an allowed element's fields as text, dates, flags, numbers and descriptors."""

from __future__ import annotations

import re
from datetime import date as Date  # noqa: N812 - `date` is the name of a method here
from datetime import time as Time  # noqa: N812 - the same
from decimal import Decimal

from schoolgate.interop.edfi.rows import Descriptor
from schoolgate.interop.edfi.stream import Node
from schoolgate.interop.problems import Findings, Problem

_STANDARD = "uri://ed-fi.org/"
_ZONE = r"(?:Z|[+-]\d{2}:\d{2})?"
_DATE = re.compile(rf"(\d{{4}}-\d{{2}}-\d{{2}}){_ZONE}", re.ASCII)
_TIME = re.compile(rf"(\d{{2}}:\d{{2}}:\d{{2}})(?:\.\d+)?{_ZONE}", re.ASCII)
_DAYS = re.compile(r"\d{1,5}(?:\.\d{1,2})?", re.ASCII)
_INTEGER = re.compile(r"-?\d{1,9}", re.ASCII)
_SCHOOL_ID = re.compile(r"0*[1-9]\d{0,18}", re.ASCII)
_FLAGS = {"true": True, "1": True, "false": False, "0": False}
_NAMESPACE = re.compile(r"[a-z][a-z0-9+.-]*://[^\s]+", re.ASCII)
_MAX_DESCRIPTOR = 255
_FIRST_YEAR = 1900
_PAST_LONG = 2**63

NEVER_IMPORTED_DESCRIPTORS = frozenset(
    f"{name}Descriptor"
    for name in (
        "AncestryEthnicOrigin",
        "CitizenshipStatus",
        "Country",
        "IdentificationDocumentUse",
        "Language",
        "LimitedEnglishProficiency",
        "PersonalInformationVerification",
        "Race",
        "StudentCharacteristic",
        "TribalAffiliation",
        "Visa",
    )
)
"""Vocabularies that no field but their own may carry, whoever publishes them; the only own field read is a
notice language."""


class Values:
    """The fields of one allowed element.

    A bad or missing field adds a problem and gives a placeholder (an empty text, 0, the first date there is),
    so one reading shows all that is wrong with a record.
    """

    def __init__(self, node: Node, file: str, path: str, findings: Findings, *, is_missing: bool = False) -> None:
        self.node = node
        self.file = file
        self._path = path
        self._findings = findings
        self._is_missing = is_missing

    def complain(self, field: str, expected: str, remedy: str, *, line: int | None = None) -> None:
        """Add a problem, unless the whole element is missing and was complained of already."""
        if not self._is_missing:
            where = self.node.line if line is None else line
            self._findings.add(Problem(self.file, where, f"{self._path}/{field}", expected, remedy))

    def has(self, field: str) -> bool:
        """Whether the element holds the field."""
        return bool(self.node.all(field))

    def groups(self, field: str) -> list[Values]:
        """The nested elements of this name."""
        return [self._inner(node) for node in self.node.all(field)]

    def group(self, field: str) -> Values:
        """The one nested element of this name; it must be there."""
        node = self._single(field)
        if node is None:
            self.complain(field, "this element", "Add it: Ed-Fi requires it here.")
            return Values(Node(field, self.node.line), self.file, "", self._findings, is_missing=True)
        return self._inner(node)

    def text(self, field: str, limit: int) -> str:
        """A required text of at most `limit` characters."""
        value = self.text_or_none(field, limit)
        if value is None:
            self.complain(field, "a value", "Fill it in: Ed-Fi requires it here.")
            return ""
        return value

    def text_or_none(self, field: str, limit: int) -> str | None:
        """An optional text of at most `limit` characters; an empty one counts as absent."""
        node = self._single(field)
        if node is None or not node.text:
            return None
        if len(node.text) > limit:
            self.complain(field, f"at most {limit} characters", "Shorten it in the source system.", line=node.line)
        return node.text

    def date(self, field: str) -> Date:
        """A required date; a time zone is allowed and says nothing about a day in school."""
        value = self.text(field, 32)
        if not value:
            return Date.min
        match = _DATE.fullmatch(value)
        try:
            found = Date.fromisoformat(match[1]) if match else Date.min
        except ValueError:
            found = Date.min
        if found.year < _FIRST_YEAR:
            self._complain_of(field, "a date such as 2026-09-30, not before 1900", "Correct it in the source system.")
        return found

    def time_or_none(self, field: str) -> Time | None:
        """An optional time of day, to the second."""
        value = self.text_or_none(field, 32)
        if value is None:
            return None
        match = _TIME.fullmatch(value)
        try:
            found = Time.fromisoformat(match[1]) if match else None
        except ValueError:
            found = None
        if found is None:
            self._complain_of(field, "a time such as 14:30:00", "Correct it in the source system.")
        return found

    def flag(self, field: str) -> bool | None:
        """True, false, or `None` when the file does not say."""
        value = self.text_or_none(field, 8)
        if value is not None and value not in _FLAGS:
            self._complain_of(field, "true or false", "Correct it in the source system.")
        return _FLAGS.get(value or "")

    def integer_or_none(self, field: str) -> int | None:
        """An optional whole number."""
        value = self.text_or_none(field, 16)
        if value is None:
            return None
        if not _INTEGER.fullmatch(value):
            self._complain_of(field, "a whole number", "Correct it in the source system.")
            return None
        return int(value)

    def decimal_or_none(self, field: str) -> Decimal | None:
        """An optional number of days with at most two decimals."""
        value = self.text_or_none(field, 16)
        if value is None:
            return None
        if not _DAYS.fullmatch(value):
            self._complain_of(field, "a number of days such as 3 or 2.5", "Correct it in the source system.")
            return None
        return Decimal(value)

    def school_id(self, field: str) -> int:
        """A required school id, greater than zero, that fits 64 bits."""
        value = self.text(field, 32)
        if value and not (_SCHOOL_ID.fullmatch(value) and int(value) < _PAST_LONG):
            self._complain_of(field, "a whole number greater than zero", "Give the school's Ed-Fi id.")
            return 0
        return int(value or 0)

    def descriptor(self, field: str) -> Descriptor:
        """A required value of the vocabulary named after the field."""
        found = self.descriptor_or_none(field)
        if found is None:
            self.complain(field, "a descriptor", "Fill it in: Ed-Fi requires it here.")
            return Descriptor("", "", is_standard=False)
        return found

    def descriptor_or_none(self, field: str) -> Descriptor | None:
        """An optional value of the vocabulary named after the field."""
        node = self._single(field)
        return self._descriptor(field, node) if node and node.text else None

    def descriptors(self, field: str) -> tuple[Descriptor, ...]:
        """Any number of values of the vocabulary named after the field."""
        return tuple(self._descriptor(field, node) for node in self.node.all(field))

    def at_least_one[T](self, found: tuple[T, ...], field: str) -> tuple[T, ...]:
        """The same values, of which there must be one."""
        if not found:
            self.complain(field, "at least one value", "Fill it in: Ed-Fi requires it here.")
        return found

    def _descriptor(self, field: str, node: Node) -> Descriptor:
        """Split a descriptor's URI; of an unknown namespace nobody may guess the meaning, so it is kept."""
        before, mark, after = node.text.partition("#")
        namespace, code_value = (before, after.strip()) if mark else ("", before)
        vocabulary = namespace.rpartition("/")[2]
        expected = f"{field}Descriptor"
        is_strange = namespace.startswith(_STANDARD) and namespace != _STANDARD + expected
        is_no_uri = bool(mark) and not _NAMESPACE.fullmatch(namespace)
        is_forbidden = vocabulary in NEVER_IMPORTED_DESCRIPTORS and vocabulary != expected
        if is_strange or is_no_uri or is_forbidden or not code_value or len(node.text) > _MAX_DESCRIPTOR:
            self.complain(
                field,
                f"a value of the vocabulary {expected}, such as {_STANDARD}{expected}#value",
                "Correct it in the source system.",
                line=node.line,
            )
            return Descriptor("", "", is_standard=False)
        is_standard = namespace == _STANDARD + expected
        if not is_standard:
            self._findings.unfamiliar[namespace] += 1
        return Descriptor(namespace, code_value, is_standard=is_standard)

    def _single(self, field: str) -> Node | None:
        found = self.node.all(field)
        if len(found) > 1:
            self.complain(field, "this element once", "Remove the extra one.", line=found[1].line)
        return found[0] if found else None

    def _inner(self, node: Node) -> Values:
        return Values(node, self.file, f"{self._path}/{node.name}", self._findings)

    def _complain_of(self, field: str, expected: str, remedy: str) -> None:
        self.complain(field, expected, remedy, line=self.node.all(field)[0].line)
