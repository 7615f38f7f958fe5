"""One-dimensional tables with a total: hide what is small, and enough more that nobody can work it out."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from schoolgate.engines.figures.errors import FiguresError

# One sign for small cells, for zeros and for those hidden only to protect them: a sign of its own for either
# would say which is which.
SYMBOL: Final = "*"
DEFAULT_THRESHOLD: Final = 10
_SEED_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Table:
    """A table as the public sees it.

    Attributes:
        cells: A count for each cell in the given order, None where hidden.
        total: The sum of all cells, None when hidden.
        threshold: Counts below it are never shown.
    """

    cells: Mapping[str, int | None]
    total: int | None
    threshold: int

    def text(self, cell: str) -> str:
        """What is printed for a cell."""
        return _printed(self.cells[cell])

    @property
    def total_text(self) -> str:
        """What is printed for the total."""
        return _printed(self.total)


def suppress_row(cells: Mapping[str, int], *, threshold: int = DEFAULT_THRESHOLD, seed: bytes | None = None) -> Table:
    """Make a table that can be published.

    Hidden are every count below the threshold, zeros too (if zeros were shown, each hidden cell would be known to be
    1 or more), and where needed one more cell: hidden counts are safe when there are two or more and together they
    make at least the threshold, for then each may be anything from 0 to that sum. One more always suffices. A total
    below the threshold is hidden with all its cells.

    Publish this only for closed periods that do not overlap. Running totals that were each safe alone were measured
    to give away 247 of 453 cells together: the difference of two of them is a table that nobody checked.

    Without a seed the cell hidden in addition is the smallest shown, by name among equals: the least loss. Whoever
    knows that can tell more than the bounds of `attack` (minimality attack, Wong et al., VLDB 2007): of 9, 9 and 10
    shown, 8 and 10 would have looked different. A secret seed, fixed and committed before the counts are known, hides
    a cell picked by HMAC-SHA256 instead: then not even who knows this program can exclude 0, or the threshold and
    more, as long as the seed stays secret. The loss is an average cell.

    Args:
        cells: A count for each cell; the order is kept.
        threshold: The smallest count that may be shown.
        seed: At least 16 secret bytes, its own for each table.

    Returns:
        The same table for the same counts and seed; O(cells).

    Raises:
        FiguresError: For a count that is not a whole number of 0 or more, a threshold below 1, a short seed.
    """
    if threshold < 1:
        raise FiguresError("the threshold is below 1; nothing would be protected")
    if seed is not None and len(seed) < _SEED_BYTES:
        raise FiguresError(f"the seed is shorter than {_SEED_BYTES} bytes; it could be guessed")
    for name, value in cells.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise FiguresError(f"cell {name!r} is not a whole number of 0 or more")
    total = sum(cells.values())
    hidden = {name for name, value in cells.items() if value < threshold}
    if hidden and total >= threshold and (len(hidden) == 1 or sum(cells[name] for name in hidden) < threshold):
        hidden.add(_one_more(cells, hidden, seed))
    shown = {name: None if name in hidden else value for name, value in cells.items()}
    return Table(MappingProxyType(shown), total if total >= threshold else None, threshold)


def _one_more(cells: Mapping[str, int], hidden: set[str], seed: bytes | None) -> str:
    shown = [name for name in cells if name not in hidden]
    if seed is None:
        return min(shown, key=lambda name: (cells[name], name))
    return min(shown, key=lambda name: hmac.digest(seed, name.encode(), "sha256"))


def attack(table: Table) -> dict[str, tuple[int, int | None]]:
    """What the public can work out: the lowest and highest possible count of each cell.

    The attacker knows the shown cells, the total if shown, and that counts are whole numbers of 0 or more. For one
    dimension this is exact: with the total, hidden cells share what is left in any way.

    Returns:
        Bounds by cell, both reached by some table that looks the same; None where there is no highest. O(cells).

    Raises:
        FiguresError: When no counts fit the table.
    """
    hidden = [name for name, value in table.cells.items() if value is None]
    shown = sum(value for value in table.cells.values() if value is not None)
    left = None if table.total is None else table.total - shown
    if left is not None and (left < 0 or (left and not hidden)):
        raise FiguresError("no counts fit this table: the shown cells do not add up to the total")
    lowest = left if left is not None and len(hidden) == 1 else 0
    return {name: (lowest, left) if value is None else (value, value) for name, value in table.cells.items()}


def violations(table: Table) -> tuple[str, ...]:
    """The hidden cells of which somebody can exclude 0, or exclude the threshold and more; none when publishable.

    Cells shown below the threshold are violations too. Errors as for `attack`.
    """
    bounds = attack(table)
    return tuple(
        name
        for name, value in table.cells.items()
        if (value is not None and value < table.threshold) or (value is None and _narrow(bounds[name], table.threshold))
    )


def _narrow(bounds: tuple[int, int | None], threshold: int) -> bool:
    low, high = bounds
    return low > 0 or (high is not None and high < threshold)


def _printed(value: int | None) -> str:
    return SYMBOL if value is None else str(value)
