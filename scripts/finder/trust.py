"""Counts how often each entry of the lexicons is right: `python scripts/finder trust`.

On the authors whom the lexicons' writers had not seen, half of whose texts use the same words harmlessly: elsewhere
an entry is right more often.
"""

from collections import defaultdict

from schoolgate.engines.redact.categories import ATTRIBUTES
from schoolgate.engines.redact.finder.lexicons import lexicons
from schoolgate.engines.redact.normal import fold
from support.labelled import SEEN_BY_LEXICONS, TRAINING_AUTHORS, labelled

# A hit is right if half of it lies on what tells an attribute.
_RIGHT = 0.5


def counted() -> str:
    """The counts as TOML."""
    seen: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    words = lexicons()
    for one in (one for author in TRAINING_AUTHORS if author not in SEEN_BY_LEXICONS for one in labelled(author)):
        told = {at for start, end, category in one.spans if category in ATTRIBUTES for at in range(start, end)}
        for hit in words.hits(one.text, fold(one.text)):
            if hit.counts:
                count = seen[hit.entry.category, hit.entry.reason]
                count[0] += 1
                count[1] += len(told & set(range(hit.start, hit.end))) >= _RIGHT * (hit.end - hit.start)
    lines = [
        "# How often each entry of the lexicons was met, its conditions fulfilled, and right, in labelled sentences."
    ]
    lines += ["# Made by `python scripts/finder trust`."]
    for category in ATTRIBUTES:
        lines += ["", f"[{category}]"]
        rows = sorted((reason, count) for (of, reason), count in seen.items() if of == category)
        lines += [f'"{reason}" = {{ seen = {count[0]}, right = {count[1]} }}' for reason, count in rows]
    return "\n".join(lines) + "\n"
