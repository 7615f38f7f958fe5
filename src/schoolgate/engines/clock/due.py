"""From a rule, a trigger and what happened since to a date with its reasons.

The conventions are the fact sheet's: the day of the event is left out (*Bemis v. Leonard*, 118 Mass. 502),
a day ends at midnight in the custodian's zone (*Booker*, 324 Mass. 264), and a doubt gives two dates, the
safe one first.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Final, Literal

from schoolgate.engines.clock.calendars import Calendar
from schoolgate.engines.clock.counting import (
    DAY,
    add_years,
    count_days,
    days_between,
    every_day,
    next_day,
    paused,
    roll,
)
from schoolgate.engines.clock.deadlines import Alternative, Deadline, Event, Skipped, pauses
from schoolgate.engines.clock.errors import ClockError
from schoolgate.engines.clock.rules import RULES, Rule, Unit, find_rule

# 950 CMR 32.03(3), 32.06(2)(e): from this day every public-records clock begins after the (deemed) day of
# receipt. Until then an oral request counted its own day.
_DEEMED_RECEIPT_FROM: Final = date(2021, 6, 11)
_ELECTRONIC: Final = frozenset({"email", "portal", "fax"})
_OFFICE_CLOSES: Final = 17
_NOT_DESCRIBED: Final = "request without a reasonable description; clock not started"


@dataclass(frozen=True, slots=True)
class _Local:
    """An event in the custodian's zone."""

    event: Event
    day: date
    moment: datetime | None

    @property
    def kind(self) -> str:
        return self.event.kind


@dataclass(frozen=True, slots=True)
class _Case:
    """One reading of the facts; other readings are made with `replace`."""

    rule: Rule
    calendar: Calendar
    start: date
    moment: datetime | None
    channel: str | None
    events: tuple[_Local, ...]
    deem: bool = False
    own_day: bool = False
    late_extension: bool = False
    fee_wait: bool = False

    def of(self, kind: str) -> list[_Local]:
        return [event for event in self.events if event.kind == kind]

    def stops(self) -> list[tuple[date, date | None]]:
        days = [(event.kind, event.day) for event in self.events]
        waits = pauses(days, "fee_notice", "payment") if self.fee_wait else []
        return pauses(days, "stop", "resume") + waits


@dataclass(frozen=True, slots=True)
class _Result:
    """What one reading gives."""

    due: date
    counted: tuple[date, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    due_at: datetime | None = None
    other: Alternative | None = None


def due(
    rule_id: str,
    trigger: datetime | date,
    *,
    calendar: Calendar,
    events: Sequence[Event] = (),
    channel: str | None = None,
    custodian: Literal["municipality", "agency"] = "municipality",
) -> Deadline:
    """Compute a deadline.

    Args:
        rule_id: A rule of `RULES`, in capitals or not.
        trigger: What the rule's `trigger` names: a moment with its offset, or a local date.
        calendar: The days of the custodian.
        events: What happened since, in any order.
        channel: How a request came: `email`, `portal`, `fax`, `mail`, `hand`, `oral`.
        custodian: A school district is a municipality.

    Returns:
        The safe date first; other readings in `alternatives`. Linear in the days walked: microseconds.

    Raises:
        ClockError: When the rule is unknown or was not in force, or a time has no offset.
    """
    start, moment = _local(trigger, calendar, "the trigger")
    rule = _in_force(find_rule(rule_id), start, custodian)
    local = [_Local(event, *_local(event.at, calendar, f"the event {event.kind!r}")) for event in events]
    early = rule.receipt == "deemed" and start < _DEEMED_RECEIPT_FROM
    case = _Case(
        rule,
        calendar,
        start,
        moment,
        channel,
        tuple(sorted(local, key=lambda event: event.day)),
        deem=rule.receipt == "deemed" and not early,
        own_day=early and channel == "oral",
    )
    result = _RUN[rule.unit](case)
    safe, alternatives = _weigh(case, result)
    return Deadline(
        rule=rule.id,
        citation=rule.citation,
        evidence=rule.evidence,
        trigger=start,
        due=safe,
        due_at=result.due_at,
        counted_days=result.counted,
        skipped=result.skipped,
        alternatives=alternatives,
        events=tuple((event.kind, event.day) for event in case.events),
        ignored=tuple(sorted({event.kind for event in case.events} - _kinds_that_matter(rule))),
        notes=rule.notes,
    )


def _local(when: date | datetime, calendar: Calendar, what: str) -> tuple[date, datetime | None]:
    if not isinstance(when, datetime):
        return when, None
    if when.tzinfo is None:
        raise ClockError(f"{what} has a time without an offset; give the zone it was written in")
    moment = when.astimezone(calendar.zone)
    return moment.date(), moment


def _in_force(rule: Rule, start: date, custodian: str) -> Rule:
    if rule.in_force_from and start < rule.in_force_from:
        if rule.before is None:
            raise ClockError(f"{rule.id} was not in force before {rule.in_force_from}; the trigger is earlier")
        return RULES[rule.before]
    if rule.in_force_to and start > rule.in_force_to:
        raise ClockError(f"{rule.id} was not in force after {rule.in_force_to}; the trigger is later")
    if custodian == "agency" and rule.agency:
        return replace(RULES[rule.agency], id=rule.id, citation=rule.citation, notes=rule.notes)
    return rule


def _kinds_that_matter(rule: Rule) -> frozenset[str]:
    kinds = {"stop", "resume", *rule.done_by, *rule.restarts_on}
    optional = (
        (rule.extension, {"extend"}),
        (rule.agreement, {"agree"}),
        (rule.receipt == "deemed", {"clarified"}),
        (rule.fee_wait, {"fee_notice", "payment"}),
        (rule.compliance or rule.unit == "days_before", {"compliance_date"}),
        (rule.unit == "days_before", {"served"}),
        (rule.grade9, {"grade9"}),
    )
    return frozenset(kinds.union(*(names for applies, names in optional if applies)))


def _weigh(case: _Case, result: _Result) -> tuple[date, tuple[Alternative, ...]]:
    """Collect the other readings; where somebody else's filing is in doubt, the later date comes first."""
    safe = result.due
    found: list[Alternative] = []
    for other, why in _other_readings(case):
        day = _RUN[case.rule.unit](other).due
        if case.rule.bearer == "other" and day > safe:
            found.append(Alternative(safe, why))
            safe = day
        else:
            found.append(Alternative(day, why))
    if result.other is not None:
        found.append(result.other)
    unique = {one.day: one for one in reversed(found) if one.day != safe}
    return safe, tuple(one for one in found if unique.get(one.day) is one)


def _other_readings(case: _Case) -> Iterator[tuple[_Case, str]]:
    rule, calendar = case.rule, case.calendar
    if any(event.event.restarts for event in case.of("clarified")):
        kept = tuple(event for event in case.events if not event.event.restarts)
        yield replace(case, events=kept), "if the first letter already described the records reasonably"
    if case.of("extend") and rule.extension_by == "in time":
        yield (
            replace(case, late_extension=True),
            "if the extension holds although it came after the ordinary end",
        )
    if rule.fee_wait and case.of("fee_notice"):
        yield replace(case, fee_wait=True), "if the wait for the fee is left out of the count"
    if rule.unit == "business":
        yield from _readings_of_receipt(case)
    yield (
        replace(case, calendar=calendar.reread()),
        "if the doubtful days of the calendar are read the other way",
    )


def _readings_of_receipt(case: _Case) -> Iterator[tuple[_Case, str]]:
    calendar, moment = case.calendar, case.moment
    works = calendar.why_no_business(case.start) is None
    if case.rule.receipt == "deemed" and case.start < _DEEMED_RECEIPT_FROM:
        told = "is not" if case.own_day else "is"
        yield (
            replace(case, own_day=not case.own_day),
            f"if the day of receipt {told} counted, which was unsettled",
        )
    if not works and not case.deem and calendar.jurisdiction == "US-MA":
        yield replace(case, deem=True), "if receipt on a day off is deemed to be the next business day"
    if works and moment and moment.hour >= _OFFICE_CLOSES and case.channel in _ELECTRONIC:
        following = next_day(case.start + DAY, calendar.why_no_business)
        yield (
            replace(case, start=following, moment=None),
            "if what comes after office hours is received the next day",
        )


def _business(case: _Case) -> _Result:
    calendar = case.calendar
    before, first = _first_business_day(case)
    why_not = paused(case.stops(), calendar.why_no_business)

    def run(count: int) -> _Result:
        counted, skipped = count_days(first, count, why_not)
        return _Result(counted[-1], tuple(counted), tuple(before + skipped))

    plain = run(case.rule.count)
    return _agreed(case, _extended(case, plain, lambda units: run(case.rule.count + units)))


def _first_business_day(case: _Case) -> tuple[list[Skipped], date]:
    """The days left out at the start, and the first day that may count."""
    why_not, start = case.calendar.why_no_business, case.start
    skipped: list[Skipped] = []
    restarts = [event.day for event in case.of("clarified") if event.event.restarts and event.day >= start]
    if restarts:
        skipped = [Skipped(day, _NOT_DESCRIBED) for day in days_between(start, restarts[-1])]
        start = restarts[-1]
    reason = why_not(start)
    if case.own_day and reason is None:
        return skipped, start
    if reason is None or not case.deem:
        label = case.rule.first or "day of receipt"
        return [*skipped, Skipped(start, f"{reason}; {label}" if reason else label)], start + DAY
    deemed = next_day(start, why_not)
    moves = [f"{why_not(day)}; receipt moves to the next business day" for day in days_between(start, deemed)]
    skipped += [Skipped(day, why) for day, why in zip(days_between(start, deemed), moves, strict=True)]
    return [*skipped, Skipped(deemed, "deemed day of receipt")], deemed + DAY


def _extended(case: _Case, plain: _Result, run: Callable[[int], _Result]) -> _Result:
    rule = case.rule
    if not rule.extension:
        return plain
    in_time = case.late_extension or rule.extension_by == "granted"
    units = [
        min(rule.extension, rule.extension if event.event.units is None else event.event.units)
        for event in case.of("extend")
        if in_time or event.day <= plain.due
    ]
    return run(units[0]) if units else plain


def _agreed(case: _Case, result: _Result) -> _Result:
    dates = [event.event.until for event in case.of("agree") if event.event.until is not None]
    if not case.rule.agreement or not dates or dates[-1] <= result.due:
        return result
    return replace(result, due=dates[-1])


def _calendar(case: _Case) -> _Result:
    rule = case.rule
    if rule.after_stop and (resumed := _end_of_delay(case)):
        delayed = replace(case, rule=replace(rule, count=rule.after_stop, after_stop=0), start=resumed, events=())
        whole = _calendar(replace(case, rule=replace(rule, after_stop=0), events=()))
        held = [Skipped(day, "before the end of the reason for delay") for day in days_between(case.start, resumed)]
        result = _calendar(delayed)
        other = Alternative(whole.due, f"{rule.count} days without the delay")
        return replace(result, skipped=(*held, *result.skipped), other=other)
    result = _extended(case, _calendar_days(case, rule.count), lambda units: _calendar_days(case, rule.count + units))
    return _complied(case, result) if rule.compliance else result


def _end_of_delay(case: _Case) -> date | None:
    latest = case.start + DAY * case.rule.count
    ends = [end for start, end in case.stops() if end is not None and end > case.start and start <= latest]
    return ends[-1] if ends else None


def _calendar_days(case: _Case, count: int) -> _Result:
    rule, calendar = case.rule, case.calendar
    counted, skipped = count_days(case.start + DAY, count, paused(case.stops(), every_day))
    before = Skipped(case.start, rule.first or "day of the event")
    last = counted[-1]
    moved, passed = roll(last, calendar.why_no_last_day)
    plain = _Result(last, tuple(counted), (before, *skipped))
    if moved == last or rule.rolls == "never":
        return plain
    if rule.rolls == "shown":
        return replace(
            plain, other=Alternative(moved, "if a last day on a day off may be met on the next business day")
        )
    other = Alternative(last, "the last day itself, on a day off") if rule.rolls == "statute" else None
    return replace(plain, due=moved, skipped=(before, *skipped, *passed), other=other)


def _complied(case: _Case, result: _Result) -> _Result:
    """End at the time of compliance if it is sooner (Mass. R. Civ. P. 45(d)(1))."""
    times = case.of("compliance_date")
    if not times or times[-1].day > result.due:
        return result
    end = times[-1]
    if end.day == result.due:
        return replace(result, due_at=end.moment)
    counted = tuple(day for day in result.counted if day <= end.day)
    skipped = tuple(one for one in result.skipped if one.day <= end.day)
    return _Result(end.day, counted, skipped, due_at=end.moment)


def _full_days(case: _Case) -> _Result:
    counted, skipped = count_days(case.start + DAY, case.rule.count, paused(case.stops(), every_day))
    before = Skipped(case.start, case.rule.first or "day of the event")
    other = Alternative(counted[-1], f"if the {case.rule.count}th day itself is enough")
    return _Result(counted[-1] + DAY, tuple(counted), (before, *skipped), other=other)


def _school(case: _Case) -> _Result:
    calendar = case.calendar
    counted, skipped = count_days(case.start + DAY, case.rule.count, paused(case.stops(), calendar.why_no_school))
    before = Skipped(case.start, case.rule.first or "day of the event")
    plain = _Result(counted[-1], tuple(counted), (before, *skipped))

    def added(units: int) -> _Result:
        last = plain.due + DAY * units
        moved, _ = roll(last, calendar.why_no_last_day)
        other = Alternative(moved, "if a last day on a day off may be met on the next business day")
        return replace(plain, due=last, other=other)

    return _extended(case, plain, added)


def _hours(case: _Case) -> _Result:
    if case.moment is None:
        raise ClockError(f"{case.rule.id} runs in hours; give the trigger as a time with its offset")
    # Elapsed time is added in UTC: added to wall time it would be an hour off when the clocks change.
    end = (case.moment.astimezone(UTC) + timedelta(hours=case.rule.count)).astimezone(case.calendar.zone)
    return _Result(end.date(), due_at=end)


def _years(case: _Case) -> _Result:
    rule, start = case.rule, case.start
    end, other = add_years(start, rule.count, rule.leap)
    for event in case.events:
        if event.kind in rule.restarts_on and start <= event.day <= end:
            end, other = add_years(event.day, rule.count, rule.leap)
    grade9 = [event.day for event in case.of("grade9") if rule.grade9 and event.day < end]
    if grade9:
        return _Result(grade9[0])
    return _Result(end, other=Alternative(other, "the other day next to 29 February") if other else None)


def _days_before(case: _Case) -> _Result:
    end = min([case.start, *(event.day for event in case.of("compliance_date"))])
    latest = end - DAY * case.rule.count
    served = [event.day for event in case.of("served") if event.day > latest]
    begin = min(served[0], end) if served else latest
    return _Result(begin, tuple(days_between(begin, end)), (Skipped(end, "day of compliance"),))


def _no_number(case: _Case) -> _Result:
    return _Result(case.start)


_RUN: Final[Mapping[Unit, Callable[[_Case], _Result]]] = MappingProxyType(
    {
        "business": _business,
        "calendar": _calendar,
        "school": _school,
        "hours": _hours,
        "years": _years,
        "age": _years,
        "full_days": _full_days,
        "days_before": _days_before,
        "no_number": _no_number,
    }
)
