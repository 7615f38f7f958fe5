"""`schoolgate import table`: tried, then brought in or destroyed."""

import json

import pytest
import typer

from schoolgate.apps.people.models import StaffMember
from schoolgate.apps.spreadsheets.models import Spreadsheet, State
from schoolgate.apps.spreadsheets.services import save_mapping
from schoolgate.cli.import_table import table
from schoolgate.interop.tables import ColumnMapping

pytestmark = pytest.mark.django_db
MAPPING = ColumnMapping("staff", {"No": "number", "First": "first", "Last": "last"})


def test_a_file_by_a_kept_mapping_or_a_mapping_in_a_file(cast, tmp_path, capsys):
    sheet, kept = tmp_path / "staff.csv", tmp_path / "mapping.json"
    sheet.write_text("No,First,Last\nS1,Lou,Reed\nS2,Mo,Baker\n", encoding="utf-8")
    kept.write_text(MAPPING.to_json(), encoding="utf-8")
    save_mapping(actor=cast.actor("whitfield"), name="Payroll", mapping=MAPPING)
    before = StaffMember.objects.count()

    def told(**more):
        table(sheet, as_json=True, **more)
        return json.loads(capsys.readouterr().out)

    tried = told(mapping="Payroll", dry_run=True)
    assert (tried["stored"], tried["counts"]["new"]) == (False, 2)
    assert StaffMember.objects.count() == before
    assert told(mapping=str(kept), dry_run=False)["stored"] is True
    assert StaffMember.objects.count() == before + 2
    assert told(mapping="Payroll", dry_run=False)["counts"]["unchanged"] == 2
    assert set(Spreadsheet.objects.values_list("state", flat=True)) == {State.IMPORTED, State.DROPPED}
    sheet.write_text("No,First,Last\nS3,,Quill\n", encoding="utf-8")
    with pytest.raises(typer.Exit) as end:
        table(sheet, mapping="Payroll", dry_run=False, as_json=True)
    assert end.value.exit_code == 2
    said = capsys.readouterr().out
    assert "line 2: First: expected a value" in said
    assert "Quill" not in said
    with pytest.raises(typer.Exit):
        table(sheet, mapping="No such mapping", dry_run=False, as_json=True)
