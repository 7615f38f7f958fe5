"""Pages about spreadsheets: bring one, map its columns, see what would happen, bring it in."""

from collections.abc import Callable
from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from schoolgate.apps.access.moment import now
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.interop.tables import ColumnMapping, ColumnSurvey, Encoding, ReadingError, guess_form, propose

from .forms import BringForm, FormForm, MapForm, proposed
from .keeping import fitting, open_file, open_mapping
from .models import BRINGERS, RUNNING, SETTLED, Spreadsheet, State
from .running import STALLED, begin
from .selectors import Form, columns_of, find_mapping, find_spreadsheet, mappings_of, notes_of, spreadsheets_of
from .services import (
    bring,
    drop,
    forget_mapping,
    import_spreadsheet,
    map_columns,
    refuse_what_is_no_table,
    save_mapping,
)
from .telling import outcome_lines

SHEETS = "spreadsheets that were brought, their columns and what is wrong with them; no page shows a cell"
SHOWN = 50


@require_http_methods(["GET", "HEAD", "POST"])
@allow(BRINGERS, relation=SHEETS)
def home(request: ActorRequest) -> HttpResponse:
    """Bring a spreadsheet; those that are under way."""
    form = BringForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        content = form.cleaned_data["file"].read()
        try:
            refuse_what_is_no_table(content)
            made = bring(actor=request.actor, subject=form.cleaned_data["subject"], content=content)
        except Impossible as problem:
            form.add_error("file", str(problem))
        else:
            return redirect("spreadsheets:columns", sheet_id=made.pk)
    rows = list(spreadsheets_of(request.actor)[:SHOWN])
    context = {
        "form": form,
        "open": [one for one in rows if one.state not in SETTLED],
        "settled": [one for one in rows if one.state in SETTLED],
        "mappings": mappings_of(request.actor),
    }
    return render(request, "spreadsheets/home.html", context)


@require_safe
@allow(BRINGERS, relation=SHEETS)
def one(request: ActorRequest, sheet_id: UUID) -> HttpResponse:
    """How a spreadsheet stands: what would happen, how far it has come, what became of it."""
    sheet = find_spreadsheet(request.actor, sheet_id)
    if sheet.state == State.NEW:
        return redirect("spreadsheets:columns", sheet_id=sheet_id)
    notes = notes_of(request.actor, sheet)
    context = {
        **_standing(sheet),
        "problems": notes.problems if notes else (),
        "more": sheet.counts.get("problems", 0) - len(notes.problems) if notes else 0,
        "fields": len(notes.mapping.columns) if notes else 0,
        "why": _why(request),
    }
    return render(request, "spreadsheets/one.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(BRINGERS, relation=SHEETS)
def columns(request: ActorRequest, sheet_id: UUID) -> HttpResponse:
    """Say of each column which field it is; then the spreadsheet is tried."""
    sheet = find_spreadsheet(request.actor, sheet_id)
    if sheet.state not in {State.NEW, State.TRIED}:
        return redirect("spreadsheets:one", sheet_id=sheet_id)
    written, problem = _form_of(request, sheet), ""
    found: tuple[ColumnSurvey, ...] = ()
    try:
        found = columns_of(request.actor, sheet, written)
    except ReadingError as refused:
        problem = str(refused)
    form = MapForm(
        request.POST if request.method == "POST" else None,
        subject=sheet.about,
        columns=found,
        proposal=_proposal(request, sheet, found),
    )
    if request.method == "POST" and found and form.is_valid() and _mapped(request, sheet, form, written):
        return redirect("spreadsheets:one", sheet_id=sheet_id)
    context = {
        "sheet": sheet,
        "form": form,
        "rows": form.rows(),
        "open": sum(bool(one) for _, one in form.rows()),
        "refused": [one for one in found if one.is_refused],
        "tells": any(one.tells and not one.is_refused for one in found),
        "written": FormForm(initial={"separator": written.separator, "encoding": written.encoding}),
        "separator": written.separator,
        "encoding": written.encoding,
        "mappings": mappings_of(request.actor, sheet.subject),
        "problem": problem,
        "why": _why(request),
    }
    return render(request, "spreadsheets/columns.html", context)


def _form_of(request: ActorRequest, sheet: Spreadsheet) -> Form:
    """How the file is written: as the person says, or as it seems to be."""
    given = FormForm(request.POST if request.method == "POST" else request.GET)
    if given.is_valid():
        return Form(cast("Encoding", given.cleaned_data["encoding"]), given.cleaned_data["separator"])
    return Form(*guess_form(open_file(sheet).data))


def _proposal(request: ActorRequest, sheet: Spreadsheet, found: tuple[ColumnSurvey, ...]) -> dict[str, str]:
    """What the form begins with: the mapping that was chosen, the one that was tried, or what the headers suggest."""
    headers = [one.header for one in found]
    if given := request.GET.get("mapping"):
        saved = next((one for one in mappings_of(request.actor, sheet.subject) if str(one.pk) == given), None)
        if saved:
            try:
                return dict(fitting(headers, open_mapping(saved)))
            except ReadingError:
                messages.warning(request, "This mapping can no longer be used as it is. Map the columns anew.")
    if notes := notes_of(request.actor, sheet):
        return dict(fitting(headers, notes.mapping))
    return proposed(propose(sheet.about, headers))


def _mapped(request: ActorRequest, sheet: Spreadsheet, form: MapForm, written: Form) -> bool:
    """Have the form's mapping tried; False with an error in the form when it cannot be."""
    try:
        mapping = ColumnMapping(
            subject=sheet.about,
            columns=form.chosen(),
            date_order=form.cleaned_data["date_order"] or None,
            encoding=written.encoding,
            separator=written.separator,
        )
        if form.cleaned_data["name"]:
            save_mapping(actor=request.actor, name=form.cleaned_data["name"], mapping=mapping)
        map_columns(actor=request.actor, sheet=sheet, mapping=mapping)
    except ReadingError as refused:
        form.add_error(None, f"Expected {refused.problem.expected}. {refused.problem.remedy}")
    except Impossible as problem:
        form.add_error(None, str(problem))
    return form.is_valid()


@require_POST
@allow(BRINGERS, relation=SHEETS)
def bring_in(request: ActorRequest, sheet_id: UUID) -> HttpResponse:
    """Bring its rows in."""
    sheet = find_spreadsheet(request.actor, sheet_id)
    return _try(request, sheet_id, lambda: import_spreadsheet(actor=request.actor, sheet=sheet))


@require_POST
@allow(BRINGERS, relation=SHEETS)
def go_on(request: ActorRequest, sheet_id: UUID) -> HttpResponse:
    """Go on with work that was cut off; the worker would, within its period."""
    sheet = find_spreadsheet(request.actor, sheet_id)
    if _standing(sheet)["stalled"]:
        begin(sheet)
        messages.success(request, "It goes on.")
    return redirect("spreadsheets:one", sheet_id=sheet_id)


@require_POST
@allow(BRINGERS, relation=SHEETS)
def drop_it(request: ActorRequest, sheet_id: UUID) -> HttpResponse:
    """Destroy it."""
    sheet = find_spreadsheet(request.actor, sheet_id)
    return _try(request, sheet_id, lambda: drop(actor=request.actor, sheet=sheet))


@require_POST
@allow(BRINGERS, relation=SHEETS)
def forget(request: ActorRequest, mapping_id: UUID) -> HttpResponse:
    """Delete a mapping that was kept."""
    forget_mapping(actor=request.actor, saved=find_mapping(request.actor, mapping_id))
    messages.success(request, "The mapping is deleted.")
    return redirect("spreadsheets:home")


def _try(request: ActorRequest, sheet_id: UUID, run: Callable[[], object]) -> HttpResponse:
    try:
        run()
    except Impossible as problem:
        messages.error(request, str(problem))
    return redirect("spreadsheets:one", sheet_id=sheet_id)


def _standing(sheet: Spreadsheet) -> dict[str, object]:
    running = sheet.state in RUNNING
    return {
        "sheet": sheet,
        "running": running,
        "stalled": running and sheet.moved_at is not None and now() - sheet.moved_at > STALLED,
        "lines": outcome_lines(sheet),
        "wrong": sheet.counts.get("wrong", 0),
        "fresh": sheet.counts.get("new", 0) + sheet.counts.get("changed", 0),
    }


def _why(request: ActorRequest) -> dict[str, object]:
    return {
        "rule": "34 CFR 99.31(a)(1)(i)(A): school officials with a legitimate educational interest",
        "role": request.actor.role_name,
        "relation": "The records office answers for what enters the district's records",
        "read_at": now(),
    }
