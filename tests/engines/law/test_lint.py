"""What lint finds: each rule by a provision that breaks it and nothing else."""

import datetime as dt
from pathlib import Path

import pytest

from schoolgate.engines.law import Rulebook, amend, load_rulebook
from schoolgate.engines.law.proving.lint import Finding, formatted, lint
from schoolgate.engines.law.text.provision import parse_provision
from support.law import REAL_RULEBOOKS
from support.law_files import provision

TODAY = dt.date(2026, 11, 28)
CEDAR = """permit (
  principal == Recipient::"parent",
  action == Action::"disclose",
  resource == Element::"count"
)
when { context.threat };"""
SPANISH = 'title_es = "Nuevo"'


def text_of(
    cedar: str = CEDAR, front: str = SPANISH, words: str = "What it says, in plain words.", **fields: str
) -> str:
    text = provision("x.new", cedar, front, **fields)
    return text.replace("What it says, in plain words.", words)


def found_in(rulebook: Rulebook, text: str, *, proofs: bool = False) -> list[Finding]:
    return [one for one in lint(amend(rulebook, [text]), today=TODAY, proofs=proofs) if one.provision == "x.new"]


def test_a_good_provision_has_nothing_to_mend(synthetic: Rulebook) -> None:
    assert found_in(synthetic, text_of(), proofs=True) == []


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("format", text_of(CEDAR.replace("\n", " "))),
        ("spanish", text_of(front="")),
        ("title", text_of(title="Long " * 20)),
        ("title", text_of(front='title_es = "' + "Largo " * 20 + '"')),
        ("words", text_of(words="Many words. " * 70)),
        ("words", text_of(words="word " * 45 + ".")),
        ("words", text_of(words="With **markup** in it.")),
        ("date", text_of(in_force_from="1899-12-31")),
        ("date", text_of(in_force_from="2028-01-01")),
        ("date", text_of(front=f"{SPANISH}\nin_force_until = 2300-01-01")),
        ("source", text_of().replace("https://law.example/1", "https://law")),
        ("source", text_of().replace("https://law.example/1", "somewhere")),
        ("source", text_of().replace('"https://law.example/1"', '"https://law.example/1", "https://law.example/1"')),
        ("unverified", text_of(evidence="unverified")),
        ("our-reading", text_of(front=f"{SPANISH}\nour_reading = true")),
        ("citation", text_of(citation="Code f.consent")),
        (
            "clock",
            text_of(
                CEDAR.replace("disclose", "release").replace(' == Element::"count"', ""),
                f'{SPANISH}\ndue = {{ clock = "no-such", from = "request" }}',
                effect="obligation",
                obligation="record_request",
            ),
        ),
    ],
)
def test_each_rule_is_found(rule: str, text: str, synthetic: Rulebook) -> None:
    assert {one.rule for one in found_in(synthetic, text)} == {rule}


def test_proofs_find_what_can_never_matter(synthetic: Rulebook) -> None:
    never = CEDAR.replace("context.threat", "context.threat && !context.threat")
    assert [one.rule for one in found_in(synthetic, text_of(never), proofs=True)] == ["dead-never-holds"]
    assert found_in(synthetic, text_of(never)) == []


def test_a_finding_names_the_line(synthetic: Rulebook) -> None:
    text = text_of(evidence="unverified")
    (one,) = found_in(synthetic, text)
    assert text.split("\n")[one.line - 1] == 'evidence = "unverified"'
    (one,) = found_in(synthetic, text_of(CEDAR.replace("  resource", "    resource")))
    assert text_of(CEDAR).split("\n")[one.line - 1].strip().startswith("resource")


def test_versions_of_one_citation_may_follow_each_other_but_leave_no_day_out(synthetic: Rulebook) -> None:
    def versions(first: str) -> list[Finding]:
        ended = text_of(front=f"{SPANISH}\nin_force_until = 2020-01-01", citation="Code 9")
        later = text_of(citation="Code 9", in_force_from=first).replace('"x.new"', '"x.later"')
        return [
            one for one in lint(amend(synthetic, [ended, later]), today=TODAY, proofs=False) if "x." in one.provision
        ]

    assert versions("2020-01-01") == []
    assert [(one.rule, one.provision) for one in versions("2020-01-02")] == [("date", "x.later")]
    assert [one.rule for one in versions("2019-12-31")] == ["citation"]


def test_formatting_changes_the_cedar_alone_and_not_its_meaning(synthetic: Rulebook) -> None:
    rough = text_of(CEDAR.replace("\n", " ").replace("when", "// why\nwhen"), words="Kept   as it is.")
    tidy = formatted(rough)
    assert "// why" in tidy
    assert "Kept   as it is." in tidy
    assert formatted(tidy) == tidy
    before, after = (parse_provision(text, "here", synthetic.vocabulary) for text in (rough, tidy))
    assert before.rules == after.rules
    assert [one.rule for one in found_in(synthetic, tidy)] == []


@pytest.mark.parametrize("name", sorted(path.stem for path in REAL_RULEBOOKS.glob("boston*.toml")))
def test_the_rulebooks_of_boston_have_nothing_to_mend(name: str) -> None:
    found = lint(load_rulebook(REAL_RULEBOOKS, name), today=TODAY, proofs=False)  # those are test_dead's
    assert [f"{Path(one.file).name}:{one.line} {one.rule}: {one.what}" for one in found] == []
