import json
import os
import tomllib
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings

from schoolgate.engines.reach import (
    KINDS_OF_AGENCY,
    Network,
    ReachError,
    instead_of,
    near_kind,
    network_from_json,
    network_to_json,
)
from support.networks import networks
from support.typed_networks import lawful

TRIALS = settings(max_examples=int(os.environ.get("SCHOOLGATE_TRIALS", "25")), deadline=None)


@TRIALS
@given(networks().map(lawful))
def test_a_network_survives_json(network: Network) -> None:
    written = json.loads(json.dumps(network_to_json(network)))
    assert network_from_json(written) == network
    assert network_to_json(network_from_json(written)) == written


def valid() -> dict[str, Any]:
    agreement = {
        "id": "one",
        "giver": "school",
        "receiver": "police",
        "title": "One",
        "start": "2020-01-01",
        "end": None,
        "kinds": ["incident_report"],
        "purposes": None,
        "onward": "unknown",
        "status": "documented",
        "source": "invented",
    }
    return {
        "agencies": [
            {"id": "school", "name": "School", "kind": "school"},
            {"id": "police", "name": "Police", "kind": "local_police"},
        ],
        "agreements": [agreement, agreement | {"id": "two"}],
    }


def change(place: str, value: object) -> Callable[[dict[str, Any]], None]:
    *path, last = [int(part) if part.isdigit() else part for part in place.split(".")]

    def apply(data: Any) -> None:
        for part in path:
            data = data[part]
        data[last] = value

    return apply


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        ("agreements.1.giver", "nobody", r"agreements\[1\]\.giver: no agency is called 'nobody'"),
        ("agreements.1.receiver", "nobody", r"agreements\[1\]\.receiver"),
        ("agreements.1.receiver", "school", r"agreements\[1\]: giver and receiver"),
        ("agreements.1.id", "one", r"agreements\[1\]\.id: 'one' is used twice"),
        ("agreements.0.id", "", r"agreements\[0\]\.id is empty"),
        ("agencies.1.id", "school", r"agencies\[1\]\.id"),
        ("agreements.1.end", "2019-12-31", r"agreements\[1\]\.end: 2019-12-31 is before"),
        ("agreements.1.start", "2020-02-30", r"agreements\[1\]\.start: not a date"),
        ("agreements.1.start", 2020, r"agreements\[1\]\.start is not text"),
        ("agreements.1.kinds", "incident_report", r"agreements\[1\]\.kinds is not a list"),
        ("agreements.1.purposes", [""], r"agreements\[1\]\.purposes is not a list"),
        ("agreements.1.status", "rumoured", r"agreements\[1\]\.status: 'rumoured'"),
        ("agreements.1.onward", "maybe", r"agreements\[1\]\.onward: 'maybe'"),
        ("agreements.1.end_date", None, r"agreements\[1\]\.end_date is not a field"),
        ("agreements.1", None, r"agreements\[1\] is not an object"),
        ("agencies.0", {"id": "school"}, r"agencies\[0\]\.kind is missing"),
        ("agencies", {}, r"agencies is not a list"),
        ("agencies.1.kind", "federal_imigration", r"agencies\[1\]\.kind: .* Did you mean federal_immigration\?"),
        ("agencies.1.name", "a\x1b[31m", r"agencies\[1\]\.name holds the control character '.x1b'"),
        ("agencies.1.name", "a\u202eb", r"agencies\[1\]\.name holds the control character '.u202e'"),
        ("agencies.1.id", "a\x07", r"agencies\[1\]\.id holds the control character"),
        ("agreements.1.kinds", ["a\x07"], r"agreements\[1\]\.kinds holds the control character"),
    ],
)
def test_the_first_mistake_is_named_with_its_place(place: str, value: object, message: str) -> None:
    data = valid()
    network_from_json(data)
    change(place, value)(data)
    with pytest.raises(ReachError, match=message):
        network_from_json(data)


def test_the_kinds_are_the_recipients_of_the_rulebooks_and_schools() -> None:
    elements = tomllib.loads((files("schoolgate.rulebooks") / "elements.toml").read_text("utf-8"))
    assert sorted(KINDS_OF_AGENCY) == sorted([*elements["recipients"], "school"])


def test_a_word_far_from_every_kind_gets_no_suggestion() -> None:
    assert near_kind("qqqqqq") == ""
    assert instead_of("qqqqqq").startswith("Known are school, ")


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(ReachError, match="network is not an object"):
        network_from_json([])
