"""Reads about retention: what is past its time on a day, what is held and why, proposals and certificates."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from django.db.models import Case, CharField, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.http import Http404
from django.utils import timezone

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.access.kept import without_kept
from schoolgate.apps.access.moment import today
from schoolgate.apps.access.prepared import Prepared
from schoolgate.apps.families.models import Objection
from schoolgate.apps.incidents.models import Draft, Participant, Report
from schoolgate.apps.ledger.safe import context, open_value
from schoolgate.apps.people.directory import number_index
from schoolgate.apps.people.glass.models import BrokenGlass
from schoolgate.apps.people.models import Paper, Student
from schoolgate.apps.requests.models import Request
from schoolgate.apps.requests.models import State as RequestState
from schoolgate.apps.schools.models import School
from schoolgate.apps.schools.selectors import rulebook
from schoolgate.apps.transfers.models import Case as TransferCase
from schoolgate.apps.transfers.models import State as TransferState

from .models import Certificate, Departure, Hold, HoldKind, HoldQuerySet, Item, Proposal, ProposalState
from .schedule import CountsFrom, Series, all_schedules
from .tallies import HELD, Due, Preview, Tally

# How many rows a page lists, and how many records one proposal takes at most.
SHOWN: Final = 100
MOST: Final = 1000
# No law says for how long a family's objection keeps its record: until the decision was due, and this after it.
OBJECTION_DAYS: Final = 365

# What a record without a number is called, so that nothing says whose it is.
UNNAMED: Final[Mapping[str, str]] = {"draft": "A draft", "papers": "Papers about one student"}

# From a record to the students whom it is about. A draft is its author's alone, and nobody else knows whom it names.
_ABOUT: Final[Mapping[str, tuple[str, ...]]] = {
    "report": ("incident__participants__student",),
    "papers": ("pk",),
    "draft": (),
}


def series_here() -> list[Series]:
    """The series of this district: those of every district, and those whose pack its rulebook has."""
    provisions = rulebook().provisions
    packs = {pack for pack in {one.pack for one in all_schedules().values()} if _has(provisions, pack)}
    return [one for one in all_schedules().values() if one.pack in packs]


def find_series(code: str) -> Series:
    """A series of this district.

    Raises:
        Http404: There is none of this name.
    """
    found = next((one for one in series_here() if one.code == code), None)
    if found is None:
        raise Http404
    return found


def preview(actor: Actor, series: Series, day: date) -> Preview:
    """What is past its time on a day under a series. Three queries, whatever there is.

    What is about a child of the actor's own is not in it: a colleague proposes that.

    Raises:
        Http404: Not for this actor.
    """
    if not actor.in_office:
        raise Http404
    if series.is_kept:
        return Preview(series, day, 0, {}, (), (), digest_of(()))
    [tally] = tallies(actor, [series], day)
    rows = without_kept(past_due(series, day), actor, *_ABOUT[series.kind])
    taken = _rows(series, rows.filter(held="")[:MOST])
    kept_back = _rows(series, rows.exclude(held="")[:SHOWN])
    return Preview(series, day, tally.free, tally.held, taken, kept_back, digest_of(taken))


def tallies(actor: Actor, several: Sequence[Series], day: date) -> list[Tally]:
    """How many records are past their time under some series, as `preview` counts them. One query for all.

    Raises:
        Http404: Not for this actor.
    """
    if not actor.in_office:
        raise Http404
    counts = [_counted(actor, one, day) for one in several if not one.is_kept]
    found: dict[str, dict[str, int]] = {one.code: {} for one in several}
    for code, held, many in counts[0].union(*counts[1:], all=True).order_by() if counts else ():
        found[code][held] = many
    return [_tally(one, day, found[one.code]) for one in several]


def _counted(actor: Actor, series: Series, day: date) -> QuerySet[Any, Any]:
    """Of one series: its code, why records are held, and how many."""
    rows = without_kept(past_due(series, day), actor, *_ABOUT[series.kind]).order_by()
    code = Value(series.code, output_field=CharField())
    counted: QuerySet[Any, Any] = rows.annotate(code=code).values("code", "held").annotate(many=Count("pk"))
    return counted.values_list("code", "held", "many")


def _tally(series: Series, day: date, counted: Mapping[str, int]) -> Tally:
    return Tally(series, day, counted.get("", 0), {code: counted[code] for code in HELD if code in counted})


def past_due(series: Series, day: date) -> QuerySet[Any]:
    """What is past its time on a day, the oldest first, with `start` (when its time began) and `held` (a code)."""
    last = series.last_start(day)
    before = timezone.make_aware(datetime.combine(last + timedelta(days=1), time.min))
    if series.counts_from is CountsFrom.SAVING:
        drafts = Draft.objects.filter(saved_at__lt=before)
        taken = Exists(_open_items().filter(draft=OuterRef("pk")))
        waiting: QuerySet[Any] = drafts.annotate(start=F("saved_at"), held=_first((taken, "proposed")))
        return waiting.order_by("start", "pk")
    if series.of == "papers":
        return _papers_past_due(last, day)
    reports: QuerySet[Any] = _there()
    if series.counts_from is CountsFrom.FILING:
        reports = reports.filter(filed_at__lt=before).annotate(start=F("filed_at"))
    else:
        # A report is past its time when each of its students left so long ago; who has not left has no row.
        students = Participant.objects.filter(incident=OuterRef("incident"), student__isnull=False)
        stays = students.exclude(student__departure__left_on__lte=last)
        left = students.order_by("-student__departure__left_on").values("student__departure__left_on")
        reports = reports.filter(Exists(students), ~Exists(stays)).annotate(start=Subquery(left[:1]))
    found: QuerySet[Any] = reports.annotate(held=held_of(day)).order_by("start", "pk")
    return found


def _papers_past_due(last: date, day: date) -> QuerySet[Any]:
    """Students who left by `last` and about whom there are papers, or emergency openings, with words."""
    about = (
        Q(relation__student=OuterRef("pk")) | Q(limit__student=OuterRef("pk")) | Q(permission__student=OuterRef("pk"))
    )
    openings = BrokenGlass.objects.filter(student=OuterRef("pk")).exclude(wrapped_key=b"")
    students = Student.objects.filter(Exists(Paper.objects.filter(about).exclude(wrapped_key=b"")) | Exists(openings))
    gone = students.filter(departure__left_on__lte=last).annotate(start=F("departure__left_on"))
    found: QuerySet[Any] = gone.annotate(held=papers_held_of(day)).order_by("start", "pk")
    return found


def papers_held_of(day: date, *, besides: Proposal | None = None) -> Case:
    """Why the papers about a student may not be destroyed on a day: as `held_of`, of students.

    An emergency opening that nobody has reviewed keeps its words, or nobody could.
    """
    covered = (
        Q(student=OuterRef("pk"))
        | Q(school=OuterRef("school"))
        | Q(report__isnull=True, school__isnull=True, student__isnull=True)
    )
    standing = Hold.objects.filter(Q(until__isnull=True) | Q(until__gt=day), covered, starts__lte=day)
    items = _open_items().filter(papers_of=OuterRef("pk"))
    if besides is not None:
        items = items.exclude(proposal=besides)
    return _first(
        *((Exists(standing.filter(kind=kind)), kind) for kind in HoldKind.values),
        (Exists(BrokenGlass.objects.unreviewed().filter(student=OuterRef("pk"))), "unreviewed"),
        (Exists(items), "proposed"),
    )


def waiting_for_others(actor: Actor, series: Series, day: date) -> int:
    """Reports of which one student left long enough ago and another did not: for counsel. One query."""
    if series.counts_from is not CountsFrom.LEAVING or series.of == "papers" or not actor.in_office:
        return 0
    last = series.last_start(day)
    students = Participant.objects.filter(incident=OuterRef("incident"), student__isnull=False)
    gone = students.filter(student__departure__left_on__lte=last)
    stays = students.exclude(student__departure__left_on__lte=last)
    rows = without_kept(_there(), actor, *_ABOUT["report"])
    return rows.filter(Exists(gone), Exists(stays)).count()


def held_of(day: date, *, besides: Proposal | None = None) -> Case:
    """Why a report may not be destroyed on a day: a code of `HELD`, or nothing. `besides` is the proposal it is in."""
    covered = (
        Q(report=OuterRef("pk"))
        | Q(school=OuterRef("incident__school"))
        | Q(student__in=Participant.objects.filter(incident=OuterRef(OuterRef("incident"))).values("student"))
        | Q(report__isnull=True, school__isnull=True, student__isnull=True)
    )
    standing = Hold.objects.filter(Q(until__isnull=True) | Q(until__gt=day), covered, starts__lte=day)
    requests = Request.objects.filter(report=OuterRef("pk")).exclude(
        state__in=[RequestState.RELEASED, RequestState.REFUSED]
    )
    cases = TransferCase.objects.exclude(transfer__state__in=[TransferState.CLOSED, TransferState.WITHDRAWN]).filter(
        Q(report=OuterRef("pk"))
        | Q(release__request__report=OuterRef("pk"))
        | Q(touches__release__request__report=OuterRef("pk"))
    )
    objections = Objection.objects.filter(report=OuterRef("pk"), decision_due__gt=day - timedelta(days=OBJECTION_DAYS))
    items = _open_items().filter(report=OuterRef("pk"))
    if besides is not None:
        items = items.exclude(proposal=besides)
    return _first(
        *((Exists(standing.filter(kind=kind)), kind) for kind in HoldKind.values),
        (Exists(requests), "open_request"),
        (Exists(cases), "open_case"),
        (Exists(objections), "objection"),
        (Exists(items), "proposed"),
    )


def what_holds(report: Report) -> str:
    """Why this report may not be destroyed today: a code of `HELD`; empty when nothing holds it. One query."""
    found = Report.objects.filter(pk=report.pk).annotate(held=held_of(today())).values_list("held", flat=True)
    return str(found.get() or "")


def digest_of(rows: "Iterable[Due | Item]") -> str:
    """SHA-256 over the subjects and days of a list, in the order of the subjects."""
    lines = sorted(f"{one.subject} {one.due_on.isoformat()}" for one in rows)
    return sha256("\n".join(lines).encode()).hexdigest()


def proposals_of(actor: Actor) -> "QuerySet[Proposal]":
    """The proposals, the newest first, with who signed."""
    return Proposal.objects.visible_to(actor).select_related("proposed_by", "signed_by", "certificate")


def find_proposal(actor: Actor, proposal_id: UUID) -> Proposal:
    """One proposal.

    Raises:
        Http404: There is none, or not for this actor.
    """
    found = proposals_of(actor).filter(pk=proposal_id).first()
    if found is None:
        raise Http404
    return found


def find_certificate(actor: Actor, proposal_id: UUID) -> Certificate:
    """The certificate of a proposal.

    Raises:
        Http404: There is none, or not for this actor.
    """
    rows = Certificate.objects.visible_to(actor).select_related("proposal__proposed_by", "proposal__signed_by")
    found = rows.filter(proposal=proposal_id).first()
    if found is None:
        raise Http404
    return found


def holds_of(actor: Actor) -> "QuerySet[Hold]":
    """The holds, those that stand first, the newest first."""
    rows = Hold.objects.visible_to(actor).select_related("report", "school", "placed_by", "lifted_by")
    return rows.order_by(F("lifted_at").desc(nulls_first=True), "-placed_at")


def _standing(actor: Actor, day: date) -> "QuerySet[Hold]":
    rows = Hold.objects.visible_to(actor).filter(Q(until__isnull=True) | Q(until__gt=day), starts__lte=day)
    return rows.order_by()


# What the page of holds asks.
HOLDS: Final = Prepared(lambda actor: HoldQuerySet.in_a_list(holds_of(actor))[:SHOWN], actor=Actor)
_STANDING: Final = Prepared(_standing, actor=Actor, day=date)


def holds_standing(actor: Actor, day: date) -> int:
    """How many holds stand on a day. One query."""
    return _STANDING.count(actor=actor, day=day)


def find_student(actor: Actor, number: str) -> Student | None:
    """The student of a number, for the office but of its own children; found by the blind index."""
    if not actor.in_office or not number:
        return None
    rows = without_kept(Student.objects.all(), actor, "pk")
    return rows.filter(number_index=number_index("student", number)).first()


def find_school(actor: Actor, number: str) -> School | None:
    """The school of a number, for the office."""
    return School.objects.filter(external_id=number).first() if actor.in_office else None


def find_hold(actor: Actor, hold_id: UUID) -> Hold:
    """One hold.

    Raises:
        Http404: There is none, or not for this actor.
    """
    found = holds_of(actor).filter(pk=hold_id).first()
    if found is None:
        raise Http404
    return found


def why_held(hold: Hold) -> str:
    """Why somebody placed a hold, in their words."""
    return open_value(context("retention.hold", hold.pk, "why"), hold.wrapped_key, hold.sealed_why).decode()


def departed() -> int:
    """Of how many students it is known when they left. One query."""
    return Departure.objects.count()


def what_became(report_id: UUID) -> Item | None:
    """The item under which a report was destroyed; None for one that was not. Ask after the report itself was found."""
    rows = Item.objects.filter(report=report_id, destroyed_at__isnull=False)
    return rows.select_related("proposal", "report").first()


def report_behind(kwargs: Mapping[str, Any]) -> UUID | None:
    """The report that an address is about, by what it names: a report, a request for one, or a copy of one."""
    if "report_id" in kwargs:
        return UUID(str(kwargs["report_id"]))
    if "request_id" in kwargs:
        return Request.objects.filter(pk=kwargs["request_id"]).values_list("report_id", flat=True).first()
    if "release_id" in kwargs:
        rows = Request.objects.filter(release=kwargs["release_id"])
        return rows.values_list("report_id", flat=True).first()
    return None


def _there() -> QuerySet[Report]:
    """Reports whose text is there: neither destroyed nor expunged by an order."""
    return Report.objects.filter(expunged_at__isnull=True).exclude(retention_items__destroyed_at__isnull=False)


def _open_items() -> "QuerySet[Item]":
    """Items that wait in a proposal that may still be carried out."""
    still = Item.objects.filter(proposal__state__in=[ProposalState.PROPOSED, ProposalState.SIGNED])
    return still.filter(destroyed_at__isnull=True, spared="")


def _has(provisions: Mapping[str, object], pack: str) -> bool:
    """Whether a rulebook has a pack; the empty name is every rulebook's."""
    return not pack or any(one.startswith(pack.replace("/", ".") + ".") for one in provisions)


def _first(*reasons: tuple[Exists, str]) -> Case:
    return Case(
        *(When(condition, then=Value(code)) for condition, code in reasons),
        default=Value(""),
        output_field=CharField(),
    )


def _rows(series: Series, found: QuerySet[Any]) -> tuple[Due, ...]:
    kind = series.kind
    return tuple(
        Due(
            subject=f"{kind}:{one.pk}",
            report=one.pk if kind == "report" else None,
            draft=one.pk if kind == "draft" else None,
            papers_of=one.pk if kind == "papers" else None,
            number=one.number if isinstance(one, Report) else UNNAMED[kind],
            due_on=series.due_on(_day(one.start)),
            held=one.held,
        )
        for one in found
    )


def _day(start: "date | datetime") -> date:
    return timezone.localdate(start) if isinstance(start, datetime) else start
