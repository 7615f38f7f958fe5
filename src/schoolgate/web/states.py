"""The states that pages show: for each code a word, a shape and a tone.

The colour never says anything alone.
"""

from dataclasses import dataclass
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class State:
    """How one state is shown.

    Attributes:
        word: What it is called.
        shape: A key of `icons.SHAPES`.
        tone: "open", "shut", "ask", "quiet" or "solid": which of the five looks it has.
    """

    word: str | Promise
    shape: str
    tone: str


STATES = MappingProxyType(
    {
        # A layer of the law, and how one provision votes.
        "open": State(_("Open"), "tick", "open"),
        "shut": State(_("Shut"), "cross", "shut"),
        "silent": State(_("Silent"), "dash", "quiet"),
        "opens": State(_("Opens"), "tick", "open"),
        "forbids": State(_("Forbids"), "cross", "shut"),
        "asks": State(_("Asks"), "question", "ask"),
        # A decision, and what happens to each element.
        "permit": State(_("May leave"), "tick", "open"),
        "permit_redacted": State(_("Part may leave"), "half", "open"),
        "deny": State(_("Must not leave"), "cross", "shut"),
        "needs_review": State(_("Needs an answer"), "question", "ask"),
        "ask": State(_("Not yet known"), "question", "ask"),
        "withheld": State(_("Withheld"), "bar", "solid"),
        # What became of a request.
        "draft": State(_("Draft"), "ring", "quiet"),
        "received": State(_("Received"), "dot", "quiet"),
        "waiting": State(_("Waiting"), "clock", "ask"),
        "refused": State(_("Refused"), "cross", "shut"),
        "confirmed": State(_("Confirmed"), "tick", "open"),
        "released": State(_("Released"), "arrow", "open"),
        "acknowledged": State(_("Received by them"), "tick", "open"),
        "withdrawn": State(_("Withdrawn"), "dash", "quiet"),
        "overdue": State(_("Overdue"), "alert", "shut"),
        "stopped": State(_("Clock stopped"), "clock", "quiet"),
        "done": State(_("Done"), "tick", "open"),
        # How far a provision's text was checked.
        "read": State(_("Text read"), "tick", "open"),
        "secondary": State(_("Known from a second source"), "half", "quiet"),
        "unverified": State(_("Not verified"), "question", "ask"),
        # What stands behind an allegation.
        "corroborated": State(_("Corroborated"), "tick", "quiet"),
        "contested": State(_("Contested"), "alert", "ask"),
        # Why data may move between two agencies.
        "documented": State(_("Documented"), "tick", "quiet"),
        "required_by_law": State(_("Required by law"), "lock", "quiet"),
        "disputed": State(_("Disputed"), "alert", "ask"),
        "prohibited": State(_("Prohibited"), "cross", "shut"),
        "observed": State(_("Seen to happen"), "dot", "solid"),
    }
)
