"""A decision explained in plain English or Spanish: the answer, why, what would change it, what is still open.

Everything said comes from the trees that decided (see `clauses`), from a search (see `flips`) and from the words
beside the rulebooks (see `words`); nothing is written by hand for a case.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from schoolgate.engines.law.deciding.case import Case
from schoolgate.engines.law.deciding.decision import Answered, Decision, ElementOutcome, Obligation, Vote
from schoolgate.engines.law.deciding.program import Outcome, Program, program_for
from schoolgate.engines.law.explaining.clauses import Part, clause_of, distance_of, facts_in, parts_met
from schoolgate.engines.law.explaining.flips import Flip, Flips, flips_of
from schoolgate.engines.law.explaining.words import Language, Words, words_for
from schoolgate.engines.law.text import condition as c
from schoolgate.engines.law.text.rulebook import Rulebook

__all__ = ["Explanation", "Paragraph", "enough_for", "explain"]

Kind = Literal["decision", "reason", "change", "question", "obligation", "evidence"]
MOST_FLIPS: Final = 5
MOST_FACTS: Final = 8
MOST_MET: Final = 3
SAYS: Final[dict[Outcome, str]] = {"permit": "may_leave", "deny": "stays", "ask": "waits"}
FIRST_FORGOTTEN: Final = {"found_out": 1, "arranged": 2, "given": 3}


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A few sentences that belong together.

    Attributes:
        text: the first sentence, or several short ones.
        items: what follows as a list; each is a sentence.
        elements: the elements that it is about.
        provisions: the ids of the provisions that it names.
    """

    kind: Kind
    text: str
    items: tuple[str, ...] = ()
    elements: tuple[str, ...] = ()
    provisions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """Paragraphs in reading order; those of one kind stand together.

    Attributes:
        headings: the kinds that occur, each with its heading.
    """

    language: Language
    case: str
    headings: tuple[tuple[Kind, str], ...]
    paragraphs: tuple[Paragraph, ...]

    def of(self, kind: Kind) -> tuple[Paragraph, ...]:
        """Return the paragraphs of a kind."""
        return tuple(one for one in self.paragraphs if one.kind == kind)

    def to_text(self) -> str:
        """Return plain text: headings, sentences, and lists with a dash."""
        lines: list[str] = []
        for kind, heading in self.headings:
            lines += ["", heading] if lines else [heading]
            for paragraph in self.of(kind):
                lines += [paragraph.text, *(f"- {item}" for item in paragraph.items)]
        return "\n".join(lines) + "\n"


def explain(
    rulebook: Rulebook,
    case: Case,
    decision: Decision,
    language: Language = "en",
    *,
    flips: Flips | None = None,
    words: Words | None = None,
) -> Explanation:
    """Explain a decision in words.

    Args:
        rulebook: the one that decided.
        case: the case as it was decided.
        decision: what `decide` answered to it.
        language: `en` or `es`, of equal standing.
        flips: what `flips_of` found for the case, if that is at hand.
        words: the words to use; by default those that come with the program.

    Raises:
        LawError: the case was parsed with another rulebook, or the words cannot be read.
    """
    speaker = _Speaker(rulebook, case, decision, words or words_for(language, rulebook.vocabulary))
    paragraphs = [*speaker.answer()]
    if not any(defect.provision is None for defect in decision.defects):
        paragraphs += speaker.reasons()
        paragraphs += speaker.changes(flips_of(rulebook, case) if flips is None else flips)
        paragraphs += speaker.questions()
        paragraphs += speaker.obligations()
        paragraphs += speaker.evidence()
    kinds = tuple(dict.fromkeys(one.kind for one in paragraphs))
    headings = tuple((kind, speaker.words.heading(kind)) for kind in kinds)
    return Explanation(language, case.id, headings, tuple(paragraphs))


def enough_for(rulebook: Rulebook, case: Case, elements: Iterable[str], outcome: Outcome) -> tuple[str, ...] | None:
    """Return a few facts and answers that by themselves give these elements their outcome: a reason, not the reason.

    Facts are forgotten one by one while the answer holds, those that a case is silent on first. None if the
    outcome does not follow without looking at every completion. Linear in the number of facts.
    """
    program = program_for(rulebook, case.date, case.recipient)
    mask = sum(1 << rulebook.vocabulary.element_bits[name] for name in elements)
    vector = list(case.vector)

    def holds() -> bool:
        permit, ask, _ = program.decide(tuple(vector), mask)
        return permit == mask if outcome == "permit" else not permit | ask

    if outcome == "ask" or not holds():
        return None
    names = [*rulebook.facts, *rulebook.counsel_ids]
    for position in sorted(range(len(vector)), key=lambda one: _importance(rulebook, case, names[one])):
        kept = vector[position]
        if kept is not None:
            vector[position] = None
            if not holds():
                vector[position] = kept
    return tuple(name for name, code in zip(names, vector, strict=True) if code is not None)


def _importance(rulebook: Rulebook, case: Case, name: str) -> int:
    fact = rulebook.facts.get(name)
    if fact is None:
        return 2
    if fact.default is not None and case.facts[name] == fact.default:
        return 0
    return FIRST_FORGOTTEN[fact.change] + (name == "instrument")


@dataclass(frozen=True, slots=True)
class _Speaker:
    rulebook: Rulebook
    case: Case
    decision: Decision
    words: Words

    # --- The answer and why --------------------------------------------------------------------------------------

    def answer(self) -> Iterator[Paragraph]:
        if any(defect.provision is None for defect in self.decision.defects):
            yield Paragraph("decision", self.words.sentence("engine_failed"))
            return
        yield Paragraph("decision", self.words.sentence(self.decision.outcome), tuple(self._split()))

    def _split(self) -> Iterator[str]:
        by_outcome: dict[Outcome, list[str]] = {}
        for element in self.decision.elements:
            by_outcome.setdefault(element.outcome, []).append(element.element)
        if len(by_outcome) > 1:
            for outcome in ("permit", "deny", "ask"):
                if outcome in by_outcome:
                    yield self.words.sentence(SAYS[outcome], elements=self.words.elements(by_outcome[outcome]))

    def reasons(self) -> Iterator[Paragraph]:
        groups: dict[tuple[object, ...], list[ElementOutcome]] = {}
        for element in self.decision.elements:
            groups.setdefault((element.outcome, element.votes, element.either_way), []).append(element)
        program = program_for(self.rulebook, self.case.date, self.case.recipient)
        for group in groups.values():
            yield from self._reasons(program, group)

    def _reasons(self, program: Program, group: list[ElementOutcome]) -> Iterator[Paragraph]:
        one = group[0]
        names = tuple(member.element for member in group)
        said = self.words.sentence(SAYS[one.outcome], elements=self.words.elements(names))
        items = [item for vote in one.votes for item in self._vote(program, vote, one)]
        items += self._bars(group)
        provisions = tuple(dict.fromkeys(name for member in group for name in member.provisions))
        if one.either_way:
            items.append(self.words.sentence("either_way", citations=self._titles(provisions)))
        yield Paragraph("reason", said, tuple(items), names, provisions)
        enough = enough_for(self.rulebook, self.case, names, one.outcome)
        if enough and len(enough) <= MOST_FACTS:
            clauses = tuple(self._full(self._known(name)) for name in enough)
            yield Paragraph("reason", self.words.sentence("enough"), clauses, names)

    def _bars(self, group: list[ElementOutcome]) -> Iterator[str]:
        bar = "maybe_barred" if group[0].outcome == "ask" else "barred"
        barred: dict[tuple[str, ...], list[str]] = {}
        for member in group:
            if member.prohibitions:
                barred.setdefault(member.prohibitions, []).append(member.element)
        for prohibitions, names in barred.items():
            citations = self._titles(prohibitions)
            if len(names) == len(group):
                yield self.words.sentence(bar, citations=citations)
            else:
                yield self.words.sentence(f"{bar}_for", citations=citations, elements=self.words.elements(names))

    def _vote(self, program: Program, vote: Vote, one: ElementOutcome) -> Iterator[str]:
        layer = self.words.table["layers"][vote.layer]
        if vote.value == "open":
            best = min(vote.provisions, key=lambda name: (name not in one.provisions, name))
            yield self.words.sentence("layer_open", layer=layer, citations=self._titles([best]))
        elif vote.value == "unknown":
            yield self.words.sentence("layer_unknown", layer=layer, citations=self._titles(vote.provisions))
        elif vote.provisions:
            yield self.words.sentence("layer_shut", layer=layer, citations=self._titles(vote.provisions))
            yield from self._nearest(program, vote, one.element)
        else:
            yield self.words.sentence("layer_shut_bare", layer=layer)
            yield from self._nearest(program, vote, one.element)

    def _nearest(self, program: Program, vote: Vote, element: str) -> Iterator[str]:
        """Say which door of a shut layer is nearest, which of its conditions are met and which are missing."""
        bit = self.rulebook.vocabulary.element_bits[element]
        facts = dict(zip(self.rulebook.facts, self.case.vector, strict=False))
        given = c.Given(facts, self.case.counsel_answers, self.case.recipient, element, bit)
        doors = [
            (provision.id not in vote.provisions, distance_of(condition, given, self.rulebook.facts), number, condition)
            for number, provision in enumerate(program.provisions)
            if provision.effect == "door" and provision.layer == vote.layer
            for mask, condition in program.clauses[number].cases
            if mask >> bit & 1
        ]
        if not doors:
            return
        _, _, number, condition = min(doors, key=lambda door: door[:3])
        parts = _told(parts_met(condition, given, self.rulebook.facts))
        met = [part for part in parts if part.state == "met"]
        title = self.words.title(program.provisions[number])
        if met:
            yield self.words.sentence("nearest", citation=title, met=len(met), all=len(parts))
        else:
            yield self.words.sentence("nearest_one", citation=title)
        item = self.words.element(element)
        telling = [part for part in met if not self._is_silent(part)]
        for part in (*telling[:MOST_MET], *(part for part in parts if part.state != "met")):
            clause = clause_of(part.condition, self.words, self.rulebook.provisions, item=item)
            yield self.words.sentence(part.state, clause=clause)

    def _is_silent(self, part: Part) -> bool:
        """Tell whether a condition is met by what a case states when it says nothing."""
        facts = [self.rulebook.facts[name] for name in facts_in(part.condition)]
        return all(fact.default is not None and self.case.facts[fact.name] == fact.default for fact in facts)

    # --- What would change it --------------------------------------------------------------------------------------

    def changes(self, flips: Flips) -> Iterator[Paragraph]:
        for flip in _shown(flips.flips, MOST_FLIPS):
            everything = set(flip.elements) == set(self.case.decided)
            name = "flip_deny" if flip.outcome == "deny" else "flip_all" if everything else "flip"
            yield self._flip(name, flip)
        for flip in _shown(flips.provided, 1):
            yield self._flip("flip_if", flip)
        if flips.never:
            text = self.words.sentence("never", elements=self.words.elements(flips.never))
            yield Paragraph("change", text, elements=flips.never)
        every = (*flips.flips, *flips.provided)
        told = {*flips.never, *flips.unsearched, *(name for flip in every for name in flip.elements)}
        rest = tuple(e.element for e in self.decision.elements if e.outcome == "deny" and e.element not in told)
        if rest:
            text = self.words.sentence("no_flip", elements=self.words.elements(rest))
            yield Paragraph("change", text, elements=rest)

    def _flip(self, name: str, flip: Flip) -> Paragraph:
        changes = self.words.said("and_if").join(self._changes(flip))
        text = self.words.sentence(name, changes=changes, elements=self.words.elements(flip.elements))
        return Paragraph("change", text, self._answers(flip.provided), flip.elements)

    def _answers(self, answers: Iterable[Answered]) -> tuple[str, ...]:
        return tuple(self._full(self.words.answered(one, self.rulebook.provisions)) for one in answers)

    def _changes(self, flip: Flip) -> Iterator[str]:
        for change in flip.changes:
            fact = self.rulebook.facts[change.fact]
            grows = bool(change.members) and change.members[0] in change.after
            yield self.words.brought_about(fact, change.after, change.members, grows=grows)

    # --- What is open and what must be done --------------------------------------------------------------------------

    def questions(self) -> Iterator[Paragraph]:
        waiting = {element.element for element in self.decision.elements if element.outcome == "ask"}
        for question in self.decision.questions:
            text = (
                self.words.question(question.id)
                if question.kind == "fact"
                else self.words.counsel_question(self.rulebook.provisions[question.id])
            )
            said = self.words.sentence(
                "question_all" if waiting == set(question.elements) else "question",
                question=text,
                answerer=self.words.answerer(question.answered_by),
                elements=self.words.elements(question.elements),
            )
            yield Paragraph("question", said, (), question.elements, question.asked_by)
        for quick in self.decision.quickest:
            name = "quick_permit" if quick.outcome == "permit" else "quick_deny"
            said = self.words.sentence(name, elements=self.words.elements(quick.elements))
            yield Paragraph("question", said, self._answers(quick.answers), quick.elements)

    def obligations(self) -> Iterator[Paragraph]:
        same: dict[tuple[str, str, str], list[Obligation]] = {}
        for owed in self.decision.obligations:
            same.setdefault((owed.name, owed.due_clock or "", owed.due_from or ""), []).append(owed)
        for (name, clock, starts), duties in same.items():
            parts = {
                "what": self.words.obligation(name),
                "citation": "; ".join(dict.fromkeys(owed.citation for owed in duties)),
            }
            due, counted = self.words.due(clock, starts)
            if not any(owed.certain for owed in duties):
                text = self.words.sentence("obligation_unsure", **parts)
            elif due and counted:
                text = self.words.sentence("obligation_due", **parts, due=due, **{"from": counted})
            else:
                text = self.words.sentence("obligation", **parts)
            yield Paragraph("obligation", text, provisions=tuple(owed.provision for owed in duties))

    def evidence(self) -> Iterator[Paragraph]:
        for mark in ("secondary", "unverified"):
            named = [one for one in self.decision.citations if one.evidence == mark and not one.our_reading]
            yield from self._mark(mark, [one.provision for one in named])
        yield from self._mark("our_reading", [one.provision for one in self.decision.citations if one.our_reading])
        for defect in self.decision.defects:
            citation = self.rulebook.provisions[defect.provision].citation if defect.provision else ""
            yield Paragraph("evidence", self.words.sentence("defect", provision=citation))
        yield Paragraph("evidence", self.words.sentence("counsel"))

    def _mark(self, mark: str, names: list[str]) -> Iterator[Paragraph]:
        if names:
            citations = self.words.listed(self.rulebook.provisions[name].citation for name in names)
            text = self.words.table["evidence"][mark].format(citations=citations)
            yield Paragraph("evidence", text, provisions=tuple(names))

    # --- Parts ---------------------------------------------------------------------------------------------------

    def _titles(self, names: Iterable[str]) -> str:
        return self.words.listed(self.words.title(self.rulebook.provisions[name]) for name in names)

    def _known(self, name: str) -> str:
        if name in self.rulebook.facts:
            return self.words.stated(self.rulebook.facts[name], self.case.facts[name])
        question = self.words.counsel_question(self.rulebook.provisions[name])
        return self.words.said("counsel_yes" if self.case.counsel_answers[name] else "counsel_no", question=question)

    def _full(self, clause: str) -> str:
        return clause[:1].upper() + clause[1:] + "."


def _told(parts: list[Part]) -> list[Part]:
    """Leave out what is met of a fact of which something else is missing: it follows from that."""
    missing = {name for part in parts if part.state != "met" for name in facts_in(part.condition)}
    kept = (part for part in parts if part.state != "met" or missing.isdisjoint(facts_in(part.condition)))
    return list(dict.fromkeys(kept))


def _shown(flips: tuple[Flip, ...], most: int) -> Iterator[Flip]:
    """Yield the nearest flips, and of every further element its nearest."""
    covered: set[str] = set()
    for number, flip in enumerate(flips):
        if number < most or not covered.issuperset(flip.elements):
            covered.update(flip.elements)
            yield flip
