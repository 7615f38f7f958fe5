"""By which tokens a report calls somebody's own children, brought along by a query about something else."""

from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Case, CharField, OuterRef, StringAgg, Subquery, Value, When
from django.db.models.functions import Cast, Concat

from .models import Participant

_IN_IT, _LEFT = "=", "-"


def own_tokens(children: Collection[UUID], incident: str) -> Subquery:
    """The tokens of these children in the incident of each row, as `OwnTokens.read` reads them. No further query.

    Args:
        children: whose.
        incident: the path from the rows to the incident, such as `report__incident`.
    """
    mark = Case(When(left_with__isnull=True, then=Value(_IN_IT)), default=Value(_LEFT), output_field=CharField())
    one = Concat("token", mark, Cast("student_id", CharField()), output_field=CharField())
    rows = Participant.objects.filter(incident=OuterRef(incident), student__in=children).order_by()
    return Subquery(rows.values("incident").annotate(all=StringAgg(one, Value(" "))).values("all"))


@dataclass(frozen=True, slots=True)
class OwnTokens:
    """By which tokens a report calls one's own children.

    Attributes:
        of: token -> child, those included whom a later version names no longer.
        left: the tokens of those.
    """

    of: dict[str, UUID] = field(default_factory=dict)
    left: frozenset[str] = frozenset()

    @classmethod
    def read(cls, text: str | None) -> "OwnTokens":
        """What `own_tokens` gave for one row."""
        of, left = {}, set()
        for one in sorted((text or "").split()):
            mark = _IN_IT if _IN_IT in one else _LEFT
            token, _, child = one.partition(mark)
            of[token] = UUID(child)
            if mark == _LEFT:
                left.add(token)
        return cls(of, frozenset(left))

    def among(self, tokens: Collection[str] | None = None) -> tuple[UUID, ...]:
        """The children, or those of them whom some tokens name, in the order of their tokens."""
        return tuple(child for token, child in self.of.items() if tokens is None or token in tokens)
