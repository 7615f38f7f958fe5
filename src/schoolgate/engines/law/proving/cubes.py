"""Cubes of cases: what they say about some atoms, and the values that a recipient, an element or a fact may have."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import z3

from schoolgate.engines.law.proving.smt import holds
from schoolgate.engines.law.proving.terms import Terms
from schoolgate.engines.law.text import condition as c
from schoolgate.engines.law.text.vocabulary import DISCLOSURE_DATE, WHOLE_RECORD

__all__ = ["Cube", "Subjects", "check", "for_whole_record"]

RECIPIENT: Final = "recipient"
ELEMENT: Final = "element"
Values = frozenset[int | str]


@dataclass(frozen=True, slots=True)
class Cube:
    """The cases in which some atoms have these values, and some subjects one of these.

    Attributes:
        atoms: atoms that are not about a subject, each with its value.
        subjects: for the recipient, the element and enum facts, the values allowed.
    """

    atoms: Mapping[c.Condition, bool]
    subjects: Mapping[str, Values]

    def conditions(self) -> dict[c.Condition, bool]:
        """Return the cube as atoms, each with its value."""
        found: dict[c.Condition, bool] = {}
        for subject, values in self.subjects.items():
            names = frozenset(name for name in values if isinstance(name, str))
            if subject == RECIPIENT:
                found[c.RecipientIn(names)] = True
            elif subject == ELEMENT:
                found[c.ElementIn(names)] = True
            else:
                found[c.OneOf(subject, tuple(sorted(code for code in values if isinstance(code, int))))] = True
        order = [c.RecipientIn, c.ElementIn, c.OneOf]
        return dict(sorted(found.items(), key=lambda item: order.index(type(item[0])))) | dict(self.atoms)


class Subjects:
    """What some conditions speak of.

    Attributes:
        meanings: what the names of the atoms mean; add them once to a solver.
    """

    def __init__(self, terms: Terms, conditions: Iterable[c.Condition]) -> None:
        self.terms = terms
        self.meanings: list[z3.BoolRef] = []
        self.choices: dict[str, dict[int | str, z3.BoolRef]] = {}
        self.atoms: dict[c.Condition, z3.BoolRef] = {}
        for part in dict.fromkeys(part for condition in conditions for part in c.walk(condition)):
            self._note(part)

    def term(self, condition: c.Condition) -> z3.BoolRef:
        """Return when a condition, one of those given or made of them, holds."""
        terms = self.terms
        match condition:
            case c.Not(part):
                return terms.no(self.term(part))
            case c.All(parts):
                return terms.all([self.term(part) for part in parts])
            case c.Any(parts):
                return terms.any([self.term(part) for part in parts])
            case c.If():
                return z3.If(*(self.term(part) for part in c.parts_of(condition)))
            case _:
                return self.atoms[condition] if condition in self.atoms else terms.of(condition)

    def literals(self, cube: Cube) -> list[z3.BoolRef]:
        """Return a cube as terms that all must hold."""
        return [
            *(self.atoms[atom] if value else self.terms.no(self.atoms[atom]) for atom, value in cube.atoms.items()),
            *(
                self.terms.any([self.choices[subject][value] for value in sorted(values, key=str)])
                for subject, values in cube.subjects.items()
            ),
        ]

    def widest(self, condition: c.Condition, model: z3.ModelRef) -> Cube:
        """Return a cube around a case in which a condition holds, as wide as the connectives show it to hold.

        Atoms and subjects that can be spared go, one by one; then each subject that stays takes all values it may.
        One evaluation of the condition for each atom and each value; the solver is not asked.
        """
        atoms = [part for part in c.walk(condition) if not isinstance(part, c.Constant) and not c.parts_of(part)]
        said: _Said = {atom: holds(model, self.atoms[atom]) for atom in atoms if atom in self.atoms}
        spoken = {subject for subject, _ in map(_subject, atoms)}
        for subject, choice in self.choices.items():
            if subject not in spoken:
                continue
            said[subject] = frozenset([next(value for value, term in choice.items() if holds(model, term))])
        for about in list(said):
            rest = {other: value for other, value in said.items() if other != about}
            if _value(condition, rest):
                said = rest
        subjects = {name: kept for name, kept in said.items() if isinstance(name, str) and not isinstance(kept, bool)}
        for about, values in subjects.items():
            wider = set(values)
            for value in self.choices[about]:
                if _value(condition, said | {about: frozenset(wider | {value})}):
                    wider.add(value)
            said[about] = subjects[about] = frozenset(wider)
        atoms_kept = {
            atom: value for atom, value in said.items() if isinstance(value, bool) and not isinstance(atom, str)
        }
        return Cube(atoms_kept, subjects)

    def _note(self, part: c.Condition) -> None:
        match part:
            case c.RecipientIn():
                self.choices.setdefault(RECIPIENT, dict(self.terms.recipients.items()))
            case c.ElementIn():
                self.choices.setdefault(ELEMENT, dict(self.terms.elements.items()))
            case (
                c.OneOf(fact) | c.Compare(_, c.FactValue(fact), c.Code()) | c.Compare(_, c.Code(), c.FactValue(fact))
            ) if self._is_enum(fact):
                self.choices.setdefault(fact, dict(enumerate(self.terms.members[fact])))
            case c.Constant() | c.Not() | c.All() | c.Any() | c.If():
                pass
            case _:
                name = z3.Bool(f"atom {len(self.atoms)}", self.terms.context)
                self.meanings.append(name == self._meaning(part))
                self.atoms[part] = name

    def _is_enum(self, fact: str) -> bool:
        return fact in self.terms.vocabulary.facts and self.terms.vocabulary.facts[fact].type == "enum"

    def _meaning(self, atom: c.Condition) -> z3.BoolRef:
        """Return what an atom means; the day of a case need not be a declared fact."""
        match atom:
            case c.Compare("le", c.Code(day), c.FactValue(fact)) if fact == DISCLOSURE_DATE:
                return self.terms.day >= day
            case c.Compare("lt", c.FactValue(fact), c.Code(day)) if fact == DISCLOSURE_DATE:
                return self.terms.day < day
            case _:
                return self.terms.of(atom)


_Said = dict[c.Condition | str, bool | Values]


def _value(condition: c.Condition, said: _Said) -> bool | None:
    """Evaluate a condition after Kleene where some atoms are known, and some subjects to have one of some values."""
    match condition:
        case c.Constant(value):
            return value
        case c.Not(part):
            opposite = _value(part, said)
            return None if opposite is None else not opposite
        case c.All(parts) | c.Any(parts):
            settles = isinstance(condition, c.Any)
            values = {_value(part, said) for part in parts}
            return settles if settles in values else None if None in values else not settles
        case c.If(test, then, otherwise):
            chosen, yes, no = (_value(part, said) for part in (test, then, otherwise))
            return (yes if chosen else no) if chosen is not None else yes if yes is no else None
        case _:
            return _atom_value(condition, said)


def _atom_value(atom: c.Condition, said: _Said) -> bool | None:
    subject, wanted = _subject(atom)
    known = said.get(subject or atom)
    if known is None or isinstance(known, bool):
        return known
    return True if known <= wanted else False if known.isdisjoint(wanted) else None


def _subject(atom: c.Condition) -> tuple[str, Values]:
    """Return the subject of an atom about one, and for which of its values it holds."""
    match atom:
        case c.RecipientIn(kinds):
            return RECIPIENT, frozenset(kinds)
        case c.ElementIn(names):
            return ELEMENT, frozenset(names)
        case c.OneOf(fact, codes):
            return fact, frozenset(codes)
        case c.Compare("eq", c.FactValue(fact), c.Code(code)) | c.Compare("eq", c.Code(code), c.FactValue(fact)):
            return fact, frozenset([code])
        case _:
            return "", frozenset()


def check(solver: z3.Solver, assumptions: Sequence[z3.BoolRef]) -> z3.CheckSatResult:
    """Ask a solver, lean: no coercion of arguments."""
    terms = (z3.Ast * len(assumptions))(*[term.as_ast() for term in assumptions])
    return z3.CheckSatResult(z3.Z3_solver_check_assumptions(solver.ctx.ref(), solver.solver, len(assumptions), terms))


def for_whole_record(condition: c.Condition) -> c.Condition:
    """Settle what a condition says about the element, which is the whole record."""
    return c.simplify(condition, _about_whole_record)


def _about_whole_record(atom: c.Condition) -> bool | None:
    match atom:
        case c.ElementIn(names):
            return WHOLE_RECORD in names
        case c.AboutElement():
            return False
        case _:
            return None
