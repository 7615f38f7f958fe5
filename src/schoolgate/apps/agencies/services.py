"""Acts about agencies and agreements."""

from uuid import UUID

from django.utils.text import slugify

from schoolgate.apps.access.actors import Actor, Role
from schoolgate.apps.access.moment import now
from schoolgate.apps.ledger.acts import act, record
from schoolgate.apps.ledger.kinds import Kind

from .models import Agency, Agreement, SourceDocument
from .signals import announce
from .terms import Terms

KEEPERS = frozenset({Role.RECORDS_OFFICER, Role.COUNSEL, Role.ADMINISTRATOR})
# A short name leaves room for the number that makes it unique.
LONGEST_SLUG = 90


@act(Kind.AGENCY_ADDED, roles=KEEPERS)
def add_agency(*, actor: Actor, slug: str, name: str, kind: str) -> Agency:
    """Enter an agency, or a unit or system of one."""
    agency = Agency.objects.create(slug=slug, name=name, kind=kind)
    record(actor=actor, subject=f"agency:{agency.id}", facts={"kind": kind})
    announce()
    return agency


@act(Kind.AGREEMENT_ADDED, roles=KEEPERS)
def add_agreement(*, actor: Actor, giver: Agency, receiver: Agency, terms: Terms, slug: str = "") -> Agreement:
    """Enter a reason data may move from one agency to another."""
    agreement = enter_agreement(giver=giver, receiver=receiver, terms=terms, entered_by=actor.user_id, slug=slug)
    record(actor=actor, subject=f"agreement:{agreement.id}", facts={"status": terms.status})
    return agreement


def enter_agreement(
    *,
    giver: Agency,
    receiver: Agency,
    terms: Terms,
    entered_by: UUID | None,
    slug: str = "",
    document: SourceDocument | None = None,
    replaces: Agreement | None = None,
    public: bool = True,
    breaks_condition: bool = False,
) -> Agreement:
    """Write an agreement: no act of its own, for acts to call. Those who listen to the network hear of it.

    Args:
        giver: Whose data moves.
        receiver: Who gets it.
        terms: What it says.
        entered_by: The sign-in of whoever enters it; None for the district's own programs.
        slug: Its short name; made from the two agencies unless given.
        document: The paper behind it.
        replaces: The agreement that it takes the place of.
        public: False for an observed transfer whose source is not published.
        breaks_condition: That an observed transfer broke the condition under which its giver held the copy.

    Raises:
        Impossible: The terms cannot be an agreement; says why.
    """
    terms.check(giver, receiver)
    agreement = Agreement.objects.create(
        slug=slug or free_slug(f"{giver.slug}-{receiver.slug}"),
        giver=giver,
        receiver=receiver,
        document=document,
        entered_by=entered_by,
        entered_at=now(),
        replaces=replaces,
        public=public,
        breaks_condition=breaks_condition,
        **terms.columns(),
    )
    announce()
    return agreement


def free_slug(wish: str) -> str:
    """A short name that no agreement has yet: the wish, or the wish with the next number. One query."""
    base = slugify(wish)[:LONGEST_SLUG].strip("-") or "agreement"
    taken = set(Agreement.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    number = 2
    slug = base
    while slug in taken:
        slug = f"{base}-{number}"
        number += 1
    return slug
