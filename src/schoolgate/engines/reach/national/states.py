"""A settled state of one's own to try changes on, and what a change touched."""

import numpy as np
from numpy.typing import NDArray

from schoolgate.engines.reach.national.changing import ENTRY, LOGGED, Work
from schoolgate.engines.reach.national.compiled import Ints
from schoolgate.engines.reach.national.index import Index
from schoolgate.engines.reach.national.settling import Settled


def places_touched(work: Work, since: int) -> Ints:
    """The places about which something was logged since a line of the log, rising."""
    log = work.log[since : int(work.sizes[LOGGED])]
    places: Ints = np.unique(log[log[:, 1] != ENTRY, 0])
    return places


def touched(work: Work, since: int, index: Index) -> Ints:
    """The agencies of these places."""
    agencies: Ints = index.owner[places_touched(work, since)]
    return agencies


def copied(settled: Settled, more: int) -> Settled:
    """A state of its own, with room for more entries."""
    used = int(settled.used[0])

    def wider[T: np.generic](column: NDArray[T]) -> NDArray[T]:
        made = np.empty((used + more, *column.shape[1:]), column.dtype)
        made[:used] = column[:used]
        return made

    return Settled(
        settled.known.copy(),
        settled.head.copy(),
        wider(settled.after),
        wider(settled.day),
        wider(settled.arc),
        wider(settled.order),
        wider(settled.mask),
        settled.used.copy(),
    )
