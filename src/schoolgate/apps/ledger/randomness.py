"""Randomness that hides entries and mixes their order."""

import random
import secrets

COMMITMENT_BYTES = 32


def fresh_randomness() -> bytes:
    """32 random bytes for one commitment."""
    return secrets.token_bytes(COMMITMENT_BYTES)


def order_source() -> random.Random:
    """The operating system's own randomness, for the order inside a sealed period."""
    return random.SystemRandom()
