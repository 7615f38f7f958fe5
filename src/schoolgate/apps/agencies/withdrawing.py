"""Taking an observed transfer out of the network."""

from .models import Agreement
from .signals import announce


def withdraw_agreement(agreement: Agreement) -> None:
    """Take an edge that was entered in error out of the network: no act of its own, for acts to call.

    The row stays for the ledger's sake; no page, path or drawing shows it, and no breach rests on it. Those who listen
    to the network hear of it.
    """
    agreement.withdrawn, agreement.breaks_condition = True, False
    agreement.save(update_fields=["withdrawn", "breaks_condition"])
    announce()
