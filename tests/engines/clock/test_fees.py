from dataclasses import replace
from decimal import Decimal

import pytest

from schoolgate.engines.clock import ClockError, FeeInput, public_records_fee

TOWN = FeeInput("municipality", 45_000, Decimal("3.5"), Decimal("22.00"), pages=120)


def test_a_late_first_response_bars_every_fee() -> None:
    fee = public_records_fee(replace(TOWN, device=Decimal(6)), first_response_timely=False)
    assert (fee.amount, fee.alternative) == (Decimal("0.00"), None)


def test_an_agency_gets_no_higher_rate() -> None:
    work = replace(
        TOWN, custodian="agency", population=None, lowest_capable_rate=Decimal(40), petition_rate=Decimal(40)
    )
    fee = public_records_fee(work, first_response_timely=True)
    assert (fee.rate, fee.free_hours) == (Decimal(25), Decimal(4))


def test_a_petition_lifts_the_cap_but_not_above_the_lowest_capable_rate() -> None:
    work = replace(TOWN, lowest_capable_rate=Decimal(30), petition_rate=Decimal(40))
    assert public_records_fee(work, first_response_timely=True).rate == Decimal(30)


def test_postage_and_device_are_actual_costs_and_electronic_pages_are_free() -> None:
    work = replace(TOWN, electronic=True, device=Decimal("6.49"), postage=Decimal("1.50"))
    assert public_records_fee(work, first_response_timely=True).amount == Decimal("40.99")


def test_redaction_by_petition_counts() -> None:
    work = replace(TOWN, redaction_hours=Decimal(4), redaction_allowed_by_petition=True, pages=0)
    fee = public_records_fee(work, first_response_timely=True)
    assert (fee.billable_hours, fee.alternative) == (Decimal("5.5"), None)


def test_half_cents_round_up() -> None:
    work = FeeInput("municipality", 10, Decimal("0.25"), Decimal("19.42"))
    assert public_records_fee(work, first_response_timely=True).amount == Decimal("4.86")


def test_missing_population_and_negative_amounts_are_refused() -> None:
    with pytest.raises(ClockError, match="population"):
        public_records_fee(replace(TOWN, population=None), first_response_timely=True)
    with pytest.raises(ClockError, match="negative"):
        public_records_fee(replace(TOWN, pages=-1), first_response_timely=True)
