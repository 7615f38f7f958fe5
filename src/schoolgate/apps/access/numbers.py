"""Numbers that people use on the telephone, and that count nothing."""

import secrets

# Crockford's base 32: no I, L, O, U.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 7


def new_number(prefix: str) -> str:
    """A random number such as `R-7QK2M9X`. Random, since a sequence would tell every recipient how many there are."""
    return f"{prefix}-" + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
