"""What would change: one history decided under two rulebooks."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from schoolgate.engines.law.deciding.decision import WholeOutcome
from schoolgate.engines.law.deciding.program import Outcome
from schoolgate.engines.law.errors import LawError
from schoolgate.engines.law.replaying.columns import Numbers, Words, unpack
from schoolgate.engines.law.replaying.replay import WHOLES, Replayed

__all__ = ["Changes", "changes"]

OUTCOMES: tuple[Outcome, ...] = ("permit", "ask", "deny")


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """The cases that two rulebooks decide differently, by their places in the history.

    Attributes:
        total: how many cases were replayed.
        cases: those in which some element changes, ascending.
        whole: for each change of the whole, from and to, the cases.
        elements: for each element that changes, from and to, the cases.
    """

    total: int
    cases: Numbers
    whole: Mapping[tuple[WholeOutcome, WholeOutcome], Numbers]
    elements: Mapping[tuple[str, Outcome, Outcome], Numbers] = field(repr=False)

    def of(self, case: int) -> dict[str, tuple[Outcome, Outcome]]:
        """Return what changes in one case: by element, from what to what."""
        found = {}
        for (name, before, after), places in self.elements.items():
            at = int(np.searchsorted(places, case))
            if at < len(places) and places[at] == case:
                found[name] = (before, after)
        return found


def changes(old: Replayed, new: Replayed) -> Changes:
    """Compare two replays of one history; linear in its words and in what changes.

    Raises:
        LawError: they are replays of different histories.
    """
    if old.history is not new.history:
        raise LawError("changes", "these are replays of two histories", "Replay one history under both rulebooks")
    total = len(old.history)
    differ = (old.permit ^ new.permit) | (old.ask ^ new.ask)
    elements: dict[tuple[str, Outcome, Outcome], Numbers] = {}
    for row, name in enumerate(old.history.vocabulary.elements):
        if not differ[row].any():
            continue
        before, after = _three(old, row), _three(new, row)
        for one, was in zip(OUTCOMES, before, strict=True):
            for two, becomes in zip(OUTCOMES, after, strict=True):
                if one != two and (both := was & becomes).any():
                    elements[name, one, two] = _places(both, total)
    codes = old.whole.astype(np.int64) * len(WHOLES) + new.whole
    whole = {
        (one, two): np.flatnonzero(codes == first * len(WHOLES) + second)
        for first, one in enumerate(WHOLES)
        for second, two in enumerate(WHOLES)
        if first != second
    }
    return Changes(
        total,
        _places(np.bitwise_or.reduce(differ, axis=0), total),
        {pair: places for pair, places in whole.items() if len(places)},
        elements,
    )


def _three(replayed: Replayed, row: int) -> tuple[Words, Words, Words]:
    permit, ask = replayed.permit[row], replayed.ask[row]
    return permit, ask, replayed.asked[row] ^ permit ^ ask


def _places(words: Words, total: int) -> Numbers:
    return np.flatnonzero(unpack(words, total))
