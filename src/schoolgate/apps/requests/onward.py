"""What a decision's copy would be in its recipient's hands."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from schoolgate.apps.agencies.readers import Copy, kinds_of
from schoolgate.apps.schools.selectors import rulebook
from schoolgate.engines import law

from .models import Confirmation, Decision

# The obligation by which a copy leaves under the condition not to pass it on (34 CFR 99.33(a)).
CONDITION: Final = "redisclosure_notice"
# What leaves under court paper is outside of that condition (34 CFR 99.33(c)).
COURT_DOOR: Final = "34 CFR 99.31(a)(9)"
LEAVES: Final = frozenset({"permit", "permit_redacted"})


# What M.G.L. c.71 s.37L protects, as the law's vocabulary calls the group.
PROTECTED: Final = "listed_37l"


def copy_of(decision: Decision, since: date, confirmation: Confirmation | None = None) -> Copy:
    """The copy that a decision lets leave or that was confirmed; where nothing may leave, the one it keeps back.

    Two queries at most: the rulebook's name, and the obligations unless they were fetched.
    """
    facts = decision.case["facts"]
    if confirmation:
        leaves = {element for element, goes in confirmation.elements.items() if goes}
    else:
        leaves = {one["element"] for one in decision.document["elements"] if one["outcome"] == "permit"}
    return Copy.of(
        decision.request.agency.slug,
        since,
        kinds=kinds_of(facts.get("record_kind") or "", protected=holds_protected(rulebook(), leaves)),
        purpose=decision.request.purpose,
        bound=is_bound(decision),
        exempt=is_exempt(decision),
    )


def holds_protected(book: law.Rulebook, elements: Iterable[str]) -> bool:
    """Whether one of the elements is among those that state law protects from being told to police."""
    return any(PROTECTED in book.elements[name].groups for name in elements if name in book.elements)


def is_bound(decision: Decision) -> bool:
    """Whether the copy leaves under the condition not to pass it on."""
    return any(one.name == CONDITION for one in decision.obligations.all())


def is_exempt(decision: Decision) -> bool:
    """Whether the copy leaves under court paper and without the condition, so that the federal rule leaves it free."""
    cited = (one["citation"] for one in decision.document["citations"])
    return not is_bound(decision) and any(one.startswith(COURT_DOOR) for one in cited)
