"""The order of files and packs means nothing, and a prohibition only ever takes away."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schoolgate.engines.law import Case, Rulebook, decide, load_rulebook, outcomes, parse_case
from support.law import Boundaries, cases
from support.law_files import PROVISIONS, RULEBOOK, provision, write_files

TRIALS = int(os.environ.get("SCHOOLGATE_TRIALS", "25"))
relaxed = settings(max_examples=TRIALS, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def under(rulebook: Rulebook, case: Case) -> Case:
    """The same case, parsed with another rulebook."""
    data = case.to_json()
    known = {name: value for name, value in data["counsel_answers"].items() if name in rulebook.counsel_ids}
    return parse_case({**data, "counsel_answers": known}, rulebook)


def shuffled(folder: Path, order: list[int]) -> Rulebook:
    """The small rulebook with its files renamed so that they are read in another order, and its packs turned."""
    changes: dict[str, str | None] = {}
    for number, (name, text) in zip(order, PROVISIONS.items(), strict=True):
        changes |= {name: None, f"{name.rpartition('/')[0]}/{number:03d}.md": text}
    turned = RULEBOOK.replace('"us/federal", "us/ma", "us/ma/town"', '"us/ma/town", "us/ma", "us/federal"')
    return load_rulebook(write_files(folder, {**changes, "synthetic.toml": turned}), "synthetic")


@relaxed
@given(data=st.data())
def test_order_of_files_and_packs_changes_nothing(synthetic: Rulebook, data: st.DataObject) -> None:
    case = data.draw(cases(Boundaries(synthetic), complete=False))
    with TemporaryDirectory() as name:
        other = shuffled(Path(name), data.draw(st.permutations(range(len(PROVISIONS)))))
    assert other.digest == synthetic.digest
    assert decide(other, case).to_json() == decide(synthetic, case).to_json()


@relaxed
@given(data=st.data())
def test_a_prohibition_only_shrinks_what_may_leave(synthetic: Rulebook, data: st.DataObject) -> None:
    case = data.draw(cases(Boundaries(synthetic), complete=False))
    group = data.draw(st.sampled_from(['ElementGroup::"identifying"', 'ElementGroup::"listed_37l"']))
    test = data.draw(st.sampled_from(["context.signed", "!context.threat", "context.age > 15", "true"]))
    text = f'forbid (principal, action == Action::"disclose", resource in {group}) when {{ {test} }};'
    with TemporaryDirectory() as name:
        extra = {"us/ma/extra.md": provision("s.extra", text, layer="state", effect="prohibition")}
        stricter = load_rulebook(write_files(Path(name), dict(extra)), "synthetic")
    rank = {"deny": 0, "ask": 1, "permit": 2}
    before, after = outcomes(synthetic, case), outcomes(stricter, under(stricter, case))
    assert all(rank[after[name]] <= rank[before[name]] for name in before)


@relaxed
@given(data=st.data())
def test_taking_a_door_away_only_shrinks_what_may_leave(synthetic: Rulebook, data: st.DataObject) -> None:
    case = data.draw(cases(Boundaries(synthetic), complete=False))
    doors = [name for name, text in PROVISIONS.items() if 'effect = "door"' in text and "general" not in name]
    with TemporaryDirectory() as name:
        fewer = load_rulebook(write_files(Path(name), {data.draw(st.sampled_from(doors)): None}), "synthetic")
    rank = {"deny": 0, "ask": 1, "permit": 2}
    before, after = outcomes(synthetic, case), outcomes(fewer, under(fewer, case))
    assert all(rank[after[name]] <= rank[before[name]] for name in before)
