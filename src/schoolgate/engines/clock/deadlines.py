"""What goes into a clock and what comes out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from schoolgate.engines.clock.rules import RULES, Evidence


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a clock after it was started.

    Kinds that matter: `response`, `access_given` and whatever a rule's `done_by` names; `extend` (with
    `units`), `agree` (with `until`), `stop` and `resume` (a court's order, a hold), `clarified` with
    `restarts` (only now did the request describe what it wants), `fee_notice` and `payment`,
    `compliance_date`, `served`, `grade9`, `validated`. A kind the rule does not know changes nothing and is
    named in `Deadline.ignored`.

    Attributes:
        kind: What happened.
        at: When; a time must carry its offset.
        until: The agreed date.
        units: How many days were added; None is the most the rule allows.
        restarts: Whether the clock began only here.
    """

    kind: str
    at: date | datetime
    until: date | None = None
    units: int | None = None
    restarts: bool = False


@dataclass(frozen=True, slots=True)
class Skipped:
    """A date that was not counted, and why."""

    day: date
    why: str


@dataclass(frozen=True, slots=True)
class Alternative:
    """The date on another reading of the law or the facts."""

    day: date
    why: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """A due date with everything that led to it.

    For a business- or school-day clock, counted and skipped days together are every date from the trigger
    to `due` (an agreed date or calendar days added at the end aside). Clocks in years, ages and hours list
    no days.

    Attributes:
        rule: The rule applied; not the one asked for when another was in force on that day.
        citation: Where the number stands.
        evidence: How well that text is known.
        trigger: The day it started, in the custodian's zone.
        due: The safe date: the earlier one for a duty of the district, the later one for somebody else's
            filing. The first day allowed when the rule is `not_before`.
        due_at: The moment, for clocks in hours and where a time of compliance ends it.
        counted_days: Each counted day.
        skipped: Each day that was not, with its reason.
        alternatives: Other readings, the weightiest first.
        events: The events in local days, oldest first.
        ignored: Kinds of events that changed nothing here.
        notes: What a reader should know.
    """

    rule: str
    citation: str
    evidence: Evidence
    trigger: date
    due: date
    due_at: datetime | None
    counted_days: tuple[date, ...]
    skipped: tuple[Skipped, ...]
    alternatives: tuple[Alternative, ...]
    events: tuple[tuple[str, date], ...]
    ignored: tuple[str, ...]
    notes: str

    @property
    def alt_due(self) -> date | None:
        """The date on the weightiest other reading."""
        return self.alternatives[0].day if self.alternatives else None

    @property
    def alt_reason(self) -> str | None:
        """Why that reading exists."""
        return self.alternatives[0].why if self.alternatives else None


def pauses(events: Iterable[tuple[str, date]], begin: str, end: str) -> list[tuple[date, date | None]]:
    """Pair each `begin` with the next `end`; the last may stay open (None)."""
    paired: list[tuple[date, date | None]] = []
    for kind, day in sorted(events, key=lambda event: event[1]):
        if kind == begin and (not paired or paired[-1][1] is not None):
            paired.append((day, None))
        elif kind == end and paired and paired[-1][1] is None:
            paired[-1] = (paired[-1][0], day)
    return paired


def state(deadline: Deadline, on: date) -> str:
    """Where the clock stands at the end of a day.

    Returns:
        `timely` or `late`, with what follows from it (`late; fee barred`); `running`; `stopped`; for dates
        that are a beginning `not yet` or `allowed`; for ages `eligible student` or `not yet eligible
        student`; for records to be destroyed `hold; do not destroy` while a stop is open.
    """
    rule = RULES[deadline.rule]
    open_stop = any(
        start <= on and (end is None or on < end) for start, end in pauses(deadline.events, "stop", "resume")
    )
    if open_stop:
        return "hold; do not destroy" if rule.holds else "stopped"
    if rule.not_before:
        allowed, not_yet = (
            ("eligible student", "not yet eligible student") if rule.unit == "age" else ("allowed", "not yet")
        )
        return allowed if on >= deadline.due else not_yet
    done = [day for kind, day in deadline.events if kind in rule.done_by and day <= on]
    if not done and on <= deadline.due:
        return "running"
    if done and min(done) <= deadline.due:
        return "; ".join(filter(None, ("timely", rule.when_timely)))
    return "; ".join(filter(None, ("late", rule.when_late)))


def counted(deadline: Deadline, on: date) -> int:
    """How many units have run by the end of a day, for clocks that list their days."""
    return sum(day <= on for day in deadline.counted_days)


def business_days_left(deadline: Deadline, on: date) -> int:
    """How many counted days are still to come after a day; for calendar clocks these are calendar days."""
    return sum(day > on for day in deadline.counted_days)
