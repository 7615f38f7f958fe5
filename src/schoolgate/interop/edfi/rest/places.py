"""Where a reading stands: written down after each page, so that one that was killed goes on there."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from schoolgate.interop.edfi.rest.fields import RESOURCES
from schoolgate.interop.edfi.rest.wire import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

_FORMAT = "edfi-progress/1"
_LARGEST = 2**63


class Paging(StrEnum):
    """How pages are asked for."""

    OFFSET = "offset"
    """From the last page to the first, so that what is deleted meanwhile makes records come twice, never be missed."""
    CURSOR = "cursor"
    """Each page names the next (ODS/API 7.3 and later)."""


class Part(StrEnum):
    """What of a resource is read."""

    GONE = "deletes"
    REKEYED = "keyChanges"
    ROWS = "rows"


@dataclass(frozen=True, slots=True)
class Place:
    """The next page of a resource.

    Attributes:
        offset: Of its first record.
        token: That names it; empty when it is asked for by offset, and for the first.
        seen: Records on the pages before.
        total: Records that the API said there are.
    """

    offset: int = 0
    token: str = field(default="", repr=False)
    seen: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One part of one resource."""

    part: Part
    resource: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a reading has come. Holds no data of any person.

    Attributes:
        api: The API's address.
        since: The change version up to which all was read before; nothing to read everything.
        until: The newest change version when this reading began; nothing when the API keeps none.
        paging: How rows are paged.
        step: Steps that are done.
        place: The next page of the step at hand; nothing at its start.
    """

    api: str
    since: int | None
    until: int | None
    paging: Paging
    step: int = 0
    place: Place | None = None

    @property
    def steps(self) -> tuple[Step, ...]:
        """What is read, in order: what is gone, by the dependent records first; keys that changed; then rows."""
        return tuple(_steps(is_whole=self.since is None))

    @property
    def is_done(self) -> bool:
        """Whether all was read; `until` is then what the next reading is `since`."""
        return self.step >= len(self.steps)

    def at(self, place: Place | None) -> Self:
        """The same, with this as the next page; at the next step when there is no page left."""
        return replace(self, step=self.step + (place is None), place=place)

    def to_text(self) -> str:
        """As a line of JSON, to be kept."""
        return json.dumps({"format": _FORMAT, **asdict(self)})

    @classmethod
    def from_text(cls, text: str) -> Self:
        """What `to_text` made.

        Raises:
            ApiError: When it is something else.
        """
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        match found:
            case {
                "format": "edfi-progress/1",
                "api": str(api),
                "since": int() | None as since,
                "until": int() | None as until,
                "paging": "offset" | "cursor" as paging,
                "step": int(step),
                "place": None | {} as stated,
            } if _is_place(stated) and step >= 0:
                return cls(api, since, until, Paging(paging), step, Place(**stated) if stated else None)
        raise refusal("the kept progress", "text", "what an earlier reading kept", "Begin a new reading.")


def _steps(*, is_whole: bool) -> Iterator[Step]:
    if not is_whole:
        yield from (Step(Part.GONE, resource) for resource in reversed(tuple(RESOURCES)))
        yield from (Step(Part.REKEYED, resource) for resource in RESOURCES)
    yield from (Step(Part.ROWS, resource) for resource in RESOURCES)


def _is_place(stated: object) -> bool:
    match stated:
        case None:
            return True
        case {"offset": int(offset), "token": str(), "seen": int(seen), "total": int(total), **others}:
            return not others and all(0 <= number < _LARGEST for number in (offset, seen, total))
    return False
