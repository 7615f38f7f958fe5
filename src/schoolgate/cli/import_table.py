"""`schoolgate import table`: a spreadsheet comes in by a mapping that a person confirmed."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schoolgate.interop.tables import ColumnMapping, ReadingError

from .import_ import bar
from .terminal import Exit, out, print_json, start_django, stop, told

if TYPE_CHECKING:
    from schoolgate.apps.spreadsheets.keeping import Notes
    from schoolgate.apps.spreadsheets.models import Spreadsheet


def table(
    path: Annotated[Path, typer.Argument(help="Comma-separated text of students, guardians, staff or incidents.")],
    *,
    mapping: Annotated[str, typer.Option(help="The name of a mapping that was kept on the page, or a file of one.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; store nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The same facts for a machine.")] = False,
) -> None:
    """Import a spreadsheet by its mapping: all of it, or nothing when anything is wrong.

    The file is sealed while it comes in. Stopped in between, the worker goes on with it, and nothing is lost or half.

    Example: schoolgate import table students.csv --mapping "From the registrar" --dry-run
    """
    start_django()
    from schoolgate.apps.ledger.acts import Impossible  # noqa: PLC0415 - needs the apps loaded
    from schoolgate.apps.ledger.keys import KeyProblem, keys  # noqa: PLC0415
    from schoolgate.apps.ledger.sequencing import told_of_the_database  # noqa: PLC0415
    from schoolgate.engines.vault import VaultError  # noqa: PLC0415

    with (
        told(KeyProblem, VaultError, code=Exit.CANNOT_RUN),
        told(OSError, Impossible, ReadingError),
        told_of_the_database("what was stored stays, and the worker goes on with the rest"),
    ):
        keys().require()
        sheet, notes = _run(path.read_bytes(), _mapping(mapping), dry_run=dry_run)
    _tell(sheet, notes, as_json=as_json)


def _mapping(named: str) -> ColumnMapping:
    from schoolgate.apps.spreadsheets.selectors import mapping_named  # noqa: PLC0415 - needs the apps loaded

    if found := mapping_named(named):
        return found
    if not Path(named).is_file():
        stop(f"there is neither a mapping nor a file called {named!r}: keep one on the page, or give its file")
    return ColumnMapping.from_json(Path(named).read_text(encoding="utf-8"))


def _run(content: bytes, mapping: ColumnMapping, *, dry_run: bool) -> "tuple[Spreadsheet, Notes | None]":
    """Try it, and bring it in where nothing is wrong; what does not come in is destroyed."""
    from schoolgate.apps.access.actors import SYSTEM  # noqa: PLC0415 - needs the apps loaded
    from schoolgate.apps.spreadsheets.keeping import open_notes  # noqa: PLC0415
    from schoolgate.apps.spreadsheets.models import State  # noqa: PLC0415
    from schoolgate.apps.spreadsheets.running import carry_on  # noqa: PLC0415
    from schoolgate.apps.spreadsheets.services import bring, drop, import_spreadsheet, map_columns  # noqa: PLC0415

    sheet = bring(actor=SYSTEM, subject=mapping.subject, content=content)
    try:
        map_columns(actor=SYSTEM, sheet=sheet, mapping=mapping, beside=False)
        reading = carry_on(sheet.pk)
        sheet.refresh_from_db()
        notes = open_notes(sheet)
        counts = sheet.counts
        if not dry_run and not counts.get("wrong") and (counts.get("new") or counts.get("changed")):
            import_spreadsheet(actor=SYSTEM, sheet=sheet, beside=False)
            with bar(counts["records"]) as advance:
                carry_on(sheet.pk, advance, reading)
            sheet.refresh_from_db()
    finally:
        if sheet.state not in {State.IMPORTING, State.IMPORTED}:
            tried = sheet.state
            drop(actor=SYSTEM, sheet=sheet)
            sheet.state = tried
    return sheet, notes


def _tell(sheet: "Spreadsheet", notes: "Notes | None", *, as_json: bool) -> None:
    from schoolgate.apps.spreadsheets.models import State  # noqa: PLC0415 - needs the apps loaded
    from schoolgate.apps.spreadsheets.telling import outcome_lines  # noqa: PLC0415

    stored, wrong = sheet.state == State.IMPORTED, bool(sheet.counts.get("wrong"))
    problems = [str(one) for one in notes.problems] if notes else []
    if as_json:
        print_json({"stored": stored, "counts": sheet.counts, "problems": problems})
    else:
        fresh = sheet.counts.get("new", 0) + sheet.counts.get("changed", 0)
        answer = f"Imported: {fresh:,} records new or changed." if stored else "Nothing was stored."
        out.print(answer, markup=False, soft_wrap=True)
        for text, count in outcome_lines(sheet):
            out.print(f"  {count:>9,}  {text}", markup=False, soft_wrap=True)
        for one in problems:
            out.print(one, markup=False, soft_wrap=True)
    if wrong and not stored:
        raise typer.Exit(Exit.BAD_INPUT)
