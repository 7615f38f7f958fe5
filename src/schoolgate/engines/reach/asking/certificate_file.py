"""A claimed "no path" as a file that a stranger can check against the network, without the search that made it."""

from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from datetime import date
from functools import partial
from typing import Final, get_args

from schoolgate.engines.reach.asking.answers import Holding, Reach
from schoolgate.engines.reach.asking.certificate import NegativeCertificate, Numbered, Said, certificate, proof
from schoolgate.engines.reach.errors import ReachError
from schoolgate.engines.reach.network.nouns import STATUSES, Status
from schoolgate.engines.reach.network.whole import Network
from schoolgate.engines.reach.searching.question import Holder, Promise, Question, Reading

_QUESTION: Final = frozenset({"holders", "kinds", "purposes", "until", "statuses", "reading"})
_TEXT: Final = frozenset({str})
_HOLDING: Final = frozenset({"from", "pairs", "may_pass_to"})


def certificate_to_json(answer: Reach, agency: str) -> dict[str, object]:
    """Write that an agency is not reached, with what everybody else can have at most.

    Returns:
        `{"not_reached": ID, "question": {...}, "held": {ID: [{"from": DAY, "pairs": {PURPOSE: [KIND]}, "may_pass_to":
        [ID] or null for everybody}]}}`, the same for the same answer. Agencies not in `held` have nothing.

    Raises:
        ReachError: As for `certificate`.
    """
    certificate(answer, agency)
    question = answer.question
    return {
        "not_reached": agency,
        "question": {
            "holders": [
                {"agency": one.agency, "since": one.since.isoformat(), "may_pass_to": _listed(one.may_pass_to)}
                for one in question.holders
            ],
            "kinds": sorted(question.kinds),
            "purposes": sorted(question.purposes),
            "until": question.until.isoformat() if question.until else None,
            "statuses": [status for status in STATUSES if status in question.statuses],
            "reading": question.reading,
        },
        "held": {name: [_holding_to_json(one) for one in some] for name, some in sorted(answer.holdings.items())},
    }


def verify_certificate(network: Network, data: object) -> NegativeCertificate:
    """Check a claim that an agency is not reached; one pass over the agreements, and no search.

    Sound: if this returns, no agreement of the network brings any of the data to the agency, read as the question in
    the file says. Who reads it should look at that question, too: whose data, since when, which kinds and evidence.

    Args:
        network: The network as the reader knows it, not one from the same file.
        data: Parsed JSON of `certificate_to_json`.

    Raises:
        ReachError: With the place that is wrong, or the agreement by which more arrives than the file says.
    """
    top = _object(data, "certificate", {"not_reached", "question", "held"})
    question = _question(network, top["question"])
    numbered, said = Numbered(question), _object(top["held"], "held")
    held = {network.agency(name).id: _held(some, f"held.{name}", numbered) for name, some in said.items()}
    return proof(network, question, held, _text(top["not_reached"], "not_reached"))


def _question(network: Network, data: object) -> Question:
    asked = _object(data, "question", _QUESTION)
    holders = _each(asked["holders"], "question.holders", _holder)
    kinds, purposes = (frozenset(_each(asked[name], f"question.{name}", _text)) for name in ("kinds", "purposes"))
    statuses = frozenset(_each(asked["statuses"], "question.statuses", _status))
    if not holders or not kinds or not purposes:
        raise ReachError("question: holders, kinds and purposes must each name at least one, or nothing is claimed")
    for one in holders:
        network.agency(one.agency)
    reading: Reading = _one_of(asked["reading"], "question.reading", get_args(Reading))
    until = None if asked["until"] is None else _day(asked["until"], "question.until")
    first, *others = holders
    return Question(
        first.agency, first.since, kinds, purposes, until, statuses, reading, first.may_pass_to, tuple(others)
    )


def _holder(data: object, place: str) -> Holder:
    one = _object(data, place, {"agency", "since", "may_pass_to"})
    return Holder(
        _text(one["agency"], f"{place}.agency"),
        _day(one["since"], f"{place}.since"),
        _promise(one["may_pass_to"], place, ".may_pass_to"),
    )


def _held(data: object, place: str, numbered: Numbered) -> list[Said]:
    return _each(data, place, partial(_said, numbered))


def _said(numbered: Numbered, data: object, place: str) -> Said:
    one = _object(data, place, _HOLDING)
    by_purpose, pairs = one["pairs"], 0
    if not isinstance(by_purpose, dict):
        raise ReachError(f"{place}.pairs is not an object")
    for purpose, kinds in by_purpose.items():
        pairs |= numbered.of_words(purpose, _words(kinds, place, purpose))
    day, promise = _day(one["from"], place, ".from"), _promise(one["may_pass_to"], place, ".may_pass_to")
    return Said(day.toordinal(), pairs, promise)


def _holding_to_json(one: Holding) -> dict[str, object]:
    pairs: dict[str, list[str]] = {}
    for purpose, kind in sorted(one.pairs):
        pairs.setdefault(purpose, []).append(kind)
    return {"from": one.day.isoformat(), "pairs": pairs, "may_pass_to": _listed(one.may_pass_to)}


def _listed(promise: Promise) -> list[str] | None:
    return None if promise is None else sorted(promise)


def _promise(data: object, place: str, field: str) -> Promise:
    return None if data is None else frozenset(_each(data, f"{place}{field}", _text))


def _status(data: object, place: str) -> Status:
    return _one_of(data, place, STATUSES)


def _one_of[Item](data: object, place: str, words: Iterable[Item]) -> Item:
    for word in words:
        if word == data:
            return word
    raise ReachError(f"{place}: {data!r} is none of {', '.join(map(str, words))}")


def _object(data: object, place: str, names: AbstractSet[str] | None = None) -> dict[str, object]:
    if not isinstance(data, dict):
        raise ReachError(f"{place} is not an object")
    if names is not None and data.keys() != names:
        wrong = sorted(names ^ data.keys())
        how = "is not a field" if wrong[0] in data else "is missing"
        raise ReachError(f"{place}.{wrong[0]} {how}")
    return data


def _each[Item](data: object, place: str, read: Callable[[object, str], Item]) -> list[Item]:
    if not isinstance(data, list):
        raise ReachError(f"{place} is not a list")
    return [read(item, f"{place}[{index}]") for index, item in enumerate(data)]


def _words(data: object, place: str, purpose: str) -> list[str]:
    if not isinstance(data, list) or not _TEXT.issuperset(map(type, data)):
        raise ReachError(f"{place}.pairs.{purpose} is not a list of words")
    return data


def _text(data: object, place: str) -> str:
    if not isinstance(data, str):
        raise ReachError(f"{place} is not text")
    return data


def _day(data: object, place: str, field: str = "") -> date:
    if not isinstance(data, str):
        raise ReachError(f"{place}{field} is not text")
    try:
        return date.fromisoformat(data)
    except ValueError:
        raise ReachError(f"{place}{field}: not a date; write YYYY-MM-DD") from None
