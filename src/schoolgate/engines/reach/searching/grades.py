"""Evidence as more bits: beside all pairs, those that arrive on no weaker evidence than each status."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from schoolgate.engines.kept import Kept
from schoolgate.engines.reach.network.nouns import STATUSES, Status
from schoolgate.engines.reach.searching.prepared import Edge, Prepared
from schoolgate.engines.reach.searching.sweep import Begin, Grid, begin_of


@dataclass(frozen=True, slots=True)
class Grades:
    """The pairs once for each status that occurs, those on the strongest evidence in the lowest bits.

    Attributes:
        statuses: Those that occur, the strongest first, at least one; the last one's bits are the plain search.
        pairs: All pairs, at the lowest place.
        masks: For each edge what it lets through: nothing for stronger evidence than its own.
    """

    statuses: tuple[Status, ...]
    pairs: int
    masks: Sequence[int]
    _kept: Kept[int, Sequence[int]] = field(default_factory=lambda: Kept(2), repr=False, compare=False)

    @classmethod
    def of(cls, edges: Sequence[Edge], pairs: int) -> "Grades":
        """O(edges)."""
        present = {edge.agreement.status for edge in edges}
        statuses = tuple(status for status in STATUSES if status in present) or STATUSES[:1]
        length, count = pairs.bit_length(), len(statuses)
        from_on = {
            status: sum(1 << one * length for one in range(number, count)) for number, status in enumerate(statuses)
        }
        return cls(statuses, pairs, [edge.mask * from_on[edge.agreement.status] for edge in edges])

    def begin(self, prepared: Prepared, over: Grid) -> Begin:
        """By day: where everything begins, on whatever evidence."""
        every = sum(1 << number * self.pairs.bit_length() for number in range(len(self.statuses)))
        plain = begin_of(prepared, over)
        return {day: [(state, bits * every) for state, bits in some] for day, some in plain.items()}

    def wide(self, times: int) -> Sequence[int]:
        """The masks times a number."""
        return self._kept.get(times, lambda: [mask * times for mask in self.masks])

    @property
    def width(self) -> int:
        """How many bits there are."""
        return len(self.statuses) * self.pairs.bit_length()

    @property
    def last(self) -> int:
        """The number of the weakest status."""
        return len(self.statuses) - 1

    def strongest(self, bits: int) -> int:
        """The number of the strongest status on which some of the bits arrive."""
        return ((bits & -bits).bit_length() - 1) // self.pairs.bit_length()

    @property
    def everything(self) -> int:
        """All pairs on whatever evidence."""
        return (1 << self.width) - 1

    def every(self, number: int) -> int:
        """All pairs on no weaker evidence than the status of this number."""
        return self.pairs << number * self.pairs.bit_length()
