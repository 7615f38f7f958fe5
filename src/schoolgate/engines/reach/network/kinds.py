"""The kinds of agencies: a misspelt one would hide whom a question is about, so readers refuse it."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

# The recipients of `rulebooks/elements.toml`, which a test holds against this list, and the district's own schools.
KINDS_OF_AGENCY: Final[tuple[str, ...]] = (
    "school",
    "local_police",
    "state_police",
    "school_resource_officer",
    "fusion_center",
    "federal_immigration",
    "federal_other",
    "prosecutor",
    "court",
    "probation",
    "child_welfare",
    "health_provider",
    "public_health",
    "school_official",
    "contractor",
    "other_school",
    "education_authority",
    "researcher",
    "union",
    "service_provider",
    "military_recruiter",
    "litigant",
    "press",
    "public",
    "legislative",
    "oversight_board",
    "foreign_government",
    "parent",
    "eligible_student",
    "student_not_eligible",
    "unknown_recipient",
)
# What people call some of them, where spelling alone leads elsewhere.
_CALLED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ice": "federal_immigration",
        "hsi": "federal_immigration",
        "cbp": "federal_immigration",
        "border_patrol": "federal_immigration",
        "immigration": "federal_immigration",
        "sheriff": "state_police",
        "campus_police": "state_police",
        "police": "local_police",
        "sro": "school_resource_officer",
        "da": "prosecutor",
        "district_attorney": "prosecutor",
        "dcf": "child_welfare",
        "vendor": "contractor",
        "fbi": "federal_other",
        "unknown": "unknown_recipient",
    }
)
_CUTOFF: Final = 0.55


def near_kind(word: str) -> str:
    """The kind that a misspelt one most likely means; empty when none is near."""
    plain = re.sub(r"[^a-z0-9]+", "_", word.casefold()).strip("_")
    if plain in KINDS_OF_AGENCY:
        return plain
    if plain in _CALLED:
        return _CALLED[plain]
    from difflib import get_close_matches  # noqa: PLC0415 - only a misspelt word needs it

    return next(iter(get_close_matches(plain, KINDS_OF_AGENCY, n=1, cutoff=_CUTOFF)), "")


def instead_of(word: str) -> str:
    """What to write instead of a word that is no kind: the nearest, and all there are."""
    near = near_kind(word)
    return f"{f'Did you mean {near}? ' if near else ''}Known are {', '.join(KINDS_OF_AGENCY)}"
