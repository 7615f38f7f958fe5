"""What a family reads of copies about its own child that were seen elsewhere, in English and Spanish."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal, NamedTuple
from uuid import UUID

from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, QuerySet, Subquery

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.access.prepared import Prepared
from schoolgate.apps.access.wall import as_program
from schoolgate.apps.incidents.models import Report, ReportQuerySet
from schoolgate.apps.incidents.own_tokens import OwnTokens, own_tokens
from schoolgate.apps.incidents.vocabulary import MEMO
from schoolgate.apps.releases.models import Release
from schoolgate.web.dates import district_day

from .looking import days_of, secret
from .models import Case, Letter, LetterState, State, Touch, Transfer
from .wording import day_in, days_in
from .words import open_all_words

_WORDS: Final = MappingProxyType(
    {
        "en": {
            "court_exhibit": "in a court exhibit",
            "letter": "in a letter",
            "news_report": "in a news report",
            "own_answer": "in an agency's own answer about where its copies went",
            # Who told it is nobody's to read: not even that it was a family.
            "family_told": "by another source",
            "other": "by another source",
            "child": "your child",
            "and": " and ",
            "left": "A copy of a report about {whose} was seen at {receiver} {days}, {how}. "
            "It came there from {giver}. It is not one of the copies that we gave out on record.",
            "certain": "A copy of a report about {whose} was seen at {receiver} {days}, {how}. "
            "It came there from {giver}. It is copy {copy}, which we gave to {holder} on {left}.",
            "unknown": "A copy of a report about {whose} was seen at {receiver} {days}, {how}. "
            "It came there from {giver}. We do not know whether it is one of the copies that we gave out.",
            # Before it is sure, a family reads of its own copy alone: no place, no day, no source of another's case.
            "possible": "A copy of a report was passed on by an agency. We do not know whether it is about {whose}. "
            "It can have been copy {copy}, which we gave to {holder} on {left}.",
            "report": "A copy of a report about {whose} was passed on by an agency. We do not know which copy it was, "
            "nor whether it names {whose}.",
        },
        "es": {
            "court_exhibit": "como prueba en un tribunal",
            "letter": "en una carta",
            "news_report": "en una noticia",
            "own_answer": "en la respuesta de una agencia sobre el destino de sus copias",
            "family_told": "por otra fuente",
            "other": "por otra fuente",
            "child": "su hijo o hija",
            "and": " y ",
            "left": "Una copia de un informe sobre {whose} fue vista en {receiver} {days}, {how}. "
            "Llegó allí desde {giver}. No es una de las copias que entregamos y anotamos.",
            "certain": "Una copia de un informe sobre {whose} fue vista en {receiver} {days}, {how}. "
            "Llegó allí desde {giver}. Es la copia {copy}, que entregamos a {holder} el {left}.",
            "unknown": "Una copia de un informe sobre {whose} fue vista en {receiver} {days}, {how}. "
            "Llegó allí desde {giver}. No sabemos si es una de las copias que entregamos.",
            "possible": "Una agencia pasó a otros una copia de un informe. No sabemos si trata de {whose}. "
            "Pudo ser la copia {copy}, que entregamos a {holder} el {left}.",
            "report": "Una agencia pasó a otros una copia de un informe sobre {whose}. No sabemos qué copia fue, "
            "ni si nombra a {whose}.",
        },
    }
)


Kind = Literal["left", "unknown", "certain", "possible", "report"]
# What a family may read only after counsel released it, by approving the notice to that family.
_WAITS: Final = frozenset({"possible", "report"})
_RELEASED: Final = (LetterState.APPROVED, LetterState.SENT)


class CopyOut(NamedTuple):
    """A copy that left, of a report that one's own children are in or were.

    Attributes:
        holder: the name of the agency that got it.
        named: whom its paper names.
        of, kind: the report of which it is a copy, and its kind; None where no family may open that.
        own: by which tokens the report calls one's own children.
        secret: whether a court ordered that the family is not told of it.
    """

    pk: UUID
    number: str
    released_at: datetime
    holder: str
    named: frozenset[str]
    of: UUID | None
    kind: str
    own: OwnTokens
    secret: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """That a copy about one's child was seen elsewhere, or may have been.

    Attributes:
        at: when the office took it as seen, or counsel released what was only possible.
        sentences: what is known, in plain words: language and sentence, English among them.
        certain: whether it was surely a copy of a report about the child.
        release: the copy of ours; None where it is not known which it was.
        report: the report of which it is a copy.
        kind: of which kind the report is.
        own: whom of one's own children the report names.
    """

    at: datetime
    sentences: tuple[tuple[str, str], ...]
    certain: bool
    release: CopyOut | None
    report: UUID
    kind: str
    own: OwnTokens

    @property
    def sentence(self) -> str:
        """The sentence in English."""
        return dict(self.sentences)["en"]

    @property
    def others(self) -> tuple[tuple[str, str], ...]:
        """The sentence in other languages."""
        return tuple(one for one in self.sentences if one[0] != "en")


@dataclass(frozen=True, slots=True)
class Moved:
    """What may be told of copies seen elsewhere, and of which copies some case is known at all, told or not."""

    seen: list[Seen] = field(default_factory=list)
    releases: frozenset[UUID] = frozenset()
    reports: frozenset[UUID] = frozenset()


def seen_copies(
    actor: Actor,
    names: Mapping[UUID, str] | None = None,
    *,
    languages: Iterable[str] = ("en",),
) -> list[Seen]:
    """What a family may read of copies seen elsewhere; see `moved_copies`. Two queries."""
    return moved_copies(actor, copies_of_children(actor), names, languages=languages).seen


def copies_of_children(actor: Actor) -> list[CopyOut]:
    """The copies that left of reports that one's own children are or were in, whoever may be told. One query."""
    if not actor.children:
        return []
    rows = Release.objects.filter(pk__in=Release.objects.visible_to(actor).order_by().values("pk")).values_list(
        "pk",
        "number",
        "released_at",
        "agency__name",
        "request__named_tokens",
        "request__report",
        "request__report__kind",
        own_tokens(actor.children, "request__report__incident"),
        secret("request"),
        Exists(open_for_families().filter(pk=OuterRef("request__report"))),
    )
    return [
        CopyOut(
            pk, number, at, holder, frozenset(named), of if is_open else None, kind or "", OwnTokens.read(own), hidden
        )
        for pk, number, at, holder, named, of, kind, own, hidden, is_open in rows
    ]


def open_for_families() -> ReportQuerySet:
    """The reports that can be opened for a family at all, whosever child is in them."""
    return Report.objects.filter(sealed_at__isnull=True, expunged_at__isnull=True).exclude(kind=MEMO).order_by()


def moved_copies(
    actor: Actor,
    copies: Iterable[CopyOut],
    names: Mapping[UUID, str] | None = None,
    *,
    languages: Iterable[str] = ("en",),
    alone: bool = False,
) -> Moved:
    """What a family may read of copies seen elsewhere: its own child's, and nothing that a court keeps secret.

    What is certain it reads at once. What is possible it reads after counsel approved the notice to this family, and
    then without where, when and how: that can be another child's case.

    Args:
        actor: a guardian.
        copies: the copies of its children's reports, as `copies_of_children` has them.
        names: how the page calls each child; "your child" where it is not given.
        languages: in which languages to say it; English is always said.
        alone: look at these copies alone, and not at cases of which the report is known and no copy.

    One query, whatever was seen.
    """
    if not actor.children:
        return Moved()
    told = tuple(dict.fromkeys((*(one for one in languages if one in _WORDS), "en")))
    by_id = {one.pk: one for one in copies}
    rows = [_row(case, by_id) for case in _CASES(actor=actor, copies=frozenset(by_id))]
    released = {(row.case.pk, row.told_child): row.told_at for row in rows if row.told_child and row.told_at}
    shown = []
    for one in (*_seen_releases(rows), *(() if alone else _seen_reports(rows, by_id.values()))):
        case = one.case
        children = tuple(child for child in one.children if one.kind not in _WAITS or (case.pk, child) in released)
        if children:
            # The day on which a case was opened is another child's to know: what waited stands at counsel's day.
            waited = one.kind in _WAITS
            at = min(released[case.pk, child] for child in children) if waited else case.opened_at
            shown.append(_say(one, children, names or {}, told, at))
    return Moved(
        shown,
        frozenset(row.copy.pk for row in rows if row.copy),
        frozenset(row.case.report_id for row in rows if row.of_report and row.case.report_id),
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """A case with one of the copies that it touches, and one notice to this family that counsel released.

    Attributes:
        touched: whether it touches a copy in this row, one's own child's or another's.
        copy: that copy, where it is one's own child's.
        of_report: whether it is a case of a report that one sees, of which no copy is known.
        kind, own: of that report.
    """

    case: Case
    standing: str | None
    touched: bool
    copy: CopyOut | None
    of_report: bool
    kind: str
    own: OwnTokens
    told_child: UUID | None
    told_at: datetime | None


def _cases(actor: Actor, copies: frozenset[UUID]) -> QuerySet[Case]:
    """The cases that touch one of the copies, or a report of one's own children."""
    seen = Report.objects.visible_to(actor).order_by().filter(pk=OuterRef("report"))
    reports = Q(seen=True, release__isnull=True) & ~Q(transfer__state=State.WITHDRAWN)
    notice = Q(letters__kind=Letter.FAMILY, letters__student__in=actor.children, letters__state__in=_RELEASED)
    return (
        Case.objects.annotate(seen=Exists(seen))
        .filter(Q(touches__release__in=copies) | reports)
        .annotate(
            notice=FilteredRelation("letters", condition=notice),
            standing=F("touches__standing"),
            copy=F("touches__release"),
            kind=Subquery(seen.values("kind")[:1]),
            own=own_tokens(actor.children, "report__incident"),
            told_child=F("notice__student"),
            told_at=F("notice__approved_at"),
        )
        .select_related("transfer", "agreement__giver", "agreement__receiver")
        .only(
            "opened_at",
            "how",
            "release",
            "report",
            "transfer__state",
            "transfer__first_day",
            "transfer__last_day",
            "agreement__starts",
            "agreement__ends",
            "agreement__giver__name",
            "agreement__receiver__name",
        )
        .order_by("-opened_at", "touches__standing")
    )


_CASES = Prepared(_cases, actor=Actor, copies=frozenset)


def _row(case: Case, copies: Mapping[UUID, CopyOut]) -> _Row:
    told = vars(case)
    return _Row(
        case,
        told["standing"],
        told["copy"] is not None,
        copies.get(told["copy"]),
        told["seen"] and case.release_id is None and case.transfer.state != State.WITHDRAWN,
        told["kind"] or "",
        OwnTokens.read(told["own"]),
        told["told_child"],
        told["told_at"],
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """A case that concerns children of one's own, in the way that its kind says."""

    case: Case
    kind: Kind
    children: tuple[UUID, ...]
    report: tuple[UUID, str, OwnTokens]
    copy: CopyOut | None = None


def _seen_releases(rows: Iterable[_Row]) -> list[_Found]:
    found = {}
    for row in rows:
        copy = row.copy
        if copy and copy.of and not copy.secret and (children := copy.own.among(copy.named)):
            kind: Kind = "certain" if row.standing == Touch.CERTAIN else "possible"
            found[row.case.pk, copy.pk] = _Found(row.case, kind, children, (copy.of, copy.kind, copy.own), copy)
    return list(found.values())


def _seen_reports(rows: Iterable[_Row], copies: Collection[CopyOut]) -> list[_Found]:
    """Cases about a report of which nobody knows which paper it was: it can have named every child in it."""
    cases: dict[UUID, list[_Row]] = {}
    for row in rows:
        if row.of_report:
            cases.setdefault(row.case.pk, []).append(row)
    found = []
    for same in cases.values():
        row = same[0]
        report, until = row.case.report_id, days_of(row.case)[1]
        out = [one for one in copies if one.of == report]
        # A copy under seal may be the one that was seen: then nobody is told.
        if report is None or any(one.secret for one in out):
            continue
        touched = any(one.touched for one in same)
        named = {token for one in same if one.copy for token in one.copy.named}
        told = row.own.among(named) if touched else ()
        children = tuple(one for one in row.own.among() if one not in told)
        if children:
            left = any(district_day(one.released_at) <= until for one in out)
            kind: Kind = "report" if touched else "unknown" if left else "left"
            found.append(_Found(row.case, kind, children, (report, row.kind, row.own)))
    return found


def _say(
    one: _Found, children: Sequence[UUID], names: Mapping[UUID, str], languages: Sequence[str], at: datetime
) -> Seen:
    case, copy = one.case, one.copy
    first, last = days_of(case)
    known = [names[child] for child in children if child in names]
    sentences = []
    for language in languages:
        words = _WORDS[language]
        sentences.append(
            (
                language,
                words[one.kind].format(
                    whose=words["and"].join(known) if len(known) == len(children) else words["child"],
                    receiver=case.agreement.receiver.name,
                    giver=case.agreement.giver.name,
                    days=days_in(language, first, last),
                    how=words[case.how],
                    copy=copy.number if copy else "",
                    holder=copy.holder if copy else "",
                    left=day_in(language, district_day(copy.released_at)) if copy else "",
                ),
            )
        )
    of, kind, own = one.report
    return Seen(at, tuple(sentences), one.kind not in _WAITS, copy, of, kind, own)


def may_have_moved(releases: Iterable[Release], moved: Moved) -> set[UUID]:
    """The copies of which nobody may say that no transfer is known: a case touches them, or an open tip names them.

    Whoever's case or tip it is: a page then leaves the sentence out, and says nothing else. One query.

    Args:
        releases: copies of reports of the reader's own children, with their requests and reports.
        moved: what `moved_copies` found for the same reader.
    """
    releases = list(releases)
    if not releases:
        return set()
    # A tip that the reader may not see still forbids the sentence: it is asked of all rows.
    with as_program():
        told = {one.copy.strip().upper() for one in open_all_words(Transfer.objects.filter(state=State.REPORTED))}
    found = set(moved.releases)
    for one in releases:
        report = one.request.report
        if report and (report.pk in moved.reports or report.number.upper() in told):
            found.add(one.pk)
        if one.number.upper() in told:
            found.add(one.pk)
    return found
