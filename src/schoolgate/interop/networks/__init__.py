"""Networks of agencies and agreements in files: two CSV files, or GraphML. JSON is the engine's own.

    read_network_csv(folder) -> reach.Network        agencies.csv and agreements.csv of a folder
    read_network_files(agencies, agreements)         the same, two files by whatever names
    write_network_csv(network, folder)
    read_graphml(path), write_graphml(network, path)
    labels(network) -> (kinds, purposes)             the words a network uses: what to ask about when nobody says

Everything that is wrong is found at once: `FileProblems` (a `ReachError`) has the first twenty `Problem`s, each with
its file, line and field, and the count of all. Nothing is taken from a file with a problem, and a file is written
whole or not at all.
"""

from schoolgate.interop.networks.csv_files import read_network_csv, read_network_files, write_network_csv
from schoolgate.interop.networks.graphml import read_graphml, write_graphml
from schoolgate.interop.networks.labels import labels
from schoolgate.interop.networks.problems import FileProblems, Problem

__all__ = [
    "FileProblems",
    "Problem",
    "labels",
    "read_graphml",
    "read_network_csv",
    "read_network_files",
    "write_graphml",
    "write_network_csv",
]
