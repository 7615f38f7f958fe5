"""What must be answered before the undecided elements can be decided, and which answers could decide them."""

from collections.abc import Mapping
from typing import Final, Literal

from schoolgate.engines.law.deciding.decision import Answered, Question, Settling
from schoolgate.engines.law.deciding.diagram import FALSE, TERMINALS, TRUE, Diagram, OverBudgetError
from schoolgate.engines.law.deciding.settle import Doubt
from schoolgate.engines.law.text import condition as c
from schoolgate.engines.law.text.rulebook import Rulebook
from schoolgate.engines.law.text.vocabulary import Fact

__all__ = ["answered", "questions_of", "quickest_answers"]

MOST_STEPS: Final = 1_500
ENDS: Final[tuple[tuple[Literal["permit", "deny"], int], ...]] = (("permit", TRUE), ("deny", FALSE))

Chosen = tuple[tuple[int, int], ...]  # levels of a diagram, each with the class that is answered


def questions_of(rulebook: Rulebook, doubts: Mapping[str, Doubt]) -> tuple[Question, ...]:
    """Return the facts and answers on which undecided elements depend, those that hold up most of them first.

    They are the smallest set whose answers settle everything whatever they are: none can be left out, for each
    changes some element in some completion.
    """
    asked_by: dict[c.Open, set[str]] = {}
    waiting: dict[c.Open, list[str]] = {}
    for element, doubt in doubts.items():
        for about, names in doubt.waits.items():
            asked_by.setdefault(about, set()).update(names)
            waiting.setdefault(about, []).append(element)
    questions = [
        _question(rulebook, about, tuple(sorted(names)), tuple(waiting[about])) for about, names in asked_by.items()
    ]
    return tuple(sorted(questions, key=lambda q: (-len(q.elements), q.kind, q.id)))


def _question(rulebook: Rulebook, about: c.Open, asked_by: tuple[str, ...], elements: tuple[str, ...]) -> Question:
    match about:
        case c.Answer(provision):
            text = rulebook.provisions[provision].counsel_question or ""
            return Question("counsel", provision, text, "counsel", asked_by, elements)
        case c.FactValue(name):
            fact = rulebook.facts[name]
            return Question("fact", name, fact.question, fact.answered_by, asked_by, elements)


def quickest_answers(rulebook: Rulebook, doubts: Mapping[str, Doubt]) -> tuple[Settling, ...]:
    """Return for undecided elements the fewest answers that would permit them, and the fewest that would deny them.

    Elements that depend on the same things share one entry; those with most elements come first. They are
    the fewest unless that search would take too long; then none of them can be left out.
    """
    alike: dict[int, list[str]] = {}
    diagrams: dict[int, Diagram] = {}
    for element, doubt in doubts.items():
        if doubt.diagram is not None and doubt.node is not None and doubt.node >= TERMINALS:
            alike.setdefault(doubt.node, []).append(element)
            diagrams[doubt.node] = doubt.diagram
    found: list[Settling] = []
    for node, elements in sorted(alike.items(), key=lambda item: -len(item[1])):
        for outcome, wanted in ENDS:
            answers = answered(rulebook, diagrams[node], _Fewest(diagrams[node], wanted).find(node))
            found.append(Settling(outcome, tuple(elements), answers))
    return tuple(found)


class _Fewest:
    """The fewest answers after which a node is constant: a smallest prime implicant, counted by facts.

    Searched with one answer, then two, and so on. When the search takes too many steps, an implicant of which no
    answer can be left out takes its place.
    """

    def __init__(self, diagram: Diagram, wanted: int) -> None:
        self.diagram = diagram
        self.wanted = wanted
        self.failed: dict[tuple[int, c.Open | None], int] = {}
        self.steps = 0

    def find(self, node: int) -> Chosen:
        """Return the answers for a node that is not constant."""
        path = self._shorter(node, self._path(node))
        for count in range(1, self._count(path)):
            try:
                found = self._within(node, None, count)
            except OverBudgetError:
                return path
            if found is not None:
                return found
        return path

    def _within(self, node: int, paid: c.Open | None, limit: int) -> Chosen | None:
        """Return answers about at most `limit` facts; those about the fact `paid` count no more."""
        if node < TERMINALS:
            return () if node == self.wanted else None
        level, children = self.diagram.nodes[node]
        about = self.diagram.variables[level].about
        key = (node, about if about == paid else None)
        price = 0 if about == paid else 1
        if self.failed.get(key, -1) >= limit:
            return None
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise OverBudgetError
        if price <= limit:
            for number, child in enumerate(children):
                rest = self._within(child, about, limit - price)
                if rest is not None:
                    return ((level, number), *rest)
        if limit or not price:
            joined = self.diagram.all(children) if self.wanted else self.diagram.any(children)
            rest = self._within(joined, paid, limit)
            if rest is not None:
                return rest
        self.failed[key] = limit
        return None

    def _path(self, node: int) -> Chosen:
        """Return a shortest way to the wanted end."""
        reached: list[tuple[int, Chosen]] = [(node, ())]
        seen = {node}
        for here, chosen in reached:
            if here == self.wanted:
                return chosen
            level, children = self.diagram.nodes[here]
            for number, child in enumerate(children):
                if child not in seen:
                    seen.add(child)
                    reached.append((child, (*chosen, (level, number))))
        raise ValueError("a node that is not constant has a way to both ends")

    def _shorter(self, node: int, chosen: Chosen) -> Chosen:
        for one in chosen:
            rest = tuple(other for other in chosen if other != one)
            if self._settles(node, dict(rest)):
                chosen = rest
        return chosen

    def _settles(self, node: int, chosen: Mapping[int, int]) -> bool:
        seen: set[int] = set()
        rest = [node]
        while rest:
            here = rest.pop()
            if here < TERMINALS:
                if here != self.wanted:
                    return False
            elif here not in seen:
                seen.add(here)
                level, children = self.diagram.nodes[here]
                rest += (children[chosen[level]],) if level in chosen else children
        return True

    def _count(self, chosen: Chosen) -> int:
        return len({self.diagram.variables[level].about for level, _ in chosen})


def answered(rulebook: Rulebook, diagram: Diagram, chosen: Chosen) -> tuple[Answered, ...]:
    """Return chosen classes of a diagram's variables as answers in plain values."""
    sets: dict[str, tuple[list[str], list[str]]] = {}
    answers: list[Answered] = []
    for level, number in chosen:
        variable = diagram.variables[level]
        values = variable.classes[number]
        if isinstance(variable.about, c.Answer):
            answers.append(Answered("counsel", variable.about.provision, (bool(values.codes[0]),)))
            continue
        fact = rulebook.facts[variable.about.fact]
        if variable.member is not None:
            if fact.name not in sets:
                sets[fact.name] = ([], [])
                answers.append(Answered("fact", fact.name))
            sets[fact.name][not values.codes[0]].append(fact.values[variable.member])
        elif fact.type in ("date", "number"):
            answers.append(Answered("fact", fact.name, low=_end(fact, values.low), high=_end(fact, values.high)))
        elif fact.type == "bool":
            answers.append(Answered("fact", fact.name, (bool(values.codes[0]),)))
        else:
            answers.append(Answered("fact", fact.name, tuple(fact.values[code] for code in values.codes)))
    return tuple(
        Answered("fact", one.id, includes=tuple(sets[one.id][0]), excludes=tuple(sets[one.id][1]))
        if one.kind == "fact" and one.id in sets
        else one
        for one in answers
    )


def _end(fact: Fact, code: int | None) -> int | str | None:
    plain = None if code is None else fact.decode(code)
    return plain if isinstance(plain, int | str) else None
