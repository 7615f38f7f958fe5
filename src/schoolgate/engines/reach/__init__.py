"""Who can reach a record: agencies and agreements in; dates, paths, proofs, choke points and what-if out.

It says what agreements permit and observations show. It never says that something happened to one record.
"""

from schoolgate.engines.reach.answers import Holding, Path, Reach, Reached, Step, reach
from schoolgate.engines.reach.drawing import drawing
from schoolgate.engines.reach.errors import ReachError
from schoolgate.engines.reach.network import (
    STATUSES,
    Agency,
    Agreement,
    Network,
    Onward,
    Status,
    network_from_json,
    network_to_json,
)
from schoolgate.engines.reach.questions import (
    Choke,
    Crossing,
    Difference,
    NegativeCertificate,
    carrying,
    certificate,
    check,
    choke_points,
    smallest_cut,
    what_if,
)
from schoolgate.engines.reach.search import Question, Reading
from schoolgate.engines.reach.starter import starter_network

__all__ = [
    "STATUSES",
    "Agency",
    "Agreement",
    "Choke",
    "Crossing",
    "Difference",
    "Holding",
    "NegativeCertificate",
    "Network",
    "Onward",
    "Path",
    "Question",
    "Reach",
    "ReachError",
    "Reached",
    "Reading",
    "Status",
    "Step",
    "carrying",
    "certificate",
    "check",
    "choke_points",
    "drawing",
    "network_from_json",
    "network_to_json",
    "reach",
    "smallest_cut",
    "starter_network",
    "what_if",
]
