"""What the public sees: figures of closed months, masked together, and the log's latest checkpoint."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count
from django.db.models.functions import TruncMonth

from schoolgate.apps.access.moment import today
from schoolgate.apps.agencies.models import RECIPIENT_KINDS
from schoolgate.apps.requests.models import Request, State
from schoolgate.engines import figures

# A district publishes no number of students under this (BPS circular ODA-03).
THRESHOLD = 10


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of recipient: what it asked and what left, each shown or not."""

    kind: str
    asked: int | None
    released: int | None


@dataclass(frozen=True, slots=True)
class Year:
    """A closed school year, published once and never again in another cut."""

    starts: int
    rows: tuple[Row, ...]
    asked: int | None
    released: int | None


def public_years() -> list[Year]:
    """The closed school years, newest first, each masked on its own. One query.

    Years are disjoint and closed: running totals that are each safe are unsafe together, since their difference is
    a small number.
    """
    raise NotImplementedError(Count, TruncMonth, date, today, RECIPIENT_KINDS, Request, State, figures)
