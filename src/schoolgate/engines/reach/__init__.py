"""Who can reach a record: agencies and agreements in; dates, paths, proofs, choke points and what-if out.

It says what agreements permit and observations show. It never says that something happened to one record.
"""

from schoolgate.engines.reach.asking.answers import Holding, Reach, Reached, reach, reach_from
from schoolgate.engines.reach.asking.backward import Source, Sources, sources
from schoolgate.engines.reach.asking.certificate import Crossing, NegativeCertificate, carrying, certificate, check
from schoolgate.engines.reach.asking.certificate_file import certificate_to_json, verify_certificate
from schoolgate.engines.reach.asking.changes import Difference, Expiring, Expiry, compare, expiring, opened
from schoolgate.engines.reach.asking.choke import Choke, Ranked, choke_points, ranked_agreements
from schoolgate.engines.reach.asking.cut import next_path, smallest_cut
from schoolgate.engines.reach.asking.evidence import LEVELS, Level, Row, SideBySide, side_by_side
from schoolgate.engines.reach.asking.exposure import Exposure, exposure
from schoolgate.engines.reach.asking.paths import Paths, all_paths, widest_path
from schoolgate.engines.reach.asking.what_if import what_if
from schoolgate.engines.reach.asking.witness import Path, Step, verify
from schoolgate.engines.reach.drawing.dot import drawing, drawing_of_network
from schoolgate.engines.reach.drawing.tables import EdgeRow, ReachedRow, edges_of_network, edges_table, table_of
from schoolgate.engines.reach.errors import ReachError
from schoolgate.engines.reach.network.kinds import KINDS_OF_AGENCY, instead_of, near_kind
from schoolgate.engines.reach.network.nouns import (
    BASES,
    FORMS,
    KIND,
    NOT_TO_BE_SHOWN,
    ONWARD,
    STATUSES,
    Agency,
    Agreement,
    Basis,
    Form,
    Onward,
    Status,
)
from schoolgate.engines.reach.network.plain import network_from_json, network_to_json
from schoolgate.engines.reach.network.starter import starter_network
from schoolgate.engines.reach.network.whole import Network
from schoolgate.engines.reach.searching.question import READINGS, Holder, Pair, Promise, Question, Reading

__all__ = [
    "BASES",
    "FORMS",
    "KIND",
    "KINDS_OF_AGENCY",
    "LEVELS",
    "NOT_TO_BE_SHOWN",
    "ONWARD",
    "READINGS",
    "STATUSES",
    "Agency",
    "Agreement",
    "Basis",
    "Choke",
    "Crossing",
    "Difference",
    "EdgeRow",
    "Expiring",
    "Expiry",
    "Exposure",
    "Form",
    "Holder",
    "Holding",
    "Level",
    "NegativeCertificate",
    "Network",
    "Onward",
    "Pair",
    "Path",
    "Paths",
    "Promise",
    "Question",
    "Ranked",
    "Reach",
    "ReachError",
    "Reached",
    "ReachedRow",
    "Reading",
    "Row",
    "SideBySide",
    "Source",
    "Sources",
    "Status",
    "Step",
    "all_paths",
    "carrying",
    "certificate",
    "certificate_to_json",
    "check",
    "choke_points",
    "compare",
    "drawing",
    "drawing_of_network",
    "edges_of_network",
    "edges_table",
    "expiring",
    "exposure",
    "instead_of",
    "near_kind",
    "network_from_json",
    "network_to_json",
    "next_path",
    "opened",
    "ranked_agreements",
    "reach",
    "reach_from",
    "side_by_side",
    "smallest_cut",
    "sources",
    "starter_network",
    "table_of",
    "verify",
    "verify_certificate",
    "what_if",
    "widest_path",
]
