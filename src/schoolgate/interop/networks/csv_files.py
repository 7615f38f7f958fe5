"""A network as two CSV files, `agencies.csv` and `agreements.csv`, that a spreadsheet can edit."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Final

from schoolgate.engines.reach import Agency, Agreement, Network
from schoolgate.interop.networks.assembling import Assembly
from schoolgate.interop.networks.cells import (
    AGENCY_FIELDS,
    AGENCY_NEEDED,
    AGREEMENT_FIELDS,
    AGREEMENT_NEEDED,
    Place,
    read_agency,
    read_agreement,
    written,
)
from schoolgate.interop.networks.problems import Findings
from schoolgate.interop.networks.tables import fill, read_rows, replacing

AGENCIES: Final = "agencies.csv"
AGREEMENTS: Final = "agreements.csv"


def read_network_csv(folder: Path) -> Network:
    """Read `agencies.csv` and `agreements.csv` of a folder.

    The columns are the fields of `reach.Agency` and `reach.Agreement`; those with a default may be left out. See
    `cells` for how dates, lists and unknown terms are written.

    Raises:
        FileProblems: With the file, line and field of everything that is wrong; nothing is taken then.
    """
    return read_network_files(folder / AGENCIES, folder / AGREEMENTS)


def read_network_files(agencies: Path, agreements: Path) -> Network:
    """As `read_network_csv`, from two files by whatever names."""
    findings = Findings()
    assembly = Assembly(findings)
    for row in read_rows(agencies, AGENCY_NEEDED, findings, optional=AGENCY_FIELDS):
        place = Place(findings, agencies.name, row.line)
        assembly.add_agency(read_agency(row.cells, place), place, row.cells["id"].strip())
    for row in read_rows(agreements, AGREEMENT_NEEDED, findings, optional=AGREEMENT_FIELDS):
        place = Place(findings, agreements.name, row.line)
        assembly.add_agreement(read_agreement(row.cells, place), place)
    return assembly.network()


def write_network_csv(network: Network, folder: Path) -> None:
    """Write a network as `read_network_csv` reads it; the folder is made when it is missing.

    Raises:
        FileProblems: When a cell cannot hold a value, such as a `;` in a word of a list; nothing is written then.
        OSError: When a file cannot be written.
    """
    findings = Findings()
    for _ in chain(_cells(network.agencies, AGENCIES, findings), _cells(network.agreements, AGREEMENTS, findings)):
        pass  # what a cell cannot hold is found before a file is touched
    findings.raise_if_any()
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / AGENCIES) as agencies, replacing(folder / AGREEMENTS) as agreements:
        fill(agencies, AGENCY_FIELDS, _cells(network.agencies, AGENCIES, findings))
        fill(agreements, AGREEMENT_FIELDS, _cells(network.agreements, AGREEMENTS, findings))


def _cells(ones: Iterable[Agency | Agreement], file: str, findings: Findings) -> Iterator[Sequence[str]]:
    for number, one in enumerate(ones):
        yield list(written(one, Place(findings, file, number + 2)).values())
