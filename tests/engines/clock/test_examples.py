from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from schoolgate.engines.clock import RULES, Calendar, counted, due, public_records_fee, state
from support.clock_examples import deadline_of, load, work_of

EXAMPLES = load()
SURE = [example for example in EXAMPLES if example["confidence"] in {"high", "medium"}]
DISPUTED = [example for example in EXAMPLES if example["confidence"] == "low"]
FEES = [example for example in SURE if "fee_input" in example]


def differences(example: dict[str, Any]) -> list[str]:
    """What the engine says otherwise than the example, as readable lines."""
    expected = example["expected"]
    found = said_of_dates(example) | said_of_fee(example)
    wanted = expected | {"skipped": [one["date"] for one in expected["skipped"]]}
    if "counted_days" not in expected:
        del found["skipped"]  # such examples list only the first and the rolled days
    return [
        f"{name}: {value} instead of {wanted[name]}"
        for name, value in found.items()
        if name in wanted and value != wanted[name]
    ]


def said_of_dates(example: dict[str, Any]) -> dict[str, object]:
    deadline = deadline_of(example)
    on = date.fromisoformat(example.get("on") or deadline.due.isoformat())
    return {
        "due": deadline.due.isoformat(),
        "alt_due": deadline.alt_due and deadline.alt_due.isoformat(),
        "due_at": deadline.due_at and deadline.due_at.isoformat(),
        "counted_days": [day.isoformat() for day in deadline.counted_days],
        "skipped": [one.day.isoformat() for one in deadline.skipped],
        "count_total": len(deadline.counted_days),
        "count": counted(deadline, on),
        "state": state(deadline, on),
    }


def said_of_fee(example: dict[str, Any]) -> dict[str, object]:
    if "fee_input" not in example:
        return {}
    responded = min(datetime.fromisoformat(e["at"]) for e in example["events"] if e["kind"] == "response")
    timely = state(deadline_of(example), responded.date()).startswith("timely")
    fee = public_records_fee(work_of(example), first_response_timely=timely)
    return {"timely": timely, "fee_usd": str(fee.amount), "alt_fee_usd": str(fee.alternative)}


def test_there_are_as_many_examples_as_the_sheet_says() -> None:
    assert len(EXAMPLES) == 104
    assert sum("fee_input" in example for example in EXAMPLES) == 15


@pytest.mark.parametrize("example", SURE, ids=lambda example: example["id"])
def test_a_settled_example_is_met(example: dict[str, Any]) -> None:
    assert differences(example) == []


@pytest.mark.parametrize("example", FEES, ids=lambda example: example["id"])
def test_the_hours_and_rate_behind_a_fee_are_met(example: dict[str, Any]) -> None:
    expected = example["expected"]
    if expected["timely"]:
        fee = public_records_fee(work_of(example), first_response_timely=True)
        shown = (fee.free_hours, fee.billable_hours, fee.rate)
        wanted = (expected["free_hours"], expected["billable_hours"], expected["rate_usd"])
        assert shown == tuple(Decimal(str(number)) for number in wanted)


def test_disputed_examples_are_reported(capsys: pytest.CaptureFixture[str]) -> None:
    assert DISPUTED
    lines = [f"{example['id']} {example['rule']}: {'; '.join(differences(example)) or 'same'}" for example in DISPUTED]
    with capsys.disabled():
        print("", *lines, sep="\n  disputed: ")  # noqa: T201 - the report is the point: these never fail


def test_every_rule_of_the_examples_is_known_with_its_citation() -> None:
    for example in EXAMPLES:
        assert example["rule"] in RULES
        if example["rule"] != "MA-PR-EXT":
            rule = RULES[example["rule"]]
            assert set(rule.citation.split("; ")) == set(example["citation"].split("; ")), example["id"]


def test_the_law_does_not_depend_on_the_order_of_events() -> None:
    for example in EXAMPLES:
        turned = example | {"events": example["events"][::-1]}
        assert deadline_of(turned) == deadline_of(example)


def test_one_letter_starts_two_clocks() -> None:
    received, worcester = datetime.fromisoformat("2026-03-02T10:15:00-05:00"), Calendar("US-MA", "Worcester")
    assert due("ma-sr-10", received, calendar=worcester).due == date(2026, 3, 12)
    assert due("ma-pr-10", received, calendar=worcester).due == date(2026, 3, 16)
