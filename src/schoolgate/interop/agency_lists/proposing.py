"""Which agencies of two lists may be the same: proposed with reasons, for a person to confirm.

Certain is only what has the same state, the same sort and the same place, when nothing on either list makes it
ambiguous. Everything else is a question. The words that say the sort are never compared: that two are both called
police says nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz.distance import OSA

from schoolgate.engines.reach import Agency
from schoolgate.interop.agency_lists.names import AgencyName, county_names, parse_name
from schoolgate.interop.agency_lists.words import CAMPUS, OF_STATE, ONE_A_STATE

# A city's department of public safety is its police; both have the campus of a college as theirs or not.
_LIKE: Final[Mapping[str, str]] = {"public_safety": "police"}
_NO_AGENCY: Final = frozenset({"not_in_use", "other"})
# Near spellings: how many letters may differ, and how long a name must be for that.
_SHORTEST: Final = 5
_STATES_AT_MOST: Final = 3
_COUNTY_LETTERS: Final = 2

_Block = tuple[str, str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Listing:
    """An agency as some list has it.

    Attributes:
        key: By which the caller knows it; unique on its list.
        name: As written.
        state: Postal code, when the list has it beside the name.
        county: When the list has it beside the name; several joined by commas.
    """

    key: str
    name: str
    state: str = ""
    county: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two listings that may be the same agency.

    Attributes:
        left: Of the first list.
        right: Of the second list.
        score: From 0 to 1; orders what a person looks at, and means nothing else.
        reasons: In words, for and against.
        certain: Whether nothing speaks against it.
    """

    left: Listing
    right: Listing
    score: float
    reasons: tuple[str, ...]
    certain: bool


@dataclass(frozen=True, slots=True)
class _Parsed:
    listing: Listing
    name: AgencyName

    @property
    def sort(self) -> str:
        """The sort, as far as it tells agencies apart."""
        sort = self.name.sort
        if sort == "other" and CAMPUS & set(self.name.place):
            return "campus_police"
        return _LIKE.get(sort, sort) if self.name.place else sort

    @property
    def comparable(self) -> bool:
        """Whether its name says which agency it is."""
        if self.sort in _NO_AGENCY:
            return False
        of_state = bool(self.name.state) and self.name.sort in ONE_A_STATE | OF_STATE
        return bool(self.name.place) or of_state


def listings(agencies: Iterable[Agency]) -> tuple[Listing, ...]:
    """The agencies of a network as `propose` takes them."""
    return tuple(Listing(agency.id, agency.name) for agency in agencies)


def propose(left: Iterable[Listing], right: Iterable[Listing]) -> tuple[Proposal, ...]:
    """Propose which agencies of two lists are the same.

    Blocks by state, sort and place; near spellings are looked for only among those without a partner of the same
    spelling. O(n + m) and, for the rest, the product of what is left in each state: under two seconds for 5,152
    names beside 685.

    Returns:
        Proposals, the best first. One agency may be in several: then none of them is certain.
    """
    lefts, rights = _parsed(left), _parsed(right)
    left_by, right_by = _blocks(lefts), _blocks(rights)
    found = [
        _same_place(one, other, len(left_by[block]), len(others))
        for block, others in right_by.items()
        for one in left_by.get(block, ())
        for other in others
        if _counties_fit(one.name, other.name)
    ]
    found += _without_state(lefts, right_by, right_is_left=False)
    found += _without_state(rights, left_by, right_is_left=True)
    matched = {(proposal.left.key, proposal.right.key) for proposal in found}
    left_done = {key for key, _ in matched}
    right_done = {key for _, key in matched}
    found += _near(
        [one for one in lefts if one.listing.key not in left_done],
        [one for one in rights if one.listing.key not in right_done],
    )
    return tuple(sorted(found, key=lambda one: (-one.score, one.left.name, one.right.name, one.right.key)))


def _parsed(some: Iterable[Listing]) -> list[_Parsed]:
    parsed = (_Parsed(one, parse_name(one.name, one.state, one.county)) for one in some)
    return [one for one in parsed if one.comparable]


def _blocks(some: Iterable[_Parsed]) -> dict[_Block, list[_Parsed]]:
    blocks: dict[_Block, list[_Parsed]] = defaultdict(list)
    for one in some:
        if one.name.state:
            blocks[one.name.state, one.sort, one.name.place].append(one)
    return dict(blocks)


def _same_place(one: _Parsed, other: _Parsed, lefts: int, rights: int) -> Proposal:
    against: list[str] = []
    if lefts > 1:
        against.append(f"{lefts} on the first list have this state, sort and place")
    if rights > 1:
        against.append(f"{rights} on the second list have this state, sort and place")
    if one.name.sort != other.name.sort:
        against.append(f"one is called {_said(one.name.sort)}, the other {_said(other.name.sort)}")
    against += _of_form(one.name, other.name)
    against += [told for listing in (one, other) if (told := _elsewhere(listing))]
    against += [
        f"{listing.listing.name!r} says {listing.name.remark!r}" for listing in (one, other) if listing.name.remark
    ]
    reasons = [f"the same state: {one.name.state}", f"the same sort: {_said(one.sort)}"]
    if one.name.place:
        reasons.append(f"the same place: {' '.join(one.name.place)}")
    else:
        reasons.append("a state has one of these")
    score = 1.0 if not against else 0.9 - 0.1 * min(len(against), 4)
    return Proposal(one.listing, other.listing, round(score, 2), (*reasons, *against), not against)


def _of_form(one: AgencyName, other: AgencyName) -> list[str]:
    """What speaks against two of the same place words: a city and a town of one name are two places."""
    if "township" in {one.form, other.form}:
        if not (one.counties and other.counties):
            return ["a state may have several townships of one name, and a county is not given for both"]
        return []
    if one.form == other.form or {one.form, other.form} == {"", "city"}:
        return []
    said = " and a ".join(sorted(filter(None, {one.form, other.form})))
    return [f"one says to be a {said}, the other does not" if not (one.form and other.form) else f"a {said} are two"]


def _elsewhere(one: _Parsed) -> str:
    """For a county's agency that its list puts into another county."""
    counties = county_names(one.listing.county)
    named = parse_name(one.listing.name, one.listing.state).counties
    if one.name.sort not in {"sheriff", "county_police"} or not counties or _alike(named, counties):
        return ""
    return f"its list has {one.listing.name!r} in {one.listing.county!r}"


def _alike(here: Iterable[str], there: Iterable[str]) -> bool:
    """Whether two counties are the same but for a slip of the pen."""
    others = tuple(there)
    return any(
        OSA.distance(one, other, score_cutoff=_COUNTY_LETTERS) <= _COUNTY_LETTERS for one in here for other in others
    )


def _counties_fit(one: AgencyName, other: AgencyName) -> bool:
    """Whether no county that is known on both sides tells them apart; a slip of the pen in a county does not."""
    if one.sort in ONE_A_STATE or "sheriff" in {one.sort, other.sort} or not (one.counties and other.counties):
        return True
    return _alike(one.counties, other.counties)


def _without_state(
    some: Sequence[_Parsed], by_block: Mapping[_Block, Sequence[_Parsed]], *, right_is_left: bool
) -> list[Proposal]:
    """For a name that does not tell its state: the same sort and place in few states."""
    anywhere: dict[tuple[str, tuple[str, ...]], list[_Parsed]] = defaultdict(list)
    for (_, sort, place), others in by_block.items():
        if place:
            anywhere[sort, place] += others
    found: list[Proposal] = []
    for one in some:
        others = [] if one.name.state else anywhere.get((one.sort, one.name.place), [])
        if 0 < len(others) <= _STATES_AT_MOST:
            for other in others:
                pair = (other, one) if right_is_left else (one, other)
                reasons = (
                    f"the same sort: {_said(one.sort)}",
                    f"the same place: {' '.join(one.name.place)}",
                    f"{one.listing.name!r} does not tell its state",
                )
                found.append(Proposal(pair[0].listing, pair[1].listing, 0.5, reasons, certain=False))
    return found


def _near(lefts: Iterable[_Parsed], rights: Iterable[_Parsed]) -> Iterator[Proposal]:
    by_state: dict[tuple[str, str], list[tuple[str, _Parsed]]] = defaultdict(list)
    for one in lefts:
        if one.name.state and one.name.place:
            by_state[one.name.state, one.sort].append(("".join(one.name.place), one))
    for other in rights:
        letters = "".join(other.name.place)
        if len(letters) < _SHORTEST:
            continue
        for spelled, one in by_state.get((other.name.state, other.sort), ()):
            differ = OSA.distance(spelled, letters, score_cutoff=2)
            if differ <= 2 and _near_enough(one.name, other.name, differ) and _counties_fit(one.name, other.name):  # noqa: PLR2004 - the cut-off above
                yield _misspelled(one, other, differ)


def _near_enough(one: AgencyName, other: AgencyName, differ: int) -> bool:
    """One letter, or two when the county is the same; never a number, a short word, or another word."""
    same_county = one.sort != "sheriff" and bool(set(one.counties) & set(other.counties))
    if differ > 1 + same_county:
        return False
    if differ == 0 or len(one.place) != len(other.place):
        return differ == 0
    pairs = [(here, there) for here, there in zip(one.place, other.place, strict=True) if here != there]
    return all(
        min(len(here), len(there)) >= _SHORTEST and here[0] == there[0] and not (here + there).isdigit()
        for here, there in pairs
    )


def _misspelled(one: _Parsed, other: _Parsed, differ: int) -> Proposal:
    here, there = " ".join(one.name.place), " ".join(other.name.place)
    how = "other spaces" if not differ else f"{differ} letter{'s' if differ > 1 else ''} other"
    reasons = [
        f"the same state: {one.name.state}",
        f"the same sort: {_said(one.sort)}",
        f"nearly the same place, {how}: {here!r} and {there!r}",
    ]
    if shared := sorted(set(one.name.counties) & set(other.name.counties)):
        reasons.append(f"the same county: {shared[0]}")
    score = round(0.45 - 0.1 * differ, 2)
    return Proposal(one.listing, other.listing, score, tuple(reasons), certain=False)


def _said(sort: str) -> str:
    return sort.replace("_", " ")
