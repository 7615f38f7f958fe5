"""The one exception base of the redact engine."""


class RedactError(Exception):
    """Something the redact engine was given or needs is wrong.

    The message names the field, file or page and what to do. It never quotes a record: no name, no
    sentence, no withheld word, because error messages end in logs that anyone may read.
    """


class RenderError(RedactError):
    """A release copy could not be made. Nothing was written."""


class GateError(RedactError):
    """The gate could not do its work (no OCR data, unreadable file). Treat the copy as not passed."""
