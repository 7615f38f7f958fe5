"""A whole history decided under a rulebook, and what would change under another.

Three-valued and equal, element by element, to `outcomes` of each case; see `vector` for how.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from schoolgate.engines.kept import Kept
from schoolgate.engines.law.deciding.case import parse_case
from schoolgate.engines.law.deciding.decision import WholeOutcome
from schoolgate.engines.law.deciding.program import Act, Outcome, Program, program_for
from schoolgate.engines.law.deciding.settle import settled_outcomes
from schoolgate.engines.law.deciding.source import Clause
from schoolgate.engines.law.errors import LawError
from schoolgate.engines.law.replaying.columns import WORD, Bools, Layout, Words, unpack
from schoolgate.engines.law.replaying.history import History
from schoolgate.engines.law.replaying.schedule import CHUNK, Code, code_for
from schoolgate.engines.law.replaying.vector import Builder, Rail
from schoolgate.engines.law.text.rulebook import Rulebook
from schoolgate.engines.law.text.vocabulary import WHOLE_RECORD

__all__ = ["WHOLES", "Replayed", "Standing", "replay", "settled", "survey"]

WHOLES: Final[tuple[WholeOutcome, ...]] = ("deny", "needs_review", "permit_redacted", "permit")
FULL: Final = ~np.uint64(0)
KEPT: Final = 512  # codes, a few hundred kilobytes each at most

_codes: Kept[tuple[str, tuple[str, ...], int, str], Code] = Kept(KEPT)


@dataclass(frozen=True, slots=True, eq=False)
class Replayed:
    """The outcome of every case of a history.

    Attributes:
        digest: of the rulebook.
        permit: for each element, in the vocabulary's order, the cases in which it is permitted, as bits.
        ask: the same where it depends on something unknown; it is denied in the others that ask for it.
        whole: for each case the position in `WHOLES` of what becomes of the whole.
    """

    history: History = field(repr=False)
    digest: str
    permit: Words = field(repr=False)
    ask: Words = field(repr=False)
    whole: npt.NDArray[np.uint8] = field(repr=False)

    @property
    def asked(self) -> Words:
        """For each element the cases that decide on it, derived ones too."""
        return self.history.bits[: len(self.history.vocabulary.elements)]

    def outcomes(self, number: int) -> dict[str, Outcome]:
        """Return the outcome of each element of a case, in the vocabulary's order."""
        if not 0 <= number < len(self.history):
            raise IndexError(number)
        word, bit = divmod(number, WORD)
        rows = (self.asked, self.permit, self.ask)
        asked, permit, ask = (row[:, word] >> np.uint64(bit) & np.uint64(1) for row in rows)
        return {
            name: "permit" if permit[row] else "ask" if ask[row] else "deny"
            for row, name in enumerate(self.history.vocabulary.elements)
            if asked[row]
        }

    def whole_of(self, number: int) -> WholeOutcome:
        """Return what becomes of the whole of a case, as `decide` joins its elements."""
        return WHOLES[int(self.whole[number])]

    def counts(self) -> dict[WholeOutcome, int]:
        """Return how many cases have each outcome."""
        return {name: int(count) for name, count in zip(WHOLES, np.bincount(self.whole, minlength=4), strict=True)}

    def element_counts(self) -> dict[str, dict[Outcome, int]]:
        """Return for each element that some case asks for how often it has each outcome."""
        totals = [np.bitwise_count(rows).sum(axis=1, dtype=np.int64) for rows in (self.asked, self.permit, self.ask)]
        return {
            name: {"permit": int(permit), "deny": int(asked - permit - ask), "ask": int(ask)}
            for name, asked, permit, ask in zip(self.history.vocabulary.elements, *totals, strict=True)
            if asked
        }


class Standing(NamedTuple):
    """Where one condition of a provision holds among neighbouring cases of one recipient and one law.

    Attributes:
        elements: those for which the condition speaks, asked for or not.
        start: the place of the first case in the history.
        true: for each case from there on whether it holds.
        unknown: for each whether that is unknown.
    """

    provision: str
    elements: frozenset[str]
    start: int
    true: Bools
    unknown: Bools


def replay(rulebook: Rulebook, history: History) -> Replayed:
    """Decide every case of a history under the law of its date in a rulebook.

    Linear in cases times the size of the provisions. The code is compiled for each recipient and each span
    between two changes of law that the history reaches, and kept by the rulebook's digest.

    Raises:
        LawError: the history was stored with other facts, elements or recipients.
    """
    history.check(rulebook)
    elements = len(history.vocabulary.elements)
    decided = np.zeros((2 * elements, history.bits.shape[1]), np.uint64)
    for start, stop, recipient, day in _segments(rulebook, history):
        code = _code(rulebook, history.layout, recipient, day)
        _run(code, history, start, stop, decided)
    permit, ask = decided[:elements], decided[elements:]
    return Replayed(history, rulebook.digest, permit, ask, _wholes(history, permit, ask))


def settled(rulebook: Rulebook, replayed: Replayed) -> Replayed:
    """Return a replay in which the cases that ask are decided as `decide` does: either way where completions agree.

    One such case at a time, about a thousand a second; nothing is done for a rulebook that switches this off.

    Raises:
        LawError: the replay was made under another rulebook.
    """
    if replayed.digest != rulebook.digest:
        raise LawError("replay", "it was made under another rulebook or version", "Replay under this one")
    history, permit, ask = replayed.history, replayed.permit.copy(), replayed.ask.copy()
    rows = {name: row for row, name in enumerate(history.vocabulary.elements)}
    waiting = unpack(np.bitwise_or.reduce(ask, axis=0), len(history)) if rulebook.either_way else np.zeros(0, bool)
    for place in map(int, np.flatnonzero(waiting)):
        word, bit = place // WORD, np.uint64(1) << np.uint64(place % WORD)
        case = parse_case(history.case(place, rulebook), rulebook)
        for name, outcome in settled_outcomes(rulebook, case).items():
            if ask[rows[name], word] & bit and outcome != "ask":
                ask[rows[name], word] ^= bit
                permit[rows[name], word] |= bit if outcome == "permit" else np.uint64(0)
    return Replayed(history, replayed.digest, permit, ask, _wholes(history, permit, ask))


def survey(rulebook: Rulebook, history: History, act: Act = "disclose") -> Iterator[Standing]:
    """Yield where the provisions hold or may hold, condition by condition; what is left out is false.

    For the acts other than `disclose` the element is the whole record. The same work as `replay`, and a byte
    for each case and condition.

    Raises:
        LawError: the history was stored with other facts, elements or recipients.
    """
    history.check(rulebook)
    names = [*history.vocabulary.elements, WHOLE_RECORD]
    for start, stop, recipient, day in _segments(rulebook, history):
        program = program_for(rulebook, day, recipient, act)
        builder = Builder(history.layout)
        scopes = [
            (clause.number, rail, scope)
            for clause in program.clauses
            for rail, scope in _scopes(builder, [clause]).items()
        ]
        values = [value for _, rail, _ in scopes for value in rail]
        results = np.zeros((len(values), history.bits.shape[1]), np.uint64)
        _run(code_for(builder, values), history, start, stop, results)
        for row, (number, _, scope) in enumerate(scopes):
            true, false = (unpack(results[2 * row + side], stop)[start:] for side in (0, 1))
            elements = frozenset(name for bit, name in enumerate(names) if scope >> bit & 1)
            yield Standing(program.provisions[number].id, elements, start, true, ~(true | false))


def _segments(rulebook: Rulebook, history: History) -> Iterator[tuple[int, int, str, dt.date]]:
    """Yield where neighbouring cases have one recipient and one law, and a day of it."""
    turns = [day.toordinal() for day in rulebook.cutovers]
    for recipient, start, stop in history.spans():
        days = history.days[start:stop]
        cuts = np.searchsorted(days, turns)
        for low, high in pairwise(sorted({0, len(days), *map(int, cuts)})):
            yield start + low, start + high, recipient, dt.date.fromordinal(int(days[low]))


def _run(code: Code, history: History, start: int, stop: int, results: Words) -> None:
    """Run code on the cases from `start` to before `stop`, and leave the results of those before them alone.

    In the last word it may write results of cases after them; the segments go upwards, so these are written again.
    """
    first, last = start // WORD, -(-stop // WORD)
    before = results[:, first].copy()
    for low in range(first, last, CHUNK):
        code.run(history.bits, history.numbers, low, results[:, low : min(low + CHUNK, last)])
    mine = FULL << np.uint64(start % WORD)
    results[:, first] = (results[:, first] & mine) | (before & ~mine)


def _wholes(history: History, permit: Words, ask: Words) -> npt.NDArray[np.uint8]:
    """Join the elements as `decide` does: the derived ones alone cannot hold up a denial."""
    some = np.bitwise_or.reduce
    asked = history.bits[: len(permit)]
    own = np.array([not element.hides_in for element in history.vocabulary.elements.values()])
    whole = np.zeros(asked.shape[1] * WORD, np.uint8)
    for low in range(0, asked.shape[1], CHUNK):
        window = slice(low, low + CHUNK)
        settled = permit[:, window] | ask[:, window]
        leaves = some(settled[own], axis=0)
        asks = some(ask[:, window], axis=0) & leaves
        withholds = some(asked[:, window] ^ settled, axis=0)
        cases = len(leaves) * WORD
        for position, words in ((1, asks), (2, leaves & ~asks & withholds), (3, leaves & ~asks & ~withholds)):
            whole[low * WORD : low * WORD + cases] += np.uint8(position) * unpack(words, cases).view(np.uint8)
    return whole[: len(history)]


def _code(rulebook: Rulebook, layout: Layout, recipient: str, day: dt.date) -> Code:
    key = (rulebook.digest, layout.counsel_ids, rulebook.era(day), recipient)
    return _codes.get(key, lambda: _decision_code(program_for(rulebook, day, recipient), layout))


def _decision_code(program: Program, layout: Layout) -> Code:
    """Write the code that gives for each element where it is permitted, then for each where it asks."""
    builder = Builder(layout)
    elements = layout.vocabulary.elements
    provisions = program.provisions
    open_layers = [
        _any_of(
            builder,
            [k for k in program.clauses if (p := provisions[k.number]).effect == "door" and p.layer == layer],
            len(elements),
        )
        for layer in program.layers
    ]
    bars = _any_of(builder, [k for k in program.clauses if provisions[k.number].effect == "prohibition"], len(elements))
    permits, asks = [], []
    for number, name in enumerate(elements):
        asked = builder.load("asked", name)
        barred, unbarred = bars[number]
        permitted = builder.every([*(layer[number][0] for layer in open_layers), unbarred])
        denied = builder.some([*(layer[number][1] for layer in open_layers), barred])
        permits.append(builder.both(asked, permitted))
        asks.append(builder.rest(asked, builder.both(asked, builder.either(permitted, denied))))
    return code_for(builder, [*permits, *asks])


def _any_of(builder: Builder, clauses: Iterable[Clause], elements: int) -> list[Rail]:
    """Return for each element where one of the clauses holds, and where none does.

    Clauses that speak for the same elements are joined once for all of them.
    """
    together: dict[int, list[Rail]] = {}
    for rail, scope in _scopes(builder, clauses).items():
        together.setdefault(scope, []).append(rail)
    joined = {
        scope: (builder.some(true for true, _ in rails), builder.every(false for _, false in rails))
        for scope, rails in sorted(together.items(), key=lambda item: -item[0].bit_count())
    }
    return [
        (
            builder.some(true for scope, (true, _) in joined.items() if scope >> element & 1),
            builder.every(false for scope, (_, false) in joined.items() if scope >> element & 1),
        )
        for element in range(elements)
    ]


def _scopes(builder: Builder, clauses: Iterable[Clause]) -> dict[Rail, int]:
    """Return each different condition and the mask of the elements for which it speaks."""
    scopes: dict[Rail, int] = {}
    for clause in clauses:
        for mask, condition in clause.cases:
            if not builder.is_apart(condition):
                rail = builder.rail(condition, -1)
                scopes[rail] = scopes.get(rail, 0) | mask
                continue
            for element in range(mask.bit_length()):
                if mask >> element & 1:
                    rail = builder.rail(condition, element)
                    scopes[rail] = scopes.get(rail, 0) | 1 << element
    return scopes
