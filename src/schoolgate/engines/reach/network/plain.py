"""Networks as JSON."""

from dataclasses import fields
from datetime import date

from schoolgate.engines.reach.errors import ReachError
from schoolgate.engines.reach.network.kinds import KINDS_OF_AGENCY, instead_of
from schoolgate.engines.reach.network.nouns import NOT_TO_BE_SHOWN, Agency, Agreement
from schoolgate.engines.reach.network.whole import Network

_OPTIONAL = {"notes", "onward_to", "basis", "clause", "document", "entered_by"}
_WORDS = {"kinds", "purposes", "onward_to"}
_DATES = {"start", "end"}


def network_from_json(data: object) -> Network:
    """Read a network from parsed JSON: `{"agencies": [...], "agreements": [...]}`.

    Fields are as the classes name them. Dates are `YYYY-MM-DD` or null, kinds and purposes lists or null
    for unknown; what has a default may be left out. The kind of an agency is one of `KINDS_OF_AGENCY`.

    Raises:
        ReachError: With the place of the first thing that is wrong.
    """
    top = _object(data, "network", {"agencies", "agreements"}, optional=set())
    agencies = [_agency(item, f"agencies[{index}]") for index, item in enumerate(_list(top, "agencies"))]
    agreements = [_agreement(item, f"agreements[{index}]") for index, item in enumerate(_list(top, "agreements"))]
    return Network(tuple(agencies), tuple(agreements))


def network_to_json(network: Network) -> dict[str, list[dict[str, object]]]:
    """The inverse of `network_from_json`; lists are sorted, so equal networks give equal text."""
    return {
        "agencies": [_plain(agency) for agency in network.agencies],
        "agreements": [_plain(agreement) for agreement in network.agreements],
    }


def _plain(one: Agency | Agreement) -> dict[str, object]:
    written: dict[str, object] = {}
    for column in fields(one):
        value = getattr(one, column.name)
        if isinstance(value, frozenset):
            value = sorted(value)
        elif isinstance(value, date):
            value = value.isoformat()
        written[column.name] = value
    return written


def _agency(item: object, place: str) -> Agency:
    read = _object(item, place, {"id", "name", "kind"}, optional={"notes", "form", "part_of"})
    values = {name: _text(read[name], f"{place}.{name}") for name in read}
    if values["kind"].strip() and values["kind"] not in KINDS_OF_AGENCY:
        raise ReachError(f"{place}.kind: {values['kind']!r} is no kind of agency. {instead_of(values['kind'])}")
    return Agency(**values)  # type: ignore[arg-type]  # Network checks the words


def _agreement(item: object, place: str) -> Agreement:
    needed = {column.name for column in fields(Agreement)} - _OPTIONAL
    read = _object(item, place, needed, optional=_OPTIONAL)
    values: dict[str, object] = {}
    for name, value in read.items():
        where = f"{place}.{name}"
        parse = _words if name in _WORDS else _date if name in _DATES else _text
        values[name] = parse(value, where)
    values["onward_to"] = values.get("onward_to") or frozenset()
    return Agreement(**values)  # type: ignore[arg-type]  # the parsers above; Network checks the words


def _object(item: object, place: str, needed: set[str], *, optional: set[str]) -> dict[str, object]:
    if not isinstance(item, dict):
        raise ReachError(f"{place} is not an object but {_called(item)}")
    for name in sorted(needed - item.keys()):
        raise ReachError(f"{place}.{name} is missing")
    for name in sorted(item.keys() - needed - optional):
        raise ReachError(f"{place}.{name} is not a field; known are {', '.join(sorted(needed | optional))}")
    return item


def _called(item: object) -> str:
    words = {list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}
    return "null" if item is None else words.get(type(item), "something else")


def _list(item: dict[str, object], name: str) -> list[object]:
    value = item[name]
    if not isinstance(value, list):
        raise ReachError(f"{name} is not a list")
    return value


def _text(value: object, place: str) -> str:
    if not isinstance(value, str):
        raise ReachError(f"{place} is not text")
    if found := NOT_TO_BE_SHOWN.search(value):
        raise ReachError(f"{place} holds the control character {found[0]!a}; take it out")
    return value


def _date(value: object, place: str) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(_text(value, place))
    except ValueError:
        raise ReachError(f"{place}: not a date; write YYYY-MM-DD or null") from None


def _words(value: object, place: str) -> frozenset[str] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(word, str) and word for word in value):
        raise ReachError(f"{place} is not a list of words, nor null for unknown")
    return frozenset(_text(word, place) for word in value)
