"""Reads of what was seen to move on."""

from typing import Final
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from schoolgate.apps.access.actors import FAMILY, Actor
from schoolgate.apps.access.prepared import Prepared
from schoolgate.apps.agencies.documents import document_bytes
from schoolgate.apps.agencies.models import Agency, SourceDocument
from schoolgate.apps.agencies.selectors import network
from schoolgate.apps.agencies.wholes import whole_of
from schoolgate.apps.incidents.models import Report
from schoolgate.apps.incidents.selectors import reports_of
from schoolgate.apps.ledger.readings import log_reading
from schoolgate.apps.people.selectors import sealed_names_of_sign_ins
from schoolgate.apps.releases.models import Release

from .looking import findings_of, touches_of
from .models import Case, Letter, State, Touch, Transfer


def transfers_of(actor: Actor) -> QuerySet[Transfer]:
    """What the actor may see of what was reported, newest first: the office all, everybody else their own."""
    return Transfer.objects.visible_to(actor).select_related("giver", "receiver", "reported_by")


def find_transfer(actor: Actor, transfer_id: UUID) -> Transfer:
    """One report of a copy that moved on, for the office with its case. Two queries, one more for a family's.

    Raises:
        Http404: There is none, or not for this actor: the answer is the same.
    """
    case = [f"case__{path}" for path in _OF_CASE] if actor.in_office else ["case"]
    sealed = ["document__sealed", "document__wrapped_key", *(["case__release__sealed_copy"] if actor.in_office else [])]
    rows = transfers_of(actor).select_related("document", "decided_by", *case)
    rows = rows.prefetch_related("case__answers") if actor.in_office else rows
    found = rows.defer(*sealed).filter(pk=transfer_id).first()
    if found is None:
        raise Http404
    return with_tellers([found])[0]


# What the page of a case needs besides.
_OF_CASE = ("agreement__giver", "agreement__receiver", "release", "report")


def with_tellers(transfers: list[Transfer]) -> list[Transfer]:
    """The same with the names of those who told them. One query a role of a family; nobody else's is sealed."""
    for role in {one.reported_as for one in transfers} & {role.value for role in FAMILY}:
        told = [one for one in transfers if one.reported_as == role]
        names = sealed_names_of_sign_ins({one.reported_by_id for one in told}, role)
        for one in told:
            one.teller = names.get(one.reported_by_id, "")
    return transfers


def find_case(actor: Actor, transfer_id: UUID) -> Case:
    """The case of a transfer, for the office.

    Raises:
        Http404: There is none, or not for this actor.
    """
    rows = Case.objects.visible_to(actor).select_related("transfer__document", "transfer__reported_by", *_OF_CASE)
    sealed = ("transfer__document__sealed", "transfer__document__wrapped_key", "release__sealed_copy")
    found = rows.defer(*sealed).prefetch_related("answers").filter(transfer=transfer_id).first()
    if found is None:
        raise Http404
    with_tellers([found.transfer])
    return found


def find_letter(actor: Actor, letter_id: UUID) -> Letter:
    """One letter of a case, for the office.

    Raises:
        Http404: There is none, or not for this actor.
    """
    cases = Case.objects.visible_to(actor)
    rows = Letter.objects.filter(case__in=cases).select_related(
        "case__transfer", "case__agreement__giver", "case__agreement__receiver", "case__report", "agency", "student"
    )
    found = rows.filter(pk=letter_id).first()
    if found is None:
        raise Http404
    return found


def open_cases(actor: Actor) -> list[Case]:
    """The cases that the office has not closed, newest first, with their letters. Two queries."""
    rows = Case.objects.visible_to(actor).filter(transfer__state=State.ACCEPTED)
    return list(rows.select_related("transfer", "agreement__giver", "agreement__receiver").prefetch_related("letters"))


def tips(actor: Actor) -> list[Transfer]:
    """What was reported and waits for the office, oldest first. One query, and one a role of a family that told."""
    return with_tellers(list(transfers_of(actor).filter(state=State.REPORTED).order_by("reported_at")))


_REPORTED: Final = Prepared(
    lambda actor: Transfer.objects.visible_to(actor).filter(state=State.REPORTED).order_by(), actor=Actor
)
_OPEN_CASES: Final = Prepared(
    lambda actor: Case.objects.visible_to(actor).filter(transfer__state=State.ACCEPTED).order_by(), actor=Actor
)


def desk_line(actor: Actor) -> str:
    """What waits for the office here, as a sentence for its other pages; empty when nothing does. Two queries."""
    if not actor.in_office:
        return ""
    waiting, cases = _REPORTED.count(actor=actor), _OPEN_CASES.count(actor=actor)
    parts = []
    if waiting:
        parts.append("1 report of a copy that moved on waits" if waiting == 1 else f"{waiting} reports of copies wait")
    if cases:
        parts.append("1 case is open" if cases == 1 else f"{cases} cases are open")
    return f"{' and '.join(parts)}." if parts else ""


def cases_of_release(actor: Actor, release_id: object) -> list[Touch]:
    """How cases touch one copy, for the office; nothing for anybody else. One query."""
    if not actor.in_office:
        return []
    rows = Touch.objects.filter(case__in=Case.objects.visible_to(actor), release=str(release_id))
    return list(rows.select_related("case__transfer", "case__agreement__giver", "case__agreement__receiver"))


def agencies_to_choose(actor: Actor) -> list[Agency]:
    """The agencies of the network, by name; for others than the office without those known from cases alone."""
    agencies = list(Agency.objects.all())
    if actor.in_office:
        return agencies
    known = {one.id for one in network(public=True).agencies}
    return [one for one in agencies if one.slug in known]


def find_copy(actor: Actor, number: str) -> tuple[Release | None, Report | None]:
    """What a number names, among what the actor may see: a copy, a report, or nothing. Two queries at most."""
    number = number.strip().upper()
    if not number:
        return None, None
    release = Release.objects.visible_to(actor).select_related("request__report").filter(number=number).first()
    return (release, None) if release else (None, reports_of(actor).filter(number=number).first())


def open_evidence(*, actor: Actor, transfer: Transfer, as_it_came: bool = False) -> tuple[SourceDocument, bytes]:
    """The document that somebody added, as `document_bytes` gives it; the reading is written down first.

    Raises:
        Http404: There is none.
    """
    if transfer.document_id is None:
        raise Http404
    document = SourceDocument.objects.get(pk=transfer.document_id)
    log_reading(actor=actor, subject=f"transfer:{transfer.pk}", part="evidence")
    return document, document_bytes(document, as_it_came=as_it_came)


def in_doubt(agency: Agency) -> bool:
    """Whether an open case leaves it open that the agency, or what belongs to it, broke the condition of a copy.

    A case does not ask for ever: only counsel closes one whose question is open. One query more than `whole_of` takes
    where nothing was observed, which is nearly always.
    """
    cases = Case.objects.filter(
        agreement__giver__in=whole_of(agency), agreement__breaks_condition=False, transfer__state=State.ACCEPTED
    )
    rows = cases.select_related("transfer", "agreement__giver", "agreement__receiver").prefetch_related("answers")
    found = list(rows)
    known = network() if found else None
    return any(findings_of(case, touches_of(case), known).breaks_condition is None for case in found)


def letters_of(case: Case) -> QuerySet[Letter]:
    """The letters of a case, in order."""
    letters = Letter.objects.filter(case=case).select_related("agency", "student", "release__agency", "approved_by")
    return letters.order_by("kind", "drafted_at", "number")
