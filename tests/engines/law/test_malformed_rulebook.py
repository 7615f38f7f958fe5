"""A rulebook that is wrong is refused with the file, the line and what to do."""

import re
from pathlib import Path

import pytest

from schoolgate.engines.law import LawError, load_rulebook
from support.law_files import ELEMENTS, FACTS, PROVISIONS, RULEBOOK, provision, write_files

DOOR = 'permit (principal, action == Action::"disclose", resource)'


def refusal(folder: Path, name: str, text: str) -> LawError:
    with pytest.raises(LawError) as caught:
        load_rulebook(write_files(folder, {name: text}), "synthetic")
    assert str(caught.value) == f"{caught.value.where}: {caught.value.what}. {caught.value.remedy}."
    return caught.value


def line(error: LawError) -> int:
    found = re.search(r":(\d+)$", error.where)
    assert found, error.where
    return int(found[1])


@pytest.mark.parametrize(
    ("cedar", "said"),
    [
        (f"{DOOR} when {{ context.age + 1 > 18 }};", "arithmetic"),
        (f"{DOOR} when {{ context.age * 2 > 18 }};", "arithmetic"),
        (f"{DOOR} when {{ context.age - 1 > 18 }};", "arithmetic"),
        (f"{DOOR} when {{ -context.age > 18 }};", "arithmetic"),
        (f"{DOOR} when {{ context has age }};", "has"),
        (f"{DOOR} when {{ context.age == resource.age }};", "context"),
        (f"{DOOR} when {{ principal.name }};", "context"),
        (f'{DOOR} when {{ unknown("age") }};', "Unknown"),
        (f'{DOOR} when {{ "a" like "a*" }};', "like"),
        (f'{DOOR} when {{ "a" == "b" }};', "texts"),
        (f"{DOOR} when {{ {{a: 1}} == {{a: 1}} }};", "records"),
        (f'{DOOR} when {{ ip("1.1.1.1").isLoopback() }};', "is_loopback"),
        (f'{DOOR} when {{ context.consent_date.offset(duration("1d")) < context.return_date }};', "offset"),
        (f'{DOOR} when {{ principal.hasTag("a") }};', "has_tag"),
        ('permit (principal == ?principal, action == Action::"disclose", resource);', "templates"),
        ('permit (principal in ?principal, action == Action::"disclose", resource);', "templates"),
        ("permit (principal, action, resource);", "action"),
        ('permit (principal, action == Action::"release", resource);', "action"),
        ('permit (principal, action in [Action::"disclose", Action::"release"], resource);', "action"),
        ('permit (principal, action == Action::"destroy", resource);', "action"),
        (DOOR.replace("permit", "forbid") + ";", "forbid"),
        (DOOR.replace("principal", 'principal == Recipient::"neighbor"') + ";", "neighbor"),
        (DOOR.replace("resource)", 'resource in ElementGroup::"listed_37") ;'), "listed_37"),
        (f"{DOOR} when {{ context.sign }};", "context.sign"),
        (f"{DOOR} when {{ context.age }};", "age"),
        (f'{DOOR} when {{ context.instrument == Instrument::"subpena" }};', "subpena"),
        (f'{DOOR} when {{ context.instrument == Issuer::"court" }};', "kinds"),
        (f'{DOOR} when {{ context.instrument == Paper::"court" }};', "Paper"),
        (f'{DOOR} when {{ context.issuer < Issuer::"court" }};', "ordered"),
        (f"{DOOR} when {{ context.signed < context.threat }};", "ordered"),
        (f'{DOOR} when {{ context.consent_date < datetime("2020-13-01") }};', "date"),
        (f'{DOOR} when {{ context.consent_date < datetime("2020-12-01T10:00:00Z") }};', "date"),
        (f"{DOOR} when {{ context.topics.contains(resource) }};", "member"),
        (f'{DOOR} when {{ [Issuer::"court"].contains(context.instrument) }};', "kind"),
        (f'{DOOR} when {{ context.topics.containsAll([Issuer::"court"]) }};', "kinds"),
        (f'{DOOR} when {{ [Issuer::"court", context.issuer].contains(context.issuer) }};', "entities"),
        (f"{DOOR} when {{ context.signed && }};", "unexpected"),
        (f"{DOOR} when {{ {'!(context.signed && ' * 30}context.threat{')' * 30} }};", "nested"),
        (
            f"{DOOR} when {{ {'if context.signed then context.threat else (' * 9}context.withdrawn{')' * 9} }};",
            "too many",
        ),
    ],
)
def test_what_a_condition_may_not_say(tmp_path: Path, cedar: str, said: str) -> None:
    error = refusal(tmp_path, "us/federal/paper.md", provision("f.paper", cedar))
    assert "us/federal/paper.md:" in error.where
    assert said.lower() in error.what.lower()
    assert error.remedy
    assert line(error) >= 12  # within the block


def test_the_line_is_that_of_the_name_that_is_wrong(tmp_path: Path) -> None:
    text = provision("f.paper", f"{DOOR}\nwhen {{ context.signed }}\nwhen {{\n  context.sealed }};")
    error = refusal(tmp_path, "us/federal/paper.md", text)
    assert text.split("\n")[line(error) - 1] == "  context.sealed };"
    assert error.remedy == "Did you mean sealed_elements"


def test_lines_count_through_a_second_block(tmp_path: Path) -> None:
    text = provision("f.paper", f"{DOOR};") + f"\nAnd also:\n\n```cedar\n{DOOR}\nwhen {{ context.sealed }};\n```\n"
    error = refusal(tmp_path, "us/federal/paper.md", text)
    assert text.split("\n")[line(error) - 1] == "when { context.sealed };"


def test_strict_validation_catches_what_conversion_lets_pass(tmp_path: Path) -> None:
    cedar = f'{DOOR} when {{ resource in [Element::"narrative", ElementGroup::"listed_37l"] }};'
    assert refusal(tmp_path, "us/federal/paper.md", provision("f.paper", cedar)).where.endswith(".md:15")


@pytest.mark.parametrize(
    ("before", "after", "key", "said"),
    [
        ("evidence =", "evidance =", "evidance", "unknown"),
        ('evidence = "read"', 'evidence = "hearsay"', "evidence", "unknown"),
        ('effect = "door"', 'effect = "window"', "effect", "unknown"),
        ('layer = "federal"', 'layer = "county"', "layer", "unknown"),
        ('citation = "Code f.paper"', 'citation = ""', "citation", "text"),
        ('citation = "Code f.paper"\n', "", "", "citation is missing"),
        ('title = "About f.paper"', "title = 3", "title", "text"),
        ('id = "f.paper"', 'id = "f paper"', "id", "id"),
        ('sources = ["https://law.example/1"]', "sources = []", "sources", "source"),
        ("in_force_from = 1975-01-01", 'in_force_from = "1975-01-01"', "in_force_from", "date"),
        ("in_force_from = 1975-01-01", "in_force_from = 1975-01-01T00:00:00", "in_force_from", "date"),
        ("in_force_from = 1975-01-01\n", "", "", "in_force_from is missing"),
        ("fails_for =", "in_force_until = 1970-01-01\nfails_for =", "in_force_until", "ends before"),
        ('fails_for = ["administrative_warrant"]', 'fails_for = ["warrant"]', "fails_for", "instrument"),
        ("fails_for =", 'obligation = "x"\nfails_for =', "obligation", "disagree"),
        ("fails_for =", 'general_recipients = ["x"]\nfails_for =', "general_recipients", "recipient"),
        ("fails_for =", "general = 1\nfails_for =", "general", "true or false"),
        ("fails_for =", "due = { clock = 1 }\nfails_for =", "due", "text"),
        ("title = ", "title == ", "", "TOML"),
    ],
)
def test_what_front_matter_may_not_say(tmp_path: Path, before: str, after: str, key: str, said: str) -> None:
    original = PROVISIONS["us/federal/paper.md"]
    assert before in original
    text = original.replace(before, after, 1)
    error = refusal(tmp_path, "us/federal/paper.md", text)
    assert said in error.what
    if key:
        assert text.split("\n")[line(error) - 1].startswith(key)
    else:
        assert line(error) >= 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("No front matter", "front matter"),
        ("+++\nid = 1\n", "does not end"),
        (provision("f.paper", ""), "no condition"),
        (provision("f.paper", DOOR + ";").replace("What it says, in plain words.", ""), "plain words"),
    ],
)
def test_what_a_provision_file_must_have(tmp_path: Path, text: str, said: str) -> None:
    assert said in refusal(tmp_path, "us/federal/paper.md", text).what


def test_two_provisions_cannot_share_an_id(tmp_path: Path) -> None:
    error = refusal(tmp_path, "us/ma/twin.md", PROVISIONS["us/federal/paper.md"])
    assert "paper.md" in error.what + error.where
    assert "twin.md" in error.what + error.where


@pytest.mark.parametrize(
    ("name", "text", "change", "said"),
    [
        ("facts.toml", FACTS, ('type = "bool"', 'type = "maybe"'), "facts.signed.type"),
        ("facts.toml", FACTS, ('values = ["court", "agency", "attorney"]', ""), "facts.issuer: values"),
        ("facts.toml", FACTS, ('values = ["court", "agency"', 'values = ["court", "court"'), "twice"),
        ("facts.toml", FACTS, ('values = ["court"', 'values = ["the court"'), "cannot be used"),
        ("facts.toml", FACTS, ('values = "issuer"', 'values = "issuers"'), "facts.accepted_issuers.values"),
        ("facts.toml", FACTS, ('question = "Is it signed?"', ""), "facts.signed: question is missing"),
        ("facts.toml", FACTS, ('question = "Is it signed?"', 'question = "?"\nvalues = ["a"]'), "a bool has no values"),
        ("facts.toml", FACTS, ('answered_by = "family"', 'answered_by = "neighbor"'), "answered_by"),
        ("facts.toml", FACTS, ("default = false\n", ""), "default_because"),
        ("facts.toml", FACTS, ('default_because = "A withdrawal is on file or it was not made."', ""), "default"),
        ("facts.toml", FACTS, ("default = false", "default = 0"), "facts.withdrawn.default"),
        ("facts.toml", FACTS, ("[facts.signed]", "[facts.in]"), "facts.in"),
        ("facts.toml", FACTS, ("[facts.signed]", "[facts.Signed]"), "facts.Signed"),
        ("facts.toml", FACTS, ("[facts.topics]", "[facts.element]"), "taken"),
        ("facts.toml", FACTS, ("[facts.signed]", "[fact.signed]"), "fact: this key is unknown"),
        ("facts.toml", FACTS, ('help = "', 'hlep = "'), "facts.issuer.hlep"),
        ("elements.toml", ELEMENTS, ('groups = ["listed_37l"]', 'groups = ["listed 37l"]'), "groups"),
        ("elements.toml", ELEMENTS, ('groups = ["listed_37l"]', "groups = 37"), "groups"),
        ("elements.toml", ELEMENTS, ('with = ["narrative"]', 'with = ["narative"]'), "with"),
        ("elements.toml", ELEMENTS, ('with = ["narrative"]', ""), "with is missing"),
        ("elements.toml", ELEMENTS, ("[elements.religion]", "[elements.whole_record]"), "whole_record"),
        ("elements.toml", ELEMENTS, ("[elements.religion]", "[element.religion]"), "element: this key"),
        ("synthetic.toml", RULEBOOK, ('id = "synthetic"', 'id = "other"'), "file name differ"),
        ("synthetic.toml", RULEBOOK, ('"us/ma/town"]', '"us/ma/village"]'), "no folder"),
        ("synthetic.toml", RULEBOOK, ('"us/ma/town"]', '"../elsewhere"]'), "no folder"),
        ("synthetic.toml", RULEBOOK, ("[layers.federal]", "[layers.county]"), "layers.county"),
        (
            "synthetic.toml",
            RULEBOOK,
            ('recipients = "all"', 'recipients = ["law_enforcement"]'),
            "no layer decides for",
        ),
        ("synthetic.toml", RULEBOOK, ('["local_police", "fusion_center"]', '["locals"]'), "layers.local.recipients"),
        ("synthetic.toml", RULEBOOK, ('["local_police", "fusion_center"]', "[]"), "layers.local: recipients"),
        ("synthetic.toml", RULEBOOK, ("[layers.local]", "[layers.local]\nopen = true"), "layers.local.open"),
    ],
)
def test_what_the_other_files_may_not_say(
    tmp_path: Path, name: str, text: str, change: tuple[str, str], said: str
) -> None:
    before, after = change
    assert before in text
    error = refusal(tmp_path, name, text.replace(before, after, 1))
    assert said in error.what
    assert f"{name}:" in error.where
    assert line(error) >= 1


def test_a_door_of_a_layer_that_is_not_declared_is_refused(tmp_path: Path) -> None:
    error = refusal(tmp_path, "synthetic.toml", RULEBOOK.partition("[layers.local]")[0])
    assert "door.md" in error.where
    assert "local" in error.what


@pytest.mark.parametrize("name", ["../synthetic", "/etc/passwd", "a b", "", "Synthetic"])
def test_a_rulebook_name_is_no_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(LawError, match="name"):
        load_rulebook(write_files(tmp_path), name)


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(LawError, match=r"elements\.toml"):
        load_rulebook(tmp_path, "synthetic")
    write_files(tmp_path)
    (tmp_path / "us/ma/door.md").write_bytes(b"\xff\xfe")
    with pytest.raises(LawError, match=r"door\.md: is not UTF-8"):
        load_rulebook(tmp_path, "synthetic")
