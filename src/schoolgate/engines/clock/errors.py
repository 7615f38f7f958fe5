"""What can go wrong with a clock."""


class ClockError(Exception):
    """A deadline or fee cannot be computed; the message says which input is missing or wrong."""
