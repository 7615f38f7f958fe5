"""Reads of spreadsheets."""

from dataclasses import dataclass
from uuid import UUID

from django.http import Http404

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.ledger.readings import log_reading
from schoolgate.interop.tables import ColumnMapping, ColumnSurvey, Encoding, survey

from .keeping import Notes, open_file, open_mapping, open_notes
from .models import BRINGERS, SavedMapping, Spreadsheet, SpreadsheetQuerySet

_HEAVY = ("wrapped_key", "sealed", "notes_key", "sealed_notes")


@dataclass(frozen=True, slots=True)
class Form:
    """How a file is written."""

    encoding: Encoding
    separator: str


def spreadsheets_of(actor: Actor) -> SpreadsheetQuerySet:
    """Those that one may know of, the newest first, without what they hold."""
    return Spreadsheet.objects.visible_to(actor).select_related("brought_by").defer(*_HEAVY)


def find_spreadsheet(actor: Actor, pk: UUID) -> Spreadsheet:
    """One spreadsheet, with what it holds.

    Raises:
        Http404: There is none, or not for this actor.
    """
    found = Spreadsheet.objects.visible_to(actor).select_related("brought_by").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def columns_of(actor: Actor, sheet: Spreadsheet, form: Form) -> tuple[ColumnSurvey, ...]:
    """The columns with the shapes of their cells. The reading is written down first: a header may be a name.

    Raises:
        ReadingError: It is no table in this form.
    """
    log_reading(actor=actor, subject=f"spreadsheet:{sheet.pk}", part="columns")
    return survey(open_file(sheet), encoding=form.encoding, separator=form.separator)


def notes_of(actor: Actor, sheet: Spreadsheet) -> Notes | None:
    """The mapping and what is wrong, if anybody has mapped the columns. The reading is written down first."""
    if sheet.notes_key is None:
        return None
    log_reading(actor=actor, subject=f"spreadsheet:{sheet.pk}", part="mapping and problems")
    return open_notes(sheet)


def mappings_of(actor: Actor, subject: str = "") -> list[SavedMapping]:
    """The mappings that were kept, by name; of one subject, or all."""
    if actor.role not in BRINGERS:
        return []
    rows = SavedMapping.objects.select_related("saved_by")
    return list(rows.filter(subject=subject) if subject else rows)


def mapping_named(name: str) -> ColumnMapping | None:
    """The mapping that was kept by a name, for the command line.

    Raises:
        ReadingError: What may be mapped has changed since.
    """
    found = SavedMapping.objects.filter(name=name).first()
    return open_mapping(found) if found else None


def find_mapping(actor: Actor, pk: UUID) -> SavedMapping:
    """One of them.

    Raises:
        Http404: There is none, or not for this actor.
    """
    found = next((one for one in mappings_of(actor) if one.pk == pk), None)
    if found is None:
        raise Http404
    return found
