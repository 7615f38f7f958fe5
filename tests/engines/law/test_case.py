"""Cases: what is refused, what the schema says, and that nothing of a person is repeated."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schoolgate.engines.law import LawError, Rulebook, case_schema, load_case, parse_case
from support.law import Boundaries, case_data, cases

TRIALS = int(os.environ.get("SCHOOLGATE_TRIALS", "25"))
NAME = "Marisol Aguilar"


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"format": "schoolgate-case/2"}, "format"),
        ({"format": None}, "format"),
        ({"rulebook": "chicago"}, "rulebook"),
        ({"id": ""}, "id"),
        ({"id": 7}, "id"),
        ({"title": ""}, "title"),
        ({"date": None}, "date"),
        ({"date": "2025-02-30"}, "date"),
        ({"date": "20250306"}, "date"),
        ({"date": "2025-W10-4"}, "date"),
        ({"date": "1899-12-31"}, "date"),
        ({"recipient": None}, "recipient"),
        ({"recipient": {}}, "recipient.kind"),
        ({"recipient": {"kind": NAME}}, "recipient.kind"),
        ({"recipient": {"kind": "local_police", "badge": 1}}, "recipient.badge"),
        ({"elements": []}, "elements"),
        ({"elements": "student_name"}, "elements"),
        ({"elements": ["student_name", NAME]}, "elements[1]"),
        ({"elements": ["narrative_identifiers"]}, "elements[0]"),
        ({"elements": ["whole_record"]}, "elements[0]"),
        ({"elements": [["student_name"]]}, "elements[0]"),
        ({"facts": []}, "facts"),
        ({"facts": {"instrumnt": "none"}}, "facts.instrumnt"),
        ({"facts": {NAME: True}}, "facts.key 1"),
        ({"facts": {"instrument": NAME}}, "facts.instrument"),
        ({"facts": {"instrument": 0}}, "facts.instrument"),
        ({"facts": {"signed": "true"}}, "facts.signed"),
        ({"facts": {"signed": 1}}, "facts.signed"),
        ({"facts": {"age": True}}, "facts.age"),
        ({"facts": {"age": 16.0}}, "facts.age"),
        ({"facts": {"age": 2**60}}, "facts.age"),
        ({"facts": {"consent_date": "2025-3-6"}}, "facts.consent_date"),
        ({"facts": {"consent_date": 20250306}}, "facts.consent_date"),
        ({"facts": {"topics": "weapon"}}, "facts.topics"),
        ({"facts": {"topics": ["weapon", NAME]}}, "facts.topics"),
        ({"facts": {"topics": [["weapon"]]}}, "facts.topics"),
        ({"facts": {"disclosure_date": "2025-03-07"}}, "facts.disclosure_date"),
        ({"counsel_answers": {"f.paper": True}}, "counsel_answers"),
        ({"counsel_answers": {"s.doubtful": "yes"}}, "counsel_answers"),
        ({"narrative": NAME}, "case.narrative"),
    ],
)
def test_a_malformed_case_names_the_field_and_no_value(
    synthetic: Rulebook, changes: dict[str, Any], where: str
) -> None:
    with pytest.raises(LawError) as caught:
        parse_case(case_data(synthetic, **changes), synthetic)
    assert caught.value.where.startswith(where)
    assert caught.value.what
    assert caught.value.remedy
    assert "Marisol" not in str(caught.value)


def test_a_missing_field_is_named(synthetic: Rulebook) -> None:
    for key in ("format", "id", "date", "recipient", "elements"):
        data = case_data(synthetic)
        del data[key]
        with pytest.raises(LawError) as caught:
            parse_case(data, synthetic)
        assert caught.value.where.startswith(key)


def test_a_near_miss_is_helped(synthetic: Rulebook) -> None:
    with pytest.raises(LawError, match="Did you mean instrument"):
        parse_case(case_data(synthetic, facts={"instrumnt": "none"}), synthetic)


def test_a_case_file_that_is_no_json_names_its_line(synthetic: Rulebook, tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    path.write_text('{\n"format": \n}', encoding="utf-8")
    with pytest.raises(LawError, match=r"case\.json:3"):
        load_case(path, synthetic)
    path.write_text('{"facts": {"signed": true, "signed": false}}', encoding="utf-8")
    with pytest.raises(LawError, match="twice"):
        load_case(path, synthetic)
    path.write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(LawError, match=r"case\.json"):
        load_case(path, synthetic)
    with pytest.raises(LawError, match=r"none\.json"):
        load_case(tmp_path / "none.json", synthetic)


def test_a_case_file_is_read(synthetic: Rulebook, tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    path.write_text(json.dumps(case_data(synthetic, title="A shove", facts={"age": 16})), encoding="utf-8")
    case = load_case(path, synthetic)
    assert (case.id, case.title, case.facts["age"], case.facts["signed"]) == ("S001", "A shove", 16, None)


def test_absence_takes_the_default_and_null_is_unknown(synthetic: Rulebook) -> None:
    assert parse_case(case_data(synthetic), synthetic).facts["withdrawn"] is False
    assert parse_case(case_data(synthetic, facts={"withdrawn": None}), synthetic).facts["withdrawn"] is None


def test_a_case_keeps_no_name(synthetic: Rulebook) -> None:
    data = case_data(synthetic, title=f"Asked about {NAME}", recipient={"kind": "parent", "name": NAME})
    case = parse_case(data, synthetic)
    assert "Marisol" not in repr(case)
    assert "name" not in case.to_json()["recipient"]


@settings(max_examples=TRIALS, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_a_case_survives_its_own_json_and_fits_the_schema(
    rulebook: Rulebook, bounds: Boundaries, data: st.DataObject
) -> None:
    case = data.draw(cases(bounds, complete=False))
    document = json.loads(json.dumps(case.to_json()))
    assert parse_case(document, rulebook) == case
    assert list(faults(case_schema(rulebook), document, "case")) == []


def test_the_schema_asks_every_question(rulebook: Rulebook) -> None:
    schema = case_schema(rulebook)
    json.dumps(schema)
    facts = schema["properties"]["facts"]["properties"]
    assert set(facts) == set(rulebook.facts)
    for name, fact in rulebook.facts.items():
        assert facts[name]["description"] == fact.question
        assert facts[name]["x-answered-by"] == fact.answered_by
    answers = schema["properties"]["counsel_answers"]["properties"]
    assert {name: entry["description"] for name, entry in answers.items()} == {
        name: rulebook.questions[name] for name in rulebook.counsel_ids
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"elements": []},
        {"elements": ["narrative_identifiers"]},
        {"facts": {"signed": "yes"}},
        {"facts": {"instrument": "note"}},
        {"facts": {"topics": ["weapon", "weapon"]}},
        {"facts": {"other": True}},
        {"recipient": {"kind": "neighbor"}},
        {"date": "6 March"},
        {"counsel_answers": {"f.paper": True}},
    ],
)
def test_the_schema_refuses_what_the_parser_refuses(synthetic: Rulebook, changes: dict[str, Any]) -> None:
    assert list(faults(case_schema(synthetic), case_data(synthetic, **changes), "case"))


TYPES = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None)}


def faults(schema: dict[str, Any], value: object, where: str) -> Iterator[str]:
    """Check the few JSON Schema keywords that a case schema uses."""
    kinds = schema.get("type", list(TYPES))
    if not any(type(value) is TYPES[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds)):
        yield f"{where}: type"
    elif value not in schema.get("enum", [value]) or value != schema.get("const", value):
        yield f"{where}: value"
    elif isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        yield f"{where}: pattern"
    elif isinstance(value, list):
        if len(value) < schema.get("minItems", 0) or (schema.get("uniqueItems") and len(set(value)) < len(value)):
            yield f"{where}: items"
        for item in value:
            yield from faults(schema["items"], item, f"{where}[]")
    elif isinstance(value, dict):
        yield from object_faults(schema, value, where)


def object_faults(schema: dict[str, Any], value: dict[str, Any], where: str) -> Iterator[str]:
    yield from (f"{where}: no {key}" for key in schema.get("required", ()) if key not in value)
    for key, item in value.items():
        if key in schema["properties"]:
            yield from faults(schema["properties"][key], item, f"{where}.{key}")
        else:
            yield f"{where}: {key} is additional"
