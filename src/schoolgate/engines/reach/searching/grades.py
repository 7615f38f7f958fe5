"""Evidence as more bits: beside all pairs, those that arrive on no weaker evidence than each status."""

from collections.abc import Sequence
from dataclasses import dataclass

from schoolgate.engines.reach.network.nouns import STATUSES, Status
from schoolgate.engines.reach.searching.prepared import Prepared
from schoolgate.engines.reach.searching.sweep import Begin, Grid, begin_of


@dataclass(frozen=True, slots=True)
class Grades:
    """The pairs once for each status that occurs, those on the strongest evidence in the lowest bits.

    Attributes:
        statuses: Those that occur, the strongest first; the last one's bits are the plain search.
        pairs: How many bits each has.
        masks: For each edge what it lets through: nothing for stronger evidence than its own.
        begin: By day: where everything begins.
    """

    statuses: tuple[Status, ...]
    pairs: int
    masks: Sequence[int]
    begin: Begin

    @classmethod
    def of(cls, prepared: Prepared, over: Grid) -> "Grades":
        """O(edges)."""
        present = {edge.agreement.status for edge in over.edges}
        statuses = tuple(status for status in STATUSES if status in present)
        pairs = prepared.labels.everything.bit_length()
        every = sum(1 << number * pairs for number in range(len(statuses)))
        from_on = {status: every >> number * pairs << number * pairs for number, status in enumerate(statuses)}
        masks = [edge.mask * from_on[edge.agreement.status] for edge in over.edges]
        begin = {day: [(state, bits * every) for state, bits in some] for day, some in begin_of(prepared, over).items()}
        return cls(statuses, pairs, masks, begin)

    @property
    def last(self) -> int:
        """The number of the weakest status."""
        return len(self.statuses) - 1

    def strongest(self, bits: int) -> int:
        """The number of the strongest status on which some of the bits arrive."""
        return ((bits & -bits).bit_length() - 1) // self.pairs

    def bits(self, number: int, mask: int) -> int:
        """The pairs of a mask, arriving on no weaker evidence than a status."""
        return mask << number * self.pairs
