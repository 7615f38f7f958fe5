"""From findings to a decision with its reasons.

An element is permitted when every layer declared for the recipient opens a door and no prohibition holds;
denied when a layer is shut or a prohibition holds; and asks when that depends on something unknown. Where every
completion of the unknown facts agrees, it is decided either way, unless the rulebook switches that off.
"""

from dataclasses import replace
from itertools import chain
from typing import Final

from schoolgate.engines.law.deciding.case import Case
from schoolgate.engines.law.deciding.decision import (
    Citation,
    Considered,
    Decision,
    Defect,
    ElementOutcome,
    Obligation,
    Vote,
    WholeOutcome,
    whole_of,
)
from schoolgate.engines.law.deciding.program import Act, Outcome, Program, program_for
from schoolgate.engines.law.deciding.questions import questions_of, quickest_answers
from schoolgate.engines.law.deciding.settle import Doubt, Found, doubts_of, survey
from schoolgate.engines.law.errors import LawError
from schoolgate.engines.law.text.provision import LayerName
from schoolgate.engines.law.text.rulebook import Rulebook
from schoolgate.engines.law.text.vocabulary import WHOLE_RECORD

__all__ = ["decide"]

EVIDENCE_ORDER: Final = {"read": 0, "secondary": 1, "unverified": 2}
ACT_OF: Final[dict[WholeOutcome, Act]] = {
    "permit": "release",
    "permit_redacted": "release",
    "deny": "refuse",
    "needs_review": "review",
}
REASONS: Final[dict[WholeOutcome, str]] = {
    "permit": "Every layer of law opens a door for everything that is asked.",
    "permit_redacted": "Every layer of law opens a door for a part; the rest stays behind.",
    "deny": "No part of this may leave: a layer of law opens no door, or a prohibition holds.",
    "needs_review": "The law's answer depends on something that is not known yet; nothing leaves meanwhile.",
}


def decide(rulebook: Rulebook, case: Case) -> Decision:
    """Decide a case under the law in force on its date.

    A provision whose evaluation fails counts as unknown and is reported among the defects. A failure of the
    engine itself denies everything and says so.

    Raises:
        LawError: the case was parsed with another rulebook or another version of it.
    """
    if case.digest != rulebook.digest:
        raise LawError("case", "it was parsed with another rulebook or version", "Parse it again with this one")
    try:
        return _decide(rulebook, case)
    except Exception as error:  # noqa: BLE001 - whatever breaks here must refuse; the decision reports it
        return _refusal(rulebook, case, error)


def _decide(rulebook: Rulebook, case: Case) -> Decision:
    program = program_for(rulebook, case.date, case.recipient)
    found, broken = survey(program, case.vector, case.asked)
    elements = _elements(rulebook, case, program, found)
    asking = [element.element for element in elements if element.outcome == "ask"]
    doubts = doubts_of(rulebook, case, program, found, asking=asking, broken=broken) if asking else {}
    if rulebook.either_way:
        elements = tuple(_either_way(program, case, one, doubts.get(one.element)) for one in elements)
        doubts = {name: doubt for name, doubt in doubts.items() if doubt.settled is None}
    outcome = whole_of((one.outcome, one.derived) for one in elements)
    duties = program_for(rulebook, case.date, case.recipient, ACT_OF[outcome])
    owed, more_broken = survey(duties, case.vector, 1 << rulebook.vocabulary.element_bits[WHOLE_RECORD])
    considered = _considered(rulebook, case, elements)
    withheld = tuple(e.element for e in elements if e.outcome == "deny")
    return Decision(
        case=case.id,
        outcome=outcome,
        reason=REASONS[outcome],
        elements=elements,
        withheld=("*",) if outcome in ("deny", "needs_review") else withheld,
        citations=_citations(rulebook, chain.from_iterable(e.provisions for e in elements)),
        considered=considered,
        questions=questions_of(rulebook, doubts),
        obligations=_obligations(owed),
        defects=tuple(Defect(name, error) for name, error in {**broken, **more_broken}.items()),
        rulebook=rulebook.id,
        digest=rulebook.digest,
        date=case.date,
        quickest=quickest_answers(rulebook, doubts),
    )


def _either_way(program: Program, case: Case, element: ElementOutcome, doubt: Doubt | None) -> ElementOutcome:
    """Put in what every completion agrees on; a layer that votes alike in all of them votes so."""
    if doubt is None or doubt.settled is None:
        return element
    settled = doubt.settled
    cited: list[str] = []
    votes: list[Vote] = []
    for before in element.votes:
        vote = before
        if before.layer in settled.layers and settled.outcome == "deny":
            vote = Vote(before.layer, "shut", _own_rules(program, case, before.layer))
            cited += vote.provisions
        elif before.layer in settled.layers:
            vote = Vote(before.layer, "open", settled.layers[before.layer])
        if vote.value == "open" and settled.outcome == "permit":
            cited += vote.provisions
        votes.append(vote)
    provisions = tuple(dict.fromkeys([*cited, *settled.provisions]))
    return replace(element, outcome=settled.outcome, votes=tuple(votes), provisions=provisions, either_way=True)


def _elements(rulebook: Rulebook, case: Case, program: Program, found: list[Found]) -> tuple[ElementOutcome, ...]:
    """Decide every element; those that all provisions treat alike share one judgement."""
    bits = rulebook.vocabulary.element_bits
    shared: dict[int, _Judgement] = {}
    for cell in _cells(case.asked, found):
        judgement = _judge(program, case, [f for f in found if (f.true | f.unknown) & cell], cell)
        rest = cell
        while rest:
            lowest = rest & -rest
            shared[lowest] = judgement
            rest ^= lowest
    return tuple(
        ElementOutcome(name, *shared[1 << bits[name]], derived=bool(rulebook.elements[name].hides_in))
        for name in case.decided
    )


_Judgement = tuple[Outcome, tuple[Vote, ...], tuple[str, ...], tuple[str, ...]]


def _cells(asked: int, found: list[Found]) -> list[int]:
    """Split the elements asked for until every provision treats the members of a cell alike."""
    cells = [asked]
    for mask in {mask for f in found for mask in (f.true, f.unknown)} - {0, asked}:
        cells = [part for cell in cells for part in (cell & mask, cell & ~mask) if part]
    return cells


def _judge(program: Program, case: Case, found: list[Found], cell: int) -> _Judgement:
    votes: list[Vote] = []
    deciding: dict[Outcome, list[str]] = {"permit": [], "ask": [], "deny": []}
    for layer in program.layers:
        doors = [f for f in found if f.provision.effect == "door" and f.provision.layer == layer]
        opened = [f.provision for f in doors if f.true & cell]
        maybe = [f.provision.id for f in doors if f.unknown & cell]
        if opened:
            votes.append(Vote(layer, "open", tuple(p.id for p in opened)))
            deciding["permit"].append(min(opened, key=lambda p: (EVIDENCE_ORDER[p.evidence], p.our_reading, p.id)).id)
        elif maybe:
            votes.append(Vote(layer, "unknown", tuple(maybe)))
            deciding["ask"] += maybe
        else:
            rules = _own_rules(program, case, layer)
            votes.append(Vote(layer, "shut", rules))
            deciding["deny"] += rules
    bars = [f for f in found if f.provision.effect == "prohibition"]
    holding = [f.provision.id for f in bars if f.true & cell]
    doubtful = [f.provision.id for f in bars if f.unknown & cell]
    deciding["deny"] += holding
    deciding["ask"] += doubtful
    values = {vote.value for vote in votes}
    if "shut" in values or holding:
        outcome: Outcome = "deny"
    elif "unknown" in values or doubtful:
        outcome = "ask"
    else:
        outcome = "permit"
    bars_shown = holding if outcome == "deny" else doubtful if outcome == "ask" else []
    return outcome, tuple(votes), tuple(bars_shown), tuple(dict.fromkeys(deciding[outcome]))


def _own_rules(program: Program, case: Case, layer: LayerName) -> tuple[str, ...]:
    """Return what to cite for a shut layer: its general rules, and the doors that this paper fails."""
    failing = program.failing.get((str(case.facts.get("instrument")), layer), ())
    return tuple(dict.fromkeys([*program.own_rules[layer], *failing]))


def _citations(rulebook: Rulebook, ids: chain[str]) -> tuple[Citation, ...]:
    provisions = (rulebook.provisions[name] for name in sorted(set(ids)))
    return tuple(Citation(p.id, p.citation, p.title, p.evidence, p.our_reading) for p in provisions)


def _considered(rulebook: Rulebook, case: Case, elements: tuple[ElementOutcome, ...]) -> tuple[Considered, ...]:
    instrument = case.facts.get("instrument")
    shut = {name for e in elements for vote in e.votes if vote.value == "shut" for name in vote.provisions}
    provisions = (rulebook.provisions[name] for name in sorted(shut))
    return tuple(Considered(p.id, p.citation, instrument) for p in provisions if instrument in p.fails_for)


def _obligations(owed: list[Found]) -> tuple[Obligation, ...]:
    obligations = [
        Obligation(
            name=f.provision.obligation or "",
            provision=f.provision.id,
            citation=f.provision.citation,
            evidence=f.provision.evidence,
            due_clock=f.provision.due.clock if f.provision.due else None,
            due_from=f.provision.due.starts if f.provision.due else None,
            certain=bool(f.true),
        )
        for f in owed
    ]
    return tuple(sorted(obligations, key=lambda o: (o.name, o.provision)))


def _refusal(rulebook: Rulebook, case: Case, error: Exception) -> Decision:
    kind = type(error).__name__
    elements = tuple(
        ElementOutcome(name, "deny", (), (), (), derived=name not in case.elements) for name in case.decided
    )
    return Decision(
        case=case.id,
        outcome="deny",
        reason=f"The engine failed ({kind}), so nothing may leave. Report it; it is no finding of law.",
        elements=elements,
        withheld=("*",),
        citations=(),
        considered=(),
        questions=(),
        obligations=(),
        defects=(Defect(None, kind),),
        rulebook=rulebook.id,
        digest=rulebook.digest,
        date=case.date,
    )
