"""The network as files: a table, a page of PDF, and the formats that can be imported again.

Everybody gets the public network. The office gets what it alone may see when it asks for it (`?office`): then the
file's name says so, and each such line is marked.
"""

import csv
import io
from collections.abc import Callable

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from schoolgate.apps.access.actors import EVERYONE
from schoolgate.apps.access.moment import today
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.engines import reach

from .files import as_graphml, as_json, as_zip
from .forms import DayForm
from .map_page import Map
from .marks import OfficeOnly, office_only
from .paper import map_as_pdf
from .registry import district_name, holds
from .selectors import network
from .views_agencies import PUBLIC

HEAD = (
    "agreement",
    "title",
    "from",
    "to",
    "first day",
    "last day",
    "in force",
    "status",
    "sort",
    "kinds",
    "purposes",
    "passing on",
    "only to",
    "source",
    "clause",
    "document sha256",
    "leads to immigration enforcement",
)
# A cell that begins so is a formula to a spreadsheet.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _for_office(request: ActorRequest) -> bool:
    """Whether the office asked for what it alone may see."""
    return request.actor.in_office and "office" in request.GET


def _map(request: ActorRequest) -> Map:
    return Map(network(public=not _for_office(request)), DayForm(request.GET or None).day(today()))


def _file(request: ActorRequest, content: bytes, media_type: str, name: str) -> HttpResponse:
    named = f"office-only-{name}" if _for_office(request) else name
    return HttpResponse(
        content, content_type=media_type, headers={"Content-Disposition": f'attachment; filename="{named}"'}
    )


def _written(request: ActorRequest, write: Callable[[reach.Network, OfficeOnly], bytes]) -> bytes:
    if _for_office(request):
        return write(network(), office_only())
    return write(network(public=True), OfficeOnly())


@require_safe
@allow(EVERYONE, relation=PUBLIC)
def table(request: ActorRequest) -> HttpResponse:
    """Every agreement with its terms, and whether it leads there on the day. Two queries."""
    found = _map(request)
    written = io.StringIO()
    rows = csv.writer(written)
    marked = office_only().agreements if _for_office(request) else frozenset()
    rows.writerow((*HEAD, "public"))
    for one in found.network.agreements:
        public = "no" if one.id in marked else "yes"
        rows.writerow(_safe(cell) for cell in (*_cells(one, found), public))
    return _file(request, written.getvalue().encode(), "text/csv; charset=utf-8", f"agreements-{found.on}.csv")


def _cells(one: reach.Agreement, found: Map) -> tuple[str, ...]:
    return (
        one.id,
        one.title,
        found.network.agency(one.giver).name,
        found.network.agency(one.receiver).name,
        one.start.isoformat() if one.start else "not known",
        one.end.isoformat() if one.end else "",
        "yes" if holds(one, found.on) else "no",
        one.status,
        one.basis,
        "not known" if one.kinds is None else " ".join(sorted(one.kinds)),
        "not known" if one.purposes is None else " ".join(sorted(one.purposes)),
        one.onward,
        " ".join(sorted(one.onward_to)),
        one.source,
        one.clause,
        one.document,
        "yes" if one.id in found.leading else "no",
    )


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell


@require_safe
@allow(EVERYONE, relation=PUBLIC)
def paper(request: ActorRequest) -> HttpResponse:
    """The map on one page of PDF."""
    found = _map(request)
    named = f"{district_name()}: for the office only" if _for_office(request) else district_name()
    return _file(request, map_as_pdf(found, named), "application/pdf", f"agreements-{found.on}.pdf")


@require_safe
@allow(EVERYONE, relation=PUBLIC)
def network_json(request: ActorRequest) -> HttpResponse:
    """The network as JSON, to be imported elsewhere."""
    return _file(request, _written(request, as_json), "application/json", "network.json")


@require_safe
@allow(EVERYONE, relation=PUBLIC)
def network_graphml(request: ActorRequest) -> HttpResponse:
    """The network as GraphML, for other programs that draw."""
    return _file(request, _written(request, as_graphml), "application/xml; charset=utf-8", "network.graphml")


@require_safe
@allow(EVERYONE, relation=PUBLIC)
def network_zip(request: ActorRequest) -> HttpResponse:
    """The network as two CSV files in a ZIP."""
    return _file(request, _written(request, as_zip), "application/zip", "network.zip")
