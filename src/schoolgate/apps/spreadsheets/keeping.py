"""What a spreadsheet holds: sealed when it comes, opened for the work, destroyed at its end."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from schoolgate.apps.ledger.safe import context, open_value, seal_new
from schoolgate.engines.vault import Context
from schoolgate.interop.tables import ColumnMapping, Content, Problem

from .models import SavedMapping, Spreadsheet

# So many problems are kept and shown; all are counted.
PROBLEMS_KEPT = 100


@dataclass(frozen=True, slots=True)
class Notes:
    """What was last said of a file: by which mapping it is read, and what is wrong with it."""

    mapping: ColumnMapping
    problems: tuple[Problem, ...] = ()


def seal_file(sheet: Spreadsheet, data: bytes) -> None:
    """Seal the file (in memory: the caller saves)."""
    value = seal_new(_place(sheet, "file"), data)
    sheet.wrapped_key, sheet.sealed = value.wrapped_key, value.sealed


def open_file(sheet: Spreadsheet) -> Content:
    """The file, in memory.

    Raises:
        VaultError: It was altered, or its key is gone.
    """
    if sheet.wrapped_key is None or sheet.sealed is None:
        raise ValueError("the file of a settled spreadsheet is gone")
    return Content(sheet.number, open_value(_place(sheet, "file"), sheet.wrapped_key, sheet.sealed))


def seal_notes(sheet: Spreadsheet, notes: Notes) -> None:
    """Seal the mapping and the first problems (in memory)."""
    stated = {
        "mapping": notes.mapping.to_json(),
        "problems": [asdict(one) for one in notes.problems[:PROBLEMS_KEPT]],
    }
    value = seal_new(_place(sheet, "notes"), json.dumps(stated, ensure_ascii=False).encode())
    sheet.notes_key, sheet.sealed_notes = value.wrapped_key, value.sealed


def open_notes(sheet: Spreadsheet) -> Notes | None:
    """The mapping and the problems; None when nobody has mapped the columns, or nothing is left."""
    if sheet.notes_key is None or sheet.sealed_notes is None:
        return None
    stated = json.loads(open_value(_place(sheet, "notes"), sheet.notes_key, sheet.sealed_notes))
    problems = tuple(Problem(**one) for one in stated["problems"])
    return Notes(ColumnMapping.from_json(stated["mapping"]), problems)


def destroy(sheet: Spreadsheet) -> None:
    """Take away the file, the notes and their keys (in memory)."""
    sheet.wrapped_key = sheet.sealed = sheet.notes_key = sheet.sealed_notes = None


def seal_mapping(saved: SavedMapping, mapping: ColumnMapping) -> None:
    """Seal a mapping that is kept (in memory)."""
    value = seal_new(_mapping_place(saved), mapping.to_json().encode())
    saved.wrapped_key, saved.sealed = value.wrapped_key, value.sealed


def open_mapping(saved: SavedMapping) -> ColumnMapping:
    """A mapping that was kept.

    Raises:
        ReadingError: What may be mapped has changed since.
    """
    return ColumnMapping.from_json(open_value(_mapping_place(saved), saved.wrapped_key, saved.sealed).decode())


def fitting(columns: Sequence[str], mapping: ColumnMapping) -> Mapping[str, str]:
    """The fields of a kept mapping whose columns this file has."""
    return {column: name for column, name in mapping.columns.items() if column in columns}


def _place(sheet: Spreadsheet, what: str) -> Context:
    return context("spreadsheets.spreadsheet", sheet.pk, what)


def _mapping_place(saved: SavedMapping) -> Context:
    return context("spreadsheets.savedmapping", saved.pk, "mapping")
