"""Reading one record's fields as text, dates and terms; whatever binding they came by."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from datetime import date as Date  # noqa: N812 - `date` is the name of a method here
from typing import TYPE_CHECKING

from schoolgate.interop.oneroster.rows import Source, Term
from schoolgate.interop.problems import Findings, Problem
from schoolgate.interop.tables.never import is_refused_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schoolgate.interop.oneroster.allowed import Entity
    from schoolgate.interop.tables.drops import DropCounts

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_EXTENSION = re.compile(r"[A-Za-z][A-Za-z0-9:_. -]{0,63}", re.ASCII)
_FIRST_YEAR = 1900
_MAX_ID = 255
_MAX_LISTED = 200
_REMEDY = "Correct it in the source system and export again."


@dataclass(slots=True, repr=False)
class Flat:
    """One record as the CSV binding names its fields: allowed fields only, empty ones left out.

    Attributes:
        entity: The file or resource.
        source: Where it stands.
        values: Fields by column.
        lists: Fields that hold several values.
    """

    entity: Entity
    source: Source
    values: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class Noted:
    """What reading finds besides rows.

    Attributes:
        findings: What is wrong.
        drops: What was left behind.
        unfamiliar: Values that no enumeration of the standard holds, counted by file and column.
    """

    findings: Findings
    drops: DropCounts
    unfamiliar: Counter[str] = field(default_factory=Counter)


class Values:
    """The fields of one record. A bad one adds a problem and gives a placeholder, so one reading shows all of them."""

    def __init__(self, flat: Flat, noted: Noted) -> None:
        self.flat = flat
        self._noted = noted

    def complain(self, column: str, expected: str, remedy: str = _REMEDY) -> None:
        """Add a problem at this record."""
        source = self.flat.source
        self._noted.findings.add(Problem(source.file, source.line, column, expected, remedy))

    def text(self, column: str, limit: int = _MAX_ID) -> str:
        """A required text of at most `limit` characters."""
        found = self.text_or_none(column, limit)
        if found is None:
            self.complain(column, "a value", "Fill it in: OneRoster requires it here.")
        return found or ""

    def text_or_none(self, column: str, limit: int = _MAX_ID) -> str | None:
        """An optional text; spaces around it are taken off."""
        found = self.flat.values.get(column, "").strip()
        if len(found) > limit:
            self.complain(column, f"at most {limit} characters")
        if hides_something(found):
            self.complain(column, "text without control characters or marks that turn its direction")
        return found or None

    def texts(self, column: str) -> tuple[str, ...]:
        """A list, each value once."""
        if column in self.flat.lists:
            listed = self.flat.lists[column]
        else:
            listed = tuple(self.flat.values.get(column, "").split(","))
        found = tuple(dict.fromkeys(one.strip() for one in listed if one.strip()))
        if len(found) > _MAX_LISTED or any(len(one) > _MAX_ID or hides_something(one) for one in found):
            self.complain(column, f"at most {_MAX_LISTED} ids of at most {_MAX_ID} characters, parted by commas")
            return ()
        return found

    def date_or_none(self, column: str) -> Date | None:
        """An optional day."""
        found = self.text_or_none(column, 32)
        if found is None:
            return None
        try:
            day = Date.fromisoformat(found) if _DATE.fullmatch(found) else None
        except ValueError:
            day = None
        if day is None or day.year < _FIRST_YEAR:
            self.complain(column, "a date such as 2026-09-30, not before 1900")
            return None
        return day

    def date(self, column: str) -> Date:
        """A required day."""
        found = self.date_or_none(column)
        if found is None and not self.flat.values.get(column, "").strip():
            self.complain(column, "a date", "Fill it in: OneRoster requires it here.")
        return found or Date.min

    def period(self, first: str, last: str) -> tuple[Date | None, Date | None]:
        """Two optional days, the second not before the first."""
        begins, ends = self.date_or_none(first), self.date_or_none(last)
        if begins and ends and ends < begins:
            self.complain(last, f"a day not before {first}")
        return begins, ends

    def term(self, column: str, known: frozenset[str]) -> Term:
        """A required value of an enumeration."""
        return self._term(column, self.text(column), known)

    def term_or_none(self, column: str, known: frozenset[str]) -> Term | None:
        """An optional value of an enumeration."""
        found = self.text_or_none(column)
        return None if found is None else self._term(column, found, known)

    def terms(self, column: str, known: frozenset[str]) -> tuple[Term, ...]:
        """Any number of values of an enumeration."""
        return tuple(self._term(column, one, known) for one in self.texts(column))

    def _term(self, column: str, found: str, known: frozenset[str]) -> Term:
        if found in known or not found:
            return Term(found, is_standard=True)
        self._noted.unfamiliar[f"{self.flat.entity}.{column}"] += 1
        if is_refused_value(found):
            self._noted.drops.add(self.flat.source.file, column, refused=True)
            return Term("", is_standard=False)
        if not _EXTENSION.fullmatch(found):
            self.complain(column, "a value of OneRoster 1.2's list, or an extension such as `ext:nurse`")
            return Term("", is_standard=False)
        return Term(found, is_standard=False)


def hides_something(text: str) -> bool:
    """Tell whether a text holds what a screen does not show: control characters, changes of direction."""
    if text.isprintable():
        return False
    return any(unicodedata.category(one) in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"} for one in text if one != "\u200d")
