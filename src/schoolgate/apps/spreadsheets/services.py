"""Bringing a spreadsheet in. To import it is an act; to bring, map, try or drop it is none: nothing follows from it."""

from hashlib import sha256

from django.db import transaction

from schoolgate.apps.access.actors import Actor, Role
from schoolgate.apps.access.moment import now
from schoolgate.apps.access.numbers import new_number
from schoolgate.apps.ledger.acts import Impossible, NotAllowed, act, record
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.interop.tables import ColumnMapping, Content, ReadingError, guess_form, survey

from .keeping import Notes, open_notes, seal_file, seal_mapping, seal_notes
from .models import BRINGERS, RUNNING, SETTLED, SUBJECTS, SavedMapping, Spreadsheet, State
from .running import begin, settle
from .settling.run import CHANGED, NEW, SHUT, UNCHANGED, WITHOUT_ACCESS, WRONG

LARGEST = 64 << 20
# Of these the entry tells how many there are.
_TOLD = (NEW, CHANGED, UNCHANGED, SHUT, WITHOUT_ACCESS, "repeated")


def bring(*, actor: Actor, subject: str, content: bytes) -> Spreadsheet:
    """Keep a file, sealed, until somebody has said what its columns are.

    Raises:
        Impossible: It is no table, or too large.
    """
    _refuse_others(actor)
    if subject not in SUBJECTS:
        raise Impossible("Choose what the spreadsheet is about.")
    if len(content) > LARGEST:
        raise Impossible("It is larger than 64 MB. Split it.")
    sheet = Spreadsheet(
        number=new_number("T"),
        subject=subject,
        size=len(content),
        sha256=sha256(content).hexdigest(),
        brought_by_id=actor.user_id,
        brought_at=now(),
        total=content.count(b"\n"),
    )
    seal_file(sheet, content)
    sheet.save(force_insert=True)
    return sheet


def refuse_what_is_no_table(content: bytes) -> None:
    """Look at a file before it is kept.

    Raises:
        Impossible: It cannot be read as a table; says why and what to do.
    """
    encoding, separator = guess_form(content)
    try:
        survey(Content("The file", content), encoding=encoding, separator=separator)
    except ReadingError as refused:
        raise Impossible(str(refused)) from None


def map_columns(*, actor: Actor, sheet: Spreadsheet, mapping: ColumnMapping, beside: bool = True) -> None:
    """Say which column is which field, and have it tried.

    Args:
        actor: Whoever brought it, or a colleague.
        sheet: The spreadsheet.
        mapping: What a person confirmed.
        beside: Whether the try runs beside the request; else the caller runs it.

    Raises:
        Impossible: It is settled, at work, or the mapping is about something else.
    """
    _refuse_others(actor)
    with transaction.atomic():
        held = _locked(sheet)
        if held.state in (*RUNNING, *SETTLED):
            raise Impossible("This spreadsheet is at work, or settled. Look at how it stands.")
        if mapping.subject != held.subject:
            raise Impossible(f"This mapping is for {SUBJECTS[mapping.subject].lower()}.")
        seal_notes(held, Notes(mapping))
        held.state, held.done, held.counts, held.moved_at = State.TRYING, 0, {}, now()
        held.save()
        if beside:
            begin(held)


@act(Kind.SPREADSHEET_IMPORTED, roles=BRINGERS | {Role.ADMINISTRATOR})
def import_spreadsheet(*, actor: Actor, sheet: Spreadsheet, beside: bool = True) -> Spreadsheet:
    """Bring the rows of a tried spreadsheet in. The entry is written before the first row is stored.

    Its rows follow in transactions of their own (`running.carry_on`), whatever stops in between; then the file and
    its mapping are destroyed.

    Raises:
        Impossible: It was not tried, something in it is wrong, or nothing in it is new.
    """
    held = _locked(sheet)
    if held.state != State.TRIED:
        raise Impossible("Try the spreadsheet first, and look at what would happen.")
    if held.counts.get(WRONG):
        raise Impossible("Something in it is wrong. Nothing is brought in until all of it is right.")
    if not any(held.counts.get(name) for name in (NEW, CHANGED)):
        raise Impossible("All of it is here already.")
    notes = open_notes(held)
    fields = sorted(notes.mapping.columns.values()) if notes else []
    facts: dict[str, object] = {
        "subject": held.subject,
        "sha256": held.sha256,
        "rows": held.counts.get("rows", 0),
        "fields": fields,
        **{name: held.counts.get(name, 0) for name in _TOLD},
    }
    record(actor=actor, subject=f"spreadsheet:{held.pk}", facts=facts)
    held.state, held.done, held.total = State.IMPORTING, 0, held.counts.get("records", 0)
    held.counts, held.moved_at = {}, now()
    held.save()
    if beside:
        begin(held)
    return held


def drop(*, actor: Actor, sheet: Spreadsheet) -> None:
    """Destroy a spreadsheet that is not brought in.

    Raises:
        Impossible: It is being brought in, or settled.
    """
    _refuse_others(actor)
    with transaction.atomic():
        held = _locked(sheet)
        if held.state == State.IMPORTING or held.state in SETTLED:
            raise Impossible("It is being brought in, or settled: there is nothing to drop.")
        settle(held, State.DROPPED)


def save_mapping(*, actor: Actor, name: str, mapping: ColumnMapping) -> SavedMapping:
    """Keep a mapping by a name for the next file; one of the same name and subject is replaced.

    Raises:
        Impossible: The name is empty, or that of a mapping for something else.
    """
    _refuse_others(actor)
    name = " ".join(name.split())
    if not name:
        raise Impossible("Give the mapping a name.")
    with transaction.atomic():
        saved = SavedMapping.objects.select_for_update().filter(name=name).first() or SavedMapping(name=name)
        if saved.subject and saved.subject != mapping.subject:
            raise Impossible(f"“{name}” is a mapping for {SUBJECTS[saved.subject].lower()}. Choose another name.")
        saved.subject, saved.saved_by_id, saved.saved_at = mapping.subject, actor.person, now()
        seal_mapping(saved, mapping)
        saved.save()
    return saved


def forget_mapping(*, actor: Actor, saved: SavedMapping) -> None:
    """Delete a mapping that was kept, with its key."""
    _refuse_others(actor)
    saved.delete()


def _locked(sheet: Spreadsheet) -> Spreadsheet:
    return Spreadsheet.objects.select_for_update().get(pk=sheet.pk)


def _refuse_others(actor: Actor) -> None:
    if actor.role not in BRINGERS | {Role.ADMINISTRATOR}:
        raise NotAllowed(f"{actor.role_name} may not do this")
