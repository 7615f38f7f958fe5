"""A rulebook as terms of an SMT solver, with every fact known or with some unknown; and models as cases."""

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

import z3

from schoolgate.engines.law.deciding.case import CASE_FORMAT
from schoolgate.engines.law.deciding.program import EFFECTS, Act
from schoolgate.engines.law.proving.terms import FIRST_DAY, Terms
from schoolgate.engines.law.text import condition as c
from schoolgate.engines.law.text.rulebook import Rulebook
from schoolgate.engines.law.text.vocabulary import DISCLOSURE_DATE, Fact

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from schoolgate.engines.law.deciding.case import Case
    from schoolgate.engines.law.text.provision import LayerName

__all__ = ["LawTerms", "Rails", "Terms", "UnsureLaw", "case_of", "code_of", "holds", "number_of", "stated"]

OUTCOME_ACTS: Final[tuple[Act, ...]] = ("release", "refuse", "review")


class Rails:
    """Conditions with unknown facts, as two terms each: surely true, and surely false; neither when unknown.

    An atom is sure when every fact it reads is known; the connectives are Kleene's, as in the generated source.
    A fact's variable keeps a value when it is unknown, which nothing here reads: that value is one completion.

    Attributes:
        known: for each fact, and for each of counsel's answers, whether the case states it.
    """

    def __init__(self, terms: Terms, prefix: str = "known:") -> None:
        self.terms = terms
        self.facts = {name: z3.Bool(f"{prefix}{name}", terms.context) for name in terms.vocabulary.facts}
        self.answers = {name: z3.Bool(f"{prefix}counsel:{name}", terms.context) for name in terms.answers}
        self._rails: dict[tuple[c.Condition, bool, bool], z3.BoolRef] = {}

    @property
    def axioms(self) -> list[z3.BoolRef]:
        """The day is always known."""
        return [self.facts[DISCLOSURE_DATE]] if DISCLOSURE_DATE in self.facts else []

    def true(self, condition: c.Condition, *, whole_record: bool = False) -> z3.BoolRef:
        """Return when a condition is surely true."""
        key = (condition, whole_record, True)
        term = self._rails.get(key)
        if term is None:
            term = self._rails[key] = self._true(condition, whole_record=whole_record)
        return term

    def false(self, condition: c.Condition, *, whole_record: bool = False) -> z3.BoolRef:
        """Return when a condition is surely false."""
        return self.true(c.negate(condition), whole_record=whole_record)

    def _true(self, condition: c.Condition, *, whole_record: bool) -> z3.BoolRef:
        terms = self.terms
        match condition:
            case c.All(parts):
                return terms.all([self.true(part, whole_record=whole_record) for part in parts])
            case c.Any(parts):
                return terms.any([self.true(part, whole_record=whole_record) for part in parts])
            case c.If(test, then, otherwise):
                yes, no = (self.true(part, whole_record=whole_record) for part in (then, otherwise))
                sure = self.true(test, whole_record=whole_record)
                never = self.false(test, whole_record=whole_record)
                return terms.any([terms.all([sure, yes]), terms.all([never, no]), terms.all([yes, no])])
            case c.Not(c.Not() | c.All() | c.Any() | c.If() as part):
                return self.false(part, whole_record=whole_record)
            case _:
                atom = condition.part if isinstance(condition, c.Not) else condition
                value = terms.of(condition, whole_record=whole_record)
                return terms.all([*self._read(atom, whole_record=whole_record), value])

    def _read(self, atom: c.Condition, *, whole_record: bool) -> list[z3.BoolRef]:
        match atom:
            case c.Answer(provision):
                return [self.answers[provision]]
            case c.Flag(fact) | c.OneOf(fact):
                return [self.facts[fact]]
            case c.AboutElement(fact):
                return [] if whole_record else [self.facts[fact]]
            case c.Within(fact, among):
                return [self.facts[fact], self.facts[among]]
            case c.Compare(_, left, right) | c.Sets(_, left, right):
                return [self.facts[side.fact] for side in (left, right) if isinstance(side, c.FactValue)]
            case _:
                return []


class LawTerms:
    """A rulebook over the variables of a case.

    Attributes:
        definitions: what the names below mean; add them once to a solver.
        provisions: by id and act, a Bool that holds when the provision is in force and its condition is true.
        open: by layer, some door of it is open.
        barred: some prohibition holds.
        permitted: the element may leave.
        owed: by act and name of an obligation, it is owed.
        doors: by layer, its doors by id.
    """

    def __init__(self, rulebook: Rulebook, terms: Terms, prefix: str = "") -> None:
        self.rulebook = rulebook
        self.terms = terms
        self.definitions: list[z3.BoolRef] = []
        self.provisions: dict[tuple[str, Act], z3.BoolRef] = {}
        self.doors: dict[LayerName, dict[str, z3.BoolRef]] = {layer.name: {} for layer in rulebook.layers}
        bars: list[z3.BoolRef] = []
        owed: dict[tuple[Act, str], list[z3.BoolRef]] = {}
        for provision in rulebook.provisions.values():
            if not provision.rules:
                continue
            span = in_force(terms, provision.in_force_from, provision.in_force_until)
            for act in ("disclose", *OUTCOME_ACTS):
                condition = provision.condition(act)
                if provision.effect not in EFFECTS[act] or condition == c.Constant(value=False):
                    continue
                meaning = terms.all([*span, terms.of(condition, whole_record=act != "disclose")])
                name = self.named(f"{prefix}{provision.id}:{act}", meaning)
                self.provisions[provision.id, act] = name
                if provision.effect == "door":
                    self.doors[provision.layer][provision.id] = name
                elif provision.effect == "prohibition":
                    bars.append(name)
                else:
                    owed.setdefault((act, provision.obligation or ""), []).append(name)
        self.open = {
            layer: self.named(f"{prefix}open:{layer}", terms.any(names.values())) for layer, names in self.doors.items()
        }
        self.barred = self.named(f"{prefix}barred", terms.any(bars))
        self.needed = layers_needed(rulebook, terms)
        self.permitted = self.named(f"{prefix}permitted", self._permitted(self.open))
        self.owed: Mapping[tuple[Act, str], z3.BoolRef] = {
            (act, name): self.named(f"{prefix}owed:{act}:{name}", terms.any(found))
            for (act, name), found in owed.items()
        }

    def named(self, name: str, meaning: z3.BoolRef) -> z3.BoolRef:
        """Return a fresh Bool that is defined to be equal to a term."""
        term = z3.Bool(name, self.terms.context)
        self.definitions.append(term == meaning)
        return term

    def owes(self, obligation: str, act: Act = "release") -> z3.BoolRef:
        """Return when an obligation is owed; false when no provision of the rulebook ever says so."""
        return self.owed.get((act, obligation), self.terms.false)

    def permitted_without(self, ids: "Collection[str]") -> z3.BoolRef:
        """Return when the element may leave even with these doors shut."""
        rest = {
            layer: self.terms.any([term for name, term in doors.items() if name not in ids])
            for layer, doors in self.doors.items()
        }
        return self._permitted(rest)

    def _permitted(self, opened: "Mapping[LayerName, z3.BoolRef]") -> z3.BoolRef:
        terms = self.terms
        every = [terms.any([terms.no(self.needed[layer]), term]) for layer, term in opened.items()]
        return terms.all([*every, terms.no(self.barred)])

    def solver(self) -> z3.Solver:
        """Return a solver that knows the axioms and this rulebook."""
        solver = self.terms.solver()
        solver.add(*self.definitions)
        return solver


class UnsureLaw:
    """A rulebook where facts may be unknown: what is surely permitted and what is surely denied; the rest asks.

    Attributes:
        definitions: what the names mean; add them once, with the rails' axioms.
        permitted: every layer surely opens a door and every prohibition surely fails.
        denied: a layer is surely shut, or a prohibition surely holds.
    """

    def __init__(self, rulebook: Rulebook, rails: Rails, prefix: str = "sure:") -> None:
        terms = rails.terms
        self.rails = rails
        opens: dict[LayerName, list[z3.BoolRef]] = {layer.name: [] for layer in rulebook.layers}
        shuts: dict[LayerName, list[z3.BoolRef]] = {layer.name: [] for layer in rulebook.layers}
        bars, clear = [], []
        for provision in rulebook.provisions.values():
            if not provision.rules or provision.effect not in EFFECTS["disclose"]:
                continue
            condition = provision.condition()
            span = in_force(terms, provision.in_force_from, provision.in_force_until)
            sure = terms.all([*span, rails.true(condition)])
            never = terms.any([*map(terms.no, span), rails.false(condition)])
            if provision.effect == "door":
                opens[provision.layer].append(sure)
                shuts[provision.layer].append(never)
            else:
                bars.append(sure)
                clear.append(never)
        needed = layers_needed(rulebook, terms)
        enough = [terms.any([terms.no(needed[layer]), *found]) for layer, found in opens.items()]
        shut = [terms.all([needed[layer], *found]) for layer, found in shuts.items()]
        self.permitted = z3.Bool(f"{prefix}permitted", terms.context)
        self.denied = z3.Bool(f"{prefix}denied", terms.context)
        self.definitions = [
            self.permitted == terms.all([*enough, *clear]),
            self.denied == terms.any([*shut, *bars]),
        ]


def in_force(terms: Terms, start: dt.date, end: dt.date | None) -> list[z3.BoolRef]:
    """Return what the day of the case must satisfy for a provision to be in force."""
    span = [terms.day >= start.toordinal()] if start.toordinal() > FIRST_DAY else []
    return [*span, terms.day < end.toordinal()] if end is not None else span


def layers_needed(rulebook: Rulebook, terms: Terms) -> "dict[LayerName, z3.BoolRef]":
    """Return for each layer when it must open a door: for the recipients it is declared for."""
    return {
        layer.name: terms.any([terms.recipients[kind] for kind in sorted(layer.recipients)])
        for layer in rulebook.layers
    }


def stated(case: "Case", terms: Terms, rulebook: Rulebook, *, known: Rails | None = None) -> list[z3.BoolRef]:
    """Return what a case says: its day, recipient and known facts; with `known`, also what it leaves open.

    The element is left free: assume one of `terms.elements`.
    """
    names = [*rulebook.facts, *rulebook.counsel_ids]
    said = [terms.recipients[case.recipient], terms.day == case.date.toordinal()]
    for position, (name, code) in enumerate(zip(names, case.vector, strict=True)):
        is_fact = position < len(rulebook.facts)
        if known is not None:
            bit = known.facts[name] if is_fact else known.answers[name]
            said.append(terms.no(bit) if code is None else bit)
        if code is not None and is_fact:
            said.append(terms.equals(name, code))
        elif code is not None:
            said.append(terms.answers[name] if code else terms.no(terms.answers[name]))
    return said


def case_of(
    model: z3.ModelRef,
    terms: Terms,
    rulebook: Rulebook,
    *,
    case_id: str = "counterexample",
    known: Rails | None = None,
) -> dict[str, Any]:
    """Return the case of a model, as `parse_case` reads it: complete, or without what `known` leaves open.

    A derived element is asked for through the first element that brings it with it. What the model leaves free is
    false, the first value, the empty set, or the first day.
    """
    element = next(name for name, term in terms.elements.items() if holds(model, term))
    hides_in = rulebook.elements[element].hides_in
    facts: dict[str, Any] = {
        name: fact.decode(code_of(model, terms, fact))
        for name, fact in rulebook.facts.items()
        if name != DISCLOSURE_DATE
    }
    answers: dict[str, bool | None] = {name: holds(model, terms.answers[name]) for name in rulebook.counsel_ids}
    if known is not None:
        facts |= {name: None for name in facts if not holds(model, known.facts[name])}
        answers |= {name: None for name in answers if not holds(model, known.answers[name])}
    return {
        "format": CASE_FORMAT,
        "id": case_id,
        "rulebook": rulebook.id,
        "date": dt.date.fromordinal(number_of(model, terms.day)).isoformat(),
        "recipient": {"kind": next(name for name, term in terms.recipients.items() if holds(model, term))},
        "elements": [hides_in[0] if hides_in else element],
        "facts": facts,
        "counsel_answers": answers,
    }


def holds(model: z3.ModelRef, term: z3.BoolRef) -> bool:
    """Tell whether a term is true in a model; what the model leaves free is false."""
    return bool(z3.is_true(model.eval(term, model_completion=True)))


def number_of(model: z3.ModelRef, term: z3.ArithRef) -> int:
    """Return the integer a model gives a term."""
    value = model.eval(term, model_completion=True)
    return value.as_long() if isinstance(value, z3.IntNumRef) else 0


def code_of(model: z3.ModelRef, terms: Terms, fact: Fact) -> int:
    """Return the coded value a model gives a fact."""
    if fact.name in terms.flags:
        return holds(model, terms.flags[fact.name])
    if fact.name in terms.numbers:
        return number_of(model, terms.numbers[fact.name])
    bits = [position for position, bit in enumerate(terms.members[fact.name]) if holds(model, bit)]
    return bits[0] if fact.type == "enum" else sum(1 << position for position in bits)
