"""What an entry may say of people outside, so that figures can be counted from the log: never a name or an id."""

import secrets
from collections.abc import Iterable
from uuid import UUID

from schoolgate.engines.tlog.pseudonyms import NONCE_BYTES, covered, key_mark, pads_key

from .keys import keys


def student_facts(students: Iterable[UUID]) -> dict[str, object]:
    """The facts of an entry that say how many different students it is about, to the auditor alone.

    Who has the receipts of two entries cannot tell whether one student is in both.
    """
    secret = keys().blind_index
    each = sorted(covered(secret, one.bytes, secrets.token_bytes(NONCE_BYTES)) for one in set(students))
    return {"students": list(each), "students_key": key_mark(pads_key(secret))}


def auditors_key() -> bytes:
    """The key with which the auditor tells the students of entries apart."""
    return pads_key(keys().blind_index)
