"""The part of a page that says who could read a copy next; see `agencies/_who_next.html`."""

from dataclasses import dataclass, field
from typing import Final

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from schoolgate.engines import reach
from schoolgate.engines.kept import Kept

from .asked import address
from .drawing import svg
from .reader_words import (
    CERTAINTY_COLUMNS,
    REACH_COLUMNS,
    Layer,
    NoPath,
    Way,
    certainty_rows,
    condition_sentence,
    layers,
    no_path,
    reach_sentence,
    row,
    ways,
)
from .readers import WIDEST, Copy, NextReader, WhoNext, next_readers, watched_kinds


@dataclass(frozen=True, slots=True)
class ReachSection:
    """Who could read a copy next, ready for a page.

    Attributes:
        who: The answers.
        sentence: The answer in a sentence.
        condition: What the condition not to pass it on is worth; empty where nothing leaves.
        drawing: The agencies and agreements, each a link to its page; empty when nobody else is reached.
        columns: The titles of the same as a table.
        rows: Its rows.
        certainty_columns: The titles of the table of readings and levels of evidence.
        certainty: Its rows.
        ways: The best paths to the nearest watched agency.
        no_path: Why there is none; None when there is one.
        strictly: Why there is none when unknown terms count as not allowing, where that makes the difference.
        kept: Why there is none when the condition is kept, where that makes the difference.
        layers: Permitted, recorded, not known.
        title: What the drawing shows.
    """

    who: WhoNext
    sentence: str
    condition: str
    drawing: SafeString | None
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    certainty_columns: tuple[str, ...]
    certainty: tuple[tuple[str, ...], ...]
    ways: tuple[Way, ...]
    no_path: NoPath | None
    strictly: NoPath | None
    kept: NoPath | None
    layers: tuple[Layer, ...]
    title: str
    _kept: Kept[str, SafeString] = field(default_factory=lambda: Kept(4), repr=False, compare=False)

    @property
    def readers(self) -> tuple[NextReader, ...]:
        """Everybody who could read it next."""
        return self.who.readers

    @property
    def html(self) -> SafeString:
        """The part as it stands on a page, made once a language."""
        context = {"next": self, "title": self.title}
        return self._kept.get(
            get_language() or "", lambda: SafeString(render_to_string("agencies/_who_next.html", context))
        )


# By copy and network, in which no child is told apart, and what is watched.
_SECTIONS: Final = Kept[tuple[Copy, reach.Network, bool, str, frozenset[str]], ReachSection](64)


def reach_section(
    copy: Copy, network: reach.Network, *, leaves: bool = True, title: str = "Where a copy could go from there"
) -> ReachSection:
    """The part of a page about a copy; asks no database. Built once for each copy that is alike, in about 80 ms.

    Args:
        copy: Which copy.
        network: All that the reader of the page may know.
        leaves: Whether anything leaves at all; where nothing does, no condition is spoken of.
        title: What the drawing shows.
    """
    key = (copy, network, leaves, title, watched_kinds())
    return _SECTIONS.get(key, lambda: _section(copy, network, leaves=leaves, title=title))


def _section(copy: Copy, network: reach.Network, *, leaves: bool, title: str) -> ReachSection:
    who, kinds = next_readers(copy, network), watched_kinds()
    nowhere = no_path(who.widest, kinds)
    return ReachSection(
        who=who,
        sentence=reach_sentence(who.readers, kinds),
        condition=condition_sentence(who) if leaves else "",
        drawing=svg(reach.drawing(who.widest, href=address)) if who.readers else None,
        columns=REACH_COLUMNS,
        rows=tuple(row(one) for one in who.readers),
        certainty_columns=CERTAINTY_COLUMNS,
        certainty=certainty_rows(who),
        ways=ways(who),
        no_path=nowhere,
        strictly=no_path(who.answers.answer(WIDEST, "strict"), kinds) if nowhere is None else None,
        kept=no_path(who.kept["worst_case"], kinds) if who.kept and nowhere is None else None,
        layers=layers(who),
        title=title,
    )
