"""Trials: small cases in which one provision holds or does not, and what turns that round.

A trial states a case and whether the provision holds in it; then, one subject at a time, every value of that subject
that changes the answer. What it does not list keeps the answer. So each line is many pairs of cases that differ in
exactly one thing, readable by counsel, who reviews them once; they are stored, and compared with the rulebook.

    {"provision": "us.federal.99-36", "acts": ["disclose"], "date": "2025-03-06", "recipient": "local_police",
     "element": "student_name", "facts": {"articulable_threat": true}, "holds": true,
     "turns": {"articulable_threat": [false], "recipient": {"all_but": ["local_police"]},
               "date": {"2009-01-07": false, "2009-01-08": true}}}
"""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from schoolgate.engines.law.errors import LawError
from schoolgate.engines.law.proving.closure import test_of
from schoolgate.engines.law.text import condition as c
from schoolgate.engines.law.text.files import TomlFile
from schoolgate.engines.law.text.provision import Provision
from schoolgate.engines.law.text.rulebook import FIRST_DAY, load_rulebook
from schoolgate.engines.law.text.vocabulary import DISCLOSURE_DATE, WHOLE_RECORD, Coded, Fact, Vocabulary

__all__ = [
    "COUNSEL",
    "Difference",
    "Trial",
    "differences",
    "lines_of",
    "provisions_by_pack",
    "read_trials",
    "rulebook_names",
    "turns_of",
]

COUNSEL: Final = "counsel"
OWN: Final = ("date", "recipient", "element", COUNSEL)
Turns = dict[str, list[Any] | dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Trial:
    """One line of a file of trials.

    Attributes:
        acts: for which it holds or does not; the same for all.
        element: what is decided; `whole_record` for duties.
        facts: what the provision's condition speaks of, as in a case.
        counsel: counsel's answer, where the provision asks for one.
        turns: by subject (`recipient`, `element`, `date`, `counsel`, or a fact) the values that turn the answer
            round, or all but some; for a set the members that do when put in or taken out; for days and numbers
            each value tried, and whether it holds.
    """

    provision: str
    acts: tuple[str, ...]
    date: dt.date
    recipient: str
    element: str
    facts: Mapping[str, Any]
    counsel: bool | None
    holds: bool
    turns: Turns


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a provision no longer answers as a trial says.

    Attributes:
        change: what is different from the trial's case, such as `instrument = none`; empty for the case itself.
    """

    trial: Trial
    act: str
    change: str
    stored: bool
    now: bool | None

    def __str__(self) -> str:
        trial = self.trial
        facts = "; ".join(f"{name} = {value}" for name, value in trial.facts.items())
        answer = {True: "holds", False: "does not hold", None: "is not there or not known"}
        return (
            f"{trial.provision} ({self.act}), {trial.element} to {trial.recipient} on {trial.date}"
            f"{', counsel says ' + str(trial.counsel).lower() if trial.counsel is not None else ''}"
            f"{': ' + facts if facts else ''}{'; but ' + self.change if self.change else ''}: "
            f"stored: {answer[self.stored]}; the rulebook now says: {answer[self.now]}"
        )


def rulebook_names(folder: Path) -> tuple[str, ...]:
    """Return the names of the rulebooks of a folder, sorted: the TOML files that stack packs."""
    return tuple(path.stem for path in sorted(folder.glob("*.toml")) if "packs" in TomlFile.read(path).data)


def provisions_by_pack(folder: Path) -> dict[str, dict[str, Provision]]:
    """Return every provision of every rulebook of a folder, by pack and id, each with the dates of its own file.

    Raises:
        LawError: a rulebook does not load.
    """
    found: dict[str, dict[str, Provision]] = {}
    for name in rulebook_names(folder):
        for provision in load_rulebook(folder, name).provisions.values():
            pack = Path(provision.file).parent.relative_to(folder).as_posix()
            known = found.setdefault(pack, {})
            if provision.id not in known or known[provision.id].in_force_from == FIRST_DAY:
                known[provision.id] = provision
    return found


def read_trials(text: str, where: str) -> tuple[Trial, ...]:
    """Read a file of trials, one a line; raise `LawError` naming the line."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            data = json.loads(line)
            found.append(
                Trial(
                    **{
                        **data,
                        "acts": tuple(data["acts"]),
                        "date": dt.date.fromisoformat(data["date"]),
                        "counsel": data.get("counsel"),
                    }
                )
            )
        except (ValueError, TypeError, KeyError) as error:
            raise LawError(f"{where}:{number}", "this is no trial", "Write the trials anew") from error
    return tuple(found)


def lines_of(trials: Iterable[Trial]) -> str:
    """Write trials, one a line."""
    return "".join(json.dumps(_plain(trial), ensure_ascii=False) + "\n" for trial in trials)


def _plain(trial: Trial) -> dict[str, Any]:
    data = {
        "provision": trial.provision,
        "acts": list(trial.acts),
        "date": trial.date.isoformat(),
        "recipient": trial.recipient,
        "element": trial.element,
        "facts": dict(trial.facts),
        "counsel": trial.counsel,
        "holds": trial.holds,
        "turns": trial.turns,
    }
    return {name: value for name, value in data.items() if name != COUNSEL or value is not None}


@dataclass(slots=True)
class Point:
    """A trial's case, coded, with one thing changed at a time."""

    day: dt.date
    recipient: str
    element: str
    facts: dict[str, Coded]
    counsel: bool | None


def test_on(provision: Provision, condition: c.Condition, bits: Mapping[str, int]) -> Callable[[Point], bool | None]:
    """Return a function that says whether a provision is in force and a condition of it holds; None if unknown."""
    holds = test_of(condition)

    def tested(point: Point) -> bool | None:
        if not provision.applies_on(point.day):
            return False
        facts = {**point.facts, DISCLOSURE_DATE: point.day.toordinal()}
        answers = {} if point.counsel is None else {provision.id: point.counsel}
        return holds((facts, point.recipient, point.element, bits[point.element], answers))

    return tested


def point_of(trial: Trial, vocabulary: Vocabulary) -> Point:
    """Return the case of a trial; raise `LawError` when it speaks of something that is not declared."""
    try:
        facts: dict[str, Coded] = {name: vocabulary.facts[name].encode(value) for name, value in trial.facts.items()}
        vocabulary.recipients[trial.recipient]
        vocabulary.element_bits[trial.element]
    except (KeyError, ValueError) as error:
        what = "a trial speaks of a fact, a value, a recipient or an element that is not declared"
        raise LawError(trial.provision, what, "Write the trials anew") from error
    return Point(trial.date, trial.recipient, trial.element, facts, trial.counsel)


def differences(
    trial: Trial, provision: Provision | None, vocabulary: Vocabulary, *, first: str = ""
) -> Iterator[Difference]:
    """Yield where a provision no longer answers as a trial says, beginning with the subject `first`.

    One evaluation for each value of each subject that the trial lists.
    """
    if provision is None:
        yield from (Difference(trial, act, "", trial.holds, None) for act in trial.acts)
        return
    point = point_of(trial, vocabulary)
    for act in trial.acts:
        holds = test_on(provision, provision.condition(act), vocabulary.element_bits)
        now = holds(point)
        if now is not trial.holds:
            yield Difference(trial, act, "", trial.holds, now)
        for subject in sorted(trial.turns, key=lambda name: name != first):
            turned = _turned(trial.turns[subject], trial.holds)
            for shown, moved in variants(point, subject, vocabulary, trial.turns[subject]):
                now = holds(moved)
                stored = turned(shown)
                if now is not stored:
                    yield Difference(trial, act, f"{subject} = {shown}", stored, now)


def _turned(listed: list[Any] | dict[str, Any], holds: bool) -> Any:  # noqa: ANN401, FBT001 - a function of a value
    if isinstance(listed, list):
        return lambda value: holds is (value not in listed)
    if "all_but" in listed:
        return lambda value: holds is (value in listed["all_but"])
    return lambda value: listed[str(value)]


def variants(
    point: Point, subject: str, vocabulary: Vocabulary, tried: Iterable[Any] = ()
) -> Iterator[tuple[Any, Point]]:
    """Yield each other value of a subject, and the case with it; of days and numbers, those that were tried."""
    if subject == "recipient":
        yield from ((name, replace(point, recipient=name)) for name in vocabulary.recipients if name != point.recipient)
    elif subject == "element":
        yield from ((name, replace(point, element=name)) for name in vocabulary.elements if name != point.element)
    elif subject == "date":
        yield from ((day, replace(point, day=dt.date.fromisoformat(day))) for day in tried)
    elif subject == COUNSEL:
        yield not point.counsel, replace(point, counsel=not point.counsel)
    else:
        fact = vocabulary.facts[subject]
        for shown, code in _values(fact, point.facts[subject], tried):
            yield shown, replace(point, facts={**point.facts, subject: code})


def _values(fact: Fact, now: Coded, tried: Iterable[Any]) -> Iterator[tuple[Any, Coded]]:
    match fact.type:
        case "bool":
            yield not now, not now
        case "enum":
            yield from ((value, code) for value, code in fact.codes.items() if code != now)
        case "set":
            yield from ((value, (now or 0) ^ 1 << bit) for value, bit in fact.codes.items())
        case "number":
            yield from ((value, int(value)) for value in tried)
        case "date":
            yield from ((value, fact.encode(value)) for value in tried)


def turns_of(
    provision: Provision, act: str, point: Point, vocabulary: Vocabulary, near: Mapping[str, set[int]]
) -> Turns:
    """Return everything that turns the answer in a case round, one thing at a time.

    Args:
        provision: whose answer.
        act: the act it is about.
        point: the case.
        vocabulary: the values there are.
        near: for `date`, dates and numbers, the coded values to try.
    """
    test = test_on(provision, provision.condition(act), vocabulary.element_bits)
    holds = test(point)
    subjects = ["recipient", *(["element"] if act == "disclose" else []), "date", *point.facts]
    turns: Turns = {}
    for subject in [*subjects, *([] if point.counsel is None else [COUNSEL])]:
        fact = vocabulary.facts.get(subject)
        if subject == "date" or (fact is not None and fact.type in ("date", "number")):
            tried = {str(_decoded(fact, code)): None for code in sorted(near.get(subject, ()))}
            answers = {str(shown): bool(test(moved)) for shown, moved in variants(point, subject, vocabulary, tried)}
            if set(answers.values()) - {holds}:
                turns[subject] = answers
            continue
        tested = [(shown, test(moved) is not holds) for shown, moved in variants(point, subject, vocabulary)]
        turning, keeping = ([shown for shown, turned in tested if turned is wanted] for wanted in (True, False))
        if turning:
            turns[subject] = {"all_but": keeping} if len(turning) > len(keeping) + 1 else turning
    return turns


def _decoded(fact: Fact | None, code: int) -> object:
    return dt.date.fromordinal(code).isoformat() if fact is None else fact.decode(code)


def whole_or(element: str, act: str) -> str:
    """Return what an act is about: a duty always about the whole record."""
    return element if act == "disclose" else WHOLE_RECORD


def stated(provision: Provision, act: str) -> tuple[str, ...]:
    """Return the facts that a provision's condition speaks of, sorted; the day is no fact here."""
    names: set[str] = set()
    for part in c.walk(provision.condition(act)):
        match part:
            case c.Flag(fact) | c.OneOf(fact) | c.AboutElement(fact):
                names.add(fact)
            case c.Within(fact, among):
                names |= {fact, among}
            case c.Compare(_, left, right) | c.Sets(_, left, right):
                names |= {side.fact for side in (left, right) if isinstance(side, c.FactValue)}
            case _:
                continue
    return tuple(sorted(names - {DISCLOSURE_DATE}))
