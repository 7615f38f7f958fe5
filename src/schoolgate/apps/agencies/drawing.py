"""Drawings of the network as SVG."""

import re
from functools import lru_cache

from django.utils.safestring import SafeString, mark_safe
from graphviz import Source

# Everything before the svg element: an XML declaration and a document type, which HTML has no use for.
PROLOGUE = re.compile(r"\A.*?(?=<svg)", re.DOTALL)
# A drawing of fewer points than the page is wide stays as small as it is: stretched, its letters would shout.
WIDTH = re.compile(r'<svg width="(\d+)')
NARROW = 600


@lru_cache(maxsize=64)
def svg(dot: str) -> SafeString:
    """Draw DOT source with Graphviz, about 20 ms, or nothing where the same was drawn lately.

    The source escapes every label; the SVG holds no script.
    """
    drawn = Source(dot).pipe(format="svg", encoding="utf-8", quiet=True)
    found = PROLOGUE.sub("", drawn)
    width = WIDTH.match(found)
    if width and int(width[1]) < NARROW:
        found = found.replace("<svg", '<svg class="sg-drawing__small"', 1)
    return mark_safe(found)  # noqa: S308 - Graphviz's own output from escaped labels
