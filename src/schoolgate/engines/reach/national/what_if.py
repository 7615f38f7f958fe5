"""What changes when agreements are signed, ended or amended, without settling the country again."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from schoolgate.engines.reach.errors import ReachError
from schoolgate.engines.reach.national.answers import National, Summary, summary_of
from schoolgate.engines.reach.national.asked import SOURCE, TARGET, halves
from schoolgate.engines.reach.national.changing import Graph, change, undo, work_of
from schoolgate.engines.reach.national.compiled import NONE, Ints
from schoolgate.engines.reach.national.states import copied, touched
from schoolgate.engines.reach.network.nouns import Agreement
from schoolgate.engines.reach.searching.prepared import ALWAYS, DESPITE_PROMISES, FOREVER

_ROOM: Final = 1 << 16
_TRIALS: Final = 1 << 10


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """What a change of agreements does to reach: numbers of agencies, rising.

    Attributes:
        gained: Reached only after it.
        lost: Reached only before it.
        sooner: Reached earlier after it.
        later: Reached later after it.
        wider: Reached before and after, and get a pair they did not get before.
        narrower: Reached before and after, and lose a pair.
        before: What the agencies it touches got.
        after: What they get; the same agencies in the same order.
    """

    gained: Ints
    lost: Ints
    sooner: Ints
    later: Ints
    wider: Ints
    narrower: Ints
    before: Summary
    after: Summary


# An arc as it would be: low and high pairs, target, last day, first day, source.
_Arc = tuple[int, int, int, int, int, int]


@dataclass(slots=True)
class _Trial:
    """Arcs that end, each with the number of the arc that replaces it (or -1), and arcs on trial."""

    ended: list[int] = field(default_factory=list)
    instead: list[int] = field(default_factory=list)
    arcs: list[_Arc] = field(default_factory=list)

    def replace(self, arc: int, by: _Arc | None) -> None:
        """End an arc, and put another in its place."""
        self.ended.append(arc)
        self.instead.append(NONE if by is None else len(self.arcs))
        if by is not None:
            self.arcs.append(by)


class WhatIf:
    """A settled answer on which changes are tried; the answer itself stays as it was.

    Args:
        answer: What was settled. Its state is copied once: 32 bytes an entry and 48 a place, and 32 an arc.
    """

    def __init__(self, answer: National) -> None:
        self.answer = answer
        self._words = np.concatenate([answer.asked.words, np.zeros((_TRIALS, 4), np.uint64)])
        self._settled = copied(answer.settled, _ROOM)
        self._work = work_of(_ROOM)

    def change(
        self,
        *,
        add: Iterable[Agreement] = (),
        end: Mapping[str, date] | None = None,
        amend: Iterable[Agreement] = (),
    ) -> Changes:
        """Compare reach before and after agreements are signed, ended or amended.

        Only what the change touches is settled anew (`changing`: Ramalingam and Reps), and taken back after.

        Args:
            add: New agreements between known agencies.
            end: Last day by agreement id; a day before its start removes it, one after its end changes nothing.
            amend: Agreements as they would read, by the id of one there is; giver and receiver stay.

        Raises:
            ReachError: For an unknown agreement or agency, an id that is taken, a change of giver or receiver, an
                agreement named twice, and for a new promise to pass on only to some that no present agreement with
                the same receiver makes: index the columns with it instead.
        """
        trial = self._tried(add, end or {}, amend)
        with self._changed(trial):
            touched = self._touched()
            after = summary_of(self.answer.asked.index, self._settled, touched)
        return _compared(summary_of(self.answer.asked.index, self._settled, touched), after)

    def _tried(self, add: Iterable[Agreement], end: Mapping[str, date], amend: Iterable[Agreement]) -> "_Trial":
        """Check a change and turn it into arcs; errors as for `change`."""
        trial = _Trial()
        named: set[str] = set()
        for agreement_id, last in end.items():
            self._once(agreement_id, named)
            for arc in self._arcs_of(agreement_id):
                trial.replace(arc, self._ended(arc, last))
        for agreement in amend:
            self._once(agreement.id, named)
            self._amend(agreement, trial)
        for agreement in add:
            if agreement.id in self.answer.asked.index.columns.agreements:
                raise ReachError(f"{agreement.id!r} is already the id of an agreement; amend that one")
            self._once(agreement.id, named)
            trial.arcs += self._arcs(agreement)
        if len(trial.arcs) > _TRIALS:
            raise ReachError(f"{len(trial.arcs)} places to try at once, at most {_TRIALS}: index the columns with them")
        return trial

    @contextmanager
    def _changed(self, trial: "_Trial") -> Iterator[None]:
        arcs = self.answer.asked.index.arcs
        base = arcs.source.size
        ended = np.array(trial.ended, np.int32)
        instead = np.array([one if one == NONE else base + one for one in trial.instead], np.int32)
        for number, (low, high, target, ends, starts, source) in enumerate(trial.arcs):
            self._words[base + number, :2] = low, high
            self._words.view(np.int32)[base + number, TARGET:] = target, ends, starts, source
        # One turn is enough but for the largest changes, which ask for more room.
        before = self._words[ended, :2]
        while True:
            count = int(self._settled.used[0])
            graph = Graph(arcs.first, arcs.into_first, arcs.into, self._words, base)
            try:
                if change(graph, self._settled, self._work, ended, instead, len(trial.arcs)):
                    yield
                    return
            finally:
                self._words[ended, :2] = before
                undo(self._settled, self._work, 0, count)
            self._settled = copied(self._settled, self._settled.day.size)
            self._work = work_of(4 * self._work.keys.size)

    def _touched(self) -> Ints:
        return touched(self._work, 0, self.answer.asked.index)

    def _once(self, agreement_id: str, named: set[str]) -> None:
        if agreement_id in named:
            raise ReachError(f"{agreement_id!r} is changed twice; say once how it would read")
        named.add(agreement_id)

    def _arcs_of(self, agreement_id: str) -> list[int]:
        """The arcs of an agreement; O(arcs of its giver)."""
        index = self.answer.asked.index
        number = index.columns.agreements.place(agreement_id)
        found: list[int] = []
        for place in index.places_of(int(index.columns.giver[number])):
            low, high = (int(one) for one in index.arcs.first[place : place + 2])
            found += (low + np.flatnonzero(index.arcs.agreement[low:high] == number)).tolist()
        return found

    def _ended(self, arc: int, last: date) -> _Arc | None:
        low, high = (int(one) for one in self._words[arc, :2])
        target, ends, starts, source = (int(one) for one in self._words.view(np.int32)[arc, TARGET:])
        ends = min(ends, last.toordinal())
        return None if ends < starts else (low, high, target, ends, starts, source)

    def _amend(self, agreement: Agreement, trial: _Trial) -> None:
        columns = self.answer.asked.index.columns
        number = columns.agreements.place(agreement.id)
        ends = columns.agencies[int(columns.giver[number])], columns.agencies[int(columns.receiver[number])]
        if ends != (agreement.giver, agreement.receiver):
            raise ReachError(f"{agreement.id!r} joins {ends[0]!r} and {ends[1]!r}: end it and sign another")
        by_source = {arc[-1]: arc for arc in self._arcs(agreement)}
        for old in self._arcs_of(agreement.id):
            trial.replace(old, by_source.pop(int(self._words.view(np.int32)[old, SOURCE]), None))
        trial.arcs += by_source.values()

    def _arcs(self, agreement: Agreement) -> list[_Arc]:
        """The arcs an agreement would have, for the places of its giver that it can leave from."""
        question = self.answer.asked
        index = question.index
        if agreement.start and agreement.end and agreement.end < agreement.start:
            raise ReachError(f"{agreement.id}.end: {agreement.end} is before the start {agreement.start}")
        giver, receiver = (index.columns.agencies.place(one) for one in (agreement.giver, agreement.receiver))
        if giver == receiver:
            raise ReachError(f"{agreement.id}: giver and receiver are the same; an agreement joins two agencies")
        target = self._target(agreement, receiver)
        mask = question.labels.mask(agreement, index.reading)
        if agreement.status not in question.question.statuses or not mask:
            return []
        despite = agreement.status in DESPITE_PROMISES
        starts = agreement.start.toordinal() if agreement.start else ALWAYS
        ends = min(agreement.end.toordinal() if agreement.end else FOREVER, question.until)
        return [
            (*halves(mask), target, ends, starts, place)
            for place in index.places_of(giver)
            if despite or index.may_pass(place, receiver)
        ]

    def _target(self, agreement: Agreement, receiver: int) -> int:
        """The place in which a receiver would hold what comes by an agreement."""
        index = self.answer.asked.index
        free, bound, *special = index.places_of(receiver)
        match agreement.onward:
            case "yes":
                return free
            case "no":
                return bound
            case "unknown":
                return free if index.reading == "worst_case" else bound
            case "only":
                named = index.columns.named(agreement.onward_to)
                for place in special:
                    if index.may_pass_to(place) == named:
                        return place
        raise ReachError(
            f"{agreement.id}.onward_to: no agreement lets {agreement.receiver!r} pass data on to just these; "
            "index the columns with it instead"
        )


def _compared(before: Summary, after: Summary) -> Changes:
    was, now = before.day >= 0, after.day >= 0
    both = was & now

    def those(chosen: NDArray[np.bool]) -> Ints:
        return before.agency[chosen]

    return Changes(
        gained=those(now & ~was),
        lost=those(was & ~now),
        sooner=those(both & (after.day < before.day)),
        later=those(both & (after.day > before.day)),
        wider=those(both & (after.pairs & ~before.pairs != 0).any(axis=1)),
        narrower=those(both & (before.pairs & ~after.pairs != 0).any(axis=1)),
        before=before,
        after=after,
    )
