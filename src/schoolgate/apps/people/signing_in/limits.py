"""How long a session lasts, by the roles of whoever signed in, and what sort of device it is on."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Final

from schoolgate.apps.access.actors import Role


@dataclass(frozen=True, slots=True)
class Limit:
    """After how long without a step a session ends, and after how long in any case."""

    idle: timedelta
    longest: timedelta


def _limit(idle_minutes: int, hours: int) -> Limit:
    return Limit(timedelta(minutes=idle_minutes), timedelta(hours=hours))


# Who can do most sits idle least. Teachers' day is long and their classroom locked; families share computers.
LIMITS: Final = {
    Role.ADMINISTRATOR: _limit(15, 4),
    Role.IDLE_ADMINISTRATOR: _limit(15, 4),
    Role.RECORDS_OFFICER: _limit(30, 9),
    Role.COUNSEL: _limit(30, 9),
    Role.AUDITOR: _limit(30, 9),
    Role.PRINCIPAL: _limit(45, 10),
    Role.STAFF: _limit(60, 10),
    Role.AGENCY_USER: _limit(15, 8),
    Role.GUARDIAN: _limit(20, 4),
    Role.STUDENT: _limit(20, 4),
    Role.PUBLIC: _limit(15, 1),
}
# Of one person: a telephone, a desk and one left open somewhere else. Who shares a password needs more.
AT_ONCE: Final = 3
# A demonstration is left open on a desk between two talks.
DEMONSTRATION: Final = _limit(8 * 60, 8)


def limit_for(roles: Iterable[Role]) -> Limit:
    """The strictest of the limits of several roles."""
    held = [LIMITS[role] for role in roles] or [LIMITS[Role.PUBLIC]]
    return Limit(min(one.idle for one in held), min(one.longest for one in held))


_SYSTEMS: Final = (
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("Chromebook", r"CrOS"),
    ("Windows", r"Windows NT"),
    ("Mac", r"Macintosh"),
    ("Linux", r"Linux|X11"),
)
# In this order: each later one's words stand in the earlier ones' too.
_BROWSERS: Final = (
    ("Edge", r"Edg(?:A|iOS)?/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrom(?:e|ium)/|CriOS/|HeadlessChrome/"),
    ("Safari", r"Safari/"),
)


@lru_cache(256)
def device_of(agent: str) -> str:
    """What sort of device a browser says it is on: words of a closed list, at most 40 letters."""
    system = next((name for name, mark in _SYSTEMS if re.search(mark, agent)), "")
    browser = next((name for name, mark in _BROWSERS if re.search(mark, agent)), "")
    return " on ".join(filter(None, (browser, system))) or "Another device"
