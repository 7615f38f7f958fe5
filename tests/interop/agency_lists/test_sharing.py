import time
from datetime import date
from pathlib import Path

import pytest

from schoolgate.engines.reach import reach
from schoolgate.interop.agency_lists import LICENSE_PLATE_READS, UNKNOWN_KIND, read_sharing
from schoolgate.interop.networks import FileProblems

DAY = date(2026, 11, 28)


def test_the_published_list(sharing_files: tuple[Path, Path]) -> None:
    started = time.process_time()
    network = read_sharing(*sharing_files)
    assert time.process_time() - started < 5
    assert (len(network.agencies), len(network.agreements)) == (5152, 37_099)
    assert len({one.giver for one in network.agreements}) == 224
    # Line 2 of the list: Sylvania OH PD,Adrian MI PD,2459,14
    first = network.agreements[0]
    assert (first.id, first.giver, first.receiver) == ("access-2459-14", "sylvania-oh-pd", "adrian-mi-pd")
    assert (first.start, first.end, first.onward, first.status, first.basis) == (
        None,
        None,
        "unknown",
        "documented",
        "log_in",
    )
    assert (first.kinds, first.purposes) == (LICENSE_PLATE_READS, None)
    assert first.source == "agency_access20240426.csv, list of 2024-04-26, line 2"
    assert "2024-04-26" in first.notes
    assert network.agency("adrian-mi-pd").notes == "Duplicate of Adrian Township MI PD"
    assert network.agency("acushnet-ma-pd").notes == ""


AGENCIES = 'id,name,notes\n1,Wilson NC PD,NA\n2,"Wilson, NC PD",\n3,Axon,a company\n4,Gaston County NC PD,NA\n'
ACCESS = "src_agency,external_agency,src_agency_id,external_agency_id\n"


def files(folder: Path, access: str, agencies: str = AGENCIES) -> tuple[Path, Path]:
    (folder / "agencies.csv").write_text(agencies)
    (folder / "access.csv").write_text(ACCESS + access)
    return folder / "agencies.csv", folder / "access.csv"


def test_the_giver_is_who_lets_the_other_in(tmp_path: Path) -> None:
    network = read_sharing(*files(tmp_path, "Wilson NC PD,Gaston County NC PD,1,4\n"), seen=date(2024, 4, 26))
    (agreement,) = network.agreements
    assert (agreement.giver, agreement.receiver) == ("wilson-nc-pd-1", "gaston-county-nc-pd")
    assert [one.id for one in network.agencies[:2]] == ["wilson-nc-pd-1", "wilson-nc-pd-2"]
    assert network.agency("axon").kind == UNKNOWN_KIND


def test_strict_finds_nobody_worst_case_everybody_and_a_purpose_taken_for_granted_the_direct_ones(
    tmp_path: Path,
) -> None:
    paths = files(tmp_path, "Wilson NC PD,Gaston County NC PD,1,4\nGaston County NC PD,Axon,4,3\n")
    asked = (DAY, {"license_plate_reads"}, {"law_enforcement"})
    unknown, granted = read_sharing(*paths), read_sharing(*paths, purposes={"law_enforcement"})
    assert set(reach(unknown, "wilson-nc-pd-1", *asked).reached) == set()
    assert set(reach(unknown, "wilson-nc-pd-1", *asked, reading="worst_case").reached) == {
        "gaston-county-nc-pd",
        "axon",
    }
    assert set(reach(granted, "wilson-nc-pd-1", *asked).reached) == {"gaston-county-nc-pd"}
    report = (DAY, {"incident_report"}, {"law_enforcement"})
    assert set(reach(granted, "wilson-nc-pd-1", *report, reading="worst_case").reached) == set()
    unread = read_sharing(*paths, kinds=None)
    assert len(reach(unread, "wilson-nc-pd-1", *report, reading="worst_case").reached) == 2


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("Wilson NC PD,Axon,1,9\n", "line 2, external_agency_id: no agency has the number '9'"),
        ("Axon,Wilson NC PD,1,3\n", "line 2, src_agency: agency 1 is called 'Wilson NC PD', not 'Axon'"),
        ("Axon,Axon,3,3\n", "line 2: an agency gives access to itself"),
        ("Wilson NC PD,Axon,1,3\nWilson NC PD,Axon,1,3\n", "line 3: says the same as line 2"),
        ("Wilson NC PD,Axon,1\n", "line 2: has 3 cells"),
    ],
)
def test_a_wrong_row_refuses_the_list(tmp_path: Path, row: str, told: str) -> None:
    with pytest.raises(FileProblems) as problem:
        read_sharing(*files(tmp_path, row))
    assert f"access.csv, {told}" in str(problem.value)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("1,Again,NA\n", "line 6, id: 1 is used on line 2 already"),
        (",Nobody,NA\n", "line 6, id: is empty"),
        ("5,NA,NA\n", "line 6, name: is empty"),
    ],
)
def test_a_wrong_agency_refuses_the_list(tmp_path: Path, row: str, told: str) -> None:
    with pytest.raises(FileProblems) as problem:
        read_sharing(*files(tmp_path, "", AGENCIES + row))
    assert f"agencies.csv, {told}" in str(problem.value)
