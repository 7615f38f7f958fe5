"""The district's data file for the CRDC: its own sworn units, and what its codes of discipline mean.

::

    version = 1
    source = "Code of conduct 2026, appendix C"
    sworn_units = ["safety-services"]          # short names of agencies, as the map of agreements has them

    [codes]                                    # of discipline, exactly as the student information system names them
    arrest = ["uri://district.example/DisciplineDescriptor#School-Related Arrest"]
    referral = ["uri://district.example/DisciplineDescriptor#Police Report"]
    neither = ["uri://district.example/DisciplineDescriptor#Detention"]
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

# The descriptors of Ed-Fi's own vocabulary name neither a referral nor an arrest (Data Standard 5 and 6).
STANDARD: Final = "uri://ed-fi.org/DisciplineDescriptor#"
_KNOWN: Final = frozenset({"version", "source", "sworn_units", "codes"})
_CODES: Final = ("arrest", "referral", "neither")


class CrdcError(Exception):
    """A data file cannot be used: says what is wrong, where, and what to do."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a district says about itself.

    Attributes:
        sworn_units: short names of agencies that are the district's own sworn units.
        arrest: codes of discipline that say: arrested.
        referral: codes that say: referred to law enforcement.
        neither: codes that say neither.
        digest: SHA-256 of the file.
    """

    sworn_units: frozenset[str]
    arrest: frozenset[str]
    referral: frozenset[str]
    neither: frozenset[str]
    digest: str

    def explains(self, code: str) -> bool:
        """Whether anybody has said what a code means; a code of another vocabulary is never guessed."""
        return code.startswith(STANDARD) or code in self.arrest | self.referral | self.neither


def parse_rules(text: str, *, name: str = "crdc.toml") -> Rules:
    """Read the file.

    Raises:
        CrdcError: It is no TOML, misses or has a key too many, or gives one code two meanings.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise CrdcError(f"{name}: this is no TOML ({problem}). Correct it there.") from problem
    if data.get("version") != 1:
        raise CrdcError(f"{name}: write version = 1 at its top.")
    for key in sorted(set(data) - _KNOWN):
        raise CrdcError(f"{name}, {key}: there is no such key. Known are {', '.join(sorted(_KNOWN))}.")
    if not isinstance(data.get("source"), str) or not data["source"].strip():
        raise CrdcError(f"{name}, source: say in words where the meanings come from, so that a successor can check.")
    codes = data.get("codes", {})
    if not isinstance(codes, dict) or not set(codes) <= set(_CODES):
        raise CrdcError(f"{name}, codes: give the lists {', '.join(_CODES)}.")
    found = {key: _strings(codes, key, f"{name}, codes") for key in _CODES}
    for first, second in (("arrest", "referral"), ("arrest", "neither"), ("referral", "neither")):
        for code in sorted(found[first] & found[second]):
            raise CrdcError(f"{name}, codes: {code!r} stands under {first} and under {second}. Keep one of them.")
    units = _strings(data, "sworn_units", name)
    return Rules(units, found["arrest"], found["referral"], found["neither"], sha256(text.encode()).hexdigest())


def _strings(data: Mapping[str, Any], key: str, place: str) -> frozenset[str]:
    value = data.get(key, [])
    if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
        raise CrdcError(f'{place}, {key}: give a list of texts, such as ["..."].')
    return frozenset(value)
