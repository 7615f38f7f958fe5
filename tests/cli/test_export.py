"""`schoolgate export`, run as a person runs it, but in this process."""

import json
import stat

import pytest
from typer.testing import CliRunner

from schoolgate.cli.main import make_app


def run(*arguments, typed=""):
    runner = CliRunner(env={"COLUMNS": "240", "NO_COLOR": "1"})
    return runner.invoke(make_app(["export"]), ["export", *map(str, arguments)], input=typed)


@pytest.fixture
def confirmed(cast, tmp_path, settings):
    """A list that two persons of the office wanted, of a district where nothing happened."""
    from datetime import date

    from schoolgate.apps.exports.services import confirm_list, propose_list

    settings.CRDC_RULES = tmp_path / "crdc.toml"
    settings.CRDC_RULES.write_text('version = 1\nsource = "Invented"\n', encoding="utf-8")
    export = propose_list(
        actor=cast.actor("whitfield"),
        kind="crdc",
        first_day=date(2025, 7, 1),
        last_day=date(2026, 6, 29),
        purpose="federal_collection",
        words="The yearly collection, sent by the data office.",
    )
    return export, lambda: confirm_list(actor=cast.actor("raman"), export=export)


@pytest.mark.django_db
def test_the_accounting_of_one_child_is_written_for_its_owner_alone_and_the_look_is_written_down(cast, tmp_path):
    from schoolgate.apps.ledger.models import Reading

    file = tmp_path / "accounting.json"
    done = run("disclosures", file, typed="8400117\n")
    assert done.exit_code == 0, done.output
    assert "0 disclosures, 0 lines" in done.output
    assert json.loads(file.read_text(encoding="utf-8"))["student"] == str(cast.students["marisol"].pk)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    (reading,) = Reading.objects.filter(subject=f"student:{cast.students['marisol'].pk}")
    assert reading.part == "accounting of disclosures, json"
    again = run("disclosures", file, typed="8400117\n")
    assert again.exit_code == 2
    assert "is there already" in again.output
    assert run("disclosures", file, "--force", typed="8400117\n").exit_code == 0


@pytest.mark.django_db
def test_an_unknown_number_or_form_writes_nothing(cast, tmp_path):
    unknown = run("disclosures", tmp_path / "a.csv", typed="1\n")
    assert unknown.exit_code == 2
    assert "no student has this number" in unknown.output
    wrong = run("disclosures", tmp_path / "a.pdf", typed="8400117\n")
    assert "end the name in .csv, .json or .jsonld" in wrong.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db
def test_a_list_has_no_files_before_a_second_person_confirmed_it(confirmed, tmp_path):
    from datetime import timedelta

    from schoolgate.apps.access.moment import at, now
    from schoolgate.apps.ledger.models import Reading

    export, confirm = confirmed
    folder = tmp_path / "out"
    folder.mkdir()
    for number in (export.number, "L-0000000"):
        early = run("list", number, folder)
        assert early.exit_code == 2
        assert "two persons of the office confirm it" in early.output
    confirm()
    done = run("list", export.number.lower(), folder)
    assert done.exit_code == 0, done.output
    assert sorted(one.name for one in folder.iterdir()) == ["crdc-counts.csv", "crdc-students.csv"]
    assert all(stat.S_IMODE(one.stat().st_mode) == 0o600 for one in folder.iterdir())
    assert Reading.objects.filter(subject=f"list:{export.pk}").count() == 2
    with at(now() + timedelta(days=14)):
        late = run("list", export.number, folder, "--force")
    assert late.exit_code == 2
    assert "is over" in late.output


def test_a_code_table_is_begun_and_checked(tmp_path):
    begun = run("ssdr-codes")
    assert begun.exit_code == 0
    file = tmp_path / "codes.toml"
    file.write_text(begun.output, encoding="utf-8")
    empty = run("ssdr-codes", file)
    assert empty.exit_code == 2
    assert "codes.toml, line" in empty.output
    file.write_text(begun.output.replace('handbook = ""', 'handbook = "23.1"'), encoding="utf-8")
    sound = run("ssdr-codes", file)
    assert sound.exit_code == 0
    assert "Sound: 0 schools" in sound.output
    assert run("ssdr-codes", tmp_path / "none.toml").exit_code == 2


def test_the_districts_file_for_the_federal_collection_is_checked(tmp_path):
    file = tmp_path / "crdc.toml"
    file.write_text('version = 1\nsource = "Invented"\nsworn_units = ["safety-services"]\n', encoding="utf-8")
    sound = run("crdc-rules", file)
    assert sound.exit_code == 0, sound.output
    assert "own sworn units: safety-services" in sound.output
    file.write_bytes(b"\xff")
    assert "not UTF-8" in run("crdc-rules", file).output
