"""A family's account: who asked, who got what, who read it, when and under which law."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import Http404

from schoolgate.apps.access.actors import ROLE_TITLES, Actor, Role
from schoolgate.apps.access.prepared import Prepared
from schoolgate.apps.agencies.family_words import FamilyWords
from schoolgate.apps.incidents.models import Report, ReportQuerySet
from schoolgate.apps.incidents.selectors import OpenReport, unsealed
from schoolgate.apps.incidents.vocabulary import RECORD_KINDS
from schoolgate.apps.ledger.receipts import Standing
from schoolgate.apps.people.directory import Name
from schoolgate.apps.people.glass.models import GlassReason, Verdict
from schoolgate.apps.people.glass.selectors import number_in
from schoolgate.apps.people.models import Student
from schoolgate.apps.people.selectors import children_with_names
from schoolgate.apps.releases.models import Release
from schoolgate.apps.requests.models import INSTRUMENTS, Request, State
from schoolgate.apps.schools.selectors import rulebook
from schoolgate.apps.transfers.families import CopyOut, Moved, Seen, moved_copies
from schoolgate.engines import law

from .concerning import Told, requests_concerning
from .emergencies import NOT_IN_TIME
from .logged import EMERGENCY, READ, Logged, logged
from .next import summaries
from .records import family_view, surely_readable

# The fact that is learned from whichever child's copy was seen to move on.
OF_OTHERS = "condition_refused_or_broken"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the account, newest first."""

    at: datetime
    kind: str
    sentence: str
    why: str = ""
    release: Release | CopyOut | None = None
    request: Request | None = None
    # How far its receipt is, where there is one or a promise of it.
    standing: Standing | None = None
    # Who could see the copy next, in one sentence a language.
    next: tuple[FamilyWords, ...] = ()
    # The sentence in other languages.
    others: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """What a family sees."""

    children: list[str]
    reports: list[Report]
    lines: list[Line]
    released: int
    refused: int
    # How often a copy was seen elsewhere, and how often one may have been.
    seen: int
    may_be_seen: int
    # Whether a student reads, who is told "you" where a guardian reads "your child".
    own: bool = False

    @property
    def headline(self) -> str:
        """The answer in one or two sentences, none of which a copy that may not be told of makes false."""
        record, whom = ("your record", "you") if self.own else ("your child's record", "your child")
        if self.released == 1:
            said = f"1 copy with {record} left the district."
        elif self.released:
            said = f"{self.released} copies with {record} left the district."
        elif self.seen:
            said = f"A copy of a report about {whom} was seen outside the district."
        elif self.may_be_seen:
            said = f"A copy of a report that an agency passed on may be about {whom}."
        else:
            said = "No copy that we can tell you about left the district."
        if self.released and self.seen:
            said = f"{said} One was seen elsewhere."
        elif self.released and self.may_be_seen:
            said = f"{said} One may have been passed on."
        if self.refused:
            said = f"{said} {self.refused} {'request was' if self.refused == 1 else 'requests were'} refused."
        return said


def account(actor: Actor) -> Account:
    """The account of a guardian or a student, in five queries, or six where a copy left.

    One more where what could come next hangs on what may have moved. What a court ordered to keep secret is left out
    until the order ends (34 CFR 99.31(a)(9)(ii), 99.32(d)(5)).
    """
    reports, names = reports_of_family(actor), children_with_names(actor)
    concerning = requests_concerning(actor)
    requests = concerning.told
    by_name = {child.pk: called(name) for child, name in names.items()}
    languages = [child.notice_language for child in names]
    moved = moved_copies(actor, concerning.copies, by_name, languages=languages)
    nexts = summaries([one.request.release for one in requests if is_released(one.request)], languages, moved)
    found = logged(
        actor,
        reports=frozenset(f"report:{one.pk}" for one in reports),
        incidents=frozenset(one.incident_id for one in reports),
    )
    provisions = rulebook().provisions if requests else {}
    lines = [line for one in requests for line in _request_lines(one, nexts, provisions)]
    lines += _reading_lines(reports, found) + _emergency_lines(found, actor)
    seen = readable(moved.seen, actor, names)
    lines += [Line(one.at, "seen", one.sentence, release=one.release, others=one.others) for one in seen]
    return Account(
        children=sorted(by_name.values()),
        reports=reports,
        lines=sorted(lines, key=lambda line: line.at, reverse=True),
        released=sum(one.request.state == State.RELEASED for one in requests),
        refused=sum(one.request.state == State.REFUSED for one in requests),
        seen=sum(one.certain for one in seen),
        may_be_seen=sum(not one.certain for one in seen),
        own=actor.role is Role.STUDENT,
    )


def _reports(actor: Actor) -> ReportQuerySet:
    rows = Report.objects.visible_to(actor).select_related("incident")
    return rows.only("number", "kind", "filed_at", "incident__kind", "incident__occurred_on")


_REPORTS = Prepared(_reports, actor=Actor)


def reports_of_family(actor: Actor) -> list[Report]:
    """The reports that a family may know of, newest first: of each what its list says. One query."""
    return _REPORTS(actor=actor)


def is_released(request: Request) -> bool:
    """Whether its copy left."""
    return request.state == State.RELEASED


def find_request_of_family(actor: Actor, request_id: UUID) -> Request:
    """One request about a child of the actor's that the family may know of.

    Raises:
        Http404: There is none, it concerns other students alone, or a court ordered secrecy: the answer is the same.
    """
    told = requests_concerning(actor, request=request_id).told
    if not told:
        raise Http404
    return told[0].request


def find_copy_of_family(actor: Actor, release_id: UUID) -> tuple[Told, CopyOut]:
    """The request by which one copy left, about a child of the actor's, that the family may know of. One query.

    Raises:
        Http404: There is none, it concerns other students alone, or a court ordered secrecy: the answer is the same.
    """
    found = requests_concerning(
        actor, release=release_id, also=("release__acknowledgement", "report__incident__school")
    )
    if not found.told:
        raise Http404
    return found.told[0], found.copies[0]


def find_release_of_family(actor: Actor, release_id: UUID) -> Release:
    """The copy itself; see `find_copy_of_family`."""
    return find_copy_of_family(actor, release_id)[0].request.release


def seen_of_copy(copy: CopyOut, actor: Actor, opened: OpenReport) -> tuple[Moved, list[Seen]]:
    """What is known of one copy having been seen elsewhere, in the child's languages and in English.

    One query, and those of a report that must be opened to know whether the family may read of it.

    Args:
        copy: which.
        actor: the family's reader.
        opened: the report of which it is a copy.
    """
    names = own_names(opened, actor)
    languages = [child.notice_language for child in names]
    # To a student we cannot say "your child".
    known = {one.pk: called(name) for one, name in names.items()} if actor.role is Role.STUDENT else {}
    moved = moved_copies(actor, [copy], known, languages=languages, alone=True)
    return moved, readable(moved.seen, actor, names)


def own_names(opened: OpenReport, actor: Actor) -> dict[Student, Name]:
    """The family's children whom a report names, with their names."""
    return {child: opened.names[token] for token, child in opened.people.items() if child.pk in actor.children}


def called(name: Name) -> str:
    """How the page calls a student."""
    return name.short[0] if name.short else name.full.split()[0]


def readable(seen: Iterable[Seen], actor: Actor, names: Mapping[Student, Name]) -> list[Seen]:
    """What was seen of reports of which the law lets this family read a part: limited access is limited here too.

    No query, but for a report that must be opened to know.

    Args:
        seen: what there is to tell.
        actor: the family's reader.
        names: the names of its children.
    """
    may: dict[UUID, bool] = {}
    children = {child.pk: child for child in names}
    for one in seen:
        if one.report not in may:
            # Whom a later version names no longer is not there for who opens the report.
            own = {children[child]: names[children[child]] for child in one.own.among() if child in children}
            sure = (
                surely_readable(RECORD_KINDS.get(one.kind, one.kind), own, actor) if own and not one.own.left else None
            )
            may[one.report] = _opens(one.report, actor) if sure is None else sure
    return [one for one in seen if may[one.report]]


def _opens(report: UUID, actor: Actor) -> bool:
    found = Report.objects.select_related("incident__school").get(pk=report)
    return family_view(unsealed(found), actor).view is not None


def _request_lines(
    told: Told,
    nexts: Mapping[UUID, list[FamilyWords]],
    provisions: Mapping[str, law.Provision],
) -> list[Line]:
    request = told.request
    paper = INSTRUMENTS[request.instrument]
    # "I-200" stays what it is.
    paper = f"{paper[0].lower()}{paper[1:]}"
    asked = f"{request.agency.name} asked for a report. What they showed us: {paper}."
    lines = [Line(request.received_at, "asked", asked, request=request)]
    lines += [
        Line(
            notice.given_at,
            "told",
            "We told you that a copy may leave, and from which day: "
            f"{notice.not_before:%a} {notice.not_before.day} {notice.not_before:%b %Y}.",
            request=request,
        )
        for notice in told.notices
    ]
    if told.decided_at is None:
        return lines
    by_law, receipt = "; ".join(law_of(told.citations, provisions)), told.standing
    if is_released(request):
        release = request.release
        how_much = "all of it" if all(release.confirmation.elements.values()) else "part of it"
        pages = "1 page" if release.pages == 1 else f"{release.pages} pages"
        sentence = f"We gave {how_much} to {request.agency.name}: {pages}."
        words = tuple(nexts[release.pk])
        lines.append(Line(release.released_at, "released", sentence, by_law, release, request, receipt, words))
    elif request.state == State.REFUSED:
        sentence = f"We refused {request.agency.name}. Nothing left."
        lines.append(Line(told.decided_at, "refused", sentence, by_law, request=request, standing=receipt))
    return lines


def _reading_lines(reports: list[Report], found: Iterable[Logged]) -> list[Line]:
    """Who opened a report: one line a person, role, report, day and emergency, with the last time of the day."""
    subjects = {f"report:{report.pk}": report for report in reports}
    last: dict[tuple[object, ...], Logged] = {}
    for one in found:
        if one.what == READ:
            key = (one.user, one.role, one.subject, one.day, number_in(one.part))
            last[key] = max(last.get(key, one), one, key=lambda row: row.at)
    return [
        Line(
            one.at,
            "read",
            f"{one.name or 'Somebody'} ({ROLE_TITLES[Role(one.role)].lower()}) "
            f"opened report {subjects[one.subject].number}{' in an emergency' if number_in(one.part) else ''}.",
        )
        for one in last.values()
    ]


def _emergency_lines(found: Iterable[Logged], actor: Actor) -> list[Line]:
    """Who opened the records of the actor's children in an emergency (34 CFR 99.36)."""
    whom = "you" if actor.role is Role.STUDENT else "your child"
    return [
        Line(
            one.at,
            "emergency",
            f"{one.name} ({ROLE_TITLES[Role(one.role)].lower()}) opened reports about {whom} in an "
            f"emergency. What they said was happening: {GlassReason(one.subject).label.lower()}. "
            + (f"Somebody else looked at it. {Verdict(one.part).label}." if one.part else NOT_IN_TIME),
        )
        for one in found
        if one.what == EMERGENCY
    ]


def law_of(citations: Iterable[Mapping[str, str]], provisions: Mapping[str, law.Provision]) -> list[str]:
    """The law of a decision, a citation each, without what rests on another child's case.

    That an agency broke a condition was learned from one child's copy: the refusal of another's does not tell it.
    """
    told = [
        one["citation"]
        for one in citations
        if one["provision"] not in provisions or OF_OTHERS not in provisions[one["provision"]].cedar
    ]
    return told or ["a condition that we set for giving copies"]
