"""What a family reads of copies about its own child that were seen elsewhere, in English and Spanish."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.incidents.models import Report
from schoolgate.apps.releases.models import Release
from schoolgate.web.dates import district_day

from .looking import days_of, is_secret
from .models import Case, Touch
from .wording import day_in, days_in

_WORDS: Final = MappingProxyType(
    {
        "en": {
            "court_exhibit": "in a court exhibit",
            "letter": "in a letter",
            "news_report": "in a news report",
            "own_answer": "in an agency's own answer about where its copies went",
            "family_told": "as a family told us",
            "other": "by another source",
            "child": "your child",
            "and": " and ",
            "left": "A copy of a report about {whose} was seen at {receiver} {days}, {how}. "
            "It came there from {giver}. It is not one of the copies that we gave out on record.",
            "certain": "A copy of a report about {whose} was seen at {receiver} {days}, {how}. "
            "It came there from {giver}. It is copy {copy}, which we gave to {holder} on {left}.",
            "possible": "A copy of a report was seen at {receiver} {days}, {how}. It came there from {giver}. "
            "We do not know whether it is about {whose}. It can have been copy {copy}, which we gave to {holder} on "
            "{left}.",
        },
        "es": {
            "court_exhibit": "como prueba en un tribunal",
            "letter": "en una carta",
            "news_report": "en una noticia",
            "own_answer": "en la respuesta de una agencia sobre el destino de sus copias",
            "family_told": "según nos dijo una familia",
            "other": "por otra fuente",
            "child": "su hijo o hija",
            "and": " y ",
            "left": "Una copia de un informe sobre {whose} fue vista en {receiver} {days}, {how}. "
            "Llegó allí desde {giver}. No es una de las copias que entregamos y anotamos.",
            "certain": "Una copia de un informe sobre {whose} fue vista en {receiver} {days}, {how}. "
            "Llegó allí desde {giver}. Es la copia {copy}, que entregamos a {holder} el {left}.",
            "possible": "Una copia de un informe fue vista en {receiver} {days}, {how}. Llegó allí desde {giver}. "
            "No sabemos si trata de {whose}. Pudo ser la copia {copy}, que entregamos a {holder} el {left}.",
        },
    }
)


@dataclass(frozen=True, slots=True)
class Seen:
    """That a copy about one's child was seen elsewhere, or may have been.

    Attributes:
        at: when the office took it as seen.
        sentences: what is known, in plain words: language and sentence, English among them.
        certain: whether it was surely a copy about the child.
        release: the copy of ours; None where the paper left past the record of releases.
    """

    at: datetime
    sentences: tuple[tuple[str, str], ...]
    certain: bool
    release: Release | None

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

    Args:
        actor: a guardian.
        names: how the page calls each child; "your child" where it is not given.
        languages: in which languages to say it; English is always said.
        release: look at this copy alone.

    Two queries where nothing was seen; nine at most, whatever was.
    """
    if not actor.children:
        return []
    told = tuple(dict.fromkeys((*(one for one in languages if one in _WORDS), "en")))
    found = _seen_releases(actor, names or {}, told, release)
    return found if release is not None else [*found, *_seen_reports(actor, names or {}, told)]


def _seen_releases(
    actor: Actor, names: Mapping[UUID, str], languages: Sequence[str], release: Release | None
) -> list[Seen]:
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
        named = set(request.named_tokens)
        people = request.report.incident.participants.all() if request.report else []
        children = [one.student_id for one in people if one.student_id in actor.children and one.token in named]
        if children and not is_secret(request):
            found.append(_seen(touch.case, touch, children, names, languages))
    return found


def _seen_reports(actor: Actor, names: Mapping[UUID, str], languages: Sequence[str]) -> list[Seen]:
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
        found.append(_seen(case, None, children, names, languages))
    return found


def _seen(
    case: Case,
    touch: Touch | None,
    children: Sequence[UUID | None],
    names: Mapping[UUID, str],
    languages: Sequence[str],
) -> Seen:
    certain = touch is None or touch.standing == Touch.CERTAIN
    kind = "left" if touch is None else touch.standing
    first, last = days_of(case)
    sentences = []
    for language in languages:
        words = _WORDS[language]
        known = [names[child] for child in children if child and child in names]
        sentences.append(
            (
                language,
                words[kind].format(
                    whose=words["and"].join(known) if len(known) == len(children) else words["child"],
                    receiver=case.agreement.receiver.name,
                    giver=case.agreement.giver.name,
                    days=days_in(language, first, last),
                    how=words[case.transfer.how],
                    copy=touch.release.number if touch else "",
                    holder=touch.release.agency.name if touch else "",
                    left=day_in(language, _left(touch)) if touch else "",
                ),
            )
        )
    return Seen(case.opened_at, tuple(sentences), certain, touch.release if touch else None)


def _left(touch: Touch) -> date:
    return district_day(touch.release.released_at)
