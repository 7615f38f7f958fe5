"""Ways through a decision diagram from the facts as they are: what to change, at which cost, to reach an outcome."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from schoolgate.engines.law.deciding.diagram import FALSE, TERMINALS, TRUE, Diagram
from schoolgate.engines.law.explaining.arrange import Arrangement
from schoolgate.engines.law.text import condition as c
from schoolgate.engines.law.text.vocabulary import Coded

__all__ = ["ANSWER", "Known", "Moves", "Paths", "Step", "Steps", "leads_to"]

ANSWER: Final = 20  # an answer that nobody has is further away than anything that can be arranged

Step = tuple[str, int | None, int]  # a fact or a provision that counsel answers, the member of a set, the coded value
Steps = tuple[Step, ...]
Options = list[tuple[int, int, Step | None]]  # the child, the cost, the step if there is one
Known = dict[tuple[int, Coded], Options | None]


@dataclass(frozen=True, slots=True)
class Moves:
    """What a way may change.

    Attributes:
        leads: arranged facts that are set before a way begins, never on it.
        answers: whether open questions may be answered on the way too.
    """

    arrangements: Mapping[str, Arrangement]
    leads: frozenset[str]
    answers: bool


class Paths:
    """Shortest ways through a diagram from the facts as they are after a first change.

    Args:
        diagram: the diagram.
        end: the value that is wanted.
        base: the facts after the first change.
        moves: what may change.
        known: the options of a level by the value of its fact; ways with the same moves share them.
    """

    def __init__(
        self, diagram: Diagram, end: int, base: Mapping[str, Coded], moves: Moves, known: Known | None = None
    ) -> None:
        self.diagram = diagram
        self.end = end
        self.base = base
        self.moves = moves
        self.known: Known = {} if known is None else known

    def _options(self, level: int) -> Options | None:
        key = (level, self.base.get(self.diagram.places[level][0]))
        if key not in self.known:
            self.known[key] = self._found(level)
        return self.known[key]

    def _found(self, level: int) -> Options | None:
        """Return the classes a variable can be in: number, cost, step; None if nobody can bring it about.

        A member of a set that is not known cannot be arranged alone: the rest of the set is still a question.
        """
        variable = self.diagram.variables[level]
        fact = variable.about.fact if isinstance(variable.about, c.FactValue) else ""
        arrangement = self.moves.arrangements.get(fact)
        value = self.base.get(fact)
        if variable.member is not None and value is None:
            return None
        if arrangement is None:
            steps = [(n, ANSWER, (variable.name, None, values.codes[0])) for n, values in enumerate(variable.classes)]
            return [*steps] if self.moves.answers else None
        here = None if value is None else value >> variable.member & 1 if variable.member is not None else int(value)
        found: Options = []
        for number, values in enumerate(variable.classes):
            if here is not None and here in values.codes:
                found.append((number, 0, None))
                continue
            if variable.member is not None:
                allowed = arrangement.adds if values.codes[0] else arrangement.removes
                costs = {values.codes[0]: arrangement.costs[variable.member]} if allowed else {}
            else:
                costs = {code: arrangement.costs[code] for code in values.codes if code in arrangement.costs}
            if costs and fact not in self.moves.leads:
                code = min(costs, key=lambda one: (costs[one], one))
                found.append((number, costs[code], (fact, variable.member, code)))
        return found

    def cheapest(self, node: int, without: frozenset[tuple[str, int | None]]) -> Steps | None:
        """Return the cheapest changes after which the node has the wanted value; some are not to be used."""
        memo: dict[int, tuple[int, Steps] | None] = {TRUE: None, FALSE: None, self.end: (0, ())}
        best = self._cheapest(node, without, memo)
        return best[1] if best else None

    def _cheapest(
        self, node: int, without: frozenset[tuple[str, int | None]], memo: dict[int, tuple[int, Steps] | None]
    ) -> tuple[int, Steps] | None:
        if node not in memo:
            level, children = self.diagram.nodes[node]
            found: list[tuple[int, Steps]] = []
            for number, cost, step in self._options(level) or ():
                if step is None or step[:2] not in without:
                    rest = self._cheapest(children[number], without, memo)
                    if rest is not None:
                        found.append((rest[0] + cost, (*((step,) if step else ()), *rest[1])))
            memo[node] = min(found, default=None, key=lambda one: (one[0], len(one[1])))
        return memo[node]

    def possible(self, node: int) -> bool:
        """Tell whether arranging and answering together can reach the wanted value."""
        seen: set[int] = set()
        rest = [node]
        while rest:
            here = rest.pop()
            if here == self.end:
                return True
            if here >= TERMINALS and here not in seen:
                seen.add(here)
                level, children = self.diagram.nodes[here]
                options = self._options(level)
                about = self.diagram.variables[level].about
                answerable = isinstance(about, c.FactValue) and self.base.get(about.fact) is None
                rest += children if options is None or answerable else [children[number] for number, _, _ in options]
        return False


def leads_to(diagram: Diagram, node: int, end: int, facts: Mapping[str, Coded]) -> bool:
    """Tell whether a node has a value under some facts whatever the unknown ones are."""
    nodes, places = diagram.nodes, diagram.places
    rest = [node]
    seen: set[int] = set()
    while rest:
        here = rest.pop()
        if here < TERMINALS:
            if here != end:
                return False
        elif here not in seen:
            seen.add(here)
            level, children = nodes[here]
            name, member, place = places[level]
            value = facts.get(name)
            if value is None:
                rest += children
            else:
                rest.append(children[place[int(value) if member is None else int(value) >> member & 1]])
    return True
