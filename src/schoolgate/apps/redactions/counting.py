"""How often people agree with the finder: counts of sorts of marks, without a word, a place, a report or a time.

With the district's consent only. See docs/decisions/0017 for what such counts could still tell, and to whom.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import F

from schoolgate.engines import redact

from .history import Mark, State
from .models import FinderCount
from .selectors import Review

# Sorts of which there are fewer are not told apart when the counts leave the district.
FEWEST = 10
LONGEST = 4
# The commonest words of each language.
_HINTS = {
    "en": "the and was were to of in he she they that with his her is said at on",
    "es": "el la los las y que de en un una es con por se su dijo no ella para del",
    "pt": "o a os as e que de em um uma com por se disse não ela para do da no na foi",
    "ht": "li te yo pa ap nan mwen ak pou ki sa gen di se nou ou la lan yon",
}


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of a category, how many proposed marks were kept as they were, changed, and taken off."""

    category: str
    kept: int
    changed: int
    taken_off: int

    @property
    def precision(self) -> float:
        """The share of proposed marks that a person kept, changed or not."""
        return (self.kept + self.changed) / (self.kept + self.changed + self.taken_off)


def count_decisions(review: Review) -> None:
    """Add a review's decisions to the counts; marks made by hand are counted as what the finder missed."""
    language = guess_language(review.document.narrative())
    sorts = Counter(_sort(review.document, mark, language) for mark in review.standing.marks)
    names = ("category", "language", "rule", "confidence", "length", "decision", "reason")
    for sort, count in sorts.items():
        row, _ = FinderCount.objects.get_or_create(**dict(zip(names, sort, strict=True)))
        FinderCount.objects.filter(pk=row.pk).update(count=F("count") + count)


def _sort(document: redact.Document, mark: Mark, language: str) -> tuple[Any, ...]:
    words = len(document.text(mark.span.part)[mark.span.start : mark.span.end].split())
    decision = "added" if mark.by_hand else "kept"
    if mark.state is State.UNMARKED:
        decision = "taken_off"
    elif mark.changed and not mark.by_hand:
        decision = "changed"
    return (
        mark.span.category,
        language,
        mark.span.reason[:120],
        min(9, int(mark.span.confidence * 10)),
        max(1, min(LONGEST, words)),
        decision,
        mark.reason if mark.state is State.UNMARKED else "",
    )


def guess_language(text: str) -> str:
    """The likeliest of the four languages by its commonest words; English where there are none."""
    words = Counter(text.casefold().split())
    return max(_HINTS, key=lambda name: (sum(words[hint] for hint in _HINTS[name].split()), name == "en"))


def agreements(rows: Iterable[FinderCount]) -> list[Agreement]:
    """By category, those that are told apart: with at least `FEWEST` proposed marks that were decided."""
    totals: dict[str, Counter[str]] = {}
    for row in rows:
        if row.decision != "added":
            totals.setdefault(row.category, Counter())[row.decision] += row.count
    return [
        Agreement(category, counts["kept"], counts["changed"], counts["taken_off"])
        for category, counts in sorted(totals.items())
        if counts.total() >= FEWEST
    ]
