"""The file in which every leaf of a log is opened for the auditor: JSON lines, one a leaf, in the log's order.

It names what no public file does, so it is handed over and never published.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Self

from schoolgate.engines.tlog.errors import AuditError
from schoolgate.engines.tlog.pseudonyms import KEY_BYTES

FORMAT: Final = "schoolgate openings v1"
MAX_LINE_BYTES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Head:
    """The first line.

    Args:
        log: Origin of the log.
        size: How many leaves are opened.
        pads: The key of the students' pads.
    """

    log: str
    size: int
    pads: bytes

    @property
    def line(self) -> bytes:
        """As it is written."""
        return _line({"format": FORMAT, "log": self.log, "size": self.size, "students_key": self.pads.hex()})

    @classmethod
    def parse(cls, line: bytes) -> Self:
        """Read it.

        Raises:
            AuditError: It is none.
        """
        raw = _object(line)
        if raw.get("format") != FORMAT:
            raise AuditError(f"the file of openings does not begin with a line of the format {FORMAT}")
        log, size, pads = raw.get("log"), raw.get("size"), raw.get("students_key")
        try:
            key = bytes.fromhex(str(pads))
        except ValueError:
            key = b""
        if not isinstance(log, str) or type(size) is not int or len(key) != KEY_BYTES:
            raise AuditError("the first line of the file of openings names no log, size or key")
        return cls(log, size, key)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One line.

    Args:
        index: Place of the leaf.
        record: The canonical record; empty when it was destroyed.
        randomness: What its commitment was made with; empty when it was destroyed.
        destroyed_by: The entry that says that this opening was destroyed; empty when it was not.
    """

    index: int
    record: bytes
    randomness: bytes
    destroyed_by: str = ""

    @property
    def line(self) -> bytes:
        """As it is written."""
        if self.destroyed_by:
            return _line({"index": self.index, "destroyed_by": self.destroyed_by})
        return _line({"index": self.index, "randomness": self.randomness.hex(), "record": self.record.decode()})

    @classmethod
    def parse(cls, line: bytes) -> Self:
        """Read it.

        Raises:
            AuditError: It is none.
        """
        raw = _object(line)
        index = raw.get("index")
        if type(index) is not int:
            raise AuditError("a line of the file of openings has no index")
        if raw.keys() == {"index", "destroyed_by"} and isinstance(raw["destroyed_by"], str) and raw["destroyed_by"]:
            return cls(index, b"", b"", raw["destroyed_by"])
        if raw.keys() != {"index", "randomness", "record"} or not isinstance(raw["record"], str):
            raise AuditError(f"the line of leaf {index} has neither randomness and record nor what destroyed them")
        try:
            return cls(index, raw["record"].encode(), bytes.fromhex(str(raw["randomness"])))
        except ValueError as problem:
            raise AuditError(f"the line of leaf {index} is malformed") from problem


def read_lines(lines: Iterable[bytes]) -> tuple[Head, Iterator[Leaf | str]]:
    """The head, and each leaf in order, streamed; for a line that is none, what is wrong with it.

    Raises:
        AuditError: The first line is none.
    """
    rows = iter(lines)
    return Head.parse(next(rows, b"")), (_leaf(number, line) for number, line in enumerate(rows, 2))


def _leaf(number: int, line: bytes) -> Leaf | str:
    try:
        return Leaf.parse(line)
    except AuditError as problem:
        return f"line {number} of the openings: {problem}"


def _object(line: bytes) -> dict[str, object]:
    if len(line) > MAX_LINE_BYTES:
        raise AuditError(f"a line of more than {MAX_LINE_BYTES} bytes is not read")
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError):
        raise AuditError("a line is not JSON") from None
    if not isinstance(raw, dict):
        raise AuditError("a line is no JSON object")
    return raw


def _line(value: dict[str, object]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
