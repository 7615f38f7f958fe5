"""The description of the case format holds what the vocabulary holds, all of it and as it is now."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from schoolgate.cli.law_case_format import described
from schoolgate.cli.main import make_app
from schoolgate.engines.law import LawError, Rulebook, case_schema, decide, load_rulebook, parse_case
from schoolgate.engines.law.printing.case_format import CaseFormat, describe_cases, load_case_format, value_meanings

REPOSITORY = Path(__file__).resolve().parents[3]
RULEBOOKS = REPOSITORY / "src" / "schoolgate" / "rulebooks"
DOCS = REPOSITORY / "docs"


@pytest.fixture(scope="module")
def boston() -> Rulebook:
    return load_rulebook(RULEBOOKS, "boston")


@pytest.fixture(scope="module")
def words() -> CaseFormat:
    return load_case_format(RULEBOOKS / "book")


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DOCS / "case.schema.json").read_text(encoding="utf-8"))
    return found


def cases() -> list[dict[str, Any]]:
    folder = Path(__file__).parent
    files = [*(folder / "cases").glob("*.json"), *(folder / "blind").glob("B*.json")]
    read = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(files)]
    return [one.get("case", one) for one in read]


def test_the_files_in_docs_are_the_ones_that_the_command_writes(boston: Rulebook) -> None:
    for name, text in described(boston).items():
        assert (DOCS / name).read_text(encoding="utf-8") == text, f"docs/{name} is behind: run `make docs`"


def test_the_command_writes_both_files_and_refuses_a_rulebook_that_is_not_there(tmp_path: Path) -> None:
    done = CliRunner().invoke(make_app(), ["law", "case-format", "boston", "--out", str(tmp_path / "new")])
    assert done.exit_code == 0, done.output
    assert {path.name for path in (tmp_path / "new").iterdir()} == {"case-format.md", "case.schema.json"}
    refused = CliRunner().invoke(make_app(), ["law", "case-format", "atlantis", "--out", str(tmp_path)])
    assert refused.exit_code == 2


def test_nothing_is_left_unexplained(boston: Rulebook, words: CaseFormat) -> None:
    page = describe_cases(boston, words)
    for fact in boston.facts.values():
        assert f"#### `{fact.name}`" in page
        _, meanings = value_meanings(fact, words)
        assert [value for value, text in meanings.items() if not text] == [], fact.name
        if fact.type == "enum":
            assert list(meanings) == list(fact.values)
    plain = {name for name, element in boston.elements.items() if not element.hides_in}
    owed = {p.obligation for p in boston.provisions.values() if p.obligation}
    assert sorted(plain - set(words.elements)) == []
    assert sorted(set(boston.vocabulary.recipients) - set(words.recipients)) == []
    assert sorted(owed - set(words.obligations)) == []
    assert all(f"`{name}`" in page for name in (*plain, *boston.vocabulary.recipients, *owed, *boston.counsel_ids))


def test_each_fact_stands_in_one_group_and_no_group_names_a_fact_that_is_gone(
    boston: Rulebook, words: CaseFormat
) -> None:
    grouped = [name for group in words.groups for name in group.facts]
    assert len(grouped) == len(set(grouped))
    assert sorted(set(grouped) - set(boston.facts)) == []
    gone = {name: set(values) - set(boston.facts[name].values) for name, values in words.values.items()}
    assert {name: values for name, values in gone.items() if values} == {}


def test_a_default_is_shown_with_its_reason(boston: Rulebook, words: CaseFormat) -> None:
    page = describe_cases(boston, words)
    for fact in boston.facts.values():
        part = page.split(f"#### `{fact.name}`")[1].split("####")[0]
        assert (f"Left out: `{json.dumps(fact.default)}`. {fact.default_because}" in part) is (fact.default is not None)


def test_a_help_text_is_split_into_its_values(boston: Rulebook, words: CaseFormat) -> None:
    note, meanings = value_meanings(boston.facts["duty"], words)
    assert note == "Somebody's request is not a duty."
    assert meanings["weapon_report"].startswith("the report of a weapon")
    same = value_meanings(boston.facts["instrument"], words)[1]
    assert same["judicial_warrant"] == same["court_order"] != ""
    assert value_meanings(boston.facts["firearm"], words) == (boston.facts["firearm"].help, {})


def test_the_worked_examples_are_decided_as_the_page_says(boston: Rulebook, words: CaseFormat) -> None:
    page = describe_cases(boston, words)
    outcomes = [decide(boston, parse_case(json.loads(one.case), boston)).outcome for one in words.examples]
    assert outcomes == ["deny", "permit_redacted", "permit_redacted"]
    assert [f"The answer: `{outcome}`" in page for outcome in outcomes] == [True, True, True]
    stated = {name for one in words.examples for name in json.loads(one.case)["facts"]}
    assert all(f"`{name}`" in page for name in stated)


@pytest.mark.parametrize("name", ["california", "illinois", "new-york", "boston-2020"])
def test_every_rulebook_can_be_described(name: str) -> None:
    files = described(load_rulebook(RULEBOOKS, name))
    assert f"which district's law: `{name}`" in files["case-format.md"]
    assert json.loads(files["case.schema.json"])["properties"]["rulebook"] == {"const": name}


def test_links_inside_the_page_lead_somewhere(boston: Rulebook, words: CaseFormat) -> None:
    page = describe_cases(boston, words)
    heads = {
        re.sub(r"[^a-z0-9 -]", "", head.lower()).replace(" ", "-")
        for head in re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    }
    assert set(re.findall(r"\(#([^)]+)\)", page)) <= heads
    assert "{{" not in page


def test_the_schema_takes_every_case_of_the_repository(schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    told = cases()
    assert len(told) > 150
    for case in told:
        assert [error.message for error in validator.iter_errors(case)] == [], case["id"]


@pytest.mark.parametrize(
    "change",
    [
        {"format": "schoolgate-case/0"},
        {"date": "6 March 2025"},
        {"recipient": {"kind": "neighbor"}},
        {"elements": []},
        {"elements": ["narrative_identifiers"]},
        {"facts": {"instrument": "sticker"}},
        {"facts": {"firearm": "yes"}},
        {"facts": {"shoe_size": 9}},
        {"counsel_answers": {"us.ma.nothing": True}},
        {"note": "x"},
    ],
)
def test_the_schema_and_the_engine_refuse_the_same(
    change: dict[str, Any], schema: dict[str, Any], boston: Rulebook
) -> None:
    good = next(case for case in cases() if case["id"] == "S062")
    validator = jsonschema.Draft202012Validator(schema)
    assert validator.is_valid(good)
    parse_case(good, boston)
    assert not validator.is_valid({**good, **change})
    with pytest.raises(LawError):
        parse_case({**good, **change}, boston)


def test_the_schema_carries_each_question(boston: Rulebook, schema: dict[str, Any]) -> None:
    assert schema == case_schema(boston)
    for name, fact in boston.facts.items():
        shown = schema["properties"]["facts"]["properties"][name]
        assert (shown["description"], shown["x-answered-by"]) == (fact.question, fact.answered_by)


def test_a_mark_that_names_no_part_is_refused(boston: Rulebook, words: CaseFormat) -> None:
    odd = CaseFormat(words.groups, words.values, {}, {}, {}, (), "{{weather}}")
    with pytest.raises(LawError, match="names no part"):
        describe_cases(boston, odd)
