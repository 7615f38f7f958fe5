"""Recipient marks: a copy says whose it was, after it was printed, scanned and passed on.

Two invisible marks that fail differently carry the same code: dots behind the page, which a whitened background
loses, and shifts between words, of which a nearly empty page has too few.
"""

from schoolgate.engines.redact.marking.codes import CHIPS, Issued, code, issued, threshold
from schoolgate.engines.redact.marking.copies import mark, unmarked, wrong_dots
from schoolgate.engines.redact.marking.dots import dots_of
from schoolgate.engines.redact.marking.errors import MarkError
from schoolgate.engines.redact.marking.tracing import Kind, Look, Named, Narrow, Traced, trace

__all__ = [
    "CHIPS",
    "Issued",
    "Kind",
    "Look",
    "MarkError",
    "Named",
    "Narrow",
    "Traced",
    "code",
    "dots_of",
    "issued",
    "mark",
    "threshold",
    "trace",
    "unmarked",
    "wrong_dots",
]
