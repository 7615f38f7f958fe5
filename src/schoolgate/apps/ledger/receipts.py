"""Receipts: a file that proves a ledger entry to the person concerned; until its period is sealed, a signed promise."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypedDict

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpResponse

from schoolgate.engines import tlog

from .keys import keys
from .kinds import Kind
from .models import Checkpoint, Opening, StagedLeaf
from .publishing import cosigned
from .schedule import period_began
from .selectors import is_sealed, latest_checkpoint, place_of
from .subjects import Subject
from .tiles import read_hashes

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

# The act that settled a request comes before the steps that led to it.
SETTLING = (Kind.COPY_RELEASED, Kind.REFUSAL_SENT)
# An act waits for the end of its period, and longer when more happened than a period holds.
PROMISED_WITHIN = 86_400
# Tiles whose inner hashes a process keeps, 16 KB each.
TILES_KEPT = 512

_kept = tlog.KeptTiles(TILES_KEPT)
_SIZE = re.compile(r"[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the receipt of an act is.

    Attributes:
        sealed: Whether there is a receipt; else there is a promise.
        expected: When the act's period ends, after which the receipt is there in all likelihood.
        due: By when it is there as the promise says.
    """

    sealed: bool
    expected: datetime
    due: datetime


class _Settlement(TypedDict):
    waits: bool


def settlements(
    subjects: Collection[str] = (), *, about: Subject | None = None
) -> "QuerySet[WithAnnotations[Opening, _Settlement]]":
    """The acts that settled some subjects, each with whether its entry still waits for its period (`waits`).

    With `about`, those about the row of an outer query.
    """
    waiting = StagedLeaf.objects.filter(commitment=OuterRef("commitment"))
    acts = Opening.objects.filter(kind__in=[kind.value for kind in SETTLING]).annotate(waits=Exists(waiting))
    return acts.filter(subject__in=subjects) if about is None else acts.filter(subject=about)


def standing_of(happened_at: datetime, *, waits: bool) -> Standing:
    """How far the receipt is of an act that happened then."""
    expected = period_began(happened_at) + timedelta(seconds=settings.LOG_PERIOD)
    return Standing(not waits, expected, expected + timedelta(seconds=PROMISED_WITHIN))


def standings(subjects: Collection[str]) -> dict[str, Standing]:
    """How far the receipts are of the acts that settled these subjects; nothing for one that nothing settled.

    One query, however many.
    """
    rows = settlements(subjects).order_by("happened_at").values_list("subject", "happened_at", "waits")
    return {subject: standing_of(at, waits=waits) for subject, at, waits in rows}


def standing(subject: str) -> Standing | None:
    """The same for one subject; None when nothing settled it."""
    return standings([subject]).get(subject)


def receipt_response(subject: str, number: str, *, size: str = "") -> HttpResponse:
    """The file for whoever is concerned by what settled `subject`: the receipt, or the promise until there is one.

    Who may have it is decided by who calls this.

    Args:
        subject: What the act was about.
        number: What the file is called, without its ending.
        size: Digits: prove it under the checkpoint of so many entries, such as one that was audited. Where that is no
            checkpoint, or came before the act, the newest stands for it.

    Raises:
        Http404: Nothing has settled it.
    """
    opening = settling(subject)
    if opening is None:
        raise Http404
    under = Checkpoint.objects.filter(size=int(size)).first() if _SIZE.fullmatch(size) else None
    receipt = receipt_of(opening, under=under)
    ending = "promise" if receipt is None else "tlog-proof"
    return HttpResponse(
        promise_of(opening) if receipt is None else receipt,
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{number}.{ending}"'},
    )


def settling(subject: str) -> Opening | None:
    """The act that settled `subject`, or None when nothing has. One query."""
    kinds = [kind.value for kind in SETTLING]
    return Opening.objects.filter(subject=subject, kind__in=kinds).order_by("-happened_at").first()


def receipt_for(subject: str, *, under: Checkpoint | None = None) -> str | None:
    """The receipt of the act that settled `subject`, or None until its period is sealed.

    Args:
        subject: What the act was about.
        under: The checkpoint to prove it under, such as one that was audited; the newest when not given.
    """
    opening = settling(subject)
    return None if opening is None else receipt_of(opening, under=under)


def receipt_of(opening: Opening, *, under: Checkpoint | None = None) -> str | None:
    """The receipt of one act. A few queries, whatever the size of the log."""
    index = place_of(opening)
    checkpoint = under if under is not None and index is not None and index < under.size else latest_checkpoint()
    if index is None or checkpoint is None:
        return None
    size = checkpoint.size
    return tlog.make_receipt(
        index=index,
        checkpoint=cosigned(checkpoint),
        chain=keys().chain,
        nodes=tlog.TileNodes(size, lambda level, number: read_hashes(size, level, number), kept=_kept, log=_log()),
        record=opening.record.encode(),
        randomness=bytes(opening.randomness),
    )


def promise_for(subject: str) -> str | None:
    """What stands for the receipt of the act that settled `subject` while it waits; None when it waits no longer."""
    opening = settling(subject)
    return None if opening is None or is_sealed(opening) else promise_of(opening)


def promise_of(opening: Opening) -> str:
    """The log's signed promise that an act will stand in it. It says the act's period, not its moment."""
    happened = int(opening.happened_at.astimezone(UTC).timestamp())
    made = happened - happened % settings.LOG_PERIOD
    promise = tlog.Promise(
        settings.LOG_ORIGIN, bytes(opening.commitment), made, made + settings.LOG_PERIOD + PROMISED_WITHIN
    )
    return tlog.sign_promise(promise, keys().signing_keys[0])


def _log() -> bytes:
    """What tells this log from another in what a process keeps: the root it began with."""
    return bytes(Checkpoint.objects.order_by("size").values_list("root", flat=True)[0])
