"""Reads of the network of agencies."""

from dataclasses import dataclass
from datetime import date

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
                kinds=frozenset(one.kinds),
                purposes=frozenset(one.purposes),
                onward=one.onward,
                status=one.status,
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
    since: date
    path: tuple[str, ...]
    weakest: str

    def row(self) -> tuple[str, ...]:
        """The reader as a row of the table beside the drawing."""
        since = f"{self.since.day} {self.since:%b %Y}"
        kind = RECIPIENT_KINDS.get(self.kind, self.kind.replace("_", " "))
        return (self.name, kind, str(self.steps), since, " > ".join(self.path), self.weakest.replace("_", " "))


def next_readers(holder: Agency, on: date) -> tuple[reach.Reach, list[NextReader]]:
    """Who could read a copy that `holder` has on a day, nearest first, the watched kind before others."""
    raise NotImplementedError(holder, on)
