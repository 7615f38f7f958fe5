"""What a municipality or agency may charge for public records: M.G.L. c.66 s.10(d), 950 CMR 32.07(2).

The text is known second-hand (`secondary`), postage not at all (`memory`); which hours are the free ones
and the fee for double-sided sheets are doubtful, and both readings are given.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal

from schoolgate.engines.clock.errors import ClockError

_PAGE_USD: Final = Decimal("0.05")
_RATE_CAP_USD: Final = Decimal(25)
_FREE_HOURS_AGENCY: Final = Decimal(4)
_FREE_HOURS_LARGE_TOWN: Final = Decimal(2)
_LARGE_TOWN_ABOVE: Final = 20_000
_CENT: Final = Decimal("0.01")
_ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class FeeInput:
    """What was done to answer a request.

    Attributes:
        custodian: A school district is a municipality.
        population: Of the municipality; not needed for an agency.
        search_hours: Searching, compiling, copying.
        redaction_hours: Segregating and redacting.
        lowest_capable_rate: USD an hour of the lowest-paid employee able to do it, not of who did it.
        redaction_required_by_law: As for the identities of students.
        redaction_allowed_by_petition: By the Supervisor.
        petition_rate: USD an hour allowed by the Supervisor; only a municipality may get one.
        pages: Black-and-white pages or sheets on paper.
        page_sides: Printed sides, when sheets are double-sided; for the second reading.
        electronic: Delivered electronically: no page fee.
        device: Actual cost of a storage device, USD.
        postage: Actual cost, USD.
    """

    custodian: Literal["municipality", "agency"]
    population: int | None
    search_hours: Decimal
    lowest_capable_rate: Decimal
    redaction_hours: Decimal = _ZERO
    redaction_required_by_law: bool = False
    redaction_allowed_by_petition: bool = False
    petition_rate: Decimal | None = None
    pages: int = 0
    page_sides: int | None = None
    electronic: bool = False
    device: Decimal = _ZERO
    postage: Decimal = _ZERO


@dataclass(frozen=True, slots=True)
class Fee:
    """The most that may be charged, in USD to the cent.

    Attributes:
        amount: The safe (lower) amount.
        alternative: The amount on the other reading, when there is one.
        free_hours: Hours that are not charged.
        billable_hours: Hours that are.
        rate: USD an hour.
        why: In one sentence.
    """

    amount: Decimal
    alternative: Decimal | None
    free_hours: Decimal
    billable_hours: Decimal
    rate: Decimal
    why: str


def public_records_fee(work: FeeInput, *, first_response_timely: bool) -> Fee:
    """Compute the fee; nothing at all when the first written response was late (950 CMR 32.06(2)(c)).

    Raises:
        ClockError: When a municipality's population is unknown or an amount is negative.
    """
    _check(work)
    free = _free_hours(work)
    rate = _rate(work)
    if not first_response_timely:
        return Fee(_cents(_ZERO), None, free, _ZERO, rate, "The first written response was late: no fee at all.")
    charged = work.redaction_required_by_law or work.redaction_allowed_by_petition
    hours = work.search_hours + (work.redaction_hours if charged else _ZERO)
    billable = max(_ZERO, hours - free)
    pages = _ZERO if work.electronic else _PAGE_USD * work.pages
    amount = _cents(billable * rate + pages + work.device + work.postage)
    unpaid_redaction = max(_ZERO, work.search_hours - max(_ZERO, free - work.redaction_hours))
    highest_hours = billable if charged else unpaid_redaction
    sides = work.pages if work.page_sides is None else max(work.pages, work.page_sides)
    highest_pages = _ZERO if work.electronic else _PAGE_USD * sides
    highest = _cents(highest_hours * rate + highest_pages + work.device + work.postage)
    why = f"{billable} hours at USD {rate} after {free} free ones, and costs of copies as far as allowed."
    return Fee(amount, highest if highest != amount else None, free, billable, rate, why)


def _check(work: FeeInput) -> None:
    if work.custodian == "municipality" and work.population is None:
        raise ClockError("the municipality's population is missing; it decides whether two hours are free")
    amounts = (
        work.search_hours,
        work.redaction_hours,
        work.lowest_capable_rate,
        work.petition_rate or _ZERO,
        Decimal(work.pages),
        Decimal(work.page_sides or 0),
        work.device,
        work.postage,
    )
    if any(amount < 0 for amount in amounts):
        raise ClockError("an amount of the fee is negative; hours, rates, pages and costs are 0 or more")


def _free_hours(work: FeeInput) -> Decimal:
    if work.custodian == "agency":
        return _FREE_HOURS_AGENCY
    return _FREE_HOURS_LARGE_TOWN if (work.population or 0) > _LARGE_TOWN_ABOVE else _ZERO


def _rate(work: FeeInput) -> Decimal:
    allowed = work.petition_rate if work.custodian == "municipality" else None
    return min(work.lowest_capable_rate, max(_RATE_CAP_USD, allowed or _ZERO))


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)
