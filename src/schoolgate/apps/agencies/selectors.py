"""Reads of the network of agencies."""

from dataclasses import dataclass
from datetime import date
from typing import cast

from schoolgate.engines import reach

from .models import RECIPIENT_KINDS, Agency, Agreement

REACH_COLUMNS = ("Who", "Kind", "Steps", "Since", "By which path", "Weakest evidence")
# The kind of agency whose reach is shown first, and watched.
WATCHED = "federal_immigration"


def network() -> reach.Network:
    """The network as the reach engine sees it. Two queries."""
    return reach.Network(
        agencies=tuple(reach.Agency(id=one.slug, name=one.name, kind=one.kind) for one in Agency.objects.all()),
        agreements=tuple(
            reach.Agreement(
                id=one.slug,
                giver=one.giver.slug,
                receiver=one.receiver.slug,
                title=one.title,
                start=one.starts,
                end=one.ends,
                # None entered means: the terms are not known.
                kinds=frozenset(one.kinds) or None,
                purposes=frozenset(one.purposes) or None,
                onward=cast("reach.Onward", one.onward),
                status=cast("reach.Status", one.status),
                source=one.source,
            )
            for one in Agreement.objects.select_related("giver", "receiver")
        ),
    )


@dataclass(frozen=True, slots=True)
class NextReader:
    """An agency that could read a copy next."""

    name: str
    kind: str
    steps: int
    # The day since which every agreement on the path holds; None when no date is known.
    since: date | None
    path: tuple[str, ...]
    weakest: str

    def row(self) -> tuple[str, ...]:
        """The reader as a row of the table beside the drawing."""
        since = f"{self.since.day} {self.since:%b %Y}" if self.since else "not known"
        kind = RECIPIENT_KINDS.get(self.kind, self.kind.replace("_", " "))
        return (
            self.name,
            kind,
            str(self.steps),
            since,
            " > ".join(self.path),
            self.weakest.replace("_", " "),
        )


# What a copy of a report is, in the words of agreements.
REPORT_KINDS = ("incident_report",)
REPORT_PURPOSES = ("law_enforcement",)
# Disputed paths are shown and named as such: the district would rather know. Prohibited ones open no path.
SHOWN: tuple[reach.Status, ...] = ("documented", "required_by_law", "disputed", "observed")


def next_readers(holder: Agency, on: date) -> tuple[reach.Reach, list[NextReader]]:
    """Who could read a copy that `holder` has from a day on: the watched kind first, then the nearest.

    Unknown terms count as permitting (the worst case): an agreement nobody has read is no protection. Two queries
    and O(agreements log agreements).
    """
    answer = reach.reach(
        network(), holder.slug, on, REPORT_KINDS, REPORT_PURPOSES, statuses=SHOWN, reading="worst_case"
    )
    readers = []
    for one in answer.reached.values():
        steps = one.strongest.steps
        names = [answer.network.agency(step.agreement.receiver).name for step in steps]
        starts = [step.agreement.start for step in steps if step.agreement.start]
        readers.append(
            NextReader(
                name=one.agency.name,
                kind=one.agency.kind,
                steps=len(steps),
                since=max(starts) if starts else None,
                path=(holder.name, *names),
                weakest=one.weakest_status,
            )
        )
    return answer, sorted(readers, key=lambda one: (one.kind != WATCHED, one.steps, one.name))
