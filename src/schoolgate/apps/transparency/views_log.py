"""The files of the public log and its time-stamps, as any mirror, monitor or browser of somebody else's reads them."""

from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from schoolgate.apps.access.actors import EVERYONE
from schoolgate.apps.access.routes import ActorRequest, allow, for_programs
from schoolgate.apps.ledger.publishing import public_file
from schoolgate.apps.ledger.stamping import stamped_note
from schoolgate.apps.ledger.stamping import stamps as every_stamp
from schoolgate.engines import tlog

TEXT = "text/plain; charset=utf-8"
BYTES = "application/octet-stream"
# C2SP tlog-tiles: a checkpoint is kept for seconds, a tile for ever.
SHORT = "public, max-age=5"
FOR_EVER = "public, max-age=31536000, immutable"
STAMPS_SHOWN = 100


@require_safe
@allow(EVERYONE, relation="the public log")
@for_programs
def log_file(request: ActorRequest, name: str) -> HttpResponseBase:  # noqa: ARG001 - a view takes its request
    """One file of the published log. No time of a file is told: it could betray when something happened."""
    if not tlog.is_public_name(name):
        raise Http404
    found = public_file(name)
    if found is None:
        # Short and readable from anywhere: readers ask for tiles that are not there yet. Never kept: it may be soon.
        return _for_everybody(HttpResponse("not found\n", status=404, content_type=TEXT), "no-store")
    is_tile = name.startswith("tile/")
    response = FileResponse(found.open("rb"), content_type=BYTES if is_tile else TEXT)
    return _for_everybody(response, SHORT if name == "checkpoint" else FOR_EVER)


@require_safe
@allow(EVERYONE, relation="the public log")
def stamps(request: ActorRequest) -> HttpResponse:
    """The newest time-stamps, each with the exact bytes that were stamped."""
    return render(request, "transparency/stamps.html", {"stamps": every_stamp()[:STAMPS_SHOWN]})


@require_safe
@allow(EVERYONE, relation="the public log")
@for_programs
def stamp(request: ActorRequest, number: int) -> HttpResponseBase:  # noqa: ARG001 - a view takes its request
    """An authority's answer, as it came."""
    found = get_object_or_404(every_stamp(), pk=number)
    return _download(bytes(found.answer), f"checkpoint-{found.checkpoint_id}.tsr", "application/timestamp-reply")


@require_safe
@allow(EVERYONE, relation="the public log")
@for_programs
def stamped(request: ActorRequest, number: int) -> HttpResponseBase:  # noqa: ARG001 - a view takes its request
    """The bytes that an authority stamped: a checkpoint with the log's own signatures."""
    found = get_object_or_404(every_stamp(), pk=number)
    return _download(stamped_note(found.checkpoint).encode(), f"checkpoint-{found.checkpoint_id}", BYTES)


def _download(data: bytes, name: str, content_type: str) -> HttpResponseBase:
    response = HttpResponse(data, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return _for_everybody(response, FOR_EVER)


def _for_everybody(response: HttpResponseBase, kept: str) -> HttpResponseBase:
    """The same for whoever asks, so that other sites' pages may read it; `PrivateByDefault` takes cookies out."""
    response["Cache-Control"] = kept
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
