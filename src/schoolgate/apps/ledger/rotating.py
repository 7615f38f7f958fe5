"""Changing the log's key: never while a period is being sealed."""

from dataclasses import dataclass

from django.db import transaction

from .keys import keys
from .selectors import latest_checkpoint
from .sequencing import one_at_a_time


@dataclass(frozen=True, slots=True)
class KeyChange:
    """A change of the log's key.

    Args:
        verifying_key: What people need from now on.
        size: The new key counts for checkpoints of more entries than this.
        finished: Whether a change that had been cut off was finished, instead of another one made.
    """

    verifying_key: str
    size: int
    finished: bool = False


@transaction.atomic
def rotate_key() -> KeyChange:
    """Give the log a new key from the next checkpoint on; the old one goes on signing beside it. Safe to kill.

    The caller publishes it then, with `publishing.publish`.

    Raises:
        KeyProblem: The present keys cannot be read.
    """
    one_at_a_time()
    held, last = keys(), latest_checkpoint()
    if held.told_key != (current := held.verifying_key):
        held.finish_rotation()
        return KeyChange(current, held.chain.links[-1][0], finished=True)
    size = last.size if last else 0
    return KeyChange(held.rotate_signing(size=size), size)


@transaction.atomic
def retire_keys() -> list[str]:
    """Destroy every key but the newest; returns the verifying keys that sign no more."""
    one_at_a_time()
    keys().finish_rotation()
    return keys().retire_earlier()
