"""Agencies and the agreements between them, checked as a whole."""

from collections.abc import Collection, Hashable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from schoolgate.engines.kept import Kept
from schoolgate.engines.reach.errors import ReachError
from schoolgate.engines.reach.network.nouns import BASES, FORMS, KIND, ONWARD, STATUSES, Agency, Agreement

_DIGEST_LENGTH: Final = 64


@dataclass(frozen=True, slots=True)
class Network:
    """All agencies and agreements of a question.

    Attributes:
        agencies: Who there is.
        agreements: What joins them.
        kept: What questions worked out of these two for each other, such as terms as numbers; never an answer.

    Raises:
        ReachError: For a duplicate or empty id, an unknown agency, an agreement with itself, an end before
            the start, an unknown status or word for onward sharing; with the place, such as
            `agreements[3].end`.
    """

    agencies: tuple[Agency, ...]
    agreements: tuple[Agreement, ...]
    kept: Kept[Hashable, Any] = field(init=False, repr=False, compare=False)
    _agency: Mapping[str, Agency] = field(init=False, repr=False, compare=False)
    _agreement: Mapping[str, Agreement] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check, then index by id."""
        agency_ids = {agency.id for agency in self.agencies}
        _no_duplicates("agencies", [agency.id for agency in self.agencies])
        _no_duplicates("agreements", [agreement.id for agreement in self.agreements])
        for index, agency in enumerate(self.agencies):
            _check_agency(f"agencies[{index}]", agency, agency_ids)
        kinds = {agency.kind for agency in self.agencies}
        for index, agreement in enumerate(self.agreements):
            _check_agreement(f"agreements[{index}]", agreement, agency_ids, kinds)
        object.__setattr__(self, "kept", Kept())
        object.__setattr__(self, "_agency", MappingProxyType({one.id: one for one in self.agencies}))
        object.__setattr__(self, "_agreement", MappingProxyType({one.id: one for one in self.agreements}))

    def with_agreements(self, put: Iterable[Agreement], drop: Collection[str] = ()) -> "Network":
        """The same agencies with some agreements added, replaced (by id) or dropped; only those are checked.

        Raises:
            ReachError: As for a new network, with the id of the agreement as the place; for a duplicate among
                `put`, and for an unknown id to drop.
        """
        changes: dict[str, Agreement] = {}
        agency_ids, kinds = self._agency.keys(), {agency.kind for agency in self.agencies}
        for one in put:
            if not one.id or one.id in changes:
                raise ReachError(f"{one.id!r} is empty or changed twice; each agreement has an id of its own")
            _check_agreement(f"agreement {one.id!r}", one, agency_ids, kinds)
            changes[one.id] = one
        for agreement_id in drop:
            self.agreement(agreement_id)
        left = [changes.get(one.id, one) for one in self.agreements if one.id not in drop]
        return self.only([*left, *(one for one in changes.values() if one.id not in self._agreement)])

    def only(self, agreements: Iterable[Agreement]) -> "Network":
        """The same agencies with these agreements, which are known to fit and are not checked again."""
        network = object.__new__(Network)
        object.__setattr__(network, "agencies", self.agencies)
        object.__setattr__(network, "agreements", tuple(agreements))
        object.__setattr__(network, "kept", Kept())
        object.__setattr__(network, "_agency", self._agency)
        object.__setattr__(network, "_agreement", MappingProxyType({one.id: one for one in network.agreements}))
        return network

    @property
    def position(self) -> Mapping[str, int]:
        """The place of each agency in the order of the network, by id."""
        known: Mapping[str, int] = self.kept.get(
            "position", lambda: {one.id: number for number, one in enumerate(self.agencies)}
        )
        return known

    def agency(self, agency_id: str) -> Agency:
        """The agency of this id; ReachError when there is none."""
        if agency_id not in self._agency:
            raise ReachError(f"there is no agency {agency_id!r} in this network of {len(self.agencies)}")
        return self._agency[agency_id]

    def agreement(self, agreement_id: str) -> Agreement:
        """The agreement of this id; ReachError when there is none."""
        if agreement_id not in self._agreement:
            raise ReachError(f"there is no agreement {agreement_id!r} among the {len(self.agreements)} known")
        return self._agreement[agreement_id]


def _no_duplicates(place: str, ids: Iterable[str]) -> None:
    seen: set[str] = set()
    for index, one in enumerate(ids):
        if not one:
            raise ReachError(f"{place}[{index}].id is empty")
        if one in seen:
            raise ReachError(f"{place}[{index}].id: {one!r} is used twice; ids must be unique")
        seen.add(one)


def _check_agency(place: str, agency: Agency, agency_ids: set[str]) -> None:
    for name in ("name", "kind"):
        if not getattr(agency, name).strip():
            raise ReachError(f"{place}.{name} is empty; write what {agency.id!r} is called")
    _known(f"{place}.form", agency.form, FORMS)
    if agency.part_of and (agency.part_of not in agency_ids or agency.part_of == agency.id):
        raise ReachError(f"{place}.part_of: no other agency is called {agency.part_of!r}")


def _check_agreement(place: str, agreement: Agreement, agency_ids: AbstractSet[str], kinds: AbstractSet[str]) -> None:
    for end in ("giver", "receiver"):
        if getattr(agreement, end) not in agency_ids:
            raise ReachError(f"{place}.{end}: no agency is called {getattr(agreement, end)!r}")
    if agreement.giver == agreement.receiver:
        raise ReachError(f"{place}: giver and receiver are the same; an agreement joins two agencies")
    if agreement.start and agreement.end and agreement.end < agreement.start:
        raise ReachError(f"{place}.end: {agreement.end} is before the start {agreement.start}")
    _known(f"{place}.status", agreement.status, STATUSES)
    _known(f"{place}.onward", agreement.onward, ONWARD)
    _known(f"{place}.basis", agreement.basis, BASES)
    if (agreement.onward == "only") != bool(agreement.onward_to):
        raise ReachError(f"{place}.onward_to names who may get it next exactly when onward is 'only'")
    for word in sorted(agreement.onward_to):
        if word.removeprefix(KIND) not in (kinds if word.startswith(KIND) else agency_ids):
            raise ReachError(f"{place}.onward_to: {word!r} is neither an agency nor {KIND}KIND of one")
    if agreement.document and not _is_digest(agreement.document):
        raise ReachError(f"{place}.document: not a SHA-256 in hex ({_DIGEST_LENGTH} of 0-9 and a-f)")


def _known(place: str, word: str, words: tuple[str, ...]) -> None:
    if word not in words:
        raise ReachError(f"{place}: {word!r} is none of {', '.join(words)}")


def _is_digest(text: str) -> bool:
    return len(text) == _DIGEST_LENGTH and set(text) <= set("0123456789abcdef")
