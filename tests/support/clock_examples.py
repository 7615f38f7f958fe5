"""The dated examples of the facts folder, turned into the engine's words."""

import json
import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from schoolgate.engines.clock import Calendar, Deadline, Event, FeeInput, due

EXAMPLES = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "clocks" / "given.jsonl"


def load() -> list[dict[str, Any]]:
    return [json.loads(line) for line in EXAMPLES.read_text("utf-8").splitlines()]


def event_of(data: dict[str, Any]) -> Event:
    """The examples put numbers, dates and restarts into prose."""
    detail = data.get("detail") or ""
    day = re.search(r"\d{4}-\d\d-\d\d", detail)
    units = re.match(r"(\d+) ", detail)
    return Event(
        kind=data["kind"],
        at=datetime.fromisoformat(data["at"]),
        until=date.fromisoformat(day[0]) if day else None,
        units=int(units[1]) if units else None,
        restarts=detail.startswith("restart"),
    )


def deadline_of(example: dict[str, Any]) -> Deadline:
    closed = frozenset(date.fromisoformat(day) for day in example["closures"])
    return due(
        example["rule"],
        datetime.fromisoformat(example["trigger"]["at"]),
        calendar=Calendar(example["jurisdiction"], example.get("county"), closures=closed, no_school=closed),
        events=[event_of(event) for event in example["events"]],
        channel=example["trigger"].get("channel"),
        custodian="agency" if example.get("custodian") == "agency" else "municipality",
    )


def work_of(example: dict[str, Any]) -> FeeInput:
    given = example["fee_input"]
    hours = {name: Decimal(str(number)) for name, number in given["hours"].items()}
    petition = given.get("petition_granted") or {}
    rate = petition.get("rate_usd")
    return FeeInput(
        custodian="agency" if example["custodian"] == "agency" else "municipality",
        population=given["population"],
        search_hours=sum((n for name, n in hours.items() if "redact" not in name), Decimal(0)),
        redaction_hours=sum((n for name, n in hours.items() if "redact" in name), Decimal(0)),
        lowest_capable_rate=Decimal(given["lowest_capable_rate_usd"]),
        redaction_required_by_law=given["redaction_required_by_law"],
        redaction_allowed_by_petition=any("redact" in name and granted for name, granted in petition.items()),
        petition_rate=Decimal(rate) if rate else None,
        pages=given["bw_pages"],
        page_sides=given.get("page_images"),
        electronic=given["electronic"],
        device=Decimal(given.get("storage_device_usd", 0)),
        postage=Decimal(given.get("postage_usd", 0)),
    )
