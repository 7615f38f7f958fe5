"""Acts about agencies and agreements."""

from datetime import date

from schoolgate.apps.access.actors import Actor, Role
from schoolgate.apps.ledger.acts import act, record
from schoolgate.apps.ledger.kinds import Kind

from .models import Agency, Agreement

KEEPERS = frozenset({Role.RECORDS_OFFICER, Role.COUNSEL, Role.ADMINISTRATOR})


@act(Kind.AGENCY_ADDED, roles=KEEPERS)
def add_agency(*, actor: Actor, slug: str, name: str, kind: str) -> Agency:
    """Enter an agency, or a unit or system of one."""
    agency = Agency.objects.create(slug=slug, name=name, kind=kind)
    record(actor=actor, subject=f"agency:{agency.id}", facts={"kind": kind})
    return agency


@act(Kind.AGREEMENT_ADDED, roles=KEEPERS)
def add_agreement(
    *,
    actor: Actor,
    slug: str,
    giver: Agency,
    receiver: Agency,
    title: str,
    starts: date,
    status: str,
    source: str,
    ends: date | None = None,
    kinds: tuple[str, ...] = (),
    purposes: tuple[str, ...] = (),
    onward: str = "unknown",
) -> Agreement:
    """Enter a reason data may move from one agency to another. Empty kinds or purposes mean: every one."""
    agreement = Agreement.objects.create(
        slug=slug,
        giver=giver,
        receiver=receiver,
        title=title,
        starts=starts,
        ends=ends,
        kinds=list(kinds),
        purposes=list(purposes),
        onward=onward,
        status=status,
        source=source,
    )
    record(actor=actor, subject=f"agreement:{agreement.id}", facts={"status": status})
    return agreement
