"""Taking in a whole network from a file: all of it, or nothing with everything that is wrong."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.access.moment import now
from schoolgate.apps.ledger.acts import Impossible, act, record
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.engines import reach

from . import selectors
from .marks import OfficeOnly
from .models import Agency, Agreement, SourceDocument
from .services import KEEPERS, may_publish
from .signals import announce
from .terms import LONGEST, PUBLIC_WORDS, with_a_number

NAME: Final = re.compile(r"[-A-Za-z0-9_]{1,100}")
LONGEST_NAME: Final = 120
LONGEST_KIND: Final = 40
# So many are listed; the rest is counted.
LISTED: Final = 50
BATCH: Final = 500


class CannotImport(Impossible):
    """The file was not taken in; `problems` says everything that is wrong, each with its place."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"Nothing was imported. {len(self.problems)} things are wrong with the file.")


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file brought.

    Attributes:
        agencies: How many agencies were new.
        agreements: How many agreements were new.
        known: How many of the file's lines were here already, word for word.
        without_document: How many agreements name a document that is not stored here.
    """

    agencies: int
    agreements: int
    known: int
    without_document: int


@act(Kind.NETWORK_IMPORTED, roles=KEEPERS)
def import_network(
    *,
    actor: Actor,
    network: reach.Network,
    digest: str,
    transfers_published: bool = False,
    office_only: OfficeOnly | None = None,
) -> Imported:
    """Take in a network: what is here word for word stays, what is new is entered.

    Args:
        actor: Who imports it, and is kept as who entered each line.
        network: What the file holds, checked as a whole.
        digest: SHA-256 of the file.
        transfers_published: That every observed transfer of the file comes from a published source: counsel's word.
            Otherwise they are for the office alone.
        office_only: What the file marks as the office's alone; that stays so whatever else is said.

    Raises:
        Impossible: Somebody else than counsel says that transfers are published.
        CannotImport: Lists every line that contradicts what is here or does not fit. Nothing was changed.
    """
    if transfers_published and not may_publish(actor):
        raise Impossible("Only counsel confirms that transfers come from a published source. Leave that box empty.")
    marks = office_only or OfficeOnly()
    here = selectors.network()
    told = here if actor.in_office or actor.user_id is None else selectors.network(public=True)
    if problems := [*_agency_problems(network, here, told), *_agreement_problems(network, here, told)]:
        raise CannotImport(problems)
    known_agencies = {one.id for one in here.agencies}
    known_agreements = {one.id for one in here.agreements}
    new_agencies = [one for one in network.agencies if one.id not in known_agencies]
    new_agreements = [one for one in network.agreements if one.id not in known_agreements]
    private = marks.agreements | {
        one.id for one in new_agreements if one.status == "observed" and not transfers_published
    }
    if problems := list(_public_problems(new_agreements, private)):
        raise CannotImport(problems)
    _enter_agencies(new_agencies, marks.agencies | _named_by_cases(new_agreements, private))
    without_document = _enter_agreements(new_agreements, actor, private)
    found = Imported(
        agencies=len(new_agencies),
        agreements=len(new_agreements),
        known=len(network.agencies) + len(network.agreements) - len(new_agencies) - len(new_agreements),
        without_document=without_document,
    )
    record(
        actor=actor,
        subject="network",
        facts={"sha256": digest, "agencies": found.agencies, "agreements": found.agreements},
    )
    announce()
    return found


def _agency_problems(network: reach.Network, here: reach.Network, told: reach.Network) -> list[str]:
    """What is wrong with the agencies of a file; `told` is what whoever imports it may know of."""
    known = {one.id: one for one in here.agencies}
    shown = {one.id for one in told.agencies}
    problems = []
    for index, one in enumerate(network.agencies):
        place = f"agencies[{index}] ({one.id})"
        if not NAME.fullmatch(one.id):
            problems.append(f"{place}.id: use at most 100 letters, digits, - and _")
        if len(one.name) > LONGEST_NAME:
            problems.append(f"{place}.name is longer than {LONGEST_NAME} characters")
        if len(one.kind) > LONGEST_KIND:
            problems.append(f"{place}.kind is longer than {LONGEST_KIND} characters")
        old = known.get(one.id)
        if old and (old.name, old.kind, old.form, old.part_of) != (one.name, one.kind, one.form, one.part_of):
            here_as = f"{place} is here as {old.name}, {old.kind}: use another id, or correct it here first"
            problems.append(here_as if old.id in shown else f"{place}.id is taken: use another id")
    return problems


def _agreement_problems(network: reach.Network, here: reach.Network, told: reach.Network) -> list[str]:
    known = {one.id: one for one in here.agreements}
    shown = {one.id for one in told.agreements}
    problems = []
    for index, one in enumerate(network.agreements):
        place = f"agreements[{index}] ({one.id})"
        if not NAME.fullmatch(one.id):
            problems.append(f"{place}.id: use at most 100 letters, digits, - and _")
        problems += [f"{place}.{name} is empty" for name in ("title", "source") if not getattr(one, name).strip()]
        problems += [
            f"{place}.{name} is longer than {most} characters"
            for name, most in LONGEST.items()
            if len(getattr(one, name)) > most
        ]
        if one.id in known and _said(known[one.id]) != _said(one):
            otherwise = f"{place} is here with other terms: use another id, or correct or amend it here"
            problems.append(otherwise if one.id in shown else f"{place}.id is taken: use another id")
    return problems


def _public_problems(new: list[reach.Agreement], private: Collection[str]) -> Iterable[str]:
    """What nobody may read: a number that names a person, and an id that a withdrawn transfer has."""
    withdrawn = set(Agreement.objects.filter(withdrawn=True).values_list("slug", flat=True))
    for one in new:
        if one.id in withdrawn:
            yield f"agreements ({one.id}).id is taken: use another id"
        named = with_a_number((name, getattr(one, name)) for name in PUBLIC_WORDS)
        if named and one.id not in private:
            yield f"agreements ({one.id}).{named} holds an A-number, which names a person: say it without the number"


def _said(one: reach.Agreement) -> tuple[object, ...]:
    """What an agreement says, without who entered it and which paper is stored here."""
    return (
        *(one.giver, one.receiver, one.title, one.start, one.end, one.kinds, one.purposes),
        *(one.onward, one.onward_to, one.status, one.basis, one.source, one.clause, one.notes),
    )


def _named_by_cases(new: list[reach.Agreement], private: Collection[str]) -> set[str]:
    """The agencies that only transfers of cases name."""
    shown: set[str] = set()
    hidden: set[str] = set()
    for one in new:
        (hidden if one.id in private else shown).update((one.giver, one.receiver))
        if one.id not in private:
            shown |= one.onward_to
    return hidden - shown


def _enter_agencies(new: list[reach.Agency], hidden: Collection[str]) -> None:
    rows = [
        Agency(
            slug=one.id,
            name=one.name,
            kind=one.kind,
            form=one.form,
            notes=one.notes,
            entered_for_case=one.id in hidden,
        )
        for one in new
    ]
    Agency.objects.bulk_create(rows, batch_size=BATCH)
    if parts := {one.id: one.part_of for one in new if one.part_of}:
        by_slug = {one.slug: one for one in Agency.objects.all()}
        for slug, whole in parts.items():
            by_slug[slug].part_of = by_slug[whole]
        Agency.objects.bulk_update([by_slug[slug] for slug in parts], ["part_of"], batch_size=BATCH)


def _enter_agreements(new: list[reach.Agreement], actor: Actor, private: Collection[str]) -> int:
    """Write them; returns how many name a document that is not stored here."""
    agencies = {one.slug: one for one in Agency.objects.all()}
    stored = {one.sha256: one for one in SourceDocument.objects.defer("sealed", "wrapped_key")}
    moment = now()
    Agreement.objects.bulk_create(
        [
            Agreement(
                slug=one.id,
                giver=agencies[one.giver],
                receiver=agencies[one.receiver],
                title=one.title,
                starts=one.start,
                ends=one.end,
                kinds=None if one.kinds is None else sorted(one.kinds),
                purposes=None if one.purposes is None else sorted(one.purposes),
                onward=one.onward,
                onward_to=sorted(one.onward_to),
                status=one.status,
                basis=one.basis,
                source=one.source,
                clause=one.clause,
                notes=one.notes,
                document=stored.get(one.document),
                entered_by=actor.user_id,
                entered_at=moment,
                public=one.id not in private,
            )
            for one in new
        ],
        batch_size=BATCH,
    )
    return sum(1 for one in new if one.document and one.document not in stored)
