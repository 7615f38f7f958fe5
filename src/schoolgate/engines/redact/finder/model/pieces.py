"""Words as the pieces of the network's vocabulary: the likeliest way to put a word together (Kudo, 2018)."""

from functools import lru_cache
from typing import Final

from schoolgate.engines.redact.finder.model.pretrained import pretrained

# What stands before a piece that begins after a space.
AFTER_SPACE: Final = "\u2581"
# Longer words say no more by their later pieces.
_MOST: Final = 12
_NEVER: Final = -1e30


@lru_cache(maxsize=200_000)
def pieces(word: str) -> tuple[int, ...]:
    """The numbers of a word's pieces. O(its length times the longest piece), kept for the next time."""
    known = pretrained()
    best, back = [0.0, *[_NEVER] * len(word)], [(0, known.unknown)] * (len(word) + 1)
    for start in range(len(word)):
        if best[start] == _NEVER:
            continue
        for end in range(start + 1, min(len(word), start + known.longest) + 1):
            found = known.pieces.get(word[start:end])
            if found and found[0] != known.unknown and best[start] + found[1] > best[end]:
                best[end], back[end] = best[start] + found[1], (start, found[0])
        if best[start] + known.unknown_score > best[start + 1]:
            best[start + 1], back[start + 1] = best[start] + known.unknown_score, (start, known.unknown)
    made, at = list[int](), len(word)
    while at:
        at, number = back[at]
        made.append(number)
    return tuple(reversed(made))[:_MOST]
