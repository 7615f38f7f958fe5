"""The generated source holds numbers and our own names, whatever a rulebook says."""

import ast
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolgate.engines.law import LawError, Rulebook, load_rulebook, program_for
from schoolgate.engines.law.deciding.source import Clause, Group, decision_source, survey_source
from schoolgate.engines.law.text import condition as c
from support.law_files import ELEMENTS, FACTS, RULEBOOK, provision, write_files

HOSTILE = [
    "'); raise SystemExit('out') #",
    '"); import os; os.abort() #',
    "\n    raise SystemExit\n",
    "__import__('os').abort()",
    "{0}",
    "f0 is None or True",
    "\\",
    "\u202e\u2028x",
]
NAMES = {"decide", "survey", "facts", "asked", "live", "doubt", "defects", "rest", "maybe", "m", "found", "error"}
BUILTINS = {"Exception"}


def names_of(source: str) -> set[str]:
    nodes = list(ast.walk(ast.parse(source)))
    found = {node.id for node in nodes if isinstance(node, ast.Name)}
    return found | {node.attr for node in nodes if isinstance(node, ast.Attribute)}


def check(source: str) -> None:
    """Only our names, only whole numbers, no call but `append`, no import."""
    for name in names_of(source):
        assert name in NAMES | BUILTINS | {"append"} or re.fullmatch(r"[fme]\d+", name), name
    for node in ast.walk(ast.parse(source)):
        assert not isinstance(node, ast.Import | ast.ImportFrom | ast.Lambda | ast.Global | ast.With)
        if isinstance(node, ast.Constant):
            assert node.value is None or isinstance(node.value, int)
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) == "found.append"


def test_every_program_of_a_rulebook_is_made_of_numbers(rulebook: Rulebook) -> None:
    day = max(rulebook.cutovers)
    for recipient in list(rulebook.vocabulary.recipients)[:6]:
        check(program_for(rulebook, day, recipient).source)
        check(program_for(rulebook, day, recipient, "release").source)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_never_reaches_the_source(tmp_path: Path, text: str) -> None:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    door = 'permit (principal, action == Action::"disclose", resource)'
    tries = {
        "facts.toml": FACTS.replace('values = ["court"', f'values = ["{quoted}"', 1),
        "elements.toml": ELEMENTS.replace('"listed_37l"', f'"{quoted}"', 1),
        "synthetic.toml": RULEBOOK.replace('"us/ma/town"', f'"{quoted}"'),
        "us/federal/paper.md": provision("f.paper", f'{door} when {{ context.issuer == Issuer::"{quoted}" }};'),
        "us/federal/consent.md": provision("f.c", f'{door} when {{ context.consent_date < datetime("{quoted}") }};'),
        "us/federal/parent.md": provision("f.p", door.replace("resource)", f'resource == Element::"{quoted}");')),
        "us/ma/door.md": provision("s.d", f'{door} when {{ "{quoted}" == "{quoted}" }};', layer="state"),
        "us/ma/floor.md": provision(quoted, f"{door};", layer="state"),
    }
    for name, changed in tries.items():
        folder = tmp_path / name.replace("/", "_")
        with pytest.raises(LawError):
            load_rulebook(write_files(folder, {name: changed}), "synthetic")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_for_people_stay_words(tmp_path: Path, text: str) -> None:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    door = 'permit (principal, action == Action::"disclose", resource) when { context.signed };'
    front = f'counsel_question = "{quoted}?"'
    changes = {"us/federal/paper.md": provision("f.paper", f"// {text!r}\n{door}", front, citation=quoted)}
    rulebook = load_rulebook(write_files(tmp_path, dict(changes)), "synthetic")
    assert rulebook.provisions["f.paper"].citation == text
    check(program_for(rulebook, max(rulebook.cutovers), "local_police").source)


FACT_NAMES = ("a", "b", "s", "t")
SLOTS: dict[c.Open, int] = {c.FactValue(name): slot for slot, name in enumerate(FACT_NAMES)}
SLOTS[c.Answer("p.1")] = len(SLOTS)

atoms = st.one_of(
    st.sampled_from(["a", "b"]).map(c.Flag),
    st.builds(c.Constant, st.booleans()),
    st.just(c.Answer("p.1")),
    st.builds(
        c.Compare, st.sampled_from(["eq", "lt", "le"]), st.just(c.FactValue("s")), st.builds(c.Code, st.integers(-2, 5))
    ),
    st.builds(c.Compare, st.sampled_from(["eq", "lt", "le"]), st.just(c.FactValue("s")), st.just(c.FactValue("t"))),
    st.builds(
        c.Sets,
        st.sampled_from(["within", "meets", "equals"]),
        st.builds(c.Code, st.integers(0, 7)),
        st.just(c.FactValue("t")),
    ),
    st.sets(st.integers(0, 3)).map(lambda codes: c.OneOf("s", tuple(sorted(codes)))),
    st.just(c.Within("s", "t")),
    st.sampled_from(["s", "t"]).map(c.AboutElement),
)
conditions = st.recursive(
    atoms,
    lambda parts: st.one_of(
        parts.map(c.Not),
        st.lists(parts, max_size=3).map(lambda p: c.All(tuple(p))),
        st.lists(parts, max_size=3).map(lambda p: c.Any(tuple(p))),
        st.builds(c.If, parts, parts, parts),
    ),
    max_leaves=8,
)
flags = st.sampled_from([True, False, None])
numbers = st.one_of(st.none(), st.integers(0, 7))


vectors = st.tuples(flags, flags, numbers, numbers, flags)


@settings(max_examples=200, deadline=None)
@given(conditions, vectors)
def test_source_and_interpreter_agree_on_random_conditions(
    condition: c.Condition, vector: tuple[bool | None, bool | None, int | None, int | None, bool | None]
) -> None:
    facts = dict(zip(FACT_NAMES, vector, strict=False))
    answer = vector[-1]
    answers = {} if answer is None else {"p.1": answer}
    simple = c.simplify(condition, lambda _: None)
    clause = Clause(0, ((0b111, simple),))
    source = decision_source([Group((clause,))], [], SLOTS) + survey_source([clause], SLOTS)
    check(source)
    scope: dict[str, object] = {}
    exec(compile(source, "<test>", "exec"), {"__builtins__": {"Exception": Exception}}, scope)  # noqa: S102
    permit, ask, defects = scope["decide"](vector, 0b111)  # type: ignore[operator]
    assert defects == ()
    true = unknown = 0
    for _, is_true, is_unknown, error in scope["survey"](vector, 0b111):  # type: ignore[operator]
        assert error is None
        true, unknown = true | is_true, unknown | is_unknown
    assert (permit, ask) == (true, unknown)
    for bit in range(3):
        given_ = c.Given(facts, answers, "r", "e", bit)
        value, waits = c.evaluate(condition, given_)
        assert c.evaluate(simple, given_)[0] is value
        assert c.evaluate(c.negate(simple), given_)[0] is (None if value is None else not value)
        assert (permit >> bit & 1, ask >> bit & 1) == (int(value is True), int(value is None))
        assert bool(waits) is (value is None)
