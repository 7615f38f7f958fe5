"""The rules by which this installation counts its figures now."""

from functools import cache
from pathlib import Path
from typing import Final

from schoolgate.apps.ledger.kinds import OF_SEALING
from schoolgate.engines.tlog.counting_rules import Rules

RULES_FILE: Final = Path(__file__).with_name("counting.toml")


@cache
def counting_rules() -> Rules:
    """The rules of the product's own file."""
    return Rules.parse(RULES_FILE.read_bytes())


def must_be_kept(kind: str) -> bool:
    """Whether openings of a kind are never destroyed."""
    return kind in counting_rules().kept or kind in {one.value for one in OF_SEALING}
