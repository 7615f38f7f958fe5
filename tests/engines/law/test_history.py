"""A history gives back every case it was given, and refuses every file that is not what was stored."""

import dataclasses
import datetime as dt
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schoolgate.engines.law import Case, LawError, Rulebook, amend, load_rulebook, parse_case
from schoolgate.engines.law.replaying.history import History
from support.law import Boundaries, case_data, cases
from support.law_files import FACTS, provision, write_files

TRIALS = int(os.environ.get("SCHOOLGATE_TRIALS", "25"))
relaxed = settings(
    max_examples=TRIALS, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
ASKS_COUNSEL = provision(
    "s.new",
    'permit (principal, action == Action::"disclose", resource) when { context.signed };',
    'counsel_question = "Is it new?"',
    layer="state",
)


def plain(case: Case) -> Case:
    """What a history keeps: no title, elements in the vocabulary's order."""
    return dataclasses.replace(case, title="", elements=tuple(sorted(case.elements)), decided=())


def held(history: History, rulebook: Rulebook) -> list[Case]:
    return [
        dataclasses.replace(parse_case(history.case(place, rulebook), rulebook), decided=())
        for place in range(len(history))
    ]


def in_order(rulebook: Rulebook, found: list[Case]) -> list[Case]:
    kinds = list(rulebook.vocabulary.recipients)
    return sorted(map(plain, found), key=lambda case: (kinds.index(case.recipient), case.date))


@pytest.fixture(scope="module")
def some(synthetic: Rulebook) -> list[Case]:
    """A case a month and recipient, with ids that are no ASCII."""
    answers = [{}, {"s.sealed": True, "s.doubtful": False}, {"s.sealed": False}]
    return [
        parse_case(
            case_data(
                synthetic,
                id=f"Fall {number} é",
                date=(dt.date(2026, 1, 1) - dt.timedelta(days=30 * number)).isoformat(),
                recipient={"kind": kind},
                elements=["religion", "narrative"] if number % 2 else ["student_name"],
                facts={"age": number, "topics": ["weapon", "absence"][: number % 3], "germane_elements": ["religion"]},
                counsel_answers=answers[number % 3],
            ),
            synthetic,
        )
        for kind in synthetic.vocabulary.recipients
        for number in range(17)
    ]


@relaxed
@given(data=st.data())
def test_it_gives_back_what_it_was_given(rulebook: Rulebook, bounds: Boundaries, data: st.DataObject) -> None:
    complete = data.draw(st.booleans())
    drawn = data.draw(st.lists(cases(bounds, complete=complete), max_size=4))
    history = History.of(rulebook, drawn)
    assert len(history) == len(drawn)
    assert held(history, rulebook) == in_order(rulebook, drawn)


def test_a_file_gives_back_the_history(synthetic: Rulebook, some: list[Case], tmp_path: Path) -> None:
    history = History.of(synthetic, some)
    history.save(tmp_path / "h")
    loaded = History.load(tmp_path / "h", synthetic.vocabulary)
    assert held(loaded, synthetic) == held(history, synthetic) == in_order(synthetic, some)
    assert loaded.counsel_ids == synthetic.counsel_ids
    assert [path.name for path in tmp_path.iterdir()] == ["h"]
    with pytest.raises(ValueError, match="read-only"):
        loaded.bits[0, 0] = 1


def test_an_empty_history_can_be_stored(synthetic: Rulebook, tmp_path: Path) -> None:
    History.of(synthetic, []).save(tmp_path / "h")
    assert len(History.load(tmp_path / "h", synthetic.vocabulary)) == 0


def test_cases_stand_by_recipient_and_day(synthetic: Rulebook, some: list[Case]) -> None:
    history = History.of(synthetic, some[::-1])
    spans = list(history.spans())
    assert [span.recipient for span in spans] == list(synthetic.vocabulary.recipients)
    assert [span.start for span in spans[1:]] == [span.stop for span in spans[:-1]]
    for span in spans:
        days = history.days[span.start : span.stop].tolist()
        assert days == sorted(days)
        assert {history.case(place)["recipient"]["kind"] for place in range(span.start, span.stop)} == {span.recipient}


@pytest.mark.parametrize("cut", [0, 1, 40, 85])
def test_appended_cases_join_the_others(synthetic: Rulebook, some: list[Case], cut: int) -> None:
    history = History.of(synthetic, some[:cut]).append(synthetic, some[cut:])
    assert held(history, synthetic) == in_order(synthetic, some)


def test_answers_are_kept_by_provision(synthetic: Rulebook, some: list[Case]) -> None:
    draft = amend(synthetic, [ASKS_COUNSEL], without=["s.sealed"])
    later = parse_case(case_data(draft, id="later", counsel_answers={"s.new": True, "s.doubtful": False}), draft)
    history = History.of(synthetic, some).append(draft, [later])
    assert set(history.counsel_ids) == {"s.new", "s.doubtful", "s.sealed"}
    by_id = {history.id_of(place): place for place in range(len(history))}
    assert history.case(by_id["later"])["counsel_answers"] == {"s.new": True, "s.doubtful": False}
    earlier = by_id[some[1].id]
    assert history.case(earlier)["counsel_answers"] == {"s.sealed": True, "s.doubtful": False}
    assert history.case(earlier, draft)["counsel_answers"] == {"s.doubtful": False}
    assert parse_case(history.case(earlier, draft), draft).rulebook == "synthetic"


def test_titles_are_not_kept(synthetic: Rulebook) -> None:
    case = parse_case(case_data(synthetic, title="About somebody"), synthetic)
    history = History.of(synthetic, [case])
    assert "title" not in history.case(0)
    assert b"somebody" not in history.text.tobytes()


def test_a_case_that_is_not_there(synthetic: Rulebook, some: list[Case]) -> None:
    history = History.of(synthetic, some[:3])
    for place in (-1, 3):
        with pytest.raises(IndexError):
            history.case(place)


def test_cases_of_another_version_are_refused(synthetic: Rulebook, some: list[Case]) -> None:
    draft = amend(synthetic, without=["s.sealed"])
    with pytest.raises(LawError, match="another rulebook or version"):
        History.of(draft, some)


@pytest.mark.parametrize(
    "change",
    [
        {"facts.toml": FACTS.replace('"subpoena"', '"summons"').replace('"weapon", "threat"', '"threat", "weapon"')},
        {"facts.toml": FACTS + '[facts.extra]\ntype = "bool"\nquestion = "Is it?"\nanswered_by = "counsel"\n'},
    ],
)
def test_other_nouns_are_refused(
    synthetic: Rulebook, some: list[Case], tmp_path: Path, change: dict[str, str | None]
) -> None:
    left_out = dict.fromkeys(("us/federal/paper.md", "us/ma/door.md", "us/ma/town/door.md", "us/ma/doubtful.md"))
    other = load_rulebook(write_files(tmp_path / "r", {**change, **left_out}), "synthetic")
    history = History.of(synthetic, some)
    history.save(tmp_path / "h")
    with pytest.raises(LawError, match="other facts, elements or recipients"):
        History.load(tmp_path / "h", other.vocabulary)
    with pytest.raises(LawError, match="other facts, elements or recipients"):
        history.append(other, [])


def test_another_wording_of_the_questions_is_no_other_history(
    synthetic: Rulebook, some: list[Case], tmp_path: Path
) -> None:
    changed = {"facts.toml": FACTS.replace("How old is the student?", "What is the student's age?")}
    other = load_rulebook(write_files(tmp_path / "r", dict(changed)), "synthetic")
    assert other.digest != synthetic.digest
    History.of(synthetic, some).save(tmp_path / "h")
    loaded = History.load(tmp_path / "h", other.vocabulary)
    assert [case.vector for case in held(loaded, other)] == [case.vector for case in in_order(synthetic, some)]


def test_every_damaged_octet_is_noticed(synthetic: Rulebook, some: list[Case], tmp_path: Path) -> None:
    path = tmp_path / "h"
    History.of(synthetic, some[:2]).save(path)
    good = path.read_bytes()
    refused = 0
    for place in range(0, len(good), 7):
        path.write_bytes(good[:place] + bytes([good[place] ^ 0x15]) + good[place + 1 :])
        try:
            loaded = History.load(path, synthetic.vocabulary)
        except LawError:
            refused += 1
        else:  # between two arrays
            assert good[place] == 0
            assert held(loaded, synthetic) == in_order(synthetic, some[:2])
    assert refused > 0.9 * len(good) / 7


def test_a_save_that_fails_leaves_nothing(synthetic: Rulebook, some: list[Case], tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        History.of(synthetic, some).save(tmp_path / "taken")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


@pytest.mark.parametrize("size", [0, 5, 25, 60, 400, -1])
def test_a_cut_file_is_noticed(synthetic: Rulebook, some: list[Case], tmp_path: Path, size: int) -> None:
    path = tmp_path / "h"
    History.of(synthetic, some).save(path)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(LawError, match="no history, or a damaged one"):
        History.load(path, synthetic.vocabulary)
    path.unlink()
    with pytest.raises(LawError, match="cannot be read"):
        History.load(path, synthetic.vocabulary)


def test_a_longer_file_is_noticed(synthetic: Rulebook, some: list[Case], tmp_path: Path) -> None:
    path = tmp_path / "h"
    History.of(synthetic, some).save(path)
    with path.open("ab") as file:
        file.write(b"x")
    with pytest.raises(LawError, match="damaged"):
        History.load(path, synthetic.vocabulary)
