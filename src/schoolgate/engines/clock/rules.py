"""The table of clocks: read from `rules.toml`, checked, published as `RULES`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final, Literal, get_args

from schoolgate.engines.clock.errors import ClockError

Unit = Literal[
    "business",
    "calendar",
    "school",
    "hours",
    "years",
    "age",
    "full_days",
    "days_before",
    "no_number",
]
Rolls = Literal["never", "shown", "statute", "settled"]
Evidence = Literal["read", "secondary", "memory", "convention"]

# How the sources print clocks that have no number, so that a rulebook may name them by their citation.
_ALSO_CALLED: Final = {
    "99.31(a)(9)": "FERPA-SUBPOENA-NOTICE",
    "23.07(4)(a)": "MA-SR-DIRECTORY",
    "23.07(4)(g)": "MA-SR-TRANSFER",
    "MA-AGE18": "AGE18",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One statutory clock.

    Attributes:
        id: Its name, such as `MA-PR-10`.
        title: What must happen, or may happen from then on.
        citation: The text the number stands in.
        count: How many units; 0 for clocks without a number.
        unit: What is counted. `full_days` must all have passed (the date is the day after); `days_before`
            counts back from the trigger; `no_number` is the trigger's own day.
        trigger: The event that starts it.
        evidence: How well the text is known.
        rolls: What happens when the last day is a weekend or holiday: `never`; `shown` (not moved, the moved
            date is the second reading); `statute` (moved by M.G.L. c.4 s.9, the unmoved date is the second
            reading); `settled` (moved, no second reading).
        bearer: `district` for its duties, `other` for what somebody else may file; a doubt is resolved to the
            earlier date for the first and the later for the second.
        receipt: `deemed` when receipt on a day off is deemed to be the next business day (950 CMR
            32.06(2)(e)).
        first: How the uncounted first day is called.
        extension: Units that one extension adds at most.
        extension_unit: `business` or `calendar`.
        extension_by: `in time` when it must be asked for before the ordinary end, `granted` when it need not.
        agreement: The other side may agree to a later date.
        fee_wait: Leaving out the wait for a fee is a second reading.
        agency: The rule that counts instead when the custodian is a state agency.
        after_stop: Units that remain once a stop is over, instead of the rest.
        compliance: Ends at the time of compliance if that is sooner.
        grade9: Ends on entering grade 9 if that is sooner.
        leap: Where a year without 29 February ends; the other day is the second reading.
        holds: An open stop forbids the act.
        not_before: The date is the first day allowed, not the last.
        restarts_on: Kinds of events from which the count begins again.
        done_by: Kinds of events that fulfil it.
        when_timely: What follows if met.
        when_late: What follows if missed.
        in_force_from: First day of receipt it governs.
        in_force_to: Last day of receipt it governs.
        before: The rule that governs earlier days.
        notes: What a reader should know.
    """

    id: str
    title: str
    citation: str
    count: int
    unit: Unit
    trigger: str
    evidence: Evidence
    rolls: Rolls = "never"
    bearer: Literal["district", "other"] = "district"
    receipt: Literal["own day", "deemed"] = "own day"
    first: str = ""
    extension: int = 0
    extension_unit: Literal["business", "calendar"] = "business"
    extension_by: Literal["in time", "granted"] = "in time"
    agreement: bool = False
    fee_wait: bool = False
    agency: str | None = None
    after_stop: int = 0
    compliance: bool = False
    grade9: bool = False
    leap: Literal["", "28 February", "1 March"] = ""
    holds: bool = False
    not_before: bool = False
    restarts_on: tuple[str, ...] = ()
    done_by: tuple[str, ...] = ()
    when_timely: str = ""
    when_late: str = ""
    in_force_from: date | None = None
    in_force_to: date | None = None
    before: str | None = None
    notes: str = ""


def _load() -> Mapping[str, Rule]:
    table = tomllib.loads(files("schoolgate.engines.clock").joinpath("rules.toml").read_text("utf-8"))
    return MappingProxyType({rule_id: _rule(rule_id, fields) for rule_id, fields in table.items()})


def _rule(rule_id: str, fields: dict[str, Any]) -> Rule:
    for name, allowed in (("unit", Unit), ("rolls", Rolls), ("evidence", Evidence)):
        if name in fields and fields[name] not in get_args(allowed):
            raise ClockError(f"rules.toml, {rule_id}: {name} is {fields[name]!r}, not one of {get_args(allowed)}")
    lists = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
    try:
        return Rule(id=rule_id, **(fields | lists))
    except TypeError as error:
        raise ClockError(f"rules.toml, {rule_id}: {error}") from error


RULES: Final[Mapping[str, Rule]] = _load()
_BY_ANY_NAME: Final = {name.casefold(): name for name in RULES} | {
    name.casefold(): rule_id for name, rule_id in _ALSO_CALLED.items()
}


def find_rule(rule_id: str) -> Rule:
    """The rule of this id, in capitals or not (`ma-sr-10`), or by its citation when it has no number.

    Raises:
        ClockError: When there is none.
    """
    name = _BY_ANY_NAME.get(rule_id.casefold())
    if name is None:
        raise ClockError(f"there is no clock {rule_id!r}; RULES lists the {len(RULES)} known ones")
    return RULES[name]
