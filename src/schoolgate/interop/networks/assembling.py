"""Agencies and agreements from the rows of files: checked against one another, each by its line."""

from collections.abc import Sequence
from typing import Final

from schoolgate.engines.reach import (
    BASES,
    FORMS,
    KIND,
    KINDS_OF_AGENCY,
    ONWARD,
    STATUSES,
    Agency,
    Agreement,
    Network,
    instead_of,
)
from schoolgate.interop.networks.cells import Place
from schoolgate.interop.networks.problems import Findings, shown

_DIGEST: Final = 64


class Assembly:
    """A network in the making: what was read so far, and at which line.

    `network` refuses everything when anything was wrong, else gives the whole.
    """

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._agencies: dict[str, Agency] = {}
        self._agreements: dict[str, Agreement] = {}
        self._places: dict[tuple[type, str], Place] = {}
        # What stood in a row that was refused for something else: others may name it without being wrong.
        self._named: set[str] = set()

    def add_agency(self, agency: Agency | None, place: Place, id_: str) -> None:
        """Take one more agency; None when its row was refused, then its id still counts as known."""
        self._named.add(id_)
        if agency is not None and self._first(Agency, agency.id, place):
            self._agencies[agency.id] = agency

    def add_agreement(self, agreement: Agreement | None, place: Place) -> None:
        """Take one more agreement; None when its row was refused."""
        if agreement is not None and self._first(Agreement, agreement.id, place):
            self._agreements[agreement.id] = agreement

    def network(self) -> Network:
        """The whole network.

        Raises:
            FileProblems: When anything is wrong with it; all problems are in it.
        """
        if self._findings.stopped:
            self._findings.raise_if_any()
        kinds = {agency.kind for agency in self._agencies.values()}
        for agency in self._agencies.values():
            self._check_agency(agency, self._places[Agency, agency.id])
        for agreement in self._agreements.values():
            self._check_agreement(agreement, kinds, self._places[Agreement, agreement.id])
        self._findings.raise_if_any()
        return Network(tuple(self._agencies.values()), tuple(self._agreements.values()))

    def _first(self, noun: type, id_: str, place: Place) -> bool:
        earlier = self._places.setdefault((noun, id_), place)
        if earlier is not place:
            place.refuse("id", f"{shown(id_)} is used on line {earlier.line} already", "Give each row an id of its own")
        return earlier is place

    def _check_agency(self, agency: Agency, place: Place) -> None:
        if agency.kind not in KINDS_OF_AGENCY:
            place.refuse("kind", f"{shown(agency.kind)} is no kind of agency", instead_of(agency.kind))
        _known("form", agency.form, FORMS, place)
        if agency.part_of == agency.id:
            place.refuse("part_of", "it is a part of itself", "Name the whole it belongs to, or leave it empty")
        elif agency.part_of:
            self._check_id("part_of", agency.part_of, place)

    def _check_agreement(self, agreement: Agreement, kinds: set[str], place: Place) -> None:
        self._check_id("giver", agreement.giver, place)
        self._check_id("receiver", agreement.receiver, place)
        if agreement.giver == agreement.receiver:
            place.refuse("receiver", "giver and receiver are the same", "An agreement joins two agencies")
        _known("status", agreement.status, STATUSES, place)
        _known("onward", agreement.onward, ONWARD, place)
        _known("basis", agreement.basis, BASES, place)
        if (agreement.onward == "only") != bool(agreement.onward_to):
            place.refuse(
                "onward_to",
                "it names who may get it next exactly when onward is 'only'",
                "Fill it in or empty it, or change onward",
            )
        for word in sorted(agreement.onward_to):
            if not word.startswith(KIND):
                self._check_id("onward_to", word, place)
            elif word.removeprefix(KIND) not in kinds and len(self._named) == len(self._agencies):
                place.refuse("onward_to", f"no agency is of the kind {shown(word)}", f"Known: {_some(kinds)}")
        if agreement.document and not (len(agreement.document) == _DIGEST and set(agreement.document) <= _HEX):
            place.refuse("document", f"{shown(agreement.document)} is no SHA-256", "Write 64 of 0-9 and a-f")

    def _check_id(self, field: str, id_: str, place: Place) -> None:
        if id_ not in self._agencies and id_ not in self._named:
            place.refuse(field, f"no agency has the id {shown(id_)}", "Add it to the agencies, or correct the id")


_HEX: Final = frozenset("0123456789abcdef")


def _known(field: str, word: str, words: Sequence[str], place: Place) -> None:
    if word not in words:
        place.refuse(field, f"{shown(word)} is none of its words", f"Write one of {', '.join(words)}")


def _some(words: set[str], limit: int = 12) -> str:
    return ", ".join(sorted(words)[:limit]) + (", ..." if len(words) > limit else "")
