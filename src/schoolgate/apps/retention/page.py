"""What the pages of a proposal and of its certificate show."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from schoolgate.apps.access.actors import Actor, Role

from .epochs import copies_of
from .models import Certificate, Item, Proposal, ProposalState
from .schedule import all_schedules
from .selectors import SHOWN, UNNAMED
from .services import why_not_yet
from .tallies import HELD


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One record of a proposal, and how it stands."""

    item: Item
    number: str
    standing: str
    why: str


def proposal_page(actor: Actor, proposal: Proposal) -> dict[str, object]:
    """Everything that the page of a proposal shows. Two queries besides the proposal's."""
    done, spared, all_of_it = _counts(proposal)
    rows = proposal.items.select_related("report").order_by("due_on", "pk")[:SHOWN]
    waits = why_not_yet(proposal) if proposal.state == ProposalState.PROPOSED else ""
    proposed_it = proposal.proposed_by_id == actor.user_id
    return {
        "proposal": proposal,
        "series": all_schedules()[proposal.series],
        "rows": [_row(one) for one in rows],
        "records": all_of_it,
        "done": done,
        "spared": spared,
        "left": all_of_it - done - spared,
        "waits": waits,
        "proposed_it": proposed_it,
        "may_sign": proposal.state == ProposalState.PROPOSED and not proposed_it and not waits,
        "may_withdraw": proposal.state == ProposalState.PROPOSED,
        "may_tell": proposal.state == ProposalState.PROPOSED and actor.role is Role.RECORDS_OFFICER,
        "shown": min(all_of_it, SHOWN),
    }


def certificate_page(certificate: Certificate) -> dict[str, object]:
    """Everything that a certificate shows."""
    spared = Item.objects.filter(proposal=certificate.proposal).exclude(spared="")
    return {
        "certificate": certificate,
        "proposal": certificate.proposal,
        "copies": copies_of(certificate.epochs),
        "spared": [(HELD[code], many) for code, many in _by_reason(spared)],
    }


def _by_reason(spared: QuerySet[Item]) -> list[tuple[str, int]]:
    return list(spared.order_by("spared").values_list("spared").annotate(many=Count("pk")))


def _counts(proposal: Proposal) -> tuple[int, int, int]:
    found = proposal.items.aggregate(
        done=Count("pk", filter=Q(destroyed_at__isnull=False)),
        spared=Count("pk", filter=~Q(spared="")),
        all=Count("pk"),
    )
    return found["done"], found["spared"], found["all"]


def _row(item: Item) -> ItemRow:
    standing = "done" if item.destroyed_at else "withdrawn" if item.spared else "waiting"
    number = item.report.number if item.report else UNNAMED["papers" if item.papers_of_id else "draft"]
    return ItemRow(item, number, standing, HELD.get(item.spared, ""))
