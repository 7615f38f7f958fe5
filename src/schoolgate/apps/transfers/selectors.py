"""Reads of what was seen to move on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.agencies.documents import document_bytes
from schoolgate.apps.agencies.models import Agency, SourceDocument
from schoolgate.apps.agencies.selectors import network
from schoolgate.apps.incidents.models import Report
from schoolgate.apps.incidents.selectors import reports_of
from schoolgate.apps.ledger.readings import log_reading
from schoolgate.apps.releases.models import Release
from schoolgate.web.dates import district_day

from .looking import days_of, findings_of, is_secret, touches_of
from .models import HOW, Case, Letter, State, Touch, Transfer
from .wording import days_text


def transfers_of(actor: Actor) -> QuerySet[Transfer]:
    """What the actor may see of what was reported, newest first: the office all, everybody else their own."""
    return Transfer.objects.visible_to(actor).select_related("giver", "receiver", "reported_by")


def find_transfer(actor: Actor, transfer_id: UUID) -> Transfer:
    """One report of a copy that moved on, in one scoped query.

    Raises:
        Http404: There is none, or not for this actor: the answer is the same.
    """
    rows = transfers_of(actor).select_related("document", "case", "decided_by")
    found = rows.defer("document__sealed", "document__wrapped_key").filter(pk=transfer_id).first()
    if found is None:
        raise Http404
    return found


def find_case(actor: Actor, transfer_id: UUID) -> Case:
    """The case of a transfer, for the office.

    Raises:
        Http404: There is none, or not for this actor.
    """
    rows = Case.objects.visible_to(actor).select_related(
        "transfer__document", "transfer__reported_by", "agreement__giver", "agreement__receiver", "release", "report"
    )
    sealed = ("transfer__document__sealed", "transfer__document__wrapped_key", "release__sealed_copy")
    found = rows.defer(*sealed).prefetch_related("answers").filter(transfer=transfer_id).first()
    if found is None:
        raise Http404
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
    """What was reported and waits for the office, oldest first. One query."""
    return list(transfers_of(actor).filter(state=State.REPORTED).order_by("reported_at"))


def desk_line(actor: Actor) -> str:
    """What waits for the office here, as a sentence for its other pages; empty when nothing does. Two queries."""
    if not actor.in_office:
        return ""
    waiting = Transfer.objects.visible_to(actor).filter(state=State.REPORTED).count()
    cases = Case.objects.visible_to(actor).filter(transfer__state=State.ACCEPTED).count()
    parts = []
    if waiting:
        parts.append("1 report of a copy that moved on waits" if waiting == 1 else f"{waiting} reports of copies wait")
    if cases:
        parts.append("1 case is open" if cases == 1 else f"{cases} cases are open")
    return f"{' and '.join(parts)}." if parts else ""


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


def open_evidence(*, actor: Actor, transfer: Transfer) -> tuple[SourceDocument, bytes]:
    """The document that somebody added; the reading is written down first.

    Raises:
        Http404: There is none.
    """
    if transfer.document_id is None:
        raise Http404
    document = SourceDocument.objects.get(pk=transfer.document_id)
    log_reading(actor=actor, subject=f"transfer:{transfer.pk}", part="evidence")
    return document, document_bytes(document)


def in_doubt(agency: Agency) -> bool:
    """Whether an open case leaves it open that the agency broke the condition under which it held a copy.

    One query where nothing was observed, which is nearly always.
    """
    cases = Case.objects.filter(
        agreement__giver=agency, agreement__breaks_condition=False, transfer__state=State.ACCEPTED
    )
    rows = cases.select_related("transfer", "agreement__giver", "agreement__receiver").prefetch_related("answers")
    return any(findings_of(case, touches_of(case)).breaks_condition is None for case in rows)


@dataclass(frozen=True, slots=True)
class Seen:
    """That a copy about one's child was seen elsewhere, or may have been.

    Attributes:
        at: when the office took it as seen.
        sentence: what is known, in plain words.
        certain: whether it was the copy named.
        release: the copy of ours; None where the paper left past the record of releases.
    """

    at: datetime
    sentence: str
    certain: bool
    release: Release | None


def seen_copies(actor: Actor, names: Mapping[UUID, str] | None = None) -> list[Seen]:
    """What a family may read of copies seen elsewhere: its own child's, and nothing that a court keeps secret.

    Args:
        actor: a guardian.
        names: how the page calls each child; "your child" where it is not given.

    Five queries at most; one where nothing was seen.
    """
    if not actor.children:
        return []
    return [*_seen_releases(actor, names or {}), *_seen_reports(actor, names or {})]


def _seen_releases(actor: Actor, names: Mapping[UUID, str]) -> list[Seen]:
    mine = Release.objects.visible_to(actor)
    rows = (
        Touch.objects.filter(release__in=mine)
        .select_related(
            "case__transfer",
            "case__agreement__giver",
            "case__agreement__receiver",
            "release__agency",
            "release__request__report",
        )
        .defer("release__sealed_copy", "release__wrapped_key")
        .prefetch_related(
            "release__request__decisions__obligations", "release__request__report__incident__participants"
        )
    )
    found = []
    for touch in rows:
        request = touch.release.request
        named = set(request.named_tokens)
        people = request.report.incident.participants.all() if request.report else []
        children = [one.student_id for one in people if one.student_id in actor.children and one.token in named]
        if children and not is_secret(request):
            found.append(_seen(touch.case, touch, _whose(children, names)))
    return found


def _seen_reports(actor: Actor, names: Mapping[UUID, str]) -> list[Seen]:
    """Cases in which no release is touched: the report itself left past the record."""
    rows = (
        Case.objects.filter(report__in=Report.objects.visible_to(actor), touches__isnull=True)
        .select_related("transfer", "agreement__giver", "agreement__receiver", "report__incident")
        .prefetch_related("report__incident__participants")
    )
    found = []
    for case in rows:
        people = case.report.incident.participants.all() if case.report else []
        children = [one.student_id for one in people if one.student_id in actor.children]
        found.append(_seen(case, None, _whose(children, names)))
    return found


def _whose(children: Sequence[UUID | None], names: Mapping[UUID, str]) -> str:
    known = [names[child] for child in children if child and child in names]
    return " and ".join(known) if known and len(known) == len(children) else "your child"


def _seen(case: Case, touch: Touch | None, whose: str) -> Seen:
    transfer, agreement = case.transfer, case.agreement
    when = days_text(*days_of(case))
    how = HOW[transfer.how][0].lower() + HOW[transfer.how][1:]
    where = f"at {agreement.receiver.name} {when}, {how}. It came there from {agreement.giver.name}."
    if touch is None:
        sentence = f"A copy of a report about {whose} was seen {where}"
    elif touch.standing == Touch.CERTAIN:
        given = district_day(touch.release.released_at)
        sentence = (
            f"A copy about {whose} was seen {where} It is copy {touch.release.number}, which we gave to "
            f"{touch.release.agency.name} {days_text(given, given)}."
        )
    else:
        sentence = (
            f"A copy of a report was seen {where} We do not know whether it was the copy about {whose}, "
            f"{touch.release.number}, which we gave to {touch.release.agency.name}. It is possible."
        )
    certain = touch is None or touch.standing == Touch.CERTAIN
    return Seen(case.opened_at, sentence, certain, touch.release if touch else None)


def letters_of(case: Case) -> QuerySet[Letter]:
    """The letters of a case, in order."""
    letters = Letter.objects.filter(case=case).select_related("agency", "student", "release__agency", "approved_by")
    return letters.order_by("kind", "drafted_at", "number")
