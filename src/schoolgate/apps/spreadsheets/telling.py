"""What became of a spreadsheet's records, or would, in words."""

from collections.abc import Mapping
from typing import Final

from .models import Spreadsheet, State

_WOULD: Final[Mapping[str, str]] = {
    "new": "New",
    "changed": "Changed by this file",
    "unchanged": "Here already, and the same",
    "shut": "Expunged or destroyed here: left as they are",
    "wrong": "Wrong: nothing is brought in until they are right",
}
_DID: Final[Mapping[str, str]] = {
    "new": "New",
    "changed": "Changed",
    "unchanged": "The same as before",
    "shut": "Expunged or destroyed here: left as they were",
    "wrong": "Passed over: what they refer to had changed meanwhile",
}
_BESIDES: Final[Mapping[str, str]] = {
    "repeated": "Lines that repeat another line",
    "without_access": "Relations without access to a record: not said to be a legal guardian, restricted, or ended",
    "unfamiliar": "Words for places, parts or behaviors that nobody has explained: kept as they stand, sealed",
}


def outcome_lines(sheet: Spreadsheet) -> list[tuple[str, int]]:
    """Each outcome that has any, with how many."""
    words = {**(_WOULD if sheet.state == State.TRIED else _DID), **_BESIDES}
    return [(text, sheet.counts[name]) for name, text in words.items() if sheet.counts.get(name)]
