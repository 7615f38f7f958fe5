import csv
import time
from pathlib import Path

import pytest
from hypothesis import given

from schoolgate.engines.reach import Network, ReachError, starter_network
from schoolgate.interop.networks import FileProblems, labels, read_network_csv, read_network_files, write_network_csv
from support.typed_networks import TRIALS, dressed_networks, wordy


@TRIALS
@given(dressed_networks())
def test_what_is_written_is_read_again(tmp_path: Path, network: Network) -> None:
    write_network_csv(network, tmp_path)
    assert read_network_csv(tmp_path) == network


@TRIALS
@given(dressed_networks())
def test_no_cell_is_a_formula(tmp_path: Path, network: Network) -> None:
    write_network_csv(network, tmp_path)
    for name in ("agencies.csv", "agreements.csv"):
        with (tmp_path / name).open(encoding="utf-8", newline="") as stream:
            assert not [cell for row in csv.reader(stream) for cell in row if cell[:1] in set("=+-@\t\r")]


AGENCIES = "id,name,kind\nbpd,Boston Police,local_police\nice,ICE,federal_immigration\n"
HEADER = "id,giver,receiver,title,start,end,kinds,purposes,onward,status,source\n"
ROW = "one,bpd,ice,Paper,2026-01-01,,?,none,unknown,documented,read\n"


def files(folder: Path, agencies: str | bytes = AGENCIES, agreements: str | bytes = HEADER + ROW) -> Path:
    for name, text in (("agencies.csv", agencies), ("agreements.csv", agreements)):
        (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return folder


def refused(folder: Path) -> list[str]:
    with pytest.raises(FileProblems) as problem:
        read_network_csv(folder)
    assert problem.value.count >= len(problem.value.problems) >= 1
    return str(problem.value).splitlines()


def test_unknown_nothing_and_some_are_three_things(tmp_path: Path) -> None:
    rows = [ROW, ROW.replace("one,b", "two,b").replace("?", " unknown "), ROW.replace("one,b", "three,b")]
    rows[2] = rows[2].replace("?", "a; b;")
    network = read_network_csv(files(tmp_path, agreements=HEADER + "".join(rows)))
    assert [one.kinds for one in network.agreements] == [None, None, frozenset({"a", "b"})]
    assert [one.purposes for one in network.agreements] == [frozenset()] * 3
    assert labels(network) == ({"a", "b"}, frozenset())


def test_an_empty_cell_of_terms_is_refused_because_it_could_mean_both(tmp_path: Path) -> None:
    (line,) = refused(files(tmp_path, agreements=HEADER + ROW.replace("?", "")))
    assert line == (
        "agreements.csv, line 2, kinds: is empty. Write ? when the terms are not known, none when nothing is allowed"
    )


def test_a_spreadsheet_may_have_saved_it(tmp_path: Path) -> None:
    agencies = "\ufeff" + "kind,id,name\r\nlocal_police, bpd ,Boston Police\r\nfederal_immigration,ice,ICE\r\n,,\r\n"
    network = read_network_csv(files(tmp_path, agencies, "\ufeff" + (HEADER + ROW).replace("\n", "\r\n")))
    assert [one.id for one in network.agencies] == ["bpd", "ice"]
    assert network.agreements[0].kinds is None


ENDS = ROW.replace("2026-01-01,,", "2026-01-01,2025-12-31,")
WRONG = {
    ROW.replace("ice,", "bpd,", 1): "line 2, receiver: giver and receiver are the same",
    ENDS: "line 2, end: 2025-12-31 is before the start 2026-01-01",
    ROW.replace("ice,", "cia,", 1): "line 2, receiver: no agency has the id 'cia'",
    ROW + ROW: "line 3, id: 'one' is used on line 2 already",
    ROW.replace("documented", "rumored"): "line 2, status: 'rumored' is none of its words",
    ROW.replace("unknown", "maybe"): "line 2, onward: 'maybe' is none of its words",
    ROW.replace("unknown", "only"): "line 2, onward_to: it names who may get it next exactly when onward is 'only'",
    ROW.replace("2026-01-01", "1/2/2026"): "line 2, start: '1/2/2026' is no date",
    ROW.replace("2026-01-01", "2026-W01-1"): "line 2, start: '2026-W01-1' is no date",
    ROW.replace("?", "unknown;a"): "line 2, kinds: 'unknown' stands among other words",
    ROW.replace(",read", ""): "line 2: has 10 cells where the header has 11",
    ROW.replace("Paper", '"Paper'): "line 2: is no CSV from here on",
    ROW.replace("Paper", "P\x07"): "line 2, title: holds the control character '\\x07'",
    "\n\n" + ROW.replace("one,", ","): "line 4, id: is empty",
    ROW.replace("Paper", "x" * 100_001): "line 2, title: holds 100001 characters",
    ROW.replace("Paper", "x" * 140_000): "line 2: is no CSV from here on (field larger than field limit (131072))",
}


@pytest.mark.parametrize("rows", WRONG)
def test_a_wrong_agreement_is_refused_with_its_line(tmp_path: Path, rows: str) -> None:
    (line,) = refused(files(tmp_path, agreements=HEADER + rows))
    assert line.startswith(f"agreements.csv, {WRONG[rows]}")


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("bpd,,local_police\n", "line 2, name: is empty"),
        ("bpd,  ,local_police\n", "line 2, name: is empty"),
        ("bpd,Boston,\n", "line 2, kind: is empty"),
        ("bpd,Boston,press\nbpd,Boston,press\n", "line 3, id: 'bpd' is used on line 2 already"),
    ],
)
def test_a_wrong_agency_is_refused_with_its_line(tmp_path: Path, rows: str, told: str) -> None:
    (line,) = refused(files(tmp_path, "id,name,kind\n" + rows, HEADER))
    assert line.startswith(f"agencies.csv, {told}")


@pytest.mark.parametrize(
    ("kind", "meant"),
    [
        ("federal_imigration", "federal_immigration"),
        ("Federal Immigration", "federal_immigration"),
        ("immigration", "federal_immigration"),
        ("ICE", "federal_immigration"),
        ("sheriff", "state_police"),
    ],
)
def test_a_misspelt_kind_is_refused_because_it_would_hide_an_agency(tmp_path: Path, kind: str, meant: str) -> None:
    (line,) = refused(files(tmp_path, f"id,name,kind\nbpd,Boston Police,local_police\nice,ICE,{kind}\n"))
    assert line.startswith(
        f"agencies.csv, line 3, kind: {kind!r} is no kind of agency. Did you mean {meant}? Known are"
    )


@pytest.mark.parametrize("turned", ["\u202e", "\u2066"])
def test_a_name_that_turns_what_stands_after_it_round_is_refused(tmp_path: Path, turned: str) -> None:
    (line,) = refused(files(tmp_path, AGENCIES.replace("Boston", f"Boston{turned}")))
    assert line.startswith("agencies.csv, line 2, name: holds the control character '\\u2")


def test_parts_forms_and_digests_are_checked(tmp_path: Path) -> None:
    agencies = "id,name,kind,form,part_of\na,A,press,team,\nb,B,press,unit,b\nc,C,press,unit,z\n"
    agreements = HEADER.replace("source", "source,document,onward_to,basis")
    row = "one,a,b,Paper,,,?,?,only,documented,read,abc,z;kind:q;b,rumor\n"
    lines = refused(files(tmp_path, agencies, agreements + row))
    assert [line.split(": ")[0] for line in lines] == [
        "agencies.csv, line 2, form",
        "agencies.csv, line 3, part_of",
        "agencies.csv, line 4, part_of",
        "agreements.csv, line 2, basis",
        "agreements.csv, line 2, onward_to",
        "agreements.csv, line 2, onward_to",
        "agreements.csv, line 2, document",
    ]


@pytest.mark.parametrize(
    ("header", "told"),
    [
        (HEADER.replace("giver", "from"), "this column is missing"),
        (HEADER.replace("source", "sourec,source"), "'sourec' is no column of this file"),
        (HEADER.replace("source", "source,source"), "this column is there twice"),
        (HEADER.replace(",", ";"), "is separated by semicolons"),
        ("", "is empty"),
    ],
)
def test_a_wrong_header_is_refused(tmp_path: Path, header: str, told: str) -> None:
    assert told in refused(files(tmp_path, agreements=header))[0]


def test_bad_utf8_is_refused_with_its_line(tmp_path: Path) -> None:
    lines = refused(files(tmp_path, agreements=(HEADER + ROW).encode().replace(b"Paper", b"Papier \xe9")))
    assert lines == ["agreements.csv, line 2: byte 20 is not UTF-8. Save the file as CSV in UTF-8"]


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    files(tmp_path)
    (tmp_path / "agreements.csv").unlink()
    assert refused(tmp_path)[0].startswith("agreements.csv: cannot be read (No such file or directory)")


def test_a_line_break_within_a_cell_counts(tmp_path: Path) -> None:
    rows = ROW.replace("Paper", '"Paper\nof two\nlines"') + ROW.replace("documented", "x").replace("one", "two")
    assert refused(files(tmp_path, agreements=HEADER + rows))[0].startswith("agreements.csv, line 5, status")


def test_all_problems_are_counted_and_the_first_twenty_shown(tmp_path: Path) -> None:
    rows = "".join(ROW.replace("one", f"a{number}").replace("ice", "cia") for number in range(50))
    with pytest.raises(FileProblems) as problem:
        read_network_csv(files(tmp_path, agreements=HEADER + rows))
    assert (len(problem.value.problems), problem.value.count) == (20, 50)
    assert str(problem.value).splitlines()[-1] == "And 30 more problems."
    assert problem.value.problems[19].line == 21
    assert isinstance(problem.value, ReachError)


def test_one_mistake_is_told_once(tmp_path: Path) -> None:
    """An agency refused for its kind is still the one that agreements mean."""
    (line,) = refused(files(tmp_path, AGENCIES.replace(",local_police", ",")))
    assert line.startswith("agencies.csv, line 2, kind")


def test_what_a_file_cut_short_lacks_is_not_told(tmp_path: Path) -> None:
    (line,) = refused(files(tmp_path, AGENCIES.replace("Boston Police", '"Boston Police')))
    assert line.startswith("agencies.csv, line 2: is no CSV from here on")


def test_a_file_larger_than_any_network_is_not_read(tmp_path: Path) -> None:
    with (files(tmp_path) / "agreements.csv").open("ab") as stream:
        stream.truncate(1024**3 + 1)
    assert refused(tmp_path)[0].startswith("agreements.csv: has 1073741825 bytes")


def test_ten_thousand_parallel_agreements_and_a_cycle_are_taken_fast(tmp_path: Path) -> None:
    rows = "".join(ROW.replace("one", f"a{number}") for number in range(10_000))
    back = ROW.replace("one,bpd,ice", "back,ice,bpd")
    started = time.process_time()
    network = read_network_csv(files(tmp_path, agreements=HEADER + rows + back))
    assert time.process_time() - started < 5
    assert len(network.agreements) == 10_001


@pytest.mark.parametrize("word", ["a;b", "?", "unknown", "none", " a", "a\x00"])
def test_what_a_cell_cannot_hold_is_refused_before_a_file_is_touched(tmp_path: Path, word: str) -> None:
    with pytest.raises(FileProblems, match=r"agreements\.csv, line 2, kinds"):
        write_network_csv(wordy(word), tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_failed_write_leaves_what_was_there(tmp_path: Path) -> None:
    write_network_csv(starter_network(), tmp_path)
    before = (tmp_path / "agencies.csv").read_bytes()
    (tmp_path / "agreements.csv").unlink()
    (tmp_path / "agreements.csv").mkdir()
    with pytest.raises(OSError, match=r"agreements\.csv"):
        write_network_csv(wordy("other"), tmp_path)
    assert (tmp_path / "agencies.csv").read_bytes() == before
    assert sorted(one.name for one in tmp_path.iterdir()) == ["agencies.csv", "agreements.csv"]


def test_two_files_by_other_names(tmp_path: Path) -> None:
    files(tmp_path)
    (tmp_path / "agencies.csv").rename(tmp_path / "who.csv")
    assert len(read_network_files(tmp_path / "who.csv", tmp_path / "agreements.csv").agencies) == 2
