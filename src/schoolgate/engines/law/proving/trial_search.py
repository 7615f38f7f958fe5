"""Finds the trials of a provision: cases in which each of its conditions decides alone, and what tells mutants apart.

For each atom, where it stands, a solver gives a case in which turning that atom round turns the answer round
(modified condition/decision coverage); then, for each mutant that those cases do not tell from the provision, one
that does, or the proof that there is none.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Final

import z3

from schoolgate.engines.law.deciding.program import Act
from schoolgate.engines.law.errors import LawError
from schoolgate.engines.law.proving.cubes import check
from schoolgate.engines.law.proving.mutate import mutants
from schoolgate.engines.law.proving.smt import code_of, holds, in_force, number_of
from schoolgate.engines.law.proving.terms import Terms
from schoolgate.engines.law.proving.trials import (
    Point,
    Trial,
    differences,
    point_of,
    stated,
    test_on,
    turns_of,
    whole_or,
)
from schoolgate.engines.law.text import condition as c
from schoolgate.engines.law.text.provision import ACTIONS, Provision
from schoolgate.engines.law.text.vocabulary import DISCLOSURE_DATE, Vocabulary

__all__ = ["TrialSearch"]

ACTS: Final[tuple[Act, ...]] = ("disclose", "release", "refuse", "review")
PLAIN_DAY: Final = dt.date(2025, 3, 6)


class TrialSearch:
    """Finds trials for the provisions of a vocabulary; keep it, for setting it up takes longer than a provision."""

    def __init__(self, vocabulary: Vocabulary, counsel_ids: tuple[str, ...]) -> None:
        self.vocabulary = vocabulary
        self.terms = Terms(vocabulary, counsel_ids)
        self.solver = self.terms.solver()
        self.plain = {name: z3.Bool(f"plain {name}", self.terms.context) for name in ("recipient", "element")}
        police = self.terms.recipients.get("local_police", next(iter(self.terms.recipients.values())))
        name = self.terms.elements.get("student_name", next(iter(self.terms.elements.values())))
        self.solver.add(z3.Implies(self.plain["recipient"], police), z3.Implies(self.plain["element"], name))
        for fact in vocabulary.facts.values():
            if fact.name != DISCLOSURE_DATE and fact.type not in ("date", "number"):
                plain = self.plain[fact.name] = z3.Bool(f"plain {fact.name}", self.terms.context)
                code = int(fact.encode(fact.default)) if fact.default is not None else 0
                self.solver.add(z3.Implies(plain, self.terms.equals(fact.name, code)))

    def trials(self, provision: Provision, kept: Iterable[Trial] = ()) -> tuple[Trial, ...]:
        """Return the trials of a provision; none if it has no condition.

        Args:
            provision: whose trials.
            kept: earlier ones; their cases are used again, as far as the provision still answers as they say.

        Two solver queries for each atom at most, and one for each mutant that the cases so far do not tell apart.
        """
        if not provision.rules:
            return ()
        points = self._kept(provision, kept)
        found: list[Trial] = []
        for acts in self._alike(provision):
            mine = points.pop(acts, [])
            for true, false in _turned_atoms(provision.condition(acts[0])):
                if not any(self._decides(provision, true, false, point) for point in mine):
                    mine += self._pivot(provision, true, false, acts[0])
            found += [self._trial(provision, acts, point) for point in mine]
        found += [self._trial(provision, acts, point) for acts, some in points.items() for point in some]
        for mutant in mutants(provision, self.vocabulary):
            if not any(self._tells(trial, mutant.mutated, mutant.subject) for trial in found):
                found += self._apart(provision, mutant.mutated)
        return tuple(found)

    def _kept(self, provision: Provision, kept: Iterable[Trial]) -> dict[tuple[Act, ...], list[Point]]:
        """Return the cases of earlier trials, by act, in which the provision still answers the same."""
        points: dict[tuple[Act, ...], list[Point]] = {}
        for trial in kept:
            try:
                point = point_of(trial, self.vocabulary)
            except LawError:
                continue
            for acts in self._alike(provision):
                test = test_on(provision, provision.condition(acts[0]), self.vocabulary.element_bits)
                same = not set(acts).isdisjoint(trial.acts) and set(stated(provision, acts[0])) <= set(point.facts)
                if same and test(point) is trial.holds and point not in points.get(acts, []):
                    points.setdefault(acts, []).append(point)
        return points

    def equivalent(self, provision: Provision, mutated: Provision | None) -> bool:
        """Tell whether a provision and a mutant hold in the same cases, for every act."""
        return mutated is not None and not any(self._unlike(provision, mutated))

    def _tells(self, trial: Trial, mutated: Provision | None, subject: str) -> bool:
        return next(differences(trial, mutated, self.vocabulary, first=subject), None) is not None

    def _alike(self, provision: Provision) -> Iterator[tuple[Act, ...]]:
        """Yield the acts that a provision speaks of, those of the same condition together."""
        conditions = [(act, provision.condition(act)) for act in ACTS]
        spoken = [(act, condition) for act, condition in conditions if condition != c.Constant(value=False)]
        for _, group in groupby(sorted(spoken, key=lambda pair: repr(pair[1])), key=lambda pair: pair[1]):
            yield tuple(act for act, _ in group)

    def _meaning(self, provision: Provision, condition: c.Condition, act: Act) -> z3.BoolRef:
        span = in_force(self.terms, provision.in_force_from, provision.in_force_until)
        return self.terms.all([*span, self.terms.of(condition, whole_record=act != "disclose")])

    def _pivot(self, provision: Provision, true: c.Condition, false: c.Condition, act: Act) -> list[Point]:
        """Return a case in which an atom decides alone, one in which the provision holds if there is one."""
        one, two = (self._meaning(provision, condition, act) for condition in (true, false))
        holding = self._meaning(provision, provision.condition(act), act)
        for also in (holding, self.terms.no(holding)):
            point = self._plainest(provision, act, [one != two, also])
            if point is not None:
                return [point]
        return []

    def _unlike(self, provision: Provision, mutated: Provision) -> Iterator[tuple[Act, Point]]:
        for act in ACTS:
            if act in ACTIONS[provision.effect]:
                one = self._meaning(provision, provision.condition(act), act)
                two = self._meaning(mutated, mutated.condition(act), act)
                point = self._plainest(provision, act, [one != two], *stated(mutated, act))
                if point is not None:
                    yield act, point

    def _apart(self, provision: Provision, mutated: Provision | None) -> list[Trial]:
        """Return a trial that tells a mutant from the provision; none if there is none."""
        if mutated is None:
            return []
        return [self._trial(provision, (act,), point) for act, point in list(self._unlike(provision, mutated))[:1]]

    def _plainest(self, provision: Provision, act: Act, wanted: list[z3.BoolRef], *more: str) -> Point | None:
        """Return a case with what is wanted that is as plain as can be; None if there is none."""
        names = tuple(sorted({*stated(provision, act), *more}))
        day = PLAIN_DAY if provision.applies_on(PLAIN_DAY) else provision.in_force_from
        self.solver.push()
        self.solver.add(*wanted)
        model = None
        if self.solver.check() == z3.sat:
            kept: list[z3.BoolRef] = []
            plain = [self.plain[name] for name in ("recipient", "element", *names) if name in self.plain]
            for term in [self.terms.day == day.toordinal(), *plain]:
                if check(self.solver, [*kept, term]) == z3.sat:
                    kept.append(term)
            check(self.solver, kept)
            model = self.solver.model()
        self.solver.pop()
        return None if model is None else self._point(provision, act, model, names)

    def _point(self, provision: Provision, act: Act, model: z3.ModelRef, names: tuple[str, ...]) -> Point:
        terms = self.terms
        element = next(name for name, term in terms.elements.items() if holds(model, term))
        asked = provision.counsel_question is not None
        return Point(
            day=dt.date.fromordinal(number_of(model, terms.day)),
            recipient=next(name for name, term in terms.recipients.items() if holds(model, term)),
            element=whole_or(element, act),
            facts={name: code_of(model, terms, self.vocabulary.facts[name]) for name in names},
            counsel=holds(model, terms.answers[provision.id]) if asked else None,
        )

    def _decides(self, provision: Provision, true: c.Condition, false: c.Condition, point: Point) -> bool:
        one, two = (test_on(provision, turned, self.vocabulary.element_bits) for turned in (true, false))
        return one(point) is not two(point)

    def _trial(self, provision: Provision, acts: tuple[Act, ...], point: Point) -> Trial:
        near = _bounds(provision, acts[0])
        condition = provision.condition(acts[0])
        return Trial(
            provision=provision.id,
            acts=acts,
            date=point.day,
            recipient=point.recipient,
            element=point.element,
            facts={
                name: self.vocabulary.facts[name].decode(code) for name, code in point.facts.items() if code is not None
            },
            counsel=point.counsel,
            holds=bool(test_on(provision, condition, self.vocabulary.element_bits)(point)),
            turns=turns_of(provision, acts[0], point, self.vocabulary, near),
        )


def _bounds(provision: Provision, act: Act) -> Mapping[str, set[int]]:
    """Return for each date and number the days around the bounds that a provision sets."""
    near: dict[str, set[int]] = {"date": set()}
    ends = (provision.in_force_from, provision.in_force_until)
    found = [("date", day.toordinal()) for day in ends if day is not None and day > dt.date(1900, 1, 1)]
    for part in c.walk(provision.condition(act)):
        if isinstance(part, c.Compare):
            facts = [side.fact for side in (part.left, part.right) if isinstance(side, c.FactValue)]
            codes = [side.value for side in (part.left, part.right) if isinstance(side, c.Code)]
            found += [("date" if fact == DISCLOSURE_DATE else fact, code) for fact in facts for code in codes]
    for name, code in found:
        near.setdefault(name, set()).update((code - 1, code, code + 1))
    return near


def _turned_atoms(condition: c.Condition) -> Iterator[tuple[c.Condition, c.Condition]]:
    """Yield the condition with each atom, where it stands, made true and made false."""
    match condition:
        case c.Constant():
            return
        case c.Not(part):
            yield from ((c.Not(true), c.Not(false)) for true, false in _turned_atoms(part))
        case c.All(parts) | c.Any(parts):
            make = type(condition)
            for number, part in enumerate(parts):
                before, after = parts[:number], parts[number + 1 :]
                for true, false in _turned_atoms(part):
                    yield make((*before, true, *after)), make((*before, false, *after))
        case c.If(test, then, otherwise):
            yield from ((c.If(t, then, otherwise), c.If(f, then, otherwise)) for t, f in _turned_atoms(test))
            yield from ((c.If(test, t, otherwise), c.If(test, f, otherwise)) for t, f in _turned_atoms(then))
            yield from ((c.If(test, then, t), c.If(test, then, f)) for t, f in _turned_atoms(otherwise))
        case _:
            yield c.Constant(value=True), c.Constant(value=False)
