"""Drawings of the network as SVG."""

import re
from functools import lru_cache

from django.utils.safestring import SafeString, mark_safe
from graphviz import Source

# Everything before the svg element: an XML declaration and a document type, which HTML has no use for.
PROLOGUE = re.compile(r"\A.*?(?=<svg)", re.DOTALL)


@lru_cache(maxsize=64)
def svg(dot: str) -> SafeString:
    """Draw DOT source with Graphviz, about 20 ms, or nothing where the same was drawn lately.

    The source escapes every label; the SVG holds no script.
    """
    drawn = Source(dot).pipe(format="svg", encoding="utf-8", quiet=True)
    return mark_safe(PROLOGUE.sub("", drawn))  # noqa: S308 - Graphviz's own output from escaped labels
