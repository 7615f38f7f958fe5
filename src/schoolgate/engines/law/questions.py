"""What must be answered before the undecided elements can be decided, and which answers could decide them."""

from collections.abc import Mapping

from schoolgate.engines.law import condition as c
from schoolgate.engines.law.decision import Answered, Question, Settling
from schoolgate.engines.law.diagram import FALSE, TERMINALS, TRUE, Diagram, OverBudgetError
from schoolgate.engines.law.rulebook import Rulebook
from schoolgate.engines.law.settle import Doubt
from schoolgate.engines.law.vocabulary import Fact

__all__ = ["answered", "questions_of", "quickest_answers"]

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

    Elements that depend on the same things share one entry; those with most elements come first. An element
    whose search would take too long has none.
    """
    alike: dict[int, list[str]] = {}
    diagrams: dict[int, Diagram] = {}
    for element, doubt in doubts.items():
        if doubt.diagram is not None and doubt.node is not None and doubt.node >= TERMINALS:
            alike.setdefault(doubt.node, []).append(element)
            diagrams[doubt.node] = doubt.diagram
    found: list[Settling] = []
    for node, elements in sorted(alike.items(), key=lambda item: -len(item[1])):
        for outcome, wanted in (("permit", TRUE), ("deny", FALSE)):
            try:
                chosen = _Fewest(diagrams[node], wanted).of(node, None)
            except OverBudgetError:
                continue
            if chosen is not None:
                answers = answered(rulebook, diagrams[node], chosen[1])
                found.append(Settling("permit" if outcome == "permit" else "deny", tuple(elements), answers))
    return tuple(found)


class _Fewest:
    """The fewest answers after which a node is constant: a smallest prime implicant, counted by facts."""

    def __init__(self, diagram: Diagram, wanted: int) -> None:
        self.diagram = diagram
        self.wanted = wanted
        self.best: dict[tuple[int, c.Open | None], tuple[int, Chosen] | None] = {}

    def of(self, node: int, paid: c.Open | None) -> tuple[int, Chosen] | None:
        """Return the count and the answers; `paid` is the fact that the answers above are about."""
        if node < TERMINALS:
            return (0, ()) if node == self.wanted else None
        level, children = self.diagram.nodes[node]
        about = self.diagram.variables[level].about
        key = (node, about if about == paid else None)
        if key not in self.best:
            joined = self.diagram.all(children) if self.wanted else self.diagram.any(children)
            options = [self.of(joined, paid)]
            price = 0 if about == paid else 1
            for number, child in enumerate(children):
                rest = self.of(child, about)
                options.append(rest and (rest[0] + price, ((level, number), *rest[1])))
            self.best[key] = min((one for one in options if one), key=lambda one: (one[0], len(one[1])), default=None)
        return self.best[key]


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
