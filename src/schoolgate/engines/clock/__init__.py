"""Statutory deadlines: business days, holidays, stopped and restarted clocks, each counted day shown.

`due("MA-PR-10", received, calendar=Calendar("US-MA", "Worcester"))` gives a `Deadline`. Nothing here is legal
advice: every rule says how well its text is known, and every doubt gives a second date.
"""

from schoolgate.engines.clock.calendars import Calendar
from schoolgate.engines.clock.deadlines import (
    Alternative,
    Deadline,
    Event,
    Skipped,
    business_days_left,
    counted,
    state,
)
from schoolgate.engines.clock.due import due
from schoolgate.engines.clock.errors import ClockError
from schoolgate.engines.clock.fees import Fee, FeeInput, public_records_fee
from schoolgate.engines.clock.rules import RULES, Rule, find_rule

__all__ = [
    "RULES",
    "Alternative",
    "Calendar",
    "ClockError",
    "Deadline",
    "Event",
    "Fee",
    "FeeInput",
    "Rule",
    "Skipped",
    "business_days_left",
    "counted",
    "due",
    "find_rule",
    "public_records_fee",
    "state",
]
