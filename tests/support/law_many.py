"""Many cases for one rulebook, quickly: models of a solver in which each provision holds, then small changes."""

import datetime as dt
import itertools
import math
import random
from collections.abc import Collection, Iterator
from dataclasses import replace

import z3

from schoolgate.engines.law import Case, parse_case
from schoolgate.engines.law.proving.smt import LawTerms, Terms, case_of, stated
from support.law import Boundaries, build

FIRST_DAY = dt.date(1990, 1, 1).toordinal()
LAST_DAY = dt.date(2199, 12, 31).toordinal()
Place = tuple[str, dt.date]


def draw_value(bounds: Boundaries, name: str, chance: random.Random) -> bool | int:
    """Draw a value of a fact, coded; numbers and days are ones that some condition tells apart."""
    fact, near = bounds.rulebook.facts[name], sorted(bounds.near[name])
    match fact.type:
        case "bool":
            return chance.random() < 0.6
        case "enum":
            return chance.randrange(len(fact.values))
        case "set":
            some = sum(
                1 << bit for bit in chance.sample(range(len(fact.values)), min(chance.randrange(4), len(fact.values)))
            )
            return chance.choice([*near, some, chance.getrandbits(len(fact.values))]) & ((1 << len(fact.values)) - 1)
        case "date":
            return chance.choice([day for day in near if 1 <= day <= LAST_DAY] or [FIRST_DAY])
        case "number":
            return chance.choice(near or [0, 1])


def scattered(bounds: Boundaries, chance: random.Random, count: int) -> list[Case]:
    """Cases with any facts, a third of them unknown, for anybody on any day; their ids count them."""
    rulebook = bounds.rulebook
    kinds = list(rulebook.vocabulary.recipients)
    askable = [name for name, element in rulebook.elements.items() if not element.hides_in]
    names = [name for name in rulebook.facts if name != "disclosure_date"]
    return [
        replace(
            build(
                rulebook,
                day=chance.choice(bounds.days),
                recipient=chance.choice(kinds),
                elements=tuple(chance.sample(askable, chance.randint(1, min(6, len(askable))))),
                coded={name: None if chance.random() < 0.3 else draw_value(bounds, name, chance) for name in names},
                answers={name: chance.choice([True, False, None]) for name in rulebook.counsel_ids},
            ),
            id=str(number),
        )
        for number in range(count)
    ]


class ManyCases:
    """Draws cases near the ones that matter.

    A seed is a model in which a provision holds and, where there is one, the element may leave. A case is a seed
    with its day, recipient, elements and a few facts changed, each fact to a value that some condition tells
    apart from its neighbours.
    """

    def __init__(self, bounds: Boundaries, seeds: int) -> None:
        self.bounds = bounds
        self.rulebook = bounds.rulebook
        self.law = LawTerms(self.rulebook, Terms(self.rulebook.vocabulary, self.rulebook.counsel_ids))
        self.solver = self.law.solver()
        self.askable = [name for name, element in self.rulebook.elements.items() if not element.hides_in]
        self.seeds = list(self._seeds(seeds))
        self.drawn = 0

    def _seeds(self, most: int) -> Iterator[Case]:
        terms, provisions = self.law.terms, list(self.law.provisions.values())
        for term in random.Random(most).sample(provisions, min(most, len(provisions))):
            for more in ([self.law.permitted], [terms.no(self.law.permitted)], []):
                if self.solver.check(terms.askable, term, *more) == z3.sat:
                    yield parse_case(case_of(self.solver.model(), terms, self.rulebook), self.rulebook)
                    break

    def places(self, chance: random.Random, count: int) -> list[Place]:
        """Draw recipients and days; each pair is a program to compile, so a short run takes few."""
        seeds = [chance.choice(self.seeds) for _ in range(count)]
        return [
            (
                chance.choice(list(self.rulebook.vocabulary.recipients)) if chance.random() < 0.2 else seed.recipient,
                chance.choice(self.bounds.days) if chance.random() < 0.5 else seed.date,
            )
            for seed in seeds
        ]

    def draw(self, chance: random.Random, place: Place, *, complete: bool) -> Case:
        """Draw a case for a recipient and a day; an incomplete one lacks up to eight facts or answers."""
        rulebook, (recipient, day) = self.rulebook, place
        seed = chance.choice([seed for seed in self.seeds if seed.recipient == recipient] or self.seeds)
        coded = dict(zip(rulebook.facts, seed.vector, strict=False))
        answers: dict[str, bool | None] = {name: seed.counsel_answers[name] for name in rulebook.counsel_ids}
        coded.pop("disclosure_date", None)
        for name in chance.sample(list(coded), chance.choice([0, 1, 1, 2, 3, 8])):
            coded[name] = draw_value(self.bounds, name, chance)
        for name in answers:
            if chance.random() < 0.1:
                answers[name] = chance.random() < 0.5
        if not complete:
            for name in chance.sample([*coded, *answers], chance.randrange(9)):
                if name in coded:
                    coded[name] = None
                else:
                    answers[name] = None
        elements = {*seed.elements, *chance.sample(self.askable, min(len(self.askable), chance.randrange(3)))}
        self.drawn += 1
        case = build(
            rulebook,
            day=day,
            recipient=recipient,
            elements=tuple(sorted(elements)),
            coded=coded,
            answers=answers,
        )
        return replace(case, id=f"D{self.drawn}")

    def completions(self, case: Case, chance: random.Random, most: int) -> list[Case]:
        """Every completion of a case if there are no more than `most`, otherwise so many drawn ones."""
        names = [*self.rulebook.facts, *self.rulebook.counsel_ids]
        open_slots = [slot for slot, code in enumerate(case.vector) if code is None]
        domains = [self._domain(names[slot]) for slot in open_slots]
        if all(domains) and math.prod(map(len, domains)) <= most:
            choices = list(itertools.product(*domains))
        else:
            choices = [
                tuple(
                    draw_value(self.bounds, names[slot], chance)
                    if names[slot] in self.rulebook.facts
                    else chance.random() < 0.5
                    for slot in open_slots
                )
                for _ in range(most)
            ]
        found = []
        for choice in choices:
            vector = list(case.vector)
            for slot, value in zip(open_slots, choice, strict=True):
                vector[slot] = value
            self.drawn += 1
            found.append(replace(case, id=f"D{self.drawn}", vector=tuple(vector)))
        return found

    def _domain(self, name: str) -> list[bool | int]:
        """Every value, for the facts that have few; nothing for the others."""
        fact = self.rulebook.facts.get(name)
        if fact is None or fact.type == "bool":
            return [False, True]
        return list(range(len(fact.values))) if fact.type == "enum" else []


class Solver:
    """What a solver says about complete cases."""

    def __init__(self, law: LawTerms, solver: z3.Solver) -> None:
        self.law = law
        self.solver = solver
        self.denials = {key: law.terms.no(term) for key, term in law.provisions.items()}
        self.no_permit = law.terms.no(law.permitted)

    def stated(self, case: Case) -> list[z3.BoolRef]:
        return stated(case, self.law.terms, self.law.rulebook)

    def agrees(
        self, facts: list[z3.BoolRef], element: str, *, permitted: bool, holding: Collection[tuple[str, str]]
    ) -> bool:
        """Tell whether exactly these provisions hold, by id and act, and whether that is the outcome.

        A complete case leaves the solver nothing to choose, so saying otherwise contradicts it.
        """
        law = self.law
        said = [*facts, law.terms.elements[element], law.permitted if permitted else self.no_permit]
        said += [term if key in holding else self.denials[key] for key, term in law.provisions.items()]
        array = (z3.Ast * len(said))(*[term.as_ast() for term in said])  # without the coercions of `check`
        context = law.terms.context.ref()
        answer = z3.CheckSatResult(z3.Z3_solver_check_assumptions(context, self.solver.solver, len(said), array))
        assert answer != z3.unknown
        return bool(answer == z3.sat)
