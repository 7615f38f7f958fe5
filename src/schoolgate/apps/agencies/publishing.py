"""Acts by which everybody may see a transfer that was seen, and by which only the office may again."""

from dataclasses import replace

from schoolgate.apps.access.actors import OFFICE, Actor, Role
from schoolgate.apps.ledger.acts import Impossible, act, record
from schoolgate.apps.ledger.kinds import Kind

from .models import Agreement, Change
from .services import note_change
from .signals import announce
from .terms import Terms


@act(Kind.TRANSFER_PUBLISHED, roles=frozenset({Role.COUNSEL}))
def publish_transfer(*, actor: Actor, agreement: Agreement, source: str, reason: str) -> Agreement:
    """Counsel confirms that everybody can read of a transfer already, and where: from now on the map shows it.

    Raises:
        Impossible: It is no transfer that was seen, it is public, no source or no reason is given, or the source names
            a person by an A-number.
    """
    if agreement.status != "observed" or agreement.public:
        raise Impossible("Only a transfer that was seen and that the office alone sees can be shown to everybody.")
    terms = replace(Terms.of(agreement), source=source.strip())
    terms.check(agreement.giver, agreement.receiver)
    terms.check_public()
    note_change(agreement, Change.What.PUBLISHED, reason, actor, {"source": agreement.source})
    agreement.public, agreement.source = True, terms.source
    agreement.save(update_fields=["public", "source"])
    record(actor=actor, subject=f"agreement:{agreement.id}", facts={"public": True})
    announce()
    return agreement


@act(Kind.TRANSFER_UNPUBLISHED, roles=OFFICE)
def unpublish_transfer(*, actor: Actor, agreement: Agreement, reason: str) -> Agreement:
    """Show a transfer to the office alone again. Who has read it meanwhile has read it.

    Raises:
        Impossible: It is no public transfer, or no reason is given.
    """
    if agreement.status != "observed" or not agreement.public:
        raise Impossible("Only a transfer that everybody sees can be taken back to the office.")
    note_change(agreement, Change.What.UNPUBLISHED, reason, actor, {})
    agreement.public = False
    agreement.save(update_fields=["public"])
    record(actor=actor, subject=f"agreement:{agreement.id}", facts={"public": False})
    announce()
    return agreement
