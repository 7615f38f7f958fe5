"""`schoolgate reach` and `schoolgate network`, run as a person runs them, but in this process."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from schoolgate.cli.main import make_app
from schoolgate.cli.starter_page import starter_page
from schoolgate.engines import reach
from schoolgate.interop.agency_lists import read_sharing

ROOT = Path(__file__).resolve().parents[2]
MASSACHUSETTS = ("--network", "massachusetts")
# Who lets whom in: a town whose county's sheriff signed with ICE, one two steps away, and one that leads nowhere.
AGENCIES = ("Alma NC PD", "Burke County NC SO", "Clover NC PD", "Dover NC PD", "Elkin NC PD")
ACCESS = ((1, 2), (3, 1), (4, 5))
SIGNED = (
    "STATE,LAW ENFORCEMENT AGENCY,TYPE,COUNTY,SUPPORT TYPE,SIGNED,MOA,ADDENDUM\n"
    "NORTH CAROLINA,Burke County Sheriff's Office,County,Burke County,Jail Enforcement Model,2020-06-09,link,\n"
    "NORTH CAROLINA,Ashe County Sheriff's Office,County,Ashe County,Warrant Service Officer,2025-02-01,link,\n"
)
OFFICES = '"office_name", "state_name", "county_name", "notes"\n"Atlanta", "North Carolina", "", ""\n'


def run(*arguments: object) -> Result:
    return CliRunner(env={"COLUMNS": "240", "NO_COLOR": "1"}).invoke(make_app(), [*map(str, arguments)])


def data(*arguments: object) -> dict[str, Any]:
    done = run(*arguments, "--json")
    assert done.exit_code in {0, 1}, done.output
    read: dict[str, Any] = json.loads(done.stdout)
    return read


@pytest.fixture
def lists(tmp_path: Path) -> tuple[object, ...]:
    """A published sharing list, a 287(g) list and ICE's field offices, as `--network` takes them."""
    folder = tmp_path / "sharing"
    folder.mkdir()
    rows = "".join(f"{number},{name},NA\n" for number, name in enumerate(AGENCIES, start=1))
    (folder / "agency20240426.csv").write_text(f"id,name,notes\n{rows}", encoding="utf-8")
    pairs = "".join(f"{AGENCIES[one - 1]},{AGENCIES[two - 1]},{one},{two}\n" for one, two in ACCESS)
    head = "src_agency,external_agency,src_agency_id,external_agency_id\n"
    (folder / "agency_access20240426.csv").write_text(head + pairs, encoding="utf-8")
    participating, offices = tmp_path / "participating_2025-07-18.csv", tmp_path / "offices.csv"
    participating.write_text(SIGNED, encoding="utf-8")
    offices.write_text(OFFICES, encoding="utf-8")
    return ("--network", folder, "--network", participating, "--network", offices)


# --- who could read it next ----------------------------------------------------------------------


def test_the_answer_comes_first_and_both_readings_stand_side_by_side() -> None:
    done = run("reach", "--from", "bpd", "--to-kind", "federal_immigration", *MASSACHUSETTS)
    assert done.exit_code == 0
    first = done.stdout.split("\n")[0]
    assert first.startswith("Worst case, Immigration and Customs Enforcement can reach it in 2 steps")
    assert "on disputed evidence (open since a day that is not known)" in first
    assert "Strictly read, there is no path" in first
    assert "no path" in done.stdout
    assert "1. Boston Police Department > Boston Regional Intelligence Center" in done.stdout
    assert "survives: " in done.stdout
    assert "28 CFR 23.20(e)" in done.stdout
    assert "Why not, strictly read: it stays with 4" in done.stdout
    assert "its terms were not read" in done.stdout


def test_a_negative_answer_has_its_proof_and_exit_code_one() -> None:
    asked = ("reach", "--from", "school_police", "--on", "2015-11-20", "--evidence", "documented", "--to", "ice")
    done = run(*asked, *MASSACHUSETTS)
    assert done.exit_code == 1
    assert done.stdout.startswith("We know of no path from Boston School Police to Immigration and Customs Enforcement")
    told = data(*asked, *MASSACHUSETTS)
    answer = reach.reach(
        reach.starter_network(),
        "school_police",
        told_day(told, "since"),
        told["question"]["kinds"],
        told["question"]["purposes"],
        until=told_day(told, "until"),
        statuses=told["question"]["evidence"],
        reading="strict",
    )
    proof = reach.certificate(answer, "ice")
    assert told["strict"]["certificate"]["closed"] == sorted(proof.closed)
    assert [one["agreement"] for one in told["strict"]["certificate"]["crossings"]] == [
        one.agreement.id for one in proof.crossings
    ]


def told_day(told: dict[str, Any], which: str) -> Any:
    from datetime import date

    return date.fromisoformat(told["question"][which])


def test_a_unit_that_ended_is_told_with_the_day_and_where_to_ask() -> None:
    done = run("reach", "--from", "school_police", "--on", "2026-11-28", *MASSACHUSETTS)
    assert done.exit_code == 1
    assert "Nothing leaves Boston School Police since 1 Jul 2021, the day its last agreement ended" in done.stdout
    assert "For a copy of an earlier day ask with --since. From 1978" in " ".join(done.stdout.split())
    assert done.stdout.count("Why not") == 1, "both readings agree, so it is told once"
    assert "Nothing leaves" not in run("reach", "--from", "school_police", "--on", "2015-11-20", *MASSACHUSETTS).stdout


def test_an_observed_path_says_what_it_shows_and_a_day_that_is_not_known_is_none() -> None:
    done = run("reach", "--from", "school_police", "--on", "2015-11-20", "--to", "ice", *MASSACHUSETTS)
    assert "> Immigration and Customs Enforcement, day not known: School reports in removal cases" in done.stdout
    assert "this shows that the records named in the source took this way; it does not show it of any" in done.stdout
    assert "note: At least two school reports" in done.stdout
    assert "at the earliest" not in done.stdout
    assert done.stdout.count("  1. Boston School Police >") == 1, "the same path is shown once"


def test_anything_else_is_explained_where_it_stands(tmp_path: Path) -> None:
    network = invented(tmp_path, kinds=None, purposes=None)
    done = run("reach", "a", "--to", "b", "--network", network)
    assert "survives: anything else (anything else)" in done.stdout.split("'anything else' stands for")[0]
    told = run("reach", "--from", "school", "--to", "da", "--reading", "strict", *MASSACHUSETTS)
    assert "stands for" not in told.stdout


def narrow(width: int, *arguments: object) -> str:
    done = CliRunner(env={"COLUMNS": str(width), "NO_COLOR": "1"}).invoke(make_app(), [*map(str, arguments)])
    assert done.exit_code in {0, 1}
    return done.stdout


@pytest.mark.parametrize("width", [60, 80, 100])
def test_ids_are_never_cut_however_narrow(width: int) -> None:
    told = narrow(width, "reach", "--from", "school_police", "--on", "2026-11-28", *MASSACHUSETTS)
    assert "(school-police-bric-37l)" in told
    told = narrow(width, "reach", "--from", "school", "--on", "2015-11-20", *MASSACHUSETTS)
    unread = data("reach", "--from", "school", "--on", "2015-11-20", *MASSACHUSETTS)["worst_case"]["reached"]
    assert all(one in told for row in unread for one in row["unread"])
    assert max(map(len, told.splitlines())) <= width


def test_the_steps_of_a_path_keep_their_indent() -> None:
    told = narrow(60, "reach", "--from", "bpd", "--to", "ice", *MASSACHUSETTS)
    steps = told[told.index("  1. ") : told.index("Why not")].split("\n\n")[0].splitlines()
    assert all(line.startswith("     ") or line[2:4] in {"1.", "2."} for line in steps)


def test_what_changes_in_scope_is_told_in_words() -> None:
    done = run("network", "what-if", "--from", "school", "--end", "bpd-bric", "--on", "2015-11-20", *MASSACHUSETTS)
    assert "of those that could before and after, 6 less of it" in done.stdout
    assert "could get less of it, or" in done.stdout
    assert "Homeland Security analyst at the center, less: weapon report" in done.stdout


def test_two_at_once_are_cut_off_both() -> None:
    cut = ("network", "cut", "--from", "school", "--to", "ice", "--to", "dhs_analyst", "--on", "2015-11-20")
    assert "to cut both of 2 agencies off from A Boston school, the end of 2" in run(*cut, *MASSACHUSETTS).stdout
    neither = run(*cut, "--reading", "strict", "--evidence", "documented", "--kinds", "weapon_report", *MASSACHUSETTS)
    assert "neither of 2 agencies can reach" in neither.stdout or "to cut both" in neither.stdout


def test_the_machine_gets_the_same_facts() -> None:
    told = data("reach", "bpd", "--reading", "worst_case", *MASSACHUSETTS)
    rows = {row["agency"]: row for row in told["worst_case"]["reached"]}
    assert "strict" not in told
    assert rows["ice"]["evidence"] == "disputed"
    path = rows["ice"]["paths"][0]
    assert [(step["agreement"], step["status"]) for step in path] == [
        ("bpd-bric", "documented"),
        ("bric-ice", "disputed"),
    ]
    assert path[0]["clause"] == "28 CFR 23.20(e)"
    assert rows["ice"]["unread"] == ["bric-ice"]
    assert told["answer"].startswith("Worst case, ")


@pytest.mark.parametrize("named", ["bric", "boston regional INTELLIGENCE center"])
def test_an_agency_is_found_by_id_and_by_its_exact_name(named: str) -> None:
    assert data("reach", "--from", named, *MASSACHUSETTS)["question"]["from"] == "bric"


def test_a_name_that_is_nearly_right_is_answered_with_those_that_are() -> None:
    done = run("reach", "--from", "Boston Polise Department", *MASSACHUSETTS)
    assert done.exit_code == 2
    assert "Did you mean" in done.stderr
    assert "bpd (Boston Police Department)" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--from", "nobody-knows-them", *MASSACHUSETTS), "nobody-knows-them"),
        ((*MASSACHUSETTS,), "--from"),
        (("bpd", "--from", "bric", *MASSACHUSETTS), "once"),
        (("bpd", "--to-kind", "foreign_government", *MASSACHUSETTS), "foreign_government"),
        (("bpd", "--kinds", "gossip", *MASSACHUSETTS), "gossip"),
        (("bpd", "--on", "2020-01-01", "--since", "2020-01-01", *MASSACHUSETTS), "--on"),
        (("bpd", "--since", "2020-01-02", "--until", "2020-01-01", *MASSACHUSETTS), "before"),
        (("bpd", "--who-reaches", "ice", *MASSACHUSETTS), "--who-reaches"),
        (("bpd", "--network", "not/there.json"), "not/there.json"),
        (("bpd", "--network", str(ROOT / "tests")), "agencies.csv"),
    ],
)
def test_bad_input_is_one_sentence_that_names_it(arguments: tuple[str, ...], named: str) -> None:
    done = run("reach", *arguments)
    assert done.exit_code == 2
    assert named in done.stderr
    assert "Traceback" not in done.stderr


def test_all_paths_are_shown_up_to_a_bound() -> None:
    few = run("reach", "--from", "school", "--to", "bpd", "--all-paths", 2, "--on", "2015-11-20", *MASSACHUSETTS)
    assert "path 1 of 2 or more" in few.stdout
    many = data("reach", "--from", "school", "--to", "bpd", "--all-paths", 50, "--on", "2015-11-20", *MASSACHUSETTS)
    paths = many["worst_case"]["reached"][0]["paths"]
    assert len(paths) > 2
    assert len({tuple(step["agreement"] for step in path) for path in paths}) == len(paths)


def test_the_table_and_the_drawing_can_be_kept(tmp_path: Path) -> None:
    table, dot = tmp_path / "table.csv", tmp_path / "drawing.dot"
    run("reach", "--from", "bpd", "--csv", table, "--dot", dot, *MASSACHUSETTS)
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert {row["reading"] for row in rows} == {"strict", "worst_case"}
    ice = next(row for row in rows if row["agency"] == "ice")
    assert (ice["steps"], ice["agreements"]) == ("2", "bpd-bric > bric-ice")
    assert dot.read_text(encoding="utf-8").startswith("digraph reach {")
    if shutil.which("dot"):
        svg = tmp_path / "drawing.svg"
        run("reach", "--from", "bpd", "--svg", svg, *MASSACHUSETTS)
        assert "Boston Regional" in svg.read_text(encoding="utf-8")


def test_a_cell_that_a_spreadsheet_would_run_is_quoted(tmp_path: Path) -> None:
    network = tmp_path / "network.json"
    agencies = [{"id": "a", "name": "A", "kind": "school"}, {"id": "b", "name": "=1+1", "kind": "press"}]
    agreement = {
        "id": "x", "giver": "a", "receiver": "b", "title": "X", "start": None, "end": None, "kinds": ["k"],
        "purposes": ["p"], "onward": "no", "status": "documented", "source": "invented",
    }  # fmt: skip
    network.write_text(json.dumps({"agencies": agencies, "agreements": [agreement]}), encoding="utf-8")
    run("reach", "a", "--network", network, "--csv", tmp_path / "table.csv")
    assert "'=1+1" in (tmp_path / "table.csv").read_text(encoding="utf-8")


def test_a_district_is_answered_in_a_moment() -> None:
    run("reach", "--from", "school", *MASSACHUSETTS)
    begin = time.process_time()
    run("reach", "--from", "school", "--to-kind", "federal_immigration", *MASSACHUSETTS)
    assert time.process_time() - begin < 1


def test_a_proof_of_a_no_can_be_kept_and_checked_by_a_stranger(tmp_path: Path) -> None:
    proof = tmp_path / "proof.json"
    asked = ("reach", "--from", "school_police", "--on", "2020-12-30", "--to", "ice", "--proof", proof, *MASSACHUSETTS)
    assert run(*asked).exit_code == 0
    done = run("network", "verify", proof, *MASSACHUSETTS)
    assert done.exit_code == 0
    assert "Immigration and Customs Enforcement cannot get at what Boston School Police holds (strict" in done.stdout
    changed = tmp_path / "changed.json"
    network = reach.network_to_json(reach.starter_network())
    network["agreements"] = [
        {**one, "status": "documented", "kinds": ["incident_report"], "purposes": ["immigration_enforcement"]}
        if one["id"] == "bric-ice"
        else one
        for one in network["agreements"]
    ]
    changed.write_text(json.dumps(network), encoding="utf-8")
    refuted = run("network", "verify", proof, "--network", changed)
    assert refuted.exit_code == 1
    assert "bric-ice" in refuted.stderr
    nothing = run("reach", "bpd", "--to", "bric", "--proof", proof, *MASSACHUSETTS)
    assert nothing.exit_code == 2
    assert "no proof of a no" in nothing.stderr


# --- published lists -----------------------------------------------------------------------------


def test_a_sharing_list_joined_with_287g_says_who_gets_to_immigration_enforcement(lists: tuple[object, ...]) -> None:
    told = data("reach", "--from", "Clover NC PD", "--to-kind", "federal_immigration", "--accept-certain", *lists)
    assert told["strict"]["reached"] == []
    assert told["strict"]["certificate"]["closed"] == ["clover-nc-pd"]
    (row,) = told["worst_case"]["reached"]
    assert (row["agency"], row["steps"]) == ("ice-atlanta", 3)
    assert [step["to"] for step in row["paths"][0]] == ["alma-nc-pd", "burke-county-nc-so", "ice-atlanta"]
    assert row["paths"][0][-1]["start"] == "2020-06-09"
    alone = run("reach", "--from", "Dover NC PD", "--to-kind", "federal_immigration", "--accept-certain", *lists)
    assert alone.exit_code == 1
    assert "it stays with 2: Dover NC PD, Elkin NC PD" in alone.stdout


def test_the_reverse_lists_all_who_get_there_with_steps(lists: tuple[object, ...], tmp_path: Path) -> None:
    asked = ("reach", "--who-reaches", "kind:federal_immigration", "--accept-certain", "--givers", *lists)
    done = run(*asked, "--csv", tmp_path / "who.csv")
    assert done.exit_code == 0
    assert "Strictly read: data of 0 of 3 agencies that give data in the first network can get to" in done.stdout
    assert "Worst case: data of 2 of 3 agencies" in done.stdout
    assert "1 in 2 steps, 1 in 3 steps" in done.stdout
    told = data(*asked)
    assert [(row["agency"], row["steps"]) for row in told["worst_case"]] == [("alma-nc-pd", 2), ("clover-nc-pd", 3)]
    rows = list(csv.DictReader((tmp_path / "who.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["path"] for row in rows if row["reading"] == "worst_case"] == [
        "Burke County NC SO > ICE field office Atlanta",
        "Alma NC PD > Burke County NC SO > ICE field office Atlanta",
        "no path",
    ]
    assert told["without_path"] == {
        "strict": ["alma-nc-pd", "clover-nc-pd", "dover-nc-pd"],
        "worst_case": ["dover-nc-pd"],
    }
    assert "No path, worst case: Dover NC PD." in done.stdout


def test_a_list_that_says_nothing_of_a_giver_is_no_proof_that_it_gives_nothing(lists: tuple[object, ...]) -> None:
    done = run("reach", "--from", "Elkin NC PD", "--to-kind", "federal_immigration", "--accept-certain", *lists)
    assert done.exit_code == 1
    assert "This network does not say to whom Elkin NC PD gives." in done.stdout.split("\n")[0]
    assert "leads out" not in done.stdout


def test_names_are_joined_only_when_they_were_confirmed(lists: tuple[object, ...], tmp_path: Path) -> None:
    asked = ("reach", "--from", "Alma NC PD", "--to-kind", "federal_immigration", *lists)
    unjoined = run(*asked)
    assert unjoined.exit_code == 1
    assert "0 of the 4 agencies" in unjoined.stderr
    proposals = tmp_path / "proposals.csv"
    sharing, participating = lists[1], lists[3]
    done = run("network", "names", sharing, participating, "--out", proposals)
    assert "1 proposal is in" in done.stdout
    assert run(*asked, "--confirmed", proposals).exit_code == 1
    answered = proposals.read_text(encoding="utf-8").rstrip("\n\r") + "yes\n"
    proposals.write_text(answered, encoding="utf-8")
    assert data(*asked, "--confirmed", proposals)["worst_case"]["reached"][0]["steps"] == 2
    stray = run("reach", "--from", "bpd", *MASSACHUSETTS, "--confirmed", proposals)
    assert stray.exit_code == 2
    assert "none of the networks after the first" in stray.stderr


HOSTILE = "[red]X[/red] :ice: [/]"


def invented(folder: Path, *, kind: str = "press", name: str = HOSTILE, **terms: object) -> Path:
    """A network of a school and one more."""
    agencies = [{"id": "a", "name": "A", "kind": "school"}, {"id": "b", "name": name, "kind": kind}]
    agreement = {
        "id": "x", "giver": "a", "receiver": "b", "title": HOSTILE, "start": None, "end": None, "kinds": ["k"],
        "purposes": ["p"], "onward": "no", "status": "documented", "source": HOSTILE,
    }  # fmt: skip
    path = folder / "invented.json"
    path.write_text(json.dumps({"agencies": agencies, "agreements": [agreement | terms]}), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "arguments",
    [
        ("reach", "a"),
        ("reach", "a", "--to", "b"),
        ("reach", "--who-reaches", "b"),
        ("network", "check", "--agencies"),
        ("network", "choke-points", "--from", "a", "--to", "b"),
        ("network", "cut", "--from", "a", "--to", "b"),
        ("network", "next-path", "--from", "a", "--to", "b"),
        ("network", "what-if", "--from", "a", "--end", "x"),
        ("network", "exposure", "--to", "b"),
    ],
)
def test_names_are_shown_as_they_are_written(arguments: tuple[str, ...], tmp_path: Path) -> None:
    network = invented(tmp_path)
    done = run(*arguments, network) if "check" in arguments else run(*arguments, "--network", network)
    assert done.exit_code == 0, done.output
    assert HOSTILE in done.stdout


def test_arguments_are_repeated_as_they_were_given(tmp_path: Path) -> None:
    done = run("reach", HOSTILE + "x", "--network", invented(tmp_path))
    assert done.exit_code == 2
    assert HOSTILE in done.stderr


@pytest.mark.parametrize("kind", ["federal_imigration", "Federal_Immigration", "ice"])
def test_a_misspelt_kind_is_refused_and_never_answered_with_no(kind: str, tmp_path: Path) -> None:
    network = invented(tmp_path, kind=kind)
    for arguments in (("reach", "a", "--network", network), ("network", "check", network)):
        done = run(*arguments)
        assert done.exit_code == 2
        assert f"{network}: agencies[1].kind: {kind!r} is no kind of agency. Did you mean federal_immigr" in done.stderr
        assert done.stdout == ""
    asked = run("reach", "bpd", "--to-kind", kind, *MASSACHUSETTS)
    assert asked.exit_code == 2
    assert "Did you mean federal_immigration?" in asked.stderr
    assert asked.stdout == ""
    reverse = run("reach", "--who-reaches", f"kind:{kind}", *MASSACHUSETTS)
    assert (reverse.exit_code, reverse.stdout) == (2, "")


def test_nobody_is_not_among_them_when_the_kinds_of_some_are_not_known(tmp_path: Path) -> None:
    done = run("reach", "a", "--network", invented(tmp_path, kind="unknown_recipient"))
    assert "whether immigration enforcement is among them is not known: of 1 of them nobody has said" in done.stdout
    known = run("reach", "a", "--network", invented(tmp_path))
    assert "this network names no immigration enforcement" in known.stdout


@pytest.mark.parametrize("verb", [("reach", "a", "--network"), ("network", "check"), ("network", "verify")])
def test_json_that_is_nested_too_deeply_is_refused(verb: tuple[str, ...], tmp_path: Path) -> None:
    deep = tmp_path / "deep.json"
    deep.write_text("[" * 100_000, encoding="utf-8")
    more = MASSACHUSETTS if "verify" in verb else ()
    done = run(*verb, deep, *more)
    assert done.exit_code == 2
    assert f"{deep}: it is nested too deeply" in done.stderr


@pytest.mark.parametrize("more", [(), ("--json",)])
@pytest.mark.parametrize(("target", "code"), [("federal_immigration", 0), ("child_welfare", 1)])
def test_a_reader_who_goes_early_does_not_change_the_answer(more: tuple[str, ...], target: str, code: int) -> None:
    program = [sys.executable, "-c", "from schoolgate.cli.main import run; run()"]
    asked = ["reach", "bpd", "--to-kind", target, *MASSACHUSETTS, *more]
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as gone:
        done = subprocess.run([*program, *asked], stdout=gone, stderr=subprocess.PIPE, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (code, b"")


def test_answers_stay_when_names_are_proposed_again(lists: tuple[object, ...], tmp_path: Path) -> None:
    proposals = tmp_path / "proposals.csv"
    asked = ("network", "names", lists[1], lists[3], "--out", proposals)
    run(*asked)
    proposals.write_text(proposals.read_text(encoding="utf-8").rstrip() + "no\ngone,Gone,away,Away,,0.5,no,,yes\n")
    before = proposals.read_text(encoding="utf-8")
    done = run(*asked, "--accept-certain")
    assert "Your 2 answers are kept" in done.stdout
    assert proposals.read_text(encoding="utf-8") == before
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n", encoding="utf-8")
    refused = run("network", "names", lists[1], lists[3], "--out", other)
    assert refused.exit_code == 2
    assert other.read_text(encoding="utf-8") == "a,b\n1,2\n"
    assert run("network", "names", lists[1], lists[3], "--out", lists[3]).exit_code == 2


@pytest.mark.parametrize(("name", "more"), [("n.json", ()), ("n.graphml", ()), ("n", ("--format", "csv"))])
def test_what_is_there_is_written_over_only_when_that_is_said(name: str, more: tuple[str, ...], tmp_path: Path) -> None:
    written = tmp_path / name
    export = ("network", "export", "massachusetts", "--out", written, *more)
    assert run(*export).exit_code == 0
    again = run(*export)
    assert again.exit_code == 2
    assert "--force" in again.stderr
    assert run(*export, "--force").exit_code == 0
    for verb in (("network", "export", written), ("network", "build", "--network", written)):
        itself = run(*verb, "--out", written, *more, "--force")
        assert itself.exit_code == 2
        assert "this is read here" in itself.stderr
    assert run("network", "check", written).exit_code == 0


def test_the_name_of_the_file_says_how_it_is_written(tmp_path: Path) -> None:
    run("network", "export", "massachusetts", "--out", tmp_path / "n.graphml")
    assert "<graphml" in (tmp_path / "n.graphml").read_text(encoding="utf-8")
    for name, told in (("n.csv", "Give a folder"), ("n", "--format"), ("n.txt", "--format")):
        done = run("network", "export", "massachusetts", "--out", tmp_path / name)
        assert done.exit_code == 2
        assert told in done.stderr


@pytest.mark.parametrize("option", ["--csv", "--dot", "--svg", "--proof"])
def test_what_cannot_be_written_is_said_in_a_sentence(option: str, tmp_path: Path) -> None:
    for place, told in ((tmp_path / "none" / "x", "no such file"), (tmp_path, "this is a folder")):
        done = run("reach", "bpd", "--to", "dcf", option, place, *MASSACHUSETTS)
        assert done.exit_code == 2
        assert f"{place}: {told}" in done.stderr
        assert "Errno" not in done.stderr
    network = invented(tmp_path)
    done = run("reach", "a", option, network, "--network", network)
    assert (done.exit_code, "this is read here" in done.stderr) == (2, True)
    out = run("network", "export", "massachusetts", "--out", tmp_path / "none" / "x.json")
    assert f"{tmp_path / 'none' / 'x.json'}: no such file" in out.stderr


@pytest.mark.parametrize("loading", ["typer", "schoolgate.cli.network", "schoolgate.engines.reach"])
def test_who_changes_their_mind_while_it_loads_gets_no_traceback(loading: str) -> None:
    program = f"""
import sys
class Impatient:
    def find_spec(self, name, *_):
        if name == {loading!r}:
            raise KeyboardInterrupt
sys.meta_path.insert(0, Impatient())
from schoolgate.cli.main import run
run()
"""
    done = subprocess.run(
        [sys.executable, "-c", program, "network", "check", "massachusetts"],
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (130, b"")


def test_evidence_has_one_name_everywhere() -> None:
    asked = ("--evidence", "documented", *MASSACHUSETTS)
    assert run("reach", "bpd", *asked).exit_code in {0, 1}
    for verb in ("cut", "choke-points", "next-path"):
        assert run("network", verb, "--from", "school", *asked).exit_code in {0, 1}
        assert "--evidence-level" not in run("network", verb, "--help").stdout
    assert run("network", "exposure", *asked).exit_code == 0
    assert run("network", "what-if", "--from", "school", "--end", "bric-ice", *asked).exit_code == 0


# --- networks in files ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "name"), [("csv", "network"), ("graphml", "network.graphml"), ("json", "network.json")]
)
def test_a_network_survives_each_form(form: str, name: str, tmp_path: Path) -> None:
    written = tmp_path / name
    done = run("network", "export", "massachusetts", "--format", form, "--out", written)
    assert done.exit_code == 0, done.output
    again = data("reach", "--from", "school", "--on", "2015-11-20", "--network", written)
    assert again == data("reach", "--from", "school", "--on", "2015-11-20", *MASSACHUSETTS)


def test_check_says_what_is_there_and_names_what_is_wrong(tmp_path: Path) -> None:
    facts = data("network", "check", "massachusetts")
    network = reach.starter_network()
    assert facts["agreements"] == len(network.agreements)
    assert facts["terms unknown"] == sum(one.kinds is None or one.purposes is None for one in network.agreements)
    assert "bpd" in run("network", "check", "massachusetts", "--agencies").stdout
    broken = tmp_path / "broken.json"
    broken.write_text('{"agencies": [{"id": "a", "name": "", "kind": "school"}], "agreements": []}', encoding="utf-8")
    done = run("network", "check", broken)
    assert done.exit_code == 2
    assert "agencies[0].name is empty" in done.stderr


def test_build_writes_the_joined_network(lists: tuple[object, ...], tmp_path: Path) -> None:
    joined = tmp_path / "joined.json"
    assert run("network", "build", "--accept-certain", *lists, "--out", joined).exit_code == 0
    network = reach.network_from_json(json.loads(joined.read_text(encoding="utf-8")))
    sharing = Path(str(lists[1]))
    alone = read_sharing(sharing / "agency20240426.csv", sharing / "agency_access20240426.csv")
    assert {one.id for one in alone.agreements} < {one.id for one in network.agreements}
    assert any(one.giver == "burke-county-nc-so" and one.receiver == "ice-atlanta" for one in network.agreements)


# --- what to cut ---------------------------------------------------------------------------------


def test_choke_points_are_ranked_and_the_best_is_named() -> None:
    done = run("network", "choke-points", "--from", "school", *MASSACHUSETTS)
    assert done.stdout.startswith(
        "Worst case: 2 agreements, ended alone, would cut Immigration and Customs Enforcement"
    )
    told = data("network", "choke-points", "--from", "school", *MASSACHUSETTS)
    assert [one["agreement"] for one in told["worst_case"] if one["targets"]] == ["bpd-bric", "bric-ice"]


def test_the_smallest_cut_leaves_statutes_alone_and_says_when_nothing_helps() -> None:
    told = data("network", "cut", "--from", "school", *MASSACHUSETTS)
    (one,) = told["worst_case"]
    assert one["agreement"] in {"bpd-bric", "bric-ice"}
    kept = run("network", "cut", "--from", "school", "--keep", "bpd-bric", "--keep", "bric-ice", *MASSACHUSETTS)
    assert kept.exit_code == 1
    assert "what must stay suffices" in kept.stdout
    nothing = run("network", "cut", "--from", "school", "--reading", "strict", *MASSACHUSETTS)
    assert "nothing has to end" in nothing.stdout


def test_what_if_tells_the_difference_both_ways(tmp_path: Path) -> None:
    ended = data("network", "what-if", "--from", "school", "--end", "bric-ice", *MASSACHUSETTS)
    assert ended["worst_case"]["lost"] == ["ice"]
    assert ended["strict"]["lost"] == []
    signed = data("network", "what-if", "--from", "school", "--sign", "school:ice", *MASSACHUSETTS)
    assert signed["strict"]["gained"] == ["ice"]
    later = data(
        "network", "what-if", "--from", "school_police", "--end", "bric-ice:2014-12-31", "--on", "2015-11-20",
        *MASSACHUSETTS,
    )  # fmt: skip
    assert "ice" not in later["worst_case"]["gained"]
    paper = tmp_path / "paper.json"
    plain = next(
        one for one in reach.network_to_json(reach.starter_network())["agreements"] if one["id"] == "37l-weapon"
    )
    paper.write_text(json.dumps([{**plain, "id": "new", "receiver": "ice"}]), encoding="utf-8")
    from_file = data("network", "what-if", "--from", "school", "--sign", paper, *MASSACHUSETTS)
    assert from_file["strict"]["gained"] == ["ice"]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("what-if", "--from", "school"), "say what changes"),
        (("what-if", "--from", "school", "--end", "no-such"), "no-such"),
        (("what-if", "--from", "school", "--end", "bric-ice:soon"), "soon"),
        (("what-if", "--from", "school", "--sign", "school"), "GIVER:RECEIVER"),
        (("what-if", "--from", "school", "--sign", "school:ice:never"), "never"),
        (("what-if", "--from", "school", "--sign", "not-there.json"), "not-there.json: no such file"),
        (("cut", "--from", "school", "--keep", "no-such"), "no-such"),
        (("choke-points",), "--from"),
    ],
)
def test_what_cannot_be_changed_is_named(arguments: tuple[str, ...], named: str) -> None:
    done = run("network", *arguments, *MASSACHUSETTS)
    assert done.exit_code == 2
    assert named in done.stderr


def test_the_next_path_is_shown_until_none_is_left() -> None:
    asked = ("network", "next-path", "--from", "school", *MASSACHUSETTS)
    path = data(*asked)["worst_case"]
    ended: list[object] = []
    rounds = 0
    while path:
        ended += ["--ended", path[-1]["agreement"]]
        path = data(*asked, *ended)["worst_case"]
        rounds += 1
    assert rounds == 1
    done = run(*asked, *ended)
    assert done.exit_code == 1
    assert "no path is left from A Boston school to Immigration and Customs Enforcement" in done.stdout


def test_exposure_is_a_share_of_schools() -> None:
    told = data("network", "exposure", *MASSACHUSETTS)
    rows = {row["agreement"]: row for row in told["worst_case"]}
    assert (rows["bric-ice"]["through"], rows["bric-ice"]["only"], rows["bric-ice"]["schools"]) == (["school"],) * 2 + (
        1,
    )
    assert rows["37l-weapon"]["only"] == []
    assert "100 %" in run("network", "exposure", *MASSACHUSETTS).stdout


# --- the page on files ---------------------------------------------------------------------------


def examples(folder: Path) -> dict[str, Path]:
    """The files that docs/network-files.md shows."""
    text = (ROOT / "docs" / "network-files.md").read_text(encoding="utf-8")
    found = {}
    for name, content in re.findall(r"```\w+ file=(\S+)\n(.*?)```", text, flags=re.DOTALL):
        found[name] = folder / name
        found[name].write_text(content, encoding="utf-8")
    return found


def test_the_files_that_the_page_shows_can_be_read(tmp_path: Path) -> None:
    found = examples(tmp_path)
    assert set(found) == {"agencies.csv", "agreements.csv", "network.graphml", "network.json"}
    csv_facts = data("network", "check", tmp_path)
    assert (csv_facts["agencies"], csv_facts["agreements"], csv_facts["doubts"]) == (5, 3, [])
    for name in ("network.graphml", "network.json"):
        assert data("network", "check", found[name])["agreements"] == 1
    assert data("reach", "school", "--network", tmp_path)["worst_case"]["reached"]


def test_the_page_has_every_column_kind_and_word() -> None:
    text = (ROOT / "docs" / "network-files.md").read_text(encoding="utf-8")
    columns = {column.name for noun in (reach.Agency, reach.Agreement) for column in fields(noun)}
    words = {*reach.KINDS_OF_AGENCY, *reach.STATUSES, *reach.ONWARD, *reach.BASES, *reach.FORMS}
    assert sorted(word for word in columns | words if f"`{word}`" not in text) == []
    assert "docs/network-files.md" in run("network", "--help").stdout
    assert "docs/network-files.md" in (ROOT / "README.md").read_text(encoding="utf-8")


# --- files that are something else ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"STATE\tLAW ENFORCEMENT AGENCY\tSIGNED\n", "separated by tabs"),
        (b"STATE;LAW ENFORCEMENT AGENCY;SIGNED\n", "separated by semicolons"),
        (SIGNED.encode("utf-16"), "Save the file as CSV in UTF-8"),
        (b"STATE,LAW ENFORCEMENT AGENCY,TYPE\n", "Applications are no agreements"),
    ],
)
def test_a_list_in_another_form_gets_the_advice_that_helps(content: bytes, told: str, tmp_path: Path) -> None:
    listed = tmp_path / "list.csv"
    listed.write_bytes(content)
    done = run("network", "check", listed)
    assert done.exit_code == 2
    assert f"{listed}: " in done.stderr
    assert told in done.stderr


def test_errors_name_the_folder_the_file_and_the_line(tmp_path: Path) -> None:
    found = examples(tmp_path)
    agreements = found["agreements.csv"].read_text(encoding="utf-8")
    found["agreements.csv"].write_text(agreements.replace(",A newspaper,", ""), encoding="utf-8")
    done = run("network", "check", tmp_path)
    assert f"{found['agreements.csv']}, line 4: has 10 cells where the header has 12. Add the commas" in done.stderr
    found["network.json"].write_text("[]", encoding="utf-8")
    assert (
        f"{found['network.json']}: network is not an object but a list"
        in run("network", "check", found["network.json"]).stderr
    )
    graph = found["network.graphml"]
    graph.write_text(graph.read_text(encoding="utf-8").replace("City Police", ""), encoding="utf-8")
    assert f"{graph}, line 10, name: is empty (in node 'bpd'). Write" in run("network", "check", graph).stderr
    proof = tmp_path / "proof.json"
    proof.write_text("{}", encoding="utf-8")
    assert f"{proof}: " in run("network", "verify", proof, *MASSACHUSETTS).stderr


def test_agencies_that_look_like_one_are_pointed_out(tmp_path: Path) -> None:
    found = examples(tmp_path)
    with found["agencies.csv"].open("a", encoding="utf-8") as more:
        more.write("BPD,Another,local_police,,agency,\npolice,city police,local_police,,agency,\n")
    done = run("network", "check", tmp_path)
    assert done.exit_code == 0
    assert "2 agencies have the id 'bpd', but for capital letters: bpd, BPD." in done.stderr
    assert "2 agencies have the name 'City Police', but for capital letters: bpd, police." in done.stderr


# --- the page ------------------------------------------------------------------------------------


def test_the_page_on_massachusetts_is_what_the_network_answers() -> None:
    assert (ROOT / "docs" / "massachusetts-reach.md").read_text(encoding="utf-8") == starter_page(), (
        "run `schoolgate network starter-page --out docs/massachusetts-reach.md`"
    )


def test_each_command_on_the_page_gives_the_answer_of_the_page() -> None:
    text = (ROOT / "docs" / "massachusetts-reach.md").read_text(encoding="utf-8")
    sections = re.findall(
        r"^`schoolgate (reach [^`\n]*)`\n(.*?)(?=^`schoolgate|^##)", text, flags=re.DOTALL | re.MULTILINE
    )
    assert len(sections) == 10
    for command, section in sections:
        told = data(*command.split(), "--evidence", "observed")
        table = dict(
            re.findall(r"^\| ([^|]+) \| (?:(?!---)[^|]+) \| ([^|]+) \| (?:\d|day)", section, flags=re.MULTILINE)
        )
        shown = {name for name, worst in table.items() if worst != "no path"}
        assert {row["name"] for row in told["worst_case"]["reached"]} == shown, command


@pytest.mark.parametrize(
    "verb",
    [
        "check",
        "export",
        "build",
        "names",
        "starter-page",
        "choke-points",
        "cut",
        "next-path",
        "verify",
        "what-if",
        "exposure",
    ],
)
def test_the_help_of_each_network_verb_has_an_example(verb: str) -> None:
    assert f"Example: schoolgate network {verb}" in run("network", verb, "--help").stdout
