"""Changing the log's key: never while a period is being sealed, and each change is an entry of the log.

Keys are files and entries are rows, so a change that is killed can lack its entry for a while: whatever runs next
writes it.
"""

from contextlib import suppress
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from schoolgate.apps.access.actors import Actor, Role
from schoolgate.engines import tlog

from .acts import Impossible, act, record
from .keys import keys
from .kinds import Kind
from .models import Opening
from .selectors import latest_checkpoint
from .sequencing import one_at_a_time, told_of_the_database


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


def enter_key_changes(*, actor: Actor) -> None:
    """Write the entry of each change of the log's key that has none yet. One query when none lacks.

    Raises:
        LogProblem: The database refuses.
        KeyProblem: The present keys cannot be read.
    """
    with told_of_the_database("a change of the log's key was not entered"):
        entered = _entries().count()
        for number in range(entered + 1, len(keys().rotations) + 1):
            with suppress(Impossible):
                enter_key_change(actor=actor, number=number)


@act(Kind.LOG_KEY_CHANGED, roles=frozenset({Role.ADMINISTRATOR}))
def enter_key_change(*, actor: Actor, number: int) -> None:
    """Write the entry of one change of the log's key. What it says, both keys have signed.

    Args:
        actor: The system, or an administrator.
        number: Which change, from 1.

    Raises:
        Impossible: It has its entry.
    """
    one_at_a_time()
    if _entries().count() >= number:
        raise Impossible("this change of the log's key is entered already")
    change = tlog.open_rotation(keys().rotations[number - 1])
    facts: dict[str, object] = {"size": change.size, "old": change.old.text, "new": change.new.text}
    record(actor=actor, subject=f"log-key:{number}", facts=facts)


def _entries() -> QuerySet[Opening]:
    return Opening.objects.filter(kind=Kind.LOG_KEY_CHANGED.value)


@transaction.atomic
def retire_keys() -> list[str]:
    """Destroy every key but the newest; returns the verifying keys that sign no more."""
    one_at_a_time()
    keys().finish_rotation()
    return keys().retire_earlier()
