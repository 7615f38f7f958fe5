"""What a family reads of copies about its own child that were seen elsewhere, in English and Spanish."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal, NamedTuple
from uuid import UUID

from django.db.models import Exists, F, FilteredRelation, OuterRef, Q
from django.db.models.functions import Coalesce

from schoolgate.apps.access.actors import Actor
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


class SeenCopy(NamedTuple):
    """A copy of ours that was seen, or may have been."""

    pk: UUID
    number: str
    released_at: datetime


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
    release: SeenCopy | None
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
    release: Release | None = None,
) -> list[Seen]:
    """What a family may read of copies seen elsewhere; see `moved_copies`."""
    return moved_copies(actor, names, languages=languages, release=release).seen


def moved_copies(
    actor: Actor,
    names: Mapping[UUID, str] | None = None,
    *,
    languages: Iterable[str] = ("en",),
    release: Release | None = None,
) -> Moved:
    """What a family may read of copies seen elsewhere: its own child's, and nothing that a court keeps secret.

    What is certain it reads at once. What is possible it reads after counsel approved the notice to this family, and
    then without where, when and how: that can be another child's case.

    Args:
        actor: a guardian.
        names: how the page calls each child; "your child" where it is not given.
        languages: in which languages to say it; English is always said.
        release: look at this copy alone.

    One query, whatever was seen.
    """
    if not actor.children:
        return Moved()
    told = tuple(dict.fromkeys((*(one for one in languages if one in _WORDS), "en")))
    rows = _rows(actor, release)
    released = {(row.case.pk, row.told_child): row.told_at for row in rows if row.told_child and row.told_at}
    shown = []
    for one in (*_seen_releases(rows), *(() if release else _seen_reports(rows))):
        case = one.row.case
        children = tuple(child for child in one.children if one.kind not in _WAITS or (case.pk, child) in released)
        if children:
            # The day on which a case was opened is another child's to know: what waited stands at counsel's day.
            waited = one.kind in _WAITS
            at = min(released[case.pk, child] for child in children) if waited else case.opened_at
            shown.append(_say(one, children, names or {}, told, at))
    return Moved(
        shown,
        frozenset(row.copy.pk for row in rows if row.copy and row.own_in_copy.of),
        frozenset(row.case.report_id for row in rows if row.of_report and row.case.report_id),
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """A case with one of the copies that it touches, and one notice to this family that counsel released.

    Attributes:
        named, own_in_copy, hidden: of the copy's request: whom its paper names, which of them are one's own, and
            whether a court ordered that the family is not told.
        copy_of, copy_kind: the report of which it is a copy; None where no family may open it.
        own: who of one's own children is in the report of a case of which no copy is known.
        of_report: whether it is such a case, of a report that one sees.
        left: whether a copy of that report had left by the day of the case.
        sealed: whether a court ordered that the family is not told of one, whenever it left.
    """

    case: Case
    standing: str | None
    copy: SeenCopy | None
    holder: str
    named: frozenset[str]
    copy_of: UUID | None
    copy_kind: str
    own_in_copy: OwnTokens
    hidden: bool
    of_report: bool
    own: OwnTokens
    left: bool
    sealed: bool
    told_child: UUID | None
    told_at: datetime | None


def _rows(actor: Actor, release: Release | None) -> list[_Row]:
    """The cases that touch a copy of a report of one's own children, or such a report. One query."""
    mine = Release.objects.visible_to(actor)
    seen = Report.objects.visible_to(actor).order_by()
    if release is not None:
        mine, seen = mine.filter(pk=release.pk), seen.filter(pk=release.request.report_id)
    reports = Q(report__in=seen, release__isnull=True) & ~Q(transfer__state=State.WITHDRAWN)
    notice = Q(letters__kind=Letter.FAMILY, letters__student__in=actor.children, letters__state__in=_RELEASED)
    until = Coalesce(OuterRef("agreement__ends"), OuterRef("transfer__last_day"))
    out = Release.objects.filter(request__report=OuterRef("report"))
    rows = (
        Case.objects.filter(Q(touches__release__in=mine) | reports)
        .annotate(
            notice=FilteredRelation("letters", condition=notice),
            of_report=reports,
            standing=F("touches__standing"),
            copy=F("touches__release"),
            copy_number=F("touches__release__number"),
            copy_left=F("touches__release__released_at"),
            holder=F("touches__release__agency__name"),
            named=F("touches__release__request__named_tokens"),
            copy_of=F("touches__release__request__report"),
            copy_kind=F("touches__release__request__report__kind"),
            copy_open=Exists(_open_reports().filter(pk=OuterRef("touches__release__request__report"))),
            own_in_copy=own_tokens(actor.children, "touches__release__request__report__incident"),
            hidden=secret("touches__release__request"),
            own=own_tokens(actor.children, "report__incident"),
            left=Exists(out.filter(released_at__date__lte=until)),
            sealed=Exists(out.filter(secret("request"))),
            told_child=F("notice__student"),
            told_at=F("notice__approved_at"),
        )
        .select_related("transfer", "agreement__giver", "agreement__receiver", "report")
        .only(
            "opened_at",
            "how",
            "transfer__first_day",
            "transfer__last_day",
            "agreement__starts",
            "agreement__ends",
            "agreement__giver__name",
            "agreement__receiver__name",
            "report__kind",
        )
        .order_by("-opened_at", "touches__standing", "touches__release__released_at")
    )
    return [_row(case) for case in rows]


def _open_reports() -> ReportQuerySet:
    """Those that can be opened for a family at all, whosever child is in them."""
    return Report.objects.filter(sealed_at__isnull=True, expunged_at__isnull=True).exclude(kind=MEMO).order_by()


def _row(case: Case) -> _Row:
    told = vars(case)
    copy = SeenCopy(told["copy"], told["copy_number"], told["copy_left"]) if told["copy"] else None
    return _Row(
        case,
        told["standing"],
        copy,
        told["holder"] or "",
        frozenset(told["named"] or ()),
        told["copy_of"] if told["copy_open"] else None,
        told["copy_kind"] or "",
        OwnTokens.read(told["own_in_copy"]),
        told["hidden"],
        told["of_report"],
        OwnTokens.read(told["own"]),
        told["left"],
        told["sealed"],
        told["told_child"],
        told["told_at"],
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """A case that concerns children of one's own, in the way that its kind says."""

    row: _Row
    kind: Kind
    children: tuple[UUID, ...]
    report: tuple[UUID, str, OwnTokens]
    copy: SeenCopy | None = None


def _seen_releases(rows: Iterable[_Row]) -> list[_Found]:
    found = {}
    for row in rows:
        children = row.own_in_copy.among(row.named)
        if row.copy and row.copy_of and children and not row.hidden:
            kind: Kind = "certain" if row.standing == Touch.CERTAIN else "possible"
            found[row.case.pk, row.copy.pk] = _Found(
                row, kind, children, (row.copy_of, row.copy_kind, row.own_in_copy), row.copy
            )
    return list(found.values())


def _seen_reports(rows: Iterable[_Row]) -> list[_Found]:
    """Cases about a report of which nobody knows which paper it was: it can have named every child in it."""
    cases: dict[UUID, list[_Row]] = {}
    for row in rows:
        if row.of_report and not row.sealed:
            cases.setdefault(row.case.pk, []).append(row)
    found = []
    for same in cases.values():
        row, touched = same[0], [one for one in same if one.copy]
        report = row.case.report
        named = {token for one in touched for token in one.named}
        told = row.own.among(named) if touched else ()
        children = tuple(one for one in row.own.among() if one not in told)
        if children and report:
            kind: Kind = "report" if touched else "unknown" if row.left else "left"
            found.append(_Found(row, kind, children, (report.pk, report.kind, row.own)))
    return found


def _say(
    one: _Found, children: Sequence[UUID], names: Mapping[UUID, str], languages: Sequence[str], at: datetime
) -> Seen:
    row, case, copy = one.row, one.row.case, one.copy
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
                    holder=row.holder if copy else "",
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
