"""What is new in a network since the watch last looked at it."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from json import dumps
from typing import Any, Final, Self

from schoolgate.apps.agencies.readers import watched_kinds
from schoolgate.engines import reach

# What is watched and the kinds of all agencies stand among the agreements; no slug has a colon.
AGENCIES: Final = ":agencies"
WATCHED: Final = ":watched"

# The parts of a network as JSON, by slug: what a copy's reach rests on, without titles, notes and sources.
type Parts = Mapping[str, Any]


def parts_of(network: reach.Network) -> dict[str, Any]:
    """The terms of each agreement by its slug, the kind of each agency, and what is watched; O(agreements)."""
    return {
        AGENCIES: {one.id: one.kind for one in network.agencies},
        WATCHED: sorted(watched_kinds()),
        **{one.id: _terms(one) for one in network.agreements},
    }


def digest_of(parts: Parts) -> str:
    """One digest of a whole network."""
    return sha256(dumps(parts, sort_keys=True).encode()).hexdigest()


def _terms(one: reach.Agreement) -> dict[str, Any]:
    return {
        "between": [one.giver, one.receiver],
        "start": one.start.isoformat() if one.start else "",
        "end": one.end.isoformat() if one.end else "9999",
        "kinds": None if one.kinds is None else sorted(one.kinds),
        "purposes": None if one.purposes is None else sorted(one.purposes),
        "onward": one.onward,
        "onward_to": sorted(one.onward_to),
        "status": one.status,
        "basis": one.basis,
    }


@dataclass(frozen=True, slots=True)
class Change:
    """What is new in a network.

    Attributes:
        agreements: Slugs of agreements that are new or say something else.
        wider: Those among them by which more may move than before: only they open a way.
        everything: Whether something changed that no agreement tells of: an agency's kind, what is watched, or an
            agreement that is no more.
    """

    agreements: frozenset[str]
    wider: frozenset[str]
    everything: bool

    @classmethod
    def between(cls, old: Parts | None, new: Parts, replaces: Mapping[str, str]) -> Self:
        """What changed from one network to the next.

        Args:
            old: The parts that were looked at; None when nobody has looked yet, so that nothing counts as wider.
            new: The parts as they stand.
            replaces: For an agreement that amends another from some day on, the slug of the other.
        """
        if old is None:
            return cls(frozenset(), frozenset(), everything=True)
        changed = frozenset(slug for slug, terms in new.items() if old.get(slug) != terms) - {AGENCIES, WATCHED}
        wider = frozenset(
            slug for slug in changed if _is_wider(old.get(slug) or old.get(replaces.get(slug, "")), new[slug])
        )
        # An agency that is new matters once an agreement names it.
        kinds = new[AGENCIES]
        other_kinds = any(kinds.get(agency) != kind for agency, kind in old[AGENCIES].items())
        return cls(
            changed, wider, everything=bool(old.keys() - new.keys()) or other_kinds or old[WATCHED] != new[WATCHED]
        )


def _is_wider(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> bool:
    """Whether an agreement lets something move that its earlier terms did not, or not on such evidence."""
    if old is None or old["between"] != new["between"]:
        return True
    return (
        new["start"] < old["start"]
        or new["end"] > old["end"]
        or _more_words(old["kinds"], new["kinds"])
        or _more_words(old["purposes"], new["purposes"])
        or _looser(old, new)
        or reach.STATUSES.index(new["status"]) < reach.STATUSES.index(old["status"])
    )


def _more_words(old: list[str] | None, new: list[str] | None) -> bool:
    """Whether words were added, or terms that nobody had read were read: these count more than unread ones."""
    if old is None:
        return new is not None
    return new is None or not set(new) <= set(old)


def _looser(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether the receiver may pass more on; silence counts as yes in the worst case, and yes more than silence."""
    ladder = ("no", "only", "unknown", "yes")
    if new["onward"] == old["onward"] == "only":
        return not set(new["onward_to"]) <= set(old["onward_to"])
    return ladder.index(new["onward"]) > ladder.index(old["onward"])
