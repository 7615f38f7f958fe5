"""When things show in public: by the schedule, never by the work that was done."""

from datetime import UTC, datetime

from django.conf import settings

# What shows in public happens at a whole sixtieth of a period, so that how long sealing took does not show.
STEPS = 60


def period_began(moment: datetime) -> datetime:
    """When the period of a moment began, which is when the one before ended: whole periods since 1970 in UTC."""
    second = int(moment.astimezone(UTC).timestamp())
    return datetime.fromtimestamp(second - second % settings.LOG_PERIOD, tz=UTC)


def seconds_to_next(length: float, now: float) -> float:
    """Seconds from the POSIX second `now` to the next whole multiple of `length` seconds."""
    return length - now % length


def seconds_to_publishing(every: float, now: float) -> float:
    """Seconds from `now`, when a period of `every` seconds has just been sealed, to when it is shown."""
    return seconds_to_next(every / STEPS, now)
