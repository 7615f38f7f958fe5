"""Which requests concern a child: one rule for the family's page, the accounting, the copies and the receipts.

34 CFR 99.32(a) wants a record of each request for access to, and each disclosure of, personally identifiable
information from the education records of each student. A report about two students is a record of both, but an
agency asks about those whom its paper names (the office enters whom when it matches the request), and only their
families may look into the record of that (99.32(c), 99.12). A copy concerns whoever else it says something of: a
name, a face, a consequence, an illness of another student may let somebody know who that is (99.3, "personally
identifiable information", (f) and (g)).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import F, FilteredRelation, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KeyTransform

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.incidents.models import Report
from schoolgate.apps.incidents.own_tokens import OwnTokens, own_tokens
from schoolgate.apps.requests.models import Decision, Request, State
from schoolgate.apps.transfers.looking import secret

# The elements of a copy that are about students whom its paper does not name.
OF_OTHERS = "other_student_"


class Notice(NamedTuple):
    """Word to the family that a copy may leave."""

    student: UUID
    given_at: datetime
    not_before: date


@dataclass(frozen=True, slots=True)
class Told:
    """A request that concerns one's own children.

    Attributes:
        request: with its agency, its report and its copy, where one left.
        own: by which tokens the report calls one's own children.
        decided_at: when it was decided last; None while it is not.
        citations: the law of that decision, as its document has it.
        notices: what the family was told before, the first first.
    """

    request: Request
    own: OwnTokens
    decided_at: datetime | None
    citations: tuple[Mapping[str, Any], ...]
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class Concerning:
    """The requests for reports that children are in.

    Attributes:
        told: what concerns the children and may be told to their family, oldest first.
        secret: how many concern them, but a court ordered that the family is not told (34 CFR 99.32(d)(5)).
        of_others: how many are about other students of the same reports alone.
    """

    told: tuple[Told, ...]
    secret: int
    of_others: int


def requests_concerning(family: Actor, rows: QuerySet[Request] | None = None) -> Concerning:
    """The requests about the children of a family's reader. One query; `rows` narrows them or brings more along."""
    given = Request.objects.all() if rows is None else rows
    newest = Decision.objects.filter(request=OuterRef("pk")).order_by("-number")
    found = (
        given.filter(report__in=Report.objects.visible_to(family).order_by())
        .annotate(
            own=own_tokens(family.children, "report__incident"),
            hidden=secret("pk"),
            decided_at=Subquery(newest.values("decided_at")[:1]),
            citations=Subquery(newest.annotate(cited=KeyTransform("citations", "document")).values("cited")[:1]),
            notice=FilteredRelation("notices", condition=Q(notices__student__in=family.children)),
            notice_student=F("notice__student"),
            notice_given=F("notice__given_at"),
            notice_until=F("notice__not_before"),
        )
        .select_related("agency", "report", "release__agency", "release__confirmation")
        .defer("wrapped_key", "sealed", "release__sealed_copy", "release__wrapped_key")
    )
    # A row for each notice, mostly one.
    same: dict[UUID, list[Request]] = {}
    for row in found:
        same.setdefault(row.pk, []).append(row)
    about = [(_told(requests), requests[0]) for requests in same.values()]
    mine = [(one, row) for one, row in about if _concerns(row, one.own)]
    told = tuple(one for one, row in mine if not vars(row)["hidden"])
    return Concerning(told, len(mine) - len(told), len(about) - len(mine))


def _told(rows: list[Request]) -> Told:
    read = vars(rows[0])
    notices = [
        Notice(row["notice_student"], row["notice_given"], row["notice_until"])
        for row in map(vars, rows)
        if row["notice_student"]
    ]
    return Told(
        rows[0],
        OwnTokens.read(read["own"]),
        read["decided_at"],
        tuple(read["citations"] or ()),
        tuple(sorted(notices, key=lambda one: one.given_at)),
    )


def _concerns(request: Request, own: OwnTokens) -> bool:
    """Whether a request concerns one's own children, all of whom are in its report."""
    if own.among(request.named_tokens):
        return True
    left = request.release.confirmation.elements if request.state == State.RELEASED else {}
    return any(gone for element, gone in left.items() if element.startswith(OF_OTHERS))
