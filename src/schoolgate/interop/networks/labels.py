"""The words that a network uses."""

from schoolgate.engines.reach import Network


def labels(network: Network) -> tuple[frozenset[str], frozenset[str]]:
    """Kinds and purposes that some agreement names: what to ask about when nobody says which."""
    kinds = frozenset[str]().union(*(one.kinds for one in network.agreements if one.kinds))
    purposes = frozenset[str]().union(*(one.purposes for one in network.agreements if one.purposes))
    return kinds, purposes
