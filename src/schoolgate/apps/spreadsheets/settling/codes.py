"""What a spreadsheet's words for places, parts and behaviors mean here. What is not listed means nothing yet."""

import re

from schoolgate.apps.incidents.models import PARTICIPANT_ROLES, PLACES
from schoolgate.apps.incidents.vocabulary import BEHAVIORS

ROLES = {
    **{code: code for code in PARTICIPANT_ROLES},
    **{title.casefold(): code for code, title in PARTICIPANT_ROLES.items()},
    "perpetrator": "involved",
    "offender": "involved",
    "participant": "involved",
    "victim": "harmed",
    "target": "harmed",
    "reporter": "reported",
}
_PLACES = {
    **{code: code for code in PLACES},
    **{title.casefold(): code for code, title in PLACES.items()},
    "bus stop": "bus_stop",
    "bus": "bus",
    "cafeteria": "cafeteria",
    "hallway": "hallway",
    "stairs": "hallway",
    "playground": "grounds",
}
_BEHAVIORS = {title.casefold(): code for code, title in BEHAVIORS.items()} | {code: code for code in BEHAVIORS}
# A code of a state or district: short, with a digit, no words. Anything else may be somebody's name in a wrong column.
_BARE_CODE = re.compile(r"(?=\D*\d)[A-Z0-9][A-Z0-9.-]{0,11}", re.ASCII)


def place_of(word: str) -> str | None:
    """The place that a word means."""
    return _PLACES.get(word.casefold())


def role_of(word: str) -> str | None:
    """The part that a word gives a participant."""
    return ROLES.get(word.casefold())


def behavior_of(word: str) -> str | None:
    """The code by which a behavior stands in clear: a listed one, or a bare code as it stands."""
    known = _BEHAVIORS.get(word.casefold()) or _BEHAVIORS.get(word)
    return known or (word if _BARE_CODE.fullmatch(word) else None)
