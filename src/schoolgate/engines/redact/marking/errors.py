"""The error of recipient marks."""

from schoolgate.engines.redact.errors import RedactError


class MarkError(RedactError):
    """A copy cannot be marked or traced. Nothing was written. Says what to do, quotes no record."""
