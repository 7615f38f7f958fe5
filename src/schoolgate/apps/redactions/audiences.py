"""For whom a document can be looked at, and what the law lets each of them read.

What agencies ask and what a family may read is decided in rooms below this one: they say so here, by adding a source.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from schoolgate.apps.access.actors import Actor
from schoolgate.engines import redact

from .selectors import Review


@dataclass(frozen=True, slots=True)
class Choice:
    """An audience that can be chosen.

    Attributes:
        key: as it stands in the address.
        label: in words.
        more: what tells two of one label apart, such as the request's number.
    """

    key: str
    label: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A provision that withholds something."""

    id: str
    citation: str
    title: str


@dataclass(frozen=True, slots=True)
class Reader:
    """An audience with what the law decided for it.

    Attributes:
        outcome: law element -> may it leave; what is not there may not.
        rules: law element -> the provisions that withhold it.
        pending: in words, why nothing is decided yet; empty when it is.
        back: address of the page from which one came, and its name; empty if there is none.
    """

    choice: Choice
    audience: redact.Audience
    outcome: Mapping[str, bool]
    rules: Mapping[str, tuple[Rule, ...]]
    pending: str = ""
    back: tuple[str, str] = ("", "")


class Source(Protocol):
    """Somebody who knows audiences of a report."""

    def choices(self, actor: Actor, review: Review) -> Sequence[Choice]:
        """The audiences that it knows, the likeliest first."""

    def reader(self, actor: Actor, review: Review, choice: Choice) -> Reader:
        """One of them, decided."""


sources: Final[list[Source]] = []


def choices_for(actor: Actor, review: Review) -> list[tuple[Source, Choice]]:
    """Every audience of a report."""
    return [(source, choice) for source in sources for choice in source.choices(actor, review)]
