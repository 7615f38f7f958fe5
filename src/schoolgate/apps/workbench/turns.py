"""What would change the decision, in words, with a button that tries it."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from schoolgate.engines import law
from schoolgate.engines.law.flips import Change, flips_of

from .address import pairs_of
from .wording import OUTCOMES, element_title, plain_value

# So many are shown; the nearest come first.
MOST = 4


@dataclass(frozen=True, slots=True)
class Turn:
    """Changes that turn something, all of them needed.

    Attributes:
        outcome: what the elements would become.
        changes: question and answer.
        brings: what comes with them: question and answer.
        whole: the outcome of the case as a whole after it.
        set: the form fields that try it.
    """

    outcome: str
    titles: tuple[str, ...]
    changes: tuple[tuple[str, str], ...]
    brings: tuple[tuple[str, str], ...]
    whole: str
    set: str


@dataclass(frozen=True, slots=True)
class Turns:
    """What would change the decision; and what nothing changes."""

    turns: tuple[Turn, ...]
    never: tuple[str, ...]


def turns(rulebook: law.Rulebook, case: law.Case) -> Turns:
    """The nearest changes that somebody could bring about, never another truth. See `engines.law.flips`."""
    found = flips_of(rulebook, case)
    return Turns(
        tuple(
            Turn(
                outcome=flip.outcome,
                titles=tuple(element_title(rulebook, name) for name in flip.elements),
                changes=tuple(_said(rulebook, one.fact, one.after) for one in flip.changes),
                brings=tuple(_said(rulebook, name, value) for one in flip.changes for name, value in one.brings),
                whole=OUTCOMES[flip.whole],
                set=_fields(rulebook, flip.changes),
            )
            for flip in found.flips[:MOST]
        ),
        tuple(element_title(rulebook, name) for name in found.never),
    )


def _said(rulebook: law.Rulebook, name: str, value: object) -> tuple[str, str]:
    return rulebook.facts[name].question, plain_value(rulebook, name, value)


def _fields(rulebook: law.Rulebook, changes: Iterable[Change]) -> str:
    values = {one.fact: one.after for one in changes} | {name: value for one in changes for name, value in one.brings}
    return urlencode([pair for name, value in values.items() for pair in pairs_of(rulebook.facts[name], value)])
