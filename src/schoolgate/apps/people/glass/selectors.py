"""Reads about emergency openings."""

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import CharField, ExpressionWrapper, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.http import Http404
from django.utils import timezone

from schoolgate.apps.access.actors import Actor, Glass
from schoolgate.apps.access.moment import now, today
from schoolgate.apps.ledger.models import Reading
from schoolgate.apps.ledger.safe import context, open_value
from schoolgate.apps.schools.selectors import calendar
from schoolgate.engines import clock
from schoolgate.engines.vault import Context

from .models import SPAN, BrokenGlass, GlassQuerySet

if TYPE_CHECKING:
    from schoolgate.apps.people.models import User

# Between the part that was read and the number of the opening, in the read log.
BY_NUMBER = ", by G-"
# As either database's driver gives a column.
type _Bytes = bytes | memoryview


@dataclass(frozen=True, slots=True)
class GlassWords:
    """What was said of one, opened; empty where it was not said, or was destroyed with the record."""

    threat: str
    threatened: str
    needed: str
    review: str
    hold: str


def live_glass(user: "User", role: str) -> Glass | None:
    """What somebody may open at this moment by it, acting in a role. One query."""
    found = BrokenGlass.objects.live().filter(user=user, role=role).first()
    if found is None:
        return None
    return Glass(found.pk, found.number, found.until, found.student_id, found.incident)


def review_due(glass: BrokenGlass, days: clock.Calendar | None = None) -> date:
    """The last day on which a review is in time: two business days of the district after the opening.

    Whoever asks of many gives the district's `calendar()`, which is a query.
    """
    return clock.due("glass-review", timezone.localdate(glass.opened_at), calendar=days or calendar()).due


def is_overdue(glass: BrokenGlass, days: clock.Calendar | None = None) -> bool:
    """Whether nobody has looked at it in time."""
    return glass.reviewed_at is None and today() > review_due(glass, days)


def glasses_of(actor: Actor) -> GlassQuerySet:
    """The openings that the actor may know of, the newest first."""
    rows = BrokenGlass.objects.visible_to(actor)
    return rows.select_related("user", "school", "reviewed_by", "held_by", "ended_by")


def find_glass(actor: Actor, glass_id: UUID) -> BrokenGlass:
    """One opening that the actor may know of.

    Raises:
        Http404: There is none, or not for this actor: the answer is the same.
    """
    found = glasses_of(actor).filter(pk=glass_id).first()
    if found is None:
        raise Http404
    return found


def own_unended(actor: Actor) -> BrokenGlass | None:
    """One's own that nobody has written the end of, whether or not its hour is over."""
    return BrokenGlass.objects.filter(user=actor.user_id, ended_at__isnull=True).first()


def words_of(glass: BrokenGlass) -> GlassWords:
    """What was said of one. For whoever reviews it: the caller writes the reading down first."""
    said = json.loads(_opened(glass, "words", glass.wrapped_key, glass.sealed) or "{}")
    return GlassWords(
        said.get("threat", ""),
        said.get("threatened", ""),
        said.get("needed", ""),
        _opened(glass, "review", glass.review_key, glass.sealed_review),
        _opened(glass, "hold", glass.hold_key, glass.sealed_hold),
    )


def place_of(glass: BrokenGlass, field: str) -> Context:
    """Where some words of one stand."""
    return context("people.brokenglass", glass.pk, field)


def part_read(glass: Glass, part: str) -> str:
    """What the read log says of a reading by it: which part, and by which opening."""
    return f"{part}{BY_NUMBER}{glass.number.removeprefix('G-')}"


def number_in(part: str) -> str:
    """By which opening something was read; empty when by none."""
    _, by, number = part.rpartition(", by ")
    return number if by and number.startswith("G-") else ""


def readings_by(glass: BrokenGlass) -> QuerySet[Reading]:
    """What was read by one, the first reading first."""
    return Reading.objects.filter(
        user=glass.user_id, read_at__range=(glass.opened_at, glass.until), part__endswith=f", by {glass.number}"
    ).order_by("read_at")


def is_told() -> Q:
    """Whether a family may be told of an opening: it is over, looked at or long enough ago, and not held back today.

    Not at once: the threat may come from the home.
    """
    ended = Q(ended_at__isnull=False) | Q(opened_at__lte=now() - SPAN)
    settled = Q(reviewed_at__isnull=False) | Q(missed_at__isnull=False)
    return ended & settled & (Q(held_until__isnull=True) | Q(held_until__lt=today()))


def told_to_families() -> GlassQuerySet:
    """The openings that a family may be told of."""
    return BrokenGlass.objects.filter(is_told()).select_related("user")


def told_by_whose(part: str) -> GlassQuerySet:
    """For a query over the read log: the openings that a family is told of and by which a `part` was read, if any."""
    mark = Concat(Cast(Value(", by "), CharField()), "number", output_field=CharField())
    of = ExpressionWrapper(OuterRef(part), output_field=CharField())
    return told_to_families().order_by().annotate(mark=mark, of=of).filter(of__endswith=F("mark"))


def _opened(glass: BrokenGlass, field: str, key: _Bytes | None, sealed: _Bytes | None) -> str:
    if not key or not sealed:
        return ""
    return open_value(place_of(glass, field), key, sealed).decode()
