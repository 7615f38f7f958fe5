"""What two rulebooks decide differently: for every possible case, as classes of cases in words.

Only a provision that changed can change a decision. So a class is a cube over what one changed provision speaks of,
and names the other changed provisions that take cases out of it. A case that differs is found, with the provision
that makes the difference; of what the case says that is kept which suffices for the provision; a live example is
taken, the class is blocked, and so on until no case is left. Then the classes are complete: each case that is
decided otherwise is in one of them.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import z3

from schoolgate.engines.law.deciding.program import EFFECTS, Act
from schoolgate.engines.law.errors import LawError
from schoolgate.engines.law.explaining.words import words_for
from schoolgate.engines.law.proving.classes import CaseClass, Change, Common, words_of
from schoolgate.engines.law.proving.cubes import Subjects, check, for_whole_record
from schoolgate.engines.law.proving.smt import OUTCOME_ACTS, LawTerms, case_of, holds
from schoolgate.engines.law.proving.terms import Terms
from schoolgate.engines.law.text import condition as c
from schoolgate.engines.law.text.provision import Provision
from schoolgate.engines.law.text.rulebook import FIRST_DAY, Rulebook
from schoolgate.engines.law.text.vocabulary import DISCLOSURE_DATE, Fact

__all__ = ["Comparison", "Theorem", "compare", "on_day"]

Theorem = Literal["equivalent", "stricter", "looser", "incomparable"]
PLAIN_DAY: Final = dt.date(2025, 3, 6)
ACTS: Final[tuple[Act, ...]] = ("disclose", *OUTCOME_ACTS)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changes from one rulebook to another.

    Attributes:
        theorem: what holds for every possible case: `stricter`: the new one permits nothing that the old one
            denies, and denies something that it permits. It speaks of elements, not of duties.
        permitted: classes of cases that the new one permits and the old one denies.
        denied: the reverse.
        owed: duties that the new one adds where both come to the same act (a release, a refusal, a review).
        no_longer_owed: duties that it takes away there.
        changed: ids of the provisions that are not the same in both.
        complete: every case that differs is in one of the classes; else there were too many classes to list.
    """

    old: str
    new: str
    theorem: Theorem
    permitted: tuple[CaseClass, ...]
    denied: tuple[CaseClass, ...]
    owed: tuple[CaseClass, ...]
    no_longer_owed: tuple[CaseClass, ...]
    changed: tuple[str, ...]
    complete: bool

    @property
    def classes(self) -> tuple[CaseClass, ...]:
        """Every class, the permitted first."""
        return (*self.permitted, *self.denied, *self.owed, *self.no_longer_owed)

    def to_json(self) -> dict[str, Any]:
        """Return plain data with a format mark."""
        return {
            "format": "schoolgate-comparison/1",
            "old": self.old,
            "new": self.new,
            "theorem": self.theorem,
            "changed": list(self.changed),
            "complete": self.complete,
            "classes": [one.to_json() for one in self.classes],
        }


def on_day(rulebook: Rulebook, day: dt.date) -> Rulebook:
    """Return the rulebook as it stands on a day, held on every day."""
    held = {
        name: replace(one, in_force_from=FIRST_DAY, in_force_until=None)
        for name, one in rulebook.provisions.items()
        if one.applies_on(day)
    }
    return replace(
        rulebook,
        digest=hashlib.sha256(f"{rulebook.digest}@{day}".encode()).hexdigest(),
        provisions=held,
        cutovers=(FIRST_DAY,),
        counsel_ids=tuple(name for name in rulebook.counsel_ids if name in held),
        programs={},
    )


def compare(old: Rulebook, new: Rulebook, *, on: dt.date | None = None, most: int = 60) -> Comparison:
    """Compare two rulebooks over the same vocabulary.

    Args:
        old: what was.
        new: what would be.
        on: only cases of this day; every day otherwise.
        most: so many classes in each direction are listed at most.

    Raises:
        LawError: their facts, elements or recipients differ.

    Linear in the size of the rulebooks to set up, then a few solver queries for each class and atom.
    """
    if _nouns(old) != _nouns(new):
        raise LawError("compare", "the rulebooks speak of different facts or elements", "Load both from one folder")
    both = _Both(old, new, on, most)
    permitted, denied = both.elements("now_permitted"), both.elements("now_denied")
    owed, no_longer_owed = both.duties("now_owed"), both.duties("no_longer_owed")
    theorems: dict[tuple[bool, bool], Theorem] = {
        (False, False): "equivalent",
        (True, False): "looser",
        (False, True): "stricter",
        (True, True): "incomparable",
    }
    return Comparison(
        old=old.id,
        new=new.id,
        theorem=theorems[bool(permitted), bool(denied)],
        permitted=permitted,
        denied=denied,
        owed=owed,
        no_longer_owed=no_longer_owed,
        changed=tuple(sorted({one.id for one in (*both.old.changed, *both.new.changed)})),
        complete=both.complete,
    )


def _nouns(rulebook: Rulebook) -> object:
    vocabulary = rulebook.vocabulary
    facts = [(fact.name, fact.type, fact.values) for fact in vocabulary.facts.values()]
    return facts, dict(vocabulary.elements), dict(vocabulary.recipients)


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the rulebooks: its terms, its changed provisions, and when each of these holds, by act."""

    rulebook: Rulebook
    law: LawTerms
    changed: tuple[Provision, ...]
    conditions: Mapping[tuple[str, Act], c.Condition]

    def condition(self, provision: Provision, act: Act = "disclose") -> c.Condition:
        """Return when a changed provision holds."""
        return self.conditions.get((provision.id, act), c.Constant(value=False))


@dataclass(frozen=True, slots=True)
class _Cause:
    """What makes a difference when it holds, and what can take cases out of that.

    Attributes:
        provision: the changed provision, or None for a layer that need open no more.
        gate: what else must be so.
        unless: changed provisions that make no difference of it.
    """

    provision: Provision | None
    condition: c.Condition
    gate: z3.BoolRef
    unless: tuple[Provision, ...]


class _Both:
    def __init__(self, old: Rulebook, new: Rulebook, on: dt.date | None, most: int) -> None:
        self.terms = Terms(new.vocabulary, dict.fromkeys((*old.counsel_ids, *new.counsel_ids)))
        self.most, self.complete = most, True
        same = {_content(one) for one in old.provisions.values()} & {_content(one) for one in new.provisions.values()}
        self.old, self.new = (
            self._side(rulebook, prefix, [one for one in rulebook.provisions.values() if _content(one) not in same])
            for rulebook, prefix in ((old, "old:"), (new, "new:"))
        )
        layers = [c.RecipientIn(layer.recipients) for layer in (*old.layers, *new.layers)]
        stated = [*self.old.conditions.values(), *self.new.conditions.values(), *layers]
        self.subjects = Subjects(self.terms, stated)
        self.bound = [] if on is None else [self.terms.day == on.toordinal()]
        self.plain = list(self._plain(on or PLAIN_DAY))
        self.questions = {**old.questions, **new.questions}
        self.free = self.terms.solver()
        self.free.add(*self.subjects.meanings, *self.bound)
        self.live = self.terms.solver()
        self.live.add(*self.old.law.definitions, *self.new.law.definitions, *self.subjects.meanings, *self.bound)
        self.live.add(*(z3.Implies(name, plain) for name, plain in self.plain))

    def _side(self, rulebook: Rulebook, prefix: str, changed: list[Provision]) -> _Side:
        conditions = {
            (one.id, act): _spanned(one, act)
            for one in changed
            for act in ACTS
            if one.effect in EFFECTS[act] and one.condition(act) != c.Constant(value=False)
        }
        return _Side(rulebook, LawTerms(rulebook, self.terms, prefix), tuple(changed), conditions)

    def elements(self, change: Change) -> tuple[CaseClass, ...]:
        """Return the classes of cases that one side permits and the other denies."""
        after, before = (self.new, self.old) if change == "now_permitted" else (self.old, self.new)
        differs = [after.law.permitted, self.terms.no(before.law.permitted)]
        return tuple(self._classes(change, differs, list(self._causes(after, before))))

    def _causes(self, after: _Side, before: _Side) -> Iterator[_Cause]:
        """List what can make a difference: a prohibition lifted, a door opened, a layer that need open no more."""
        no = self.terms.no
        forbidden = tuple(one for one in after.changed if one.effect == "prohibition")
        for one in before.changed:
            if one.effect == "prohibition":
                yield _Cause(one, before.condition(one), self.terms.true, forbidden)
        for one in after.changed:
            if one.effect == "door" and one.layer in before.law.open:
                doors = tuple(o for o in before.changed if o.effect == "door" and o.layer == one.layer)
                shut = self.terms.all([before.law.needed[one.layer], no(before.law.open[one.layer])])
                yield _Cause(one, after.condition(one), shut, (*doors, *forbidden))
        for layer in before.rulebook.layers:
            still = next((one.recipients for one in after.rulebook.layers if one.name == layer.name), frozenset())
            if free := layer.recipients - still:
                shut = no(before.law.open[layer.name])
                yield _Cause(None, c.RecipientIn(free), shut, forbidden)

    def duties(self, change: Change) -> tuple[CaseClass, ...]:
        """Return the classes of cases in which one side orders a duty that the other does not, for the same act."""
        after, before = (self.new, self.old) if change == "now_owed" else (self.old, self.new)
        found: dict[tuple[object, ...], CaseClass] = {}
        for act in OUTCOME_ACTS:
            for name in sorted({one.obligation or "" for one in after.changed if (one.id, act) in after.conditions}):
                for one in self._duty(change, after, before, act, name):
                    key = (name, one.because, one.unless, frozenset(one.common.items()))
                    known = found.setdefault(key, one)
                    found[key] = replace(known, acts=tuple(dict.fromkeys((*known.acts, act))))
        return tuple(found.values())

    def _duty(self, change: Change, after: _Side, before: _Side, act: Act, name: str) -> Iterator[CaseClass]:
        terms = self.terms
        same_act = {
            "release": [side.law.permitted for side in (after, before)],
            "refuse": [terms.no(side.law.permitted) for side in (after, before)],
        }.get(act, [])
        differs = [after.law.owes(name, act), terms.no(before.law.owes(name, act)), terms.askable, *same_act]
        others = tuple(one for one in before.changed if one.obligation == name and (one.id, act) in before.conditions)
        causes = [
            _Cause(one, after.condition(one, act), terms.true, others)
            for one in after.changed
            if one.obligation == name and (one.id, act) in after.conditions
        ]
        for one in self._classes(change, differs, causes, act):
            yield replace(one, obligation=name, acts=(act,))

    def _classes(
        self, change: Change, differs: list[z3.BoolRef], causes: list[_Cause], act: Act = "disclose"
    ) -> Iterator[CaseClass]:
        live = self.live
        live.push()
        live.add(*differs)
        for _ in range(self.most):
            if live.check() == z3.unsat:
                break
            model = live.model()
            cause = next(
                one for one in causes if holds(model, self.subjects.term(one.condition)) and holds(model, one.gate)
            )
            cube = self.subjects.widest(cause.condition, model)
            literals = [*self.subjects.literals(cube), cause.gate]
            unless = self._compatible(literals[:-1], cause.unless, act)
            yield self._named(change, cause, cube.conditions(), unless, self._plainest(live, literals))
            live.add(self.terms.any([self.terms.no(literal) for literal in literals]))
        else:
            self.complete = self.complete and live.check() == z3.unsat
        live.pop()

    def _compatible(self, literals: list[z3.BoolRef], others: tuple[Provision, ...], act: Act) -> tuple[str, ...]:
        """Return those of some changed provisions that may hold in a class, and take cases out of it."""
        found = []
        self.free.push()
        self.free.add(*literals)
        for one in others:
            side = self.old if self.old.rulebook.provisions.get(one.id) is one else self.new
            condition = side.conditions.get((one.id, act))
            if condition is not None and check(self.free, [self.subjects.term(condition)]) != z3.unsat:
                found.append(one.id)
        self.free.pop()
        return tuple(found)

    def _plainest(self, live: z3.Solver, cube: list[z3.BoolRef]) -> z3.ModelRef:
        """Return a live case of the class that is plain in as much as can be: first core by core, then one by one."""
        live.push()
        live.add(*cube)
        plain, dropped = [name for name, _ in self.plain], list[z3.BoolRef]()
        while plain and check(live, plain) == z3.unsat:
            clash = {term.get_id() for term in live.unsat_core()} or {plain[-1].get_id()}
            dropped += [term for term in plain if term.get_id() in clash]
            plain = [term for term in plain if term.get_id() not in clash]
        model = live.model()
        for term in dropped:
            if check(live, [*plain, term]) != z3.unsat:
                plain.append(term)
                model = live.model()
        live.pop()
        return model

    def _named(
        self, change: Change, cause: _Cause, common: Common, unless: tuple[str, ...], model: z3.ModelRef
    ) -> CaseClass:
        example = case_of(model, self.terms, self.new.rulebook, case_id="example")
        del example["rulebook"], example["counsel_answers"]
        return CaseClass(
            change=change,
            common=common,
            words=words_of(common, words_for("en", self.new.rulebook.vocabulary), self.questions),
            because=cause.provision.id if cause.provision else "",
            unless=unless,
            example=example,
            answers={name: holds(model, term) for name, term in self.terms.answers.items()},
            element=next(name for name, term in self.terms.elements.items() if holds(model, term)),
        )

    def _plain(self, day: dt.date) -> Iterator[tuple[z3.BoolRef, z3.BoolRef]]:
        """Yield names for what an example should say unless the class needs otherwise, and what each means."""
        yield z3.Bool("plain day", self.terms.context), self.terms.day == day.toordinal()
        for name, fact in self.new.rulebook.facts.items():
            if name != DISCLOSURE_DATE and fact.type not in ("date", "number"):
                meaning = self.terms.equals(name, int(fact.encode(plain_value(fact))))
                yield z3.Bool(f"plain {name}", self.terms.context), meaning


def plain_value(fact: Fact) -> Any:  # noqa: ANN401 - as in JSON
    """Return what a case says of a fact when nothing is special: its default, no, the first value, or nothing."""
    if fact.default is not None:
        return fact.default
    return {"bool": False, "enum": next(iter(fact.values), None), "set": []}.get(fact.type)


def _content(provision: Provision) -> tuple[object, ...]:
    """Return all of a provision that can change an outcome or a duty."""
    return (
        provision.effect,
        provision.layer,
        provision.in_force_from,
        provision.in_force_until,
        provision.obligation,
        *(provision.condition(act) for act in ACTS),
    )


def _spanned(provision: Provision, act: Act) -> c.Condition:
    """Return when a provision holds, its first and last day being conditions like the others."""
    condition = provision.condition(act)
    parts = [condition if act == "disclose" else for_whole_record(condition)]
    day = c.FactValue(DISCLOSURE_DATE)
    if provision.in_force_from > FIRST_DAY:
        parts.append(c.Compare("le", c.Code(provision.in_force_from.toordinal()), day))
    if provision.in_force_until is not None:
        parts.append(c.Compare("lt", day, c.Code(provision.in_force_until.toordinal())))
    return c.All(tuple(parts))
