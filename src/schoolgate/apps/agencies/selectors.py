"""Reads of the network of agencies."""

from dataclasses import dataclass
from datetime import date
from typing import cast

from schoolgate.engines import reach

from .models import RECIPIENT_KINDS, Agency, Agreement

REACH_COLUMNS = ("Who", "Kind", "Steps", "Since", "By which path", "Weakest evidence")
# The kind of agency whose reach is shown first, and watched.
WATCHED = "federal_immigration"


def network(*, public: bool = False) -> reach.Network:
    """The network as the reach engine sees it. Two queries.

    Args:
        public: Only what everybody may see: without transfers out of a child's case, without the agencies known
            from nothing else, and without who entered what.
    """
    agencies = Agency.objects.select_related("part_of")
    # The documents' sealed bytes stay where they are: only their hash is wanted.
    agreements = Agreement.objects.select_related("giver", "receiver", "document").defer(
        "document__sealed", "document__wrapped_key"
    )
    rows = list(agreements)
    known = list(agencies)
    if public:
        hidden = _only_in_cases(rows)
        rows = [one for one in rows if one.public]
        known = [one for one in known if one.slug not in hidden]
        for one in known:
            if one.part_of and one.part_of.slug in hidden:
                one.part_of = None
    named = {one.slug for one in known} | {reach.KIND + one.kind for one in known}
    return reach.Network(
        agencies=tuple(_agency(one) for one in known),
        agreements=tuple(_agreement(one, named, public=public) for one in rows),
    )


def _only_in_cases(agreements: list[Agreement]) -> set[str]:
    """The agencies that are known only from transfers that are not public."""
    shown: set[str] = set()
    hidden: set[str] = set()
    for one in agreements:
        (shown if one.public else hidden).update((one.giver.slug, one.receiver.slug))
        if one.public:
            shown.update(one.onward_to)
    return hidden - shown


def _agency(one: Agency) -> reach.Agency:
    return reach.Agency(
        id=one.slug,
        name=one.name,
        kind=one.kind,
        notes=one.notes,
        form=cast("reach.Form", one.form),
        part_of=one.part_of.slug if one.part_of else "",
    )


def _agreement(one: Agreement, named: set[str], *, public: bool) -> reach.Agreement:
    # A promise to pass on only to agencies that are not shown here is, among those shown, a promise to nobody.
    onward_to = named.intersection(one.onward_to)
    onward = "no" if one.onward == "only" and not onward_to else one.onward
    return reach.Agreement(
        id=one.slug,
        giver=one.giver.slug,
        receiver=one.receiver.slug,
        title=one.title,
        start=one.starts,
        end=one.ends,
        kinds=None if one.kinds is None else frozenset(one.kinds),
        purposes=None if one.purposes is None else frozenset(one.purposes),
        onward=cast("reach.Onward", onward),
        status=cast("reach.Status", one.status),
        source=one.source,
        notes=one.notes,
        onward_to=frozenset(onward_to),
        basis=cast("reach.Basis", one.basis),
        clause=one.clause,
        document=one.document.sha256 if one.document else "",
        entered_by="" if public or one.entered_by is None else str(one.entered_by),
    )


def broke_a_condition(agency: Agency) -> bool:
    """Whether the agency was seen to pass a copy on against the condition under which it held it. One query."""
    return Agreement.objects.filter(giver=agency, breaks_condition=True).exists()


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
