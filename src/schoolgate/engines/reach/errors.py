"""What can go wrong with a network or a question about it."""


class ReachError(Exception):
    """A network is malformed or a question names what is not in it; the message says where."""
