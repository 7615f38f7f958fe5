"""The provisions in force for one kind of recipient, compiled once and kept."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Final, Literal, cast

from schoolgate.engines.kept import Kept
from schoolgate.engines.law.deciding.case import Case
from schoolgate.engines.law.deciding.source import Clause, Group, decision_source, survey_source
from schoolgate.engines.law.errors import LawError
from schoolgate.engines.law.text import condition as c
from schoolgate.engines.law.text.provision import Effect, LayerName, Provision
from schoolgate.engines.law.text.rulebook import Rulebook
from schoolgate.engines.law.text.vocabulary import WHOLE_RECORD, Coded

__all__ = ["Act", "Finding", "Outcome", "Program", "outcomes", "program_for"]

Act = Literal["disclose", "release", "refuse", "review"]
Outcome = Literal["permit", "deny", "ask"]
Finding = tuple[int, int, int, Exception | None]
Decide = Callable[[tuple[Coded, ...], int], tuple[int, int, tuple[tuple[int, Exception], ...]]]
Survey = Callable[[tuple[Coded, ...], int], list[Finding]]

EFFECTS: Final[dict[Act, tuple[Effect, ...]]] = {
    "disclose": ("door", "prohibition"),
    "release": ("obligation",),
    "refuse": ("obligation",),
    "review": ("obligation",),
}
KEPT: Final = 256  # programs of all rulebooks together, a few hundred kilobytes each


@dataclass(frozen=True)
class Program:
    """The provisions of a kind of recipient, an act and a span of law; its functions are compiled on first use.

    Attributes:
        provisions: what the numbers in findings mean.
        clauses: their conditions, with recipient and element settled.
        own_rules: for each layer what to cite when it stays shut.
        failing: for each instrument, by layer, the provisions that its refusal cites.
    """

    layers: tuple[LayerName, ...]
    provisions: tuple[Provision, ...]
    clauses: tuple[Clause, ...]
    own_rules: Mapping[LayerName, tuple[str, ...]]
    failing: Mapping[tuple[str, LayerName], tuple[str, ...]]
    slots: Mapping[c.Open, int] = field(repr=False)

    @property
    def source(self) -> str:
        """The generated Python, for those who want to read what runs."""
        return self._decision + "\n\n" + self._survey

    @cached_property
    def decide(self) -> Decide:
        """Gives masks of permitted and of undecided elements; the rest of those asked are denied."""
        return cast("Decide", _function("decide", self._decision))

    @cached_property
    def survey(self) -> Survey:
        """Gives every provision that is true or unknown, with the elements for which it is."""
        return cast("Survey", _function("survey", self._survey))

    @property
    def _decision(self) -> str:
        doors = [
            Group(tuple(k for k in self.clauses if _is(self.provisions[k.number], "door", layer) and k.cases))
            for layer in self.layers
        ]
        bars = [clause for clause in self.clauses if self.provisions[clause.number].effect == "prohibition"]
        return decision_source(doors, bars, self.slots)

    @property
    def _survey(self) -> str:
        return survey_source(self.clauses, self.slots)


_programs: Kept[tuple[str, int, str, str], Program] = Kept(KEPT)


def program_for(rulebook: Rulebook, day: dt.date, recipient: str, act: Act = "disclose") -> Program:
    """Return the program for a day, a recipient and an act, making it on first use.

    Rulebooks with one digest share their programs: a draft that was tried before is not compiled again, and who
    changes a rulebook in memory must give it another digest.
    """
    key = (rulebook.era(day), recipient, act)
    program = rulebook.programs.get(key)
    if program is None:
        by_digest = (rulebook.digest, *key)
        program = _programs.get(by_digest, lambda: _compile(rulebook, day, recipient, act))
        rulebook.programs[key] = program
    return program


def outcomes(rulebook: Rulebook, case: Case) -> dict[str, Outcome]:
    """Decide every element and say nothing else: the fast way, for replays of many cases.

    Raises:
        LawError: the case was parsed with another rulebook.
    """
    if case.digest != rulebook.digest:
        raise LawError("case", "it was parsed with another rulebook or version", "Parse it again with this one")
    program = program_for(rulebook, case.date, case.recipient)
    permit, ask, _ = program.decide(case.vector, case.asked)
    bits = rulebook.vocabulary.element_bits
    return {
        name: "permit" if permit >> bits[name] & 1 else "ask" if ask >> bits[name] & 1 else "deny"
        for name in case.decided
    }


def _compile(rulebook: Rulebook, day: dt.date, recipient: str, act: Act) -> Program:
    layers = rulebook.layers_for(recipient)
    provisions = tuple(
        provision
        for provision in rulebook.in_force(day)
        if provision.effect in EFFECTS[act]
        and provision.rules
        and (provision.effect != "door" or provision.layer in layers)
    )
    clauses = [
        Clause(number, _cases(rulebook, provision.condition(act), recipient, act))
        for number, provision in enumerate(provisions)
    ]
    slots: dict[c.Open, int] = {c.FactValue(name): slot for slot, name in enumerate(rulebook.facts)}
    slots |= {c.Answer(name): len(slots) + slot for slot, name in enumerate(rulebook.counsel_ids)}
    in_force = rulebook.in_force(day)
    instruments = {name for provision in in_force for name in provision.fails_for}
    return Program(
        layers=layers,
        provisions=provisions,
        clauses=tuple(clauses),
        own_rules={
            layer: tuple(p.id for p in in_force if p.general and p.layer == layer and recipient in p.general_recipients)
            for layer in layers
        },
        failing={
            (name, layer): tuple(p.id for p in in_force if p.layer == layer and name in p.fails_for)
            for name in instruments
            for layer in layers
        },
        slots=slots,
    )


def _function(name: str, source: str) -> object:
    namespace: dict[str, Any] = {"__builtins__": {"Exception": Exception}}
    exec(compile(source, "<law>", "exec"), namespace)  # noqa: S102 - numbers and our own names only, see source.py
    return namespace[name]


def _is(provision: Provision, effect: Effect, layer: LayerName) -> bool:
    return provision.effect == effect and provision.layer == layer


def _cases(rulebook: Rulebook, condition: c.Condition, recipient: str, act: Act) -> tuple[tuple[int, c.Condition], ...]:
    """Settle what the recipient and the element settle; merge the elements that are treated alike."""
    bits = rulebook.vocabulary.element_bits
    mine = c.simplify(condition, lambda atom: _about_recipient(atom, recipient))
    named = [atom.names for atom in c.walk(mine) if isinstance(atom, c.ElementIn)]
    alike: dict[tuple[bool, ...], list[str]] = {}
    for name in rulebook.elements if act == "disclose" else (WHOLE_RECORD,):
        alike.setdefault(tuple([name in names for names in named]), []).append(name)
    cases: dict[c.Condition, int] = {}
    for names in alike.values():
        settled = c.simplify(mine, partial(_about_element, element=names[0]))
        if settled != c.Constant(value=False):
            cases[settled] = cases.get(settled, 0) | sum(1 << bits[name] for name in names)
    return tuple((mask, settled) for settled, mask in cases.items())


def _about_recipient(atom: c.Condition, recipient: str) -> bool | None:
    return recipient in atom.kinds if isinstance(atom, c.RecipientIn) else None


def _about_element(atom: c.Condition, element: str) -> bool | None:
    match atom:
        case c.ElementIn(names):
            return element in names
        case c.AboutElement() if element == WHOLE_RECORD:
            return False
        case _:
            return None
