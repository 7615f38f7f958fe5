"""Counts in, publishable tables out, and the attacker who tests them.

A table is published only if nobody who knows every shown number can exclude, for any hidden cell, that it is 0 or that
it is the threshold or more.
"""

from schoolgate.engines.figures.errors import FiguresError
from schoolgate.engines.figures.rows import DEFAULT_THRESHOLD, SYMBOL, Table, attack, suppress_row, violations

__all__ = [
    "DEFAULT_THRESHOLD",
    "SYMBOL",
    "FiguresError",
    "Table",
    "attack",
    "suppress_row",
    "violations",
]
