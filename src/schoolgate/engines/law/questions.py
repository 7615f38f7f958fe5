"""What must be answered before the undecided elements can be decided."""

from schoolgate.engines.law import condition as c
from schoolgate.engines.law.case import Case
from schoolgate.engines.law.decision import ElementOutcome, Question
from schoolgate.engines.law.program import Program
from schoolgate.engines.law.rulebook import Rulebook

__all__ = ["questions_of"]


def questions_of(
    rulebook: Rulebook,
    case: Case,
    program: Program,
    elements: tuple[ElementOutcome, ...],
    broken: frozenset[str],
) -> tuple[Question, ...]:
    """Return the unknown facts and answers that the undecided provisions of undecided elements wait for.

    Parts of a condition that are settled by other parts ask nothing, nor do the `broken` provisions, which no
    answer can mend. Questions that hold up most elements come first. Linear in the size of the undecided
    conditions times the elements that they treat differently.
    """
    asked_by: dict[c.Open, set[str]] = {}
    waiting: dict[c.Open, dict[str, None]] = {}
    waits = _Waits(rulebook, case, program)
    for element in elements:
        if element.outcome != "ask":
            continue
        for name in broken.symmetric_difference(element.provisions) - broken:
            for open_fact in waits.of(name, element.element):
                asked_by.setdefault(open_fact, set()).add(name)
                waiting.setdefault(open_fact, {})[element.element] = None
    questions = [
        _question(rulebook, about, tuple(sorted(names)), tuple(waiting[about])) for about, names in asked_by.items()
    ]
    return tuple(sorted(questions, key=lambda q: (-len(q.elements), q.kind, q.id)))


class _Waits:
    """Finds what a provision waits for; elements that it treats alike are looked at once."""

    def __init__(self, rulebook: Rulebook, case: Case, program: Program) -> None:
        self.bits = rulebook.vocabulary.element_bits
        self.case = case
        self.facts = dict(zip(rulebook.facts, case.vector, strict=False))
        self.clauses = {p.id: clause for p, clause in zip(program.provisions, program.clauses, strict=True)}
        self.known: dict[tuple[str, int, int], frozenset[c.Open]] = {}

    def of(self, provision: str, element: str) -> frozenset[c.Open]:
        bit = self.bits[element]
        mask, condition = next(case for case in self.clauses[provision].cases if case[0] >> bit & 1)
        apart = any(isinstance(part, c.AboutElement) for part in c.walk(condition))
        key = (provision, mask, bit if apart else -1)
        if key not in self.known:
            given = c.Given(self.facts, self.case.counsel_answers, self.case.recipient, element, bit)
            self.known[key] = c.evaluate(condition, given)[1]
        return self.known[key]


def _question(rulebook: Rulebook, about: c.Open, asked_by: tuple[str, ...], elements: tuple[str, ...]) -> Question:
    match about:
        case c.Answer(provision):
            text = rulebook.provisions[provision].counsel_question or ""
            return Question("counsel", provision, text, "counsel", asked_by, elements)
        case c.FactValue(name):
            fact = rulebook.facts[name]
            return Question("fact", name, fact.question, fact.answered_by, asked_by, elements)
