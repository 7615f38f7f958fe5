"""What goes over the wire, and what may go wrong with it. Who sends is the caller's affair.

No answer, and nothing of one, is ever quoted: an answer holds children's records.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Never

from schoolgate.interop.problems import Problem, ReadingError

MIB = 1024 * 1024
_LONGEST_COUNT = 18


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """What to send. Its headers hold secrets, so it does not show itself."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """What came back, whatever the status.

    Attributes:
        headers: By any spelling; the last one counts when a name comes twice.
        body: Whole: who sends raises `OSError` when the connection ended before all had come.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    def header(self, name: str) -> str:
        """A header's value; empty when it is not there."""
        wanted = name.casefold()
        found = [value for spelled, value in self.headers.items() if spelled.casefold() == wanted]
        return found[-1].strip() if found else ""


type Send = Callable[[Request], Answer]
"""Sends a request and gives the answer, following no redirect. Raises `OSError` when there is none: unreachable, too
slow, too long, cut short."""


@dataclass(frozen=True, slots=True)
class ApiLimits:
    """What reading an API may cost.

    Attributes:
        page_size: Records asked for at once; Ed-Fi allows 500.
        page_bytes: Size of the largest answer that is read.
        attempts: How often one request is made before it has failed.
        longest_wait: Seconds; an API that asks for more is left until the next run.
        depth: Nested objects and lists in a record.
        record_fields: Fields in one record.
        key_changes: Changed keys of one resource that are held in memory at once.
        problems: Bad records after which reading stops.
    """

    page_size: int = 500
    page_bytes: int = 64 * MIB
    attempts: int = 6
    longest_wait: float = 300
    depth: int = 24
    record_fields: int = 20_000
    key_changes: int = 200_000
    problems: int = 100


@dataclass(frozen=True, slots=True, order=True)
class ApiProblem(Problem):
    """One thing that is wrong with what an API gives. `file` names the resource and page, `line` the record in it."""

    def __str__(self) -> str:
        where = f"{self.file}, record {self.line}" if self.line else self.file
        return f"{where}: {self.field}: expected {self.expected}. {self.remedy}"


class ApiError(ReadingError):
    """An Ed-Fi API cannot be read, or does not take what is sent.

    Attributes:
        status: Of the answer; 0 when there was none that could be used.
    """

    def __init__(self, problem: Problem, status: int = 0) -> None:
        super().__init__(problem)
        self.status = status


def refusal(what: str, item: str, expected: str, remedy: str, *, status: int = 0) -> ApiError:
    """An error about a resource and page."""
    return ApiError(ApiProblem(what, 0, item, expected, remedy), status)


@dataclass(slots=True)
class AgainError(Exception):
    """One attempt failed in a way that another may not.

    Attributes:
        expected: What should have come.
        remedy: What to do when no attempt works.
        after: Seconds that the API asks to wait.
    """

    expected: str
    remedy: str
    after: float | None = None
    status: int = 0


class BrokenError(AgainError):
    """The answer is not what it should be."""

    def __init__(self, expected: str) -> None:
        remedy = "The API sends broken pages: tell whoever runs it, and run again; reading goes on at this page."
        super().__init__(expected, remedy)


@dataclass(frozen=True, slots=True, repr=False)
class Value:
    """The JSON of an answer, with the answer's headers."""

    answer: Answer = field(repr=False)
    value: object

    def count(self, name: str) -> int:
        """A header that holds a count.

        Raises:
            BrokenError: When it holds none.
        """
        text = self.answer.header(name)
        if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_COUNT):
            raise BrokenError(f"a {name} header with a count")
        return int(text)


def read_json(answer: Answer, limits: ApiLimits) -> Value:
    """The JSON of an answer. Numbers with a point stay text; a name that comes twice in an object is refused.

    Raises:
        BrokenError: When the body is too large or no JSON.
    """
    if len(answer.body) > limits.page_bytes:
        raise BrokenError(f"at most {limits.page_bytes // MIB} MiB")
    found: list[object] = []
    try:
        text = answer.body.decode("utf-8-sig")
        found.append(json.loads(text, parse_float=str, parse_constant=_no_constant, object_pairs_hook=_each_once))
    except (ValueError, RecursionError):
        """Its message, and the error itself, hold the whole answer: both end here."""
    if not found:
        raise BrokenError("well-formed JSON to the end")
    return Value(answer, found[0])


def _no_constant(_name: str) -> Never:
    raise ValueError


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found
