"""What the engine answers: plain data that a page, an API and the ledger can show."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from schoolgate.engines.law.deciding.program import Outcome
from schoolgate.engines.law.text.provision import Evidence, LayerName

__all__ = [
    "Answered",
    "Citation",
    "Considered",
    "Decision",
    "Defect",
    "ElementOutcome",
    "Obligation",
    "Question",
    "Settling",
    "Vote",
    "WholeOutcome",
    "whole_of",
]

WholeOutcome = Literal["permit", "permit_redacted", "deny", "needs_review"]


def whole_of(elements: Iterable[tuple[Outcome, bool]]) -> WholeOutcome:
    """Join the elements, each an outcome and whether it is derived.

    The derived ones alone are nothing to release, and cannot hold up a denial.
    """
    every = set()
    own = set()
    for outcome, derived in elements:
        every.add(outcome)
        if not derived:
            own.add(outcome)
    if own == {"deny"}:
        return "deny"
    if "ask" in every:
        return "needs_review"
    return "permit" if every == {"permit"} else "permit_redacted"


@dataclass(frozen=True, slots=True)
class Vote:
    """How one layer votes on an element.

    Attributes:
        provisions: the doors that are open; those that may be; or, shut, the layer's own rules.
    """

    layer: LayerName
    value: Literal["open", "shut", "unknown"]
    provisions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ElementOutcome:
    """The answer for one element.

    Attributes:
        votes: one a declared layer, federal first.
        prohibitions: those that forbid it; when it asks, those that may.
        provisions: the ids that determine the outcome.
        derived: the engine added it, for it hides in something that was asked for.
        either_way: facts are missing, and every completion of them gives this outcome; `provisions` then names
            those of both sides, and a vote may be unknown.
    """

    element: str
    outcome: Outcome
    votes: tuple[Vote, ...]
    prohibitions: tuple[str, ...]
    provisions: tuple[str, ...]
    derived: bool
    either_way: bool = False


@dataclass(frozen=True, slots=True)
class Citation:
    """A provision that determines something in the decision."""

    provision: str
    citation: str
    title: str
    evidence: Evidence
    our_reading: bool


@dataclass(frozen=True, slots=True)
class Considered:
    """A door that the paper at hand does not open, and that must be named for it."""

    provision: str
    citation: str
    instrument: str


@dataclass(frozen=True, slots=True)
class Question:
    """An open question on which an element depends.

    Attributes:
        kind: about a fact, or for counsel about a provision.
        id: the fact's name or the provision's id.
        asked_by: the provisions that are undecided because of it.
        elements: the elements that wait for it.
    """

    kind: Literal["fact", "counsel"]
    id: str
    text: str
    answered_by: str
    asked_by: tuple[str, ...]
    elements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """A possible answer to a question.

    Attributes:
        values: one of these; empty where the next ones say it.
        includes: for a set, members that it has.
        excludes: for a set, members that it has not.
        low: for a date or a number, the first value; None if there is none.
        high: for a date or a number, the last value; None if there is none.
    """

    kind: Literal["fact", "counsel"]
    id: str
    values: tuple[bool | str, ...] = ()
    includes: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    low: int | str | None = None
    high: int | str | None = None


@dataclass(frozen=True, slots=True)
class Settling:
    """The fewest answers that would settle these elements one way, whatever else is still open."""

    outcome: Literal["permit", "deny"]
    elements: tuple[str, ...]
    answers: tuple[Answered, ...]


@dataclass(frozen=True, slots=True)
class Obligation:
    """What must be done because of the outcome.

    Attributes:
        due_clock: the name of a clock of `engines.clock`, or None.
        due_from: what the clock starts from, or None.
        certain: False when an unknown fact decides whether it applies; then do it.
    """

    name: str
    provision: str
    citation: str
    evidence: Evidence
    due_clock: str | None
    due_from: str | None
    certain: bool


@dataclass(frozen=True, slots=True)
class Defect:
    """Something broke while deciding. It never opens anything.

    Attributes:
        provision: the provision that broke and was counted as unknown; None for the engine itself.
        error: the type of the exception, without its message.
    """

    provision: str | None
    error: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The engine's answer to a case. A person confirms it, the same or stricter.

    Attributes:
        reason: the outcome in a sentence.
        withheld: elements that stay behind; `("*",)` when nothing leaves.
        questions: the smallest set whose answers settle everything, those that settle most elements first.
        quickest: few answers that could settle an element, each way: see `questions.quickest_answers`.
        date: the day whose law was applied.
    """

    case: str
    outcome: WholeOutcome
    reason: str
    elements: tuple[ElementOutcome, ...]
    withheld: tuple[str, ...]
    citations: tuple[Citation, ...]
    considered: tuple[Considered, ...]
    questions: tuple[Question, ...]
    obligations: tuple[Obligation, ...]
    defects: tuple[Defect, ...]
    rulebook: str
    digest: str
    date: dt.date
    quickest: tuple[Settling, ...] = ()

    def element(self, name: str) -> ElementOutcome:
        """Return the outcome of one element; raise `KeyError` if it was not decided."""
        for outcome in self.elements:
            if outcome.element == name:
                return outcome
        raise KeyError(name)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data with a format mark; dates as `YYYY-MM-DD`."""
        return {"format": "schoolgate-decision/1", **_plain(asdict(self))}


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON data has no narrower type
    match value:
        case Mapping():
            return {key: _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case dt.date():
            return value.isoformat()
        case _:
            return value
