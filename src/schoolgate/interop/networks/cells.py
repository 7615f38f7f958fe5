"""What stands in one cell or attribute: text, words, dates; the same in CSV and GraphML.

- Dates are `YYYY-MM-DD`, or empty: no date known (start), or none set (end).
- Kinds and purposes are joined by `;`. `?` or `unknown` says that the terms are not known; `none` that nothing is
  allowed. An empty cell is refused: it could mean either, and the two give opposite answers.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields
from datetime import date
from typing import Final

from schoolgate.engines.reach import NOT_TO_BE_SHOWN, Agency, Agreement
from schoolgate.interop.networks.problems import Findings, shown
from schoolgate.interop.networks.tables import MAX_CELL

UNKNOWN: Final = "?"
NOTHING: Final = "none"
_UNKNOWN: Final = frozenset({"?", "unknown"})
_RESERVED: Final = _UNKNOWN | {NOTHING}

AGENCY_NEEDED: Final = ("id", "name", "kind")
AGENCY_FIELDS: Final = tuple(column.name for column in fields(Agency))
AGREEMENT_NEEDED: Final = (
    "id",
    "giver",
    "receiver",
    "title",
    "start",
    "end",
    "kinds",
    "purposes",
    "onward",
    "status",
    "source",
)
AGREEMENT_FIELDS: Final = tuple(column.name for column in fields(Agreement))
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATES: Final = frozenset({"start", "end"})
_TERMS: Final = frozenset({"kinds", "purposes"})
_WORDS: Final = _TERMS | {"onward_to"}
# Ids and words of a fixed vocabulary: spaces around them are slips.
_CODES: Final = frozenset(
    {"id", "giver", "receiver", "kind", "form", "part_of", "onward", "status", "basis", "document"}
)


class Place:
    """Where a value stands, to say so when it is wrong."""

    def __init__(self, findings: Findings, file: str, line: int, element: str = "") -> None:
        self._findings = findings
        self._element = f" (in {element})" if element else ""
        self.file = file
        self.line = line
        self.good = True

    def refuse(self, field: str, wrong: str, remedy: str) -> None:
        """Note that a value is wrong."""
        self.good = False
        self._findings.add(self.file, self.line, field, f"{wrong}{self._element}", remedy)


def read_agency(cells: Mapping[str, str], place: Place) -> Agency | None:
    """An agency from its cells; None when one is wrong, which `place` has noted."""
    values = {name: _text(name, text, place) for name, text in cells.items() if text or name in AGENCY_NEEDED}
    for name in AGENCY_NEEDED:
        if not values.get(name, "").strip():
            place.refuse(name, "is empty", "Write what the agency is called" if name == "name" else f"Write its {name}")
    return Agency(**values) if place.good else None  # type: ignore[arg-type]  # checked with the whole network


def read_agreement(cells: Mapping[str, str], place: Place) -> Agreement | None:
    """An agreement from its cells; None when one is wrong, which `place` has noted."""
    values: dict[str, object] = {}
    for name, text in cells.items():
        if name in _DATES:
            values[name] = _date(name, text, place)
        elif name in _WORDS:
            values[name] = _words(name, text, place)
        elif text or name in AGREEMENT_NEEDED:
            values[name] = _text(name, text, place)
    for name in ("id", "giver", "receiver", "onward", "status"):
        if not values.get(name):
            place.refuse(name, "is empty", f"Write {_WHAT.get(name, 'the id of an agency')}")
    if values.get("onward") == UNKNOWN:
        values["onward"] = "unknown"
    start, end = values.get("start"), values.get("end")
    if isinstance(start, date) and isinstance(end, date) and end < start:
        place.refuse("end", f"{end} is before the start {start}", "Exchange or correct the dates")
    return Agreement(**values) if place.good else None  # type: ignore[arg-type]  # checked with the whole network


_WHAT: Final = {
    "id": "a short name for it that no other has",
    "onward": "yes, no, only or unknown",
    "status": "how it is known, such as documented",
}


def written(one: Agency | Agreement, place: Place) -> dict[str, str]:
    """The cells of an agency or agreement; what a cell cannot hold is noted in `place`."""
    names = AGENCY_FIELDS if isinstance(one, Agency) else AGREEMENT_FIELDS
    return {name: _cell(name, value, place) if (value := getattr(one, name)) != "" else "" for name in names}


def _cell(name: str, value: object, place: Place) -> str:
    if name in _WORDS:
        return _joined(name, value, place)
    if name in _DATES:
        return value.isoformat() if isinstance(value, date) else ""
    text = str(value)
    if name in _CODES and text != text.strip():
        place.refuse(name, f"{shown(text)} has spaces around it", "Take them off")
    return _text(name, text, place)


def _joined(name: str, value: object, place: Place) -> str:
    if value is None:
        return UNKNOWN
    words = sorted(value) if isinstance(value, frozenset) else []
    for word in words:
        if ";" in word or word != word.strip() or not word or word in _RESERVED:
            place.refuse(name, f"the word {shown(word)} cannot be written in a list", "Rename it, or use JSON")
        _text(name, word, place)
    return ";".join(words) or (NOTHING if name in _TERMS else "")


def _text(name: str, text: str, place: Place) -> str:
    if found := NOT_TO_BE_SHOWN.search(text):
        place.refuse(name, f"holds the control character {found[0]!a}", "Take it out")
    if len(text) > MAX_CELL:
        place.refuse(
            name, f"holds {len(text)} characters", f"Shorten it to {MAX_CELL}; a paper belongs into its own file"
        )
    return text.strip() if name in _CODES else text


def _date(name: str, text: str, place: Place) -> date | None:
    day = text.strip()
    if not day:
        return None
    # Python reads week dates and the like too: one way to write a day is enough.
    if _DAY.fullmatch(day):
        with suppress(ValueError):
            return date.fromisoformat(day)
    place.refuse(name, f"{shown(text)} is no date", "Write YYYY-MM-DD, or leave it empty when there is none")
    return None


def _words(name: str, text: str, place: Place) -> frozenset[str] | None:
    words = [word.strip() for word in _text(name, text, place).split(";")]
    given = frozenset(word for word in words if word)
    if name not in _TERMS:
        return given
    if not given:
        place.refuse(
            name, "is empty", f"Write {UNKNOWN} when the terms are not known, {NOTHING} when nothing is allowed"
        )
        return frozenset()
    if given & _RESERVED and len(given) > 1:
        word = min(given & _RESERVED)
        place.refuse(name, f"{word!r} stands among other words", "Write it alone, or leave it out")
    if given & _UNKNOWN:
        return None
    return frozenset() if given == {NOTHING} else given
