"""What a family reads of copies about its own child that were seen elsewhere, in English and Spanish."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Final, Literal
from uuid import UUID

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.access.wall import as_program
from schoolgate.apps.incidents.models import Report
from schoolgate.apps.releases.models import Release
from schoolgate.web.dates import district_day

from .looking import copies_out, days_of, is_secret
from .models import Case, Letter, LetterState, State, Touch, Transfer
from .wording import day_in, days_in
from .words import open_words

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


@dataclass(frozen=True, slots=True)
class Seen:
    """That a copy about one's child was seen elsewhere, or may have been.

    Attributes:
        at: when the office took it as seen, or counsel released what was only possible.
        sentences: what is known, in plain words: language and sentence, English among them.
        certain: whether it was surely a copy of a report about the child.
        release: the copy of ours; None where it is not known which it was.
        report: the report of which it is a copy.
    """

    at: datetime
    sentences: tuple[tuple[str, str], ...]
    certain: bool
    release: Release | None
    report: Report

    @property
    def sentence(self) -> str:
        """The sentence in English."""
        return dict(self.sentences)["en"]

    @property
    def others(self) -> tuple[tuple[str, str], ...]:
        """The sentence in other languages."""
        return tuple(one for one in self.sentences if one[0] != "en")


def seen_copies(
    actor: Actor,
    names: Mapping[UUID, str] | None = None,
    *,
    languages: Iterable[str] = ("en",),
    release: Release | None = None,
) -> list[Seen]:
    """What a family may read of copies seen elsewhere: its own child's, and nothing that a court keeps secret.

    What is certain it reads at once. What is possible it reads after counsel approved the notice to this family, and
    then without where, when and how: that can be another child's case.

    Args:
        actor: a guardian.
        names: how the page calls each child; "your child" where it is not given.
        languages: in which languages to say it; English is always said.
        release: look at this copy alone.

    Two queries where nothing was seen; a dozen where something was, and three more a case of which only the report is
    known.
    """
    if not actor.children:
        return []
    told = tuple(dict.fromkeys((*(one for one in languages if one in _WORDS), "en")))
    found = _seen_releases(actor, release)
    if release is None:
        found += _seen_reports(actor)
    cases = {one.case.pk for one in found}
    released: dict[tuple[UUID, UUID | None], datetime] = {}
    if any(one.kind in _WAITS for one in found):
        letters = Letter.objects.filter(
            case__in=cases, kind=Letter.FAMILY, student__in=actor.children, state__in=_RELEASED
        )
        days = letters.filter(approved_at__isnull=False).values_list("case", "student", "approved_at")
        released = {(case, student): at for case, student, at in days if at}
    shown = []
    for one in found:
        children = tuple(child for child in one.children if one.kind not in _WAITS or (one.case.pk, child) in released)
        if children:
            # The day on which a case was opened is another child's to know: what waited stands at counsel's day.
            waited = one.kind in _WAITS
            at = min(released[one.case.pk, child] for child in children) if waited else one.case.opened_at
            shown.append(_say(one, children, names or {}, told, at))
    return shown


@dataclass(frozen=True, slots=True)
class _Found:
    """A case that concerns children of one's own, in the way that its kind says."""

    case: Case
    kind: Kind
    children: tuple[UUID, ...]
    report: Report
    touch: Touch | None = None


def _seen_releases(actor: Actor, release: Release | None) -> list[_Found]:
    mine = Release.objects.visible_to(actor)
    rows = (
        Touch.objects.filter(release__in=mine.filter(pk=release.pk) if release else mine)
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
        if request.report is None or is_secret(request):
            continue
        children = _children(actor, request.report, frozenset(request.named_tokens))
        if children:
            kind: Kind = "certain" if touch.standing == Touch.CERTAIN else "possible"
            found.append(_Found(touch.case, kind, children, request.report, touch))
    return found


def _seen_reports(actor: Actor) -> list[_Found]:
    """Cases about a report of which nobody knows which paper it was: it can have named every child in it."""
    rows = (
        Case.objects.filter(report__in=Report.objects.visible_to(actor), release__isnull=True)
        .exclude(transfer__state=State.WITHDRAWN)
        .select_related("transfer", "agreement__giver", "agreement__receiver", "report__incident")
        .prefetch_related("report__incident__participants", "touches__release__request")
    )
    found = []
    for case in rows:
        if case.report is None:
            continue
        out = copies_out(case)
        if out.sealed:
            continue
        touches = list(case.touches.all())
        named = {token for one in touches for token in one.release.request.named_tokens}
        children = _children(actor, case.report, None)
        if touches:
            told = _children(actor, case.report, frozenset(named))
            children = tuple(one for one in children if one not in told)
        if children:
            kind: Kind = "report" if touches else "unknown" if out.left else "left"
            found.append(_Found(case, kind, children, case.report))
    return found


def _children(actor: Actor, report: Report, tokens: frozenset[str] | None) -> tuple[UUID, ...]:
    """One's own children in a report, or among those whom these tokens name."""
    return tuple(
        one.student_id
        for one in report.incident.participants.all()
        if one.student_id and one.student_id in actor.children and (tokens is None or one.token in tokens)
    )


def _say(
    one: _Found, children: Sequence[UUID], names: Mapping[UUID, str], languages: Sequence[str], at: datetime
) -> Seen:
    case, touch = one.case, one.touch
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
                    copy=touch.release.number if touch else "",
                    holder=touch.release.agency.name if touch else "",
                    left=day_in(language, _left(touch)) if touch else "",
                ),
            )
        )
    return Seen(at, tuple(sentences), one.kind not in _WAITS, touch.release if touch else None, one.report)


def _left(touch: Touch) -> date:
    return district_day(touch.release.released_at)


def moved_or_may_have(releases: Iterable[Release]) -> set[UUID]:
    """The copies of which nobody may say that no transfer is known: a case touches them, or an open tip names them.

    Whoever's case or tip it is: a page then leaves the sentence out, and says nothing else. Three queries, and one
    unsealing an open tip.
    """
    releases = list(releases)
    if not releases:
        return set()
    # A tip that the reader may not see still forbids the sentence: it is asked of all rows.
    with as_program():
        return _moved_or_may_have(releases)


def _moved_or_may_have(releases: list[Release]) -> set[UUID]:
    found = set(Touch.objects.filter(release__in=releases).values_list("release", flat=True))
    reports = {one.request.report_id for one in releases if one.request.report_id}
    cases = Case.objects.filter(report__in=reports, release__isnull=True).exclude(transfer__state=State.WITHDRAWN)
    of_cases = set(cases.values_list("report", flat=True))
    told = {
        open_words(tip).copy.strip().upper()
        for tip in Transfer.objects.filter(state=State.REPORTED).only("pk", "wrapped_key", "sealed")
    }
    for one in releases:
        report = one.request.report
        if report and (report.pk in of_cases or report.number.upper() in told):
            found.add(one.pk)
        if one.number.upper() in told:
            found.add(one.pk)
    return found
