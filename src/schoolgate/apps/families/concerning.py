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

from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KeyTransform

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.access.prepared import Prepared
from schoolgate.apps.incidents.models import Participant, Report
from schoolgate.apps.incidents.own_tokens import OwnTokens, own_tokens
from schoolgate.apps.ledger.receipts import Standing, settlements, standing_of
from schoolgate.apps.ledger.subjects import Subject
from schoolgate.apps.requests.models import Decision, Request, State
from schoolgate.apps.transfers.families import CopyOut
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
        standing: how far its receipt is, where there is one or a promise of it.
    """

    request: Request
    own: OwnTokens
    decided_at: datetime | None
    citations: tuple[Mapping[str, Any], ...]
    notices: tuple[Notice, ...]
    standing: Standing | None

    @property
    def report(self) -> Report:
        """The report that was asked for: without one, no child is concerned."""
        if self.request.report is None:
            raise LookupError(self.request.number)
        return self.request.report


@dataclass(frozen=True, slots=True)
class Concerning:
    """The requests for reports that children are in.

    Attributes:
        told: what concerns the children and may be told to their family, oldest first.
        secret: how many concern them, but a court ordered that the family is not told (34 CFR 99.32(d)(5)).
        of_others: how many are about other students of the same reports alone.
        copies: the copies that left of reports that the children are in or were, whoever may be told of them.
    """

    told: tuple[Told, ...]
    secret: int
    of_others: int
    copies: tuple[CopyOut, ...]


def requests_concerning(
    family: Actor, *, request: UUID | None = None, release: UUID | None = None, also: tuple[str, ...] = ()
) -> Concerning:
    """The requests about the children of a family's reader. One query.

    Args:
        family: the reader.
        request: look at this one alone.
        release: look at the one by which this copy left alone.
        also: what else to bring along with each, by paths from it.
    """
    # A row for each notice, mostly one.
    same: dict[UUID, list[Request]] = {}
    for row in _ROWS(family=family, request=request, release=release, also=also):
        same.setdefault(row.pk, []).append(row)
    all_of_them = [_told(rows) for rows in same.values()]
    about = [one for one in all_of_them if vars(one.request)["seen"]]
    mine = [one for one in about if _concerns(one.request, one.own)]
    told = tuple(one for one in mine if not vars(one.request)["hidden"])
    copies = tuple(_copy(one) for one in all_of_them if hasattr(one.request, "release"))
    return Concerning(told, len(mine) - len(told), len(about) - len(mine), copies)


def _rows(family: Actor, request: UUID | None, release: UUID | None, also: tuple[str, ...]) -> QuerySet[Request]:
    """The requests for reports that the children are or were in, oldest first; one several times for its notices."""
    given = Request.objects.filter(**{name: key for name, key in (("pk", request), ("release", release)) if key})
    newest = Decision.objects.filter(request=OuterRef("pk")).order_by("-number")
    settled = settlements(about=Subject("request", OuterRef("pk"))).order_by("-happened_at")
    part = Participant.objects.filter(student__in=family.children).order_by().values("incident")
    return (
        given.filter(report__incident__in=part)
        .annotate(
            seen=Exists(Report.objects.visible_to(family).order_by().filter(pk=OuterRef("report"))),
            own=own_tokens(family.children, "report__incident"),
            hidden=secret("pk"),
            decided_at=Subquery(newest.values("decided_at")[:1]),
            citations=Subquery(newest.annotate(cited=KeyTransform("citations", "document")).values("cited")[:1]),
            notice=FilteredRelation("notices", condition=Q(notices__student__in=family.children)),
            notice_student=F("notice__student"),
            notice_given=F("notice__given_at"),
            notice_until=F("notice__not_before"),
            settled_at=Subquery(settled.values("happened_at")[:1]),
            settled_waits=Subquery(settled.values("waits")[:1]),
        )
        .select_related("agency", "report", "release__agency", "release__confirmation", *also)
        .defer("wrapped_key", "sealed", "release__sealed_copy", "release__wrapped_key")
    )


_ROWS = Prepared(_rows, family=Actor, request=UUID, release=UUID)


def _copy(told: Told) -> CopyOut:
    request, report, release = told.request, told.report, told.request.release
    shut = report.sealed_at is not None or report.expunged_at is not None or report.apart
    return CopyOut(
        release.pk,
        release.number,
        release.released_at,
        release.agency.name,
        frozenset(request.named_tokens),
        None if shut else report.pk,
        report.kind,
        told.own,
        vars(request)["hidden"],
    )


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
        standing_of(read["settled_at"], waits=read["settled_waits"]) if read["settled_at"] else None,
    )


def _concerns(request: Request, own: OwnTokens) -> bool:
    """Whether a request concerns one's own children, all of whom are in its report."""
    if own.among(request.named_tokens):
        return True
    left = request.release.confirmation.elements if request.state == State.RELEASED else {}
    return any(gone for element, gone in left.items() if element.startswith(OF_OTHERS))
