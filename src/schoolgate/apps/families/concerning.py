"""Which requests concern a child: one rule for the family's page, the accounting, the copies and the receipts.

34 CFR 99.32(a) wants a record of each request for access to, and each disclosure of, personally identifiable
information from the education records of each student. A report about two students is a record of both, but an
agency asks about those whom its paper names (the office enters whom when it matches the request), and only their
families may look into the record of that (99.32(c), 99.12). A copy concerns whoever else it says something of: a
name, a face, a consequence, an illness of another student may let somebody know who that is (99.3, "personally
identifiable information", (f) and (g)).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.incidents.models import Report
from schoolgate.apps.requests.models import Request, State
from schoolgate.apps.transfers.looking import is_secret

# The elements of a copy that are about students whom its paper does not name.
OF_OTHERS = "other_student_"


@dataclass(frozen=True, slots=True)
class Concerning:
    """The requests for reports that children are in.

    Attributes:
        told: what concerns the children and may be told to their family, oldest first.
        secret: how many concern them, but a court ordered that the family is not told (34 CFR 99.32(d)(5)).
        of_others: how many are about other students of the same reports alone.
    """

    told: tuple[Request, ...]
    secret: int
    of_others: int


def requests_concerning(family: Actor, rows: QuerySet[Request] | None = None) -> Concerning:
    """The requests about the children of a family's reader. Five queries; `rows` narrows them or brings more along."""
    given = Request.objects.all() if rows is None else rows
    found = (
        given.filter(report__in=Report.objects.visible_to(family))
        .select_related("agency", "report__incident", "release__agency", "release__confirmation")
        .defer("release__sealed_copy", "release__wrapped_key")
        .prefetch_related("decisions__obligations", "notices", "report__incident__participants")
    )
    about = [(one, concerns(one, family.children)) for one in found]
    mine = [one for one, is_about in about if is_about]
    told = tuple(one for one in mine if not is_secret(one))
    return Concerning(told, len(mine) - len(told), len(about) - len(mine))


def concerns(request: Request, children: Iterable[UUID]) -> bool:
    """Whether a request concerns one of these children, all of whom are in its report."""
    if names(request, children):
        return True
    left = request.release.confirmation.elements if request.state == State.RELEASED else {}
    return any(gone for element, gone in left.items() if element.startswith(OF_OTHERS))


def names(request: Request, children: Iterable[UUID]) -> bool:
    """Whether a request's paper names one of these children."""
    return not tokens_of(request.report, children).isdisjoint(request.named_tokens)


def tokens_of(report: Report | None, children: Iterable[UUID]) -> frozenset[str]:
    """By which tokens a report calls these children."""
    wanted = frozenset(children)
    people = report.incident.participants.all() if report else ()
    return frozenset(one.token for one in people if one.student_id in wanted)
