"""Many cases in columns, in one file that is mapped rather than read: what a replay goes through.

A history is bound to the nouns of a rulebook, not to its provisions: it can be replayed under every rulebook
with the same facts, elements and recipients. Counsel's answers are kept by provision; a rulebook that asks
about other provisions finds those unknown. Cases stand ordered by recipient and day, so that the cases under
one program are neighbours. Titles are not kept: free text has no place in a file that lasts.

The file: a line with the format; a line with the length of the head in ten digits and the sha256, in hex, of
the head and the arrays; the head as JSON; then the arrays, little-endian, each on a boundary of 64 bytes.
"""

import datetime as dt
import hashlib
import json
import math
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from schoolgate.engines.law.deciding.case import CASE_FORMAT, Case
from schoolgate.engines.law.errors import LawError
from schoolgate.engines.law.replaying.columns import (
    Bools,
    Column,
    Layout,
    Numbers,
    Words,
    pack,
    shape_digest,
    unpack,
    words_for,
)
from schoolgate.engines.law.text.rulebook import Rulebook
from schoolgate.engines.law.text.vocabulary import DISCLOSURE_DATE, Coded, Fact, Vocabulary

__all__ = ["History", "Span"]

FORMAT: Final = b"schoolgate-history/1\n"
ALIGN: Final = 64
OPENING: Final = re.compile(re.escape(FORMAT) + rb"([0-9]{10}) ([0-9a-f]{64})\n")
OPENING_LENGTH: Final = len(FORMAT) + 10 + 1 + 64 + 1


class Span(NamedTuple):
    """Neighbouring cases of one recipient: `start` to before `stop`."""

    recipient: str
    start: int
    stop: int


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Cases in columns; see `columns` for what a column is.

    Attributes:
        bits: words, one row a column of `layout.bits`.
        numbers: one row for each of `layout.numbers`, as long as the words reach; zero where unknown.
        recipients: the position of each case's recipient, ascending.
        ids: the ends of the cases' ids in `text`.
        text: all ids in UTF-8, one after the other.
    """

    layout: Layout
    bits: Words = field(repr=False)
    numbers: Numbers = field(repr=False)
    recipients: npt.NDArray[np.uint16] = field(repr=False)
    ids: Numbers = field(repr=False)
    text: npt.NDArray[np.uint8] = field(repr=False)

    def __len__(self) -> int:
        return len(self.recipients)

    @property
    def vocabulary(self) -> Vocabulary:
        """The nouns that the cases use."""
        return self.layout.vocabulary

    @property
    def counsel_ids(self) -> tuple[str, ...]:
        """The provisions about which the cases may hold an answer of counsel."""
        return self.layout.counsel_ids

    @property
    def days(self) -> Numbers:
        """The day number of each case."""
        return self.numbers[self.layout.numbers[DISCLOSURE_DATE], : len(self)]

    @classmethod
    def of(cls, rulebook: Rulebook, cases: Sequence[Case]) -> Self:
        """Store cases; linear in cases times facts, about 50,000 cases a second.

        Raises:
            LawError: a case was parsed with another rulebook.
        """
        if any(case.digest != rulebook.digest for case in cases):
            raise LawError("case", "it was parsed with another rulebook or version", "Parse it again with this one")
        layout = Layout(rulebook.vocabulary, rulebook.counsel_ids)
        codes = {name: code for code, name in enumerate(rulebook.vocabulary.recipients)}
        ordered = sorted(cases, key=lambda case: (codes[case.recipient], case.date))
        words = words_for(len(ordered))
        bits = np.zeros((len(layout.bits), words), np.uint64)
        numbers = np.zeros((len(layout.numbers), words * 64), np.int64)
        masks = _membership([case.asked for case in ordered], len(layout.vocabulary.elements))
        for number in range(len(layout.vocabulary.elements)):
            pack(masks[number], bits[number])
        names = [*rulebook.facts, *(f"counsel:{name}" for name in rulebook.counsel_ids)]
        values = zip(*(case.vector for case in ordered), strict=True) if ordered else ((),) * len(names)
        for name, column in zip(names, values, strict=True):
            _store(layout, name, column, bits, numbers)
        numbers[0, : len(ordered)] = [case.date.toordinal() for case in ordered]
        encoded = [case.id.encode() for case in ordered]
        return cls(
            layout,
            bits,
            numbers,
            np.array([codes[case.recipient] for case in ordered], np.uint16),
            np.cumsum(np.array([0, *map(len, encoded)], np.int64))[1:],
            np.frombuffer(b"".join(encoded), np.uint8),
        )

    def append(self, rulebook: Rulebook, cases: Sequence[Case]) -> "History":
        """Return a history with more cases; answers about provisions that either knows are all kept.

        Linear in the size of both.

        Raises:
            LawError: a case was parsed with another rulebook, or the nouns differ.
        """
        self.check(rulebook)
        return _joined(self, History.of(rulebook, cases))

    def check(self, rulebook: Rulebook) -> None:
        """Raise `LawError` unless a rulebook speaks of the same facts, elements and recipients."""
        mine, other = self.vocabulary, rulebook.vocabulary
        if mine is not other and shape_digest(mine) != shape_digest(other):
            raise LawError(
                "history",
                "it was stored with other facts, elements or recipients",
                "Store it again from the cases with this rulebook",
            )

    def spans(self) -> Iterator[Span]:
        """Yield for each recipient, in order, where its cases stand."""
        for code, recipient in enumerate(self.vocabulary.recipients):
            start, stop = np.searchsorted(self.recipients, [code, code + 1])
            if start < stop:
                yield Span(recipient, int(start), int(stop))

    def id_of(self, number: int) -> str:
        """Return the id of a case; raise `IndexError` for one that is not there."""
        if not 0 <= number < len(self):
            raise IndexError(number)
        start = int(self.ids[number - 1]) if number else 0
        return self.text[start : int(self.ids[number])].tobytes().decode()

    def case(self, number: int, rulebook: Rulebook | None = None) -> dict[str, Any]:
        """Return a case as `parse_case` reads it, its elements in the vocabulary's order.

        Args:
            number: its place, from 0.
            rulebook: for which to write it: answers about provisions that this one does not ask about are left
                out.

        Raises:
            IndexError: there is no such case.
        """
        identifier = self.id_of(number)
        lit = (self.bits[:, number // 64] >> np.uint64(number % 64) & np.uint64(1)).astype(bool).tolist()
        columns = self.layout.bits
        elements = [e.name for e in self.vocabulary.elements.values() if not e.hides_in]
        answers = {}
        for name in self.counsel_ids:
            yes, no = (lit[columns[Column(kind, f"counsel:{name}")]] for kind in ("true", "false"))
            if (yes or no) and (rulebook is None or name in rulebook.counsel_ids):
                answers[name] = yes
        return {
            "format": CASE_FORMAT,
            "id": identifier,
            **({} if rulebook is None else {"rulebook": rulebook.id}),
            "date": dt.date.fromordinal(int(self.days[number])).isoformat(),
            "recipient": {"kind": list(self.vocabulary.recipients)[self.recipients[number]]},
            "elements": [name for name in elements if lit[columns[Column("asked", name)]]],
            "facts": {fact.name: self._plain(fact, number, lit) for fact in self.vocabulary.facts.values()},
            "counsel_answers": answers,
        }

    def _plain(self, fact: Fact, number: int, lit: list[bool]) -> bool | int | str | list[str] | None:
        columns = self.layout.bits
        if fact.type == "bool":
            yes, no = (lit[columns[Column(kind, fact.name)]] for kind in ("true", "false"))
            return yes if yes or no else None
        if not lit[columns[Column("known", fact.name)]]:
            return None
        if fact.type in ("date", "number"):
            return fact.decode(int(self.numbers[self.layout.numbers[fact.name], number]))
        held = [code for code in range(len(fact.values)) if lit[columns[Column("value", fact.name, code)]]]
        return fact.decode(sum(1 << code for code in held) if fact.type == "set" else held[0])

    def save(self, path: Path) -> None:
        """Write the file beside its place and move it there, so that nobody ever maps half of one."""
        arrays = self._arrays()
        head = json.dumps(
            {
                "vocabulary": shape_digest(self.vocabulary),
                "counsel_ids": self.counsel_ids,
                "cases": len(self),
                "text": len(self.text),
            }
        ).encode()
        content = hashlib.sha256(head)
        for array in arrays:
            content.update(array.data)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with draft.open("wb") as file:
                file.write(FORMAT + b"%010d %s\n" % (len(head), content.hexdigest().encode()) + head)
                for array in arrays:
                    file.write(b"\0" * (-file.tell() % ALIGN))
                    file.write(array.data)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)

    def _arrays(self) -> list[npt.NDArray[Any]]:
        return [
            np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
            for array in (self.bits, self.numbers, self.recipients, self.ids, self.text)
        ]

    @classmethod
    def load(cls, path: Path, vocabulary: Vocabulary) -> Self:
        """Map a file; its pages are read once to check them against their digest.

        Raises:
            LawError: the file is unreadable, damaged or cut, or was stored with another vocabulary.
        """
        try:
            return cls(*_mapped(path, vocabulary))
        except OSError as error:
            raise LawError(
                str(path), f"cannot be read ({type(error).__name__})", "Check that the file exists"
            ) from error
        except (ValueError, KeyError, TypeError) as error:
            raise LawError(str(path), "is no history, or a damaged one", "Store it again from the cases") from error


def _mapped(path: Path, vocabulary: Vocabulary) -> tuple[Layout, Words, Numbers, Any, Numbers, Any]:
    whole = np.memmap(path, np.uint8, "r")
    opening = OPENING.match(bytes(whole[:OPENING_LENGTH]))
    if opening is None:
        raise ValueError("another format")
    offset = OPENING_LENGTH + int(opening[1])
    written = bytes(whole[OPENING_LENGTH:offset])
    content = hashlib.sha256(written)
    head = json.loads(written)
    if head["vocabulary"] != shape_digest(vocabulary):
        raise LawError(str(path), "other facts, elements or recipients were stored", "Store it again from the cases")
    layout = Layout(vocabulary, head["counsel_ids"])
    cases = int(head["cases"])
    words = words_for(cases)
    arrays: list[Any] = []
    for kind, shape in (
        ("<u8", (len(layout.bits), words)),
        ("<i8", (len(layout.numbers), words * 64)),
        ("<u2", (cases,)),
        ("<i8", (cases,)),
        ("u1", (int(head["text"]),)),
    ):
        offset += -offset % ALIGN
        end = offset + math.prod(shape) * np.dtype(kind).itemsize
        part = np.asarray(whole[offset:end])
        content.update(part.data)
        arrays.append(part.view(kind).reshape(shape))
        offset = end
    if offset != len(whole) or content.hexdigest().encode() != opening[2]:
        raise ValueError("the content")
    bits, numbers, recipients, ids, text = arrays
    return layout, bits, numbers, recipients, ids, text


def _store(layout: Layout, name: str, column: Sequence[Coded], bits: Words, numbers: Numbers) -> None:
    fact = layout.vocabulary.facts.get(name)
    columns = layout.bits
    if fact is None or fact.type == "bool":
        for kind, wanted in (("true", True), ("false", False)):
            pack(np.array([value is wanted for value in column], bool), bits[columns[Column(kind, name)]])
        return
    known = np.array([value is not None for value in column], bool)
    pack(known, bits[columns[Column("known", name)]])
    if fact.type in ("date", "number"):
        numbers[layout.numbers[name], : len(column)] = [value or 0 for value in column]
        return
    if fact.type == "enum":
        codes = np.array([-1 if value is None else value for value in column], np.int64)
        truths: Sequence[Bools] = [codes == code for code in range(len(fact.values))]
    else:
        truths = list(_membership([value or 0 for value in column], len(fact.values)))
    for code, members in enumerate(truths):
        pack(members, bits[columns[Column("value", name, code)]])


def _membership(masks: Sequence[int], members: int) -> Bools:
    """Return a row a member: in which masks it is."""
    size = -(-members // 8) or 1
    octets = np.frombuffer(b"".join(mask.to_bytes(size, "little") for mask in masks), np.uint8).reshape(-1, size)
    bits: Bools = np.unpackbits(octets, axis=1, count=members, bitorder="little").view(np.bool_).T
    return bits


def _joined(first: History, second: History) -> History:
    """Merge two histories of one vocabulary; cases of the first stand before equal ones of the second."""
    layout = Layout(first.vocabulary, sorted({*first.counsel_ids, *second.counsel_ids}))
    both = (first, second)
    total = sum(map(len, both))
    recipients = np.concatenate([part.recipients for part in both])
    order = np.lexsort((np.concatenate([part.days for part in both]), recipients))
    bits = np.zeros((len(layout.bits), words_for(total)), np.uint64)
    for column, number in layout.bits.items():
        truths = [
            unpack(part.bits[row], len(part))
            if (row := part.layout.bits.get(column)) is not None
            else np.zeros(len(part), bool)
            for part in both
        ]
        pack(np.concatenate(truths)[order], bits[number])
    numbers = np.zeros((len(layout.numbers), words_for(total) * 64), np.int64)
    numbers[:, :total] = np.concatenate([part.numbers[:, : len(part)] for part in both], axis=1)[:, order]
    encoded = [part.id_of(number).encode() for part in both for number in range(len(part))]
    encoded = [encoded[number] for number in order]
    return History(
        layout,
        bits,
        numbers,
        recipients[order],
        np.cumsum(np.array([0, *map(len, encoded)], np.int64))[1:],
        np.frombuffer(b"".join(encoded), np.uint8),
    )
