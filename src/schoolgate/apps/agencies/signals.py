"""What the rooms below may listen to."""

from typing import Final

from django.db import transaction
from django.dispatch import Signal

# Sent once the change is committed, with no arguments: whatever rests on the network is to be computed again.
network_changed: Final = Signal()


def announce() -> None:
    """Tell those who listen that the network changed, once the running transaction is committed."""
    transaction.on_commit(lambda: network_changed.send(sender=None))
