"""What can go wrong with a table."""


class FiguresError(Exception):
    """A table cannot be made or attacked; the message names the cell, never its count."""
